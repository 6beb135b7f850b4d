package flight_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const address = "msstore_flight.test"

// group is a flight group of the tests.
const group = "1152921504606962205"

func TestMain(m *testing.M) { acctest.Main(m) }

// run drives the CLI through the steps, with the world's provider. Each step
// also checks that the plan after the apply is empty.
func run(t *testing.T, w *acctest.World, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: w.Factories(), Steps: steps})
	w.NoViolations()
}

// flightNamed is a configuration of one msstore_flight with the given further
// arguments.
func flightNamed(w *acctest.World, name string, arguments ...string) string {
	return w.Config(`
resource "msstore_flight" "test" {
  application_id = %q
  friendly_name  = %q
  %s
}
`, w.ApplicationID, name, strings.Join(arguments, "\n  "))
}

func value(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), check)
}

// planned expects this action of the plan before the apply.
func planned(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
}

// remember keeps the ID of the flight that a step has made.
func remember(id *string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		*id = s.RootModule().Resources[address].Primary.Attributes["flight_id"]
		return nil
	}
}

// made are the friendly names of the flights that were made through the API.
func made(w *acctest.World) []string {
	var names []string
	for _, e := range w.Sim.Events(storesim.EventFlightCreated) {
		state, _ := w.Sim.Flight(w.ApplicationID, e.FlightID)
		names = append(names, state.FriendlyName)
	}
	return names
}

func expectMade(t *testing.T, w *acctest.World, want ...string) {
	t.Helper()
	if got := made(w); !slices.Equal(got, want) {
		t.Errorf("flights %q were made, want %q", got, want)
	}
}

// phrase matches words that the CLI may have broken over lines.
func phrase(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	return regexp.MustCompile(strings.Join(words, `[\s│]+`))
}

func importID(w *acctest.World, flightID *string) resource.ImportStateIdFunc {
	return func(*terraform.State) (string, error) { return w.ApplicationID + "/" + *flightID, nil }
}
