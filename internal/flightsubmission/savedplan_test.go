package flightsubmission_test

import (
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// HCP Terraform plans and applies on different machines: what survives is the
// configuration, the package files beside it, and the saved plan.
func TestSavedPlanAppliedInAnotherDirectory(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.CLI(w.Submission(`packages = [{ source = "${path.module}/app.msix" }]`, `wait_for = "publish"`))
	msixtest.WritePackage(t, cli.Dir, "app.msix", msixtest.Manifest{})
	cli.MustRun("plan", "-out=plan")
	other := cli.Copy()
	acctest.Says(t, other.MustRun("apply", "plan"), "1 added")
	holds(t, w, "app.msix 1.0.0.0")
}

// The CLI plans again when it applies and refuses a plan that differs; nothing
// that a provider gets to know then tells this from a first plan.
func TestFileChangedBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.CLI(w.Submission(`packages = [{ source = "${path.module}/app.msix" }]`))
	msixtest.WritePackage(t, cli.Dir, "app.msix", msixtest.Manifest{})
	cli.MustRun("plan", "-out=plan")
	msixtest.WritePackage(t, cli.Dir, "app.msix", msixtest.Manifest{Seed: 1})
	w.Sim.ResetRequests()
	out, err := cli.Run("apply", "plan")
	if err == nil {
		t.Error("the apply went through")
	}
	acctest.Says(t, out, "inconsistent final plan", ".packages[0].sha256: was cty.StringVal(")
	w.OnlyReads()
}

// A given digest stands for the file while planning; the upload checks it.
func TestFileIsNotTheOneWithTheGivenDigest(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.CLI(w.Submission(`packages = [{ source = "${path.module}/app.msix", sha256 = "` +
		"0000000000000000000000000000000000000000000000000000000000000000" + `" }]`))
	cli.MustRun("plan", "-out=plan")
	msixtest.WritePackage(t, cli.Dir, "app.msix", msixtest.Manifest{})
	out, err := cli.Run("apply", "plan")
	if err == nil {
		t.Error("the apply went through")
	}
	acctest.Says(t, out, "Package file is not the one that was planned", "app.msix")
	events(t, w, storesim.EventCommitted, 0)
	events(t, w, storesim.EventUploaded, 0)
}
