package flightsubmission_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const name = "msstore_flight_submission.test"

// run drives the CLI through the steps, with the world's provider.
func run(t *testing.T, w *acctest.World, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.Factories(), Steps: steps})
	w.NoViolations()
}

func value(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(name, tfjsonpath.New(attribute), check)
}

func TestCreateOnPublishedFlight(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	run(t, w, resource.TestStep{
		Config: w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{Version: "1.0.0.0"})), `wait_for = "publish"`),
		ConfigStateChecks: []statecheck.StateCheck{
			value("status", knownvalue.StringExact("Published")),
		},
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
	})
	packages := w.Sim.PublishedPackages(w.ApplicationID, w.FlightID)
	if len(packages) != 1 || packages[0].FileName != "app.msix" || packages[0].Version != "1.0.0.0" {
		t.Errorf("published packages: %+v", packages)
	}
	if n := len(w.Sim.Events(storesim.EventCommitted)); n != 1 {
		t.Errorf("%d commits", n)
	}
}
