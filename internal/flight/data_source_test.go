package flight_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func find(w *acctest.World, argument string) string {
	return w.Config(acctest.Block(`data "msstore_flight" "test"`, fmt.Sprintf("application_id = %q", w.ApplicationID), argument))
}

func list(w *acctest.World, applicationID string) string {
	return w.Config(acctest.Block(`data "msstore_flights" "test"`, fmt.Sprintf("application_id = %q", applicationID)))
}

func dataValue(kind, attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data."+kind+".test", tfjsonpath.New(attribute), check)
}

func TestDataSource(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	published, _ := w.LastPublished()
	id := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "insiders", GroupIDs: []string{"7", "8"}})
	state, _ := w.Sim.Flight(w.ApplicationID, id)
	insiders := []statecheck.StateCheck{
		dataValue("msstore_flight", "flight_id", knownvalue.StringExact(id)),
		dataValue("msstore_flight", "friendly_name", knownvalue.StringExact("insiders")),
		dataValue("msstore_flight", "group_ids", knownvalue.SetExact([]knownvalue.Check{knownvalue.StringExact("7"), knownvalue.StringExact("8")})),
		dataValue("msstore_flight", "rank_higher_than", knownvalue.StringExact(w.FlightID)),
		dataValue("msstore_flight", "pending_submission_id", knownvalue.StringExact(state.PendingSubmissionID)),
		dataValue("msstore_flight", "last_published_submission_id", knownvalue.Null()),
	}
	w.Run(t,
		acctest.Step{Config: find(w, `flight_id = "`+id+`"`), StateChecks: insiders},
		acctest.Step{Config: find(w, `friendly_name = "insiders"`), StateChecks: insiders},
		acctest.Step{Config: find(w, `friendly_name = "beta"`), StateChecks: []statecheck.StateCheck{
			dataValue("msstore_flight", "flight_id", knownvalue.StringExact(w.FlightID)),
			dataValue("msstore_flight", "last_published_submission_id", knownvalue.StringExact(published)),
			dataValue("msstore_flight", "pending_submission_id", knownvalue.Null()),
		}},
	)
	w.OnlyReads()
}

func TestDataSourceErrors(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	twin := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "beta"})
	w.Run(t,
		acctest.Step{Config: find(w, `friendly_name = "beta"`), ExpectError: []string{"has 2 flights named \"beta\": " + w.FlightID + ", " + twin}},
		acctest.Step{Config: find(w, `friendly_name = "Beta"`), ExpectError: []string{"Names are compared exactly"}},
		acctest.Step{Config: find(w, `flight_id = "00000000-0000-0000-0000-000000000000"`), ExpectError: []string{"404 Not Found"}},
		acctest.Step{Config: find(w, ""), ExpectError: []string{"Set flight_id or friendly_name to find a flight"}},
		acctest.Step{Config: find(w, `flight_id = "`+twin+`"`)},
	)
}

// The list has 250 flights, which is three pages.
func TestPaging(t *testing.T) {
	t.Parallel()
	acctest.Paged(t, func(t *testing.T, w *acctest.World) {
		t.Helper()
		for i := range 249 {
			w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "flight " + strconv.Itoa(i)})
		}
		w.Run(t, acctest.Step{
			Config: list(w, w.ApplicationID) +
				acctest.Block(`output "names"`, "value = length(distinct([for f in data.msstore_flights.test.flights : f.friendly_name]))"),
			StateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("names", knownvalue.Int64Exact(250))},
		})
	})
}

// A link to elsewhere would carry the token there.
func TestForeignLinkIsRefused(t *testing.T) {
	t.Parallel()
	w, elsewhere := acctest.New(t), acctest.New(t)
	for i := range 200 {
		w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "flight " + strconv.Itoa(i)})
	}
	w.Sim.SetNextLink(func(link string) string { return elsewhere.Sim.URL() + "/v1.0/my/" + link })
	w.Run(t,
		acctest.Step{Config: list(w, w.ApplicationID), ExpectError: []string{"leads away from the Store"}},
	)
	if n := elsewhere.Sim.Count(); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

// For an application without flights the Store answers 404.
func TestNoFlights(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	empty := w.Sim.AddApplication(storesim.Application{ID: "9NBLGGH4EMTY"})
	w.Run(t,
		acctest.Step{Config: list(w, empty), StateChecks: []statecheck.StateCheck{
			dataValue("msstore_flights", "flights", knownvalue.ListExact(nil)),
		}},
		acctest.Step{Config: list(w, w.ApplicationID), StateChecks: []statecheck.StateCheck{
			dataValue("msstore_flights", "flights", knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"flight_id": knownvalue.StringExact(w.FlightID), "friendly_name": knownvalue.StringExact("beta"), "group_ids": knownvalue.SetExact(nil),
				"rank_higher_than": knownvalue.StringExact("Non-flighted submission"), "last_published_submission_id": knownvalue.Null(),
			})})),
		}},
	)
}

// Everything that refers to the flight shares a request, and the list is read once.
func TestSharedRequests(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	config := flightNamed(w, "insiders")
	for name, argument := range map[string]string{"by_id": `flight_id = msstore_flight.test.flight_id`, "by_name": `friendly_name = "beta"`} {
		config += acctest.Block(fmt.Sprintf(`data "msstore_flight" %q`, name), "count = 3", fmt.Sprintf("application_id = %q", w.ApplicationID), argument)
	}
	cli := w.ServedCLI(config)
	cli.MustRun("apply", "-auto-approve")
	w.Sim.ResetRequests()
	cli.NoChanges()
	if got := w.Sim.Count(); got != 1 {
		t.Errorf("%d requests, want the list alone, which has the flight", got)
	}
}
