package flightsubmission_test

import (
	"os"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// What a plan refuses stops no destroy: the text names both ways, and both work.
func TestDestroyAllTheSame(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(w *acctest.World, source string)
		says  string
	}{
		"missing file": {func(_ *acctest.World, source string) { os.Remove(source) }, "Package cannot be read"},
		"bad rebuild": {func(w *acctest.World, _ string) {
			w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.7"})
		}, "Store does not accept the package version"},
		"stranger's draft": {func(w *acctest.World, _ string) {
			w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.0"})
			w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
		}, "Flight already has a pending submission"},
		"live rollout": {func(w *acctest.World, _ string) {
			w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.0"})
			id, _ := w.LastPublished()
			w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 10, Status: "PackageRolloutInProgress"})
		}, "Gradual rollout is still live"},
		"flight deleted": {func(w *acctest.World, _ string) { w.Sim.DeleteFlightInPortal(w.ApplicationID, w.FlightID) }, "Package flight not found"},
	} {
		for way, destroy := range map[string]func(cli *acctest.CLI) string{
			"without a refresh": func(cli *acctest.CLI) string { return cli.MustRun("destroy", "-auto-approve", "-refresh=false") },
			"warned only": func(cli *acctest.CLI) string {
				cli.Export(acctest.Environment{"MSSTORE_PLAN_CHECKS": "warn"})
				return cli.MustRun("destroy", "-auto-approve")
			},
		} {
			t.Run(name+", "+way, func(t *testing.T) {
				t.Parallel()
				w := acctest.Published(t)
				source := w.Package("app.msix", msixtest.Manifest{})
				cli := w.ServedCLI(w.Submission(acctest.Packages(source), `wait_for = "publish"`))
				cli.MustRun("apply", "-auto-approve")
				test.spoil(w, source)
				acctest.Says(t, cli.MustFail("destroy", "-auto-approve"), test.says, "terraform destroy -refresh=false", "MSSTORE_PLAN_CHECKS=warn")
				// A refresh may have found that there is nothing to destroy.
				acctest.Says(t, destroy(cli), "Destroy complete!")
			})
		}
	}
}
