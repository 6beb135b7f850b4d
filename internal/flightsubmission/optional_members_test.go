package flightsubmission_test

import (
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// A Store that leaves out whatever it may is as good as any: what it does not say
// is null, and the plan after each apply is empty.
func TestStoreOmitsOptionalMembers(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.OmitOptionalMembers(true)
	config := func(name, version string) string {
		return w.Submission(acctest.Packages(w.Package(name, msixtest.Manifest{Version: version})), `wait_for = "publish"`)
	}
	w.Run(t,
		acctest.Step{Config: config("app.msix", "1.0.0.0"), StateChecks: isPublished()},
		acctest.Step{Config: config("next.msix", "1.1.0.0"), StateChecks: isPublished()},
	)
	holds(t, w, "next.msix 1.1.0.0")
	events(t, w, storesim.EventCommitted, 2)
}
