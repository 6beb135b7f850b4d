package flight_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// queried are the flights of an application.
func queried(p *acctest.Protocol, applicationID string, most int, change ...func(*tfprotov6.ListResourceRequest)) ([]acctest.Found, string) {
	return p.List("msstore_flight", map[string]any{"application_id": applicationID}, most, change...)
}

func TestListResource(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	insiders := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "insiders", GroupIDs: []string{group}, RankHigherThan: "beta"})
	p := w.Protocol()

	results, failure := queried(p, w.ApplicationID, 0)
	if failure != "" || len(results) != 2 {
		t.Fatalf("%d results, %s", len(results), failure)
	}
	for i, want := range []struct{ name, id string }{{"beta", w.FlightID}, {"insiders", insiders}} {
		got := results[i]
		if got.Name != want.name || acctest.Text(t, got.Identity["application_id"]) != w.ApplicationID || acctest.Text(t, got.Identity["flight_id"]) != want.id || got.Resource != nil {
			t.Errorf("result %d is %+v, want %+v and no more than its identity", i, got, want)
		}
	}

	results, failure = queried(p, w.ApplicationID, 0, acctest.Including)
	if failure != "" || len(results) != 2 {
		t.Fatalf("%d results, %s", len(results), failure)
	}
	published, _ := w.LastPublished()
	for i, want := range []map[string]string{
		{"application_id": w.ApplicationID, "flight_id": w.FlightID, "friendly_name": "beta", "last_published_submission_id": published, "pending_submission_id": "null"},
		{"application_id": w.ApplicationID, "flight_id": insiders, "friendly_name": "insiders", "last_published_submission_id": "null", "rank_higher_than": "null"},
	} {
		for name, value := range want {
			if got := acctest.Text(t, results[i].Resource[name]); got != value {
				t.Errorf("result %d has %s = %q, want %q", i, name, got, value)
			}
		}
	}
	if !results[0].Resource["group_ids"].IsNull() || results[1].Resource["group_ids"].IsNull() {
		t.Errorf("groups %v and %v", results[0].Resource["group_ids"], results[1].Resource["group_ids"])
	}
	w.OnlyReads()
}

// A query costs a request for each hundred flights, and gives no more than was asked for.
func TestListResourceOfManyFlights(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	for i := range 119 {
		w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: fmt.Sprintf("flight %d", i)})
	}
	p := w.Protocol()
	results, failure := queried(p, w.ApplicationID, 0, acctest.Including)
	if requests := w.Sim.Requests(); failure != "" || len(results) != 120 || len(requests) != 2 {
		t.Errorf("%d results by %d requests, %s", len(results), len(requests), failure)
	}
	if results, failure = queried(p, w.ApplicationID, 0, acctest.Limited(7)); failure != "" || len(results) != 7 {
		t.Errorf("%d results of 7, %s", len(results), failure)
	}
	if results, failure = queried(p, w.ApplicationID, 3); failure != "" || len(results) != 3 {
		t.Errorf("%d results until the reader stopped, %s", len(results), failure)
	}
}

func TestListResourceFails(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	p := acctest.StartProtocol(t)
	if results, failure := queried(p, w.ApplicationID, 0); len(results) > 0 || !strings.Contains(failure, "Provider is not configured") {
		t.Errorf("without a configuration: %v, %q", results, failure)
	}
	p.Configure(w.ProviderArguments())
	w.Sim.Inject(storesim.Fault{Operation: storesim.ListFlights, Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	if results, failure := queried(p, w.ApplicationID, 0); len(results) > 0 || !strings.Contains(failure, "Error listing flights") {
		t.Errorf("refused: %v, %q", results, failure)
	}
	if failure := p.ValidateList("msstore_flight", map[string]any{"application_id": "Contoso.Sample"}); !strings.Contains(failure, "must be the Store ID") {
		t.Errorf("a wrong ID is taken: %s", failure)
	}
}

// What a query finds can be imported, and a configuration made of it plans without a change.
func TestListResourceGivesConfigurations(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "insiders", GroupIDs: []string{"7", group}, RankHigherThan: "beta"})
	p := w.Protocol()
	results, failure := queried(p, w.ApplicationID, 0, acctest.Including)
	if failure != "" {
		t.Fatal(failure)
	}
	config := w.Config()
	for i, result := range results {
		made := acctest.Arguments{}
		for _, a := range p.Schemas.ResourceSchemas["msstore_flight"].Block.Attributes {
			if a.Required {
				made[a.Name] = acctest.Text(t, result.Resource[a.Name])
			}
		}
		var groups []tftypes.Value
		if err := result.Resource["group_ids"].As(&groups); err != nil {
			t.Fatal(err)
		}
		if len(groups) > 0 {
			made["group_ids"] = []string{acctest.Text(t, groups[0]), acctest.Text(t, groups[1])}
		}
		config += made.Block(fmt.Sprintf(`resource "msstore_flight" "f%d"`, i)) + acctest.Import(fmt.Sprintf("msstore_flight.f%d", i),
			acctest.Text(t, result.Identity["application_id"])+"/"+acctest.Text(t, result.Identity["flight_id"]))
	}
	w.Run(t, acctest.Step{
		Config: config,
		PlanChecks: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction("msstore_flight.f0", plancheck.ResourceActionNoop),
			plancheck.ExpectResourceAction("msstore_flight.f1", plancheck.ResourceActionNoop),
		},
	})
}
