package flight_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const (
	address  = "msstore_flight.test"
	header   = `resource "msstore_flight" "test"`
	typeName = "msstore_flight"
)

// group is a flight group of the tests.
const group = "1152921504606962205"

func TestMain(m *testing.M) { acctest.Main(m) }

// flightNamed is a configuration of one msstore_flight with the given further
// arguments.
func flightNamed(w *acctest.World, name string, arguments ...string) string {
	arguments = append(arguments, fmt.Sprintf("application_id = %q", w.ApplicationID), fmt.Sprintf("friendly_name = %q", name))
	return w.Config(acctest.Block(header, arguments...))
}

// beta is a configuration of the world's flight.
func beta(w *acctest.World) acctest.Arguments {
	return acctest.Arguments{"application_id": w.ApplicationID, "friendly_name": "beta"}
}

func value(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), check)
}

// remember keeps the ID of the flight that a step has made.
func remember(w *acctest.World, id *string) func() {
	return func() {
		made := w.Sim.Events(storesim.EventFlightCreated)
		*id = made[len(made)-1].FlightID
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
