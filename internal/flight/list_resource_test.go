package flight_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// query is the provider as terraform query sees it, which older CLIs do not have.
type query struct {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer

	t       *testing.T
	schemas *tfprotov6.GetProviderSchemaResponse
}

// found is a result: attributes are null where the query was without resources.
type found struct {
	name     string
	identity map[string]tftypes.Value
	resource map[string]tftypes.Value
}

func startQuery(t *testing.T, w *acctest.World) query {
	t.Helper()
	server, err := w.Factories()["msstore"]()
	if err != nil {
		t.Fatal(err)
	}
	lister, ok := server.(tfprotov6.ListResourceServer)
	if !ok {
		t.Fatal("the provider lists nothing")
	}
	q := query{ProviderServer: server, ListResourceServer: lister, t: t}
	if q.schemas, err = server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	return q
}

func (q query) configure(w *acctest.World) {
	q.t.Helper()
	config := q.encode(q.schemas.Provider, map[string]any{"endpoint": w.Sim.URL(), "access_token": acctest.Token, "requests_per_minute": 0})
	reply, err := q.ConfigureProvider(q.t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: config})
	if err != nil || len(reply.Diagnostics) > 0 {
		q.t.Fatalf("configuring the provider: %v %v", err, reply)
	}
}

func (q query) encode(schema *tfprotov6.Schema, values map[string]any) *tfprotov6.DynamicValue {
	q.t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		q.t.Fatal(err)
	}
	value, err := tftypes.ValueFromJSON(text, schema.ValueType()) //nolint:staticcheck // Deprecated for providers, not for what plays the CLI.
	if err != nil {
		q.t.Fatal(err)
	}
	dynamic, err := tfprotov6.NewDynamicValue(schema.ValueType(), value)
	if err != nil {
		q.t.Fatal(err)
	}
	return &dynamic
}

func (q query) attributes(value *tfprotov6.DynamicValue, of tftypes.Type) map[string]tftypes.Value {
	q.t.Helper()
	decoded, err := value.Unmarshal(of)
	if err != nil {
		q.t.Fatal(err)
	}
	attributes := map[string]tftypes.Value{}
	if err := decoded.As(&attributes); err != nil {
		q.t.Fatal(err)
	}
	return attributes
}

// list runs the query to its end, or up to most results, and returns the texts of its errors as well.
func (q query) list(applicationID string, most int, change ...func(*tfprotov6.ListResourceRequest)) (results []found, failure string) {
	q.t.Helper()
	req := tfprotov6.ListResourceRequest{
		TypeName: "msstore_flight", Config: q.encode(q.schemas.ListResourceSchemas["msstore_flight"], map[string]any{"application_id": applicationID}),
	}
	for _, f := range change {
		f(&req)
	}
	stream, err := q.ListResource(q.t.Context(), &req)
	if err != nil {
		q.t.Fatal(err)
	}
	schema := q.schemas.ResourceSchemas["msstore_flight"].ValueType()
	identity := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"application_id": tftypes.String, "flight_id": tftypes.String}}
	for result := range stream.Results {
		for _, d := range result.Diagnostics {
			failure += d.Summary + ": " + d.Detail + "\n"
		}
		if result.Identity == nil {
			continue
		}
		f := found{name: result.DisplayName, identity: q.attributes(result.Identity.IdentityData, identity)}
		if result.Resource != nil {
			f.resource = q.attributes(result.Resource, schema)
		}
		if results = append(results, f); len(results) == most {
			break
		}
	}
	return results, failure
}

func including(req *tfprotov6.ListResourceRequest) { req.IncludeResource = true }

func text(t *testing.T, value tftypes.Value) string {
	t.Helper()
	var s *string
	if err := value.As(&s); err != nil {
		t.Fatal(err)
	}
	if s == nil {
		return "null"
	}
	return *s
}

func TestListResource(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	insiders := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "insiders", GroupIDs: []string{group}, RankHigherThan: "beta"})
	q := startQuery(t, w)
	q.configure(w)

	results, failure := q.list(w.ApplicationID, 0)
	if failure != "" || len(results) != 2 {
		t.Fatalf("%d results, %s", len(results), failure)
	}
	for i, want := range []struct{ name, id string }{{"beta", w.FlightID}, {"insiders", insiders}} {
		got := results[i]
		if got.name != want.name || text(t, got.identity["application_id"]) != w.ApplicationID || text(t, got.identity["flight_id"]) != want.id || got.resource != nil {
			t.Errorf("result %d is %+v, want %+v and no more than its identity", i, got, want)
		}
	}

	results, failure = q.list(w.ApplicationID, 0, including)
	if failure != "" || len(results) != 2 {
		t.Fatalf("%d results, %s", len(results), failure)
	}
	published, _ := w.LastPublished()
	for i, want := range []map[string]string{
		{"application_id": w.ApplicationID, "flight_id": w.FlightID, "friendly_name": "beta", "last_published_submission_id": published, "pending_submission_id": "null"},
		{"application_id": w.ApplicationID, "flight_id": insiders, "friendly_name": "insiders", "last_published_submission_id": "null", "rank_higher_than": "null"},
	} {
		for name, value := range want {
			if got := text(t, results[i].resource[name]); got != value {
				t.Errorf("result %d has %s = %q, want %q", i, name, got, value)
			}
		}
	}
	if !results[0].resource["group_ids"].IsNull() || results[1].resource["group_ids"].IsNull() {
		t.Errorf("groups %v and %v", results[0].resource["group_ids"], results[1].resource["group_ids"])
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
	q := startQuery(t, w)
	q.configure(w)
	results, failure := q.list(w.ApplicationID, 0, including)
	if requests := w.Sim.Requests(); failure != "" || len(results) != 120 || len(requests) != 2 {
		t.Errorf("%d results by %d requests, %s", len(results), len(requests), failure)
	}
	if results, failure = q.list(w.ApplicationID, 0, func(req *tfprotov6.ListResourceRequest) { req.Limit = 7 }); failure != "" || len(results) != 7 {
		t.Errorf("%d results of 7, %s", len(results), failure)
	}
	if results, failure = q.list(w.ApplicationID, 3); failure != "" || len(results) != 3 {
		t.Errorf("%d results until the reader stopped, %s", len(results), failure)
	}
}

func TestListResourceFails(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	q := startQuery(t, w)
	if results, failure := q.list(w.ApplicationID, 0); len(results) > 0 || !strings.Contains(failure, "Provider is not configured") {
		t.Errorf("without a configuration: %v, %q", results, failure)
	}
	q.configure(w)
	w.Sim.Inject(storesim.Fault{Operation: storesim.ListFlights, Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	if results, failure := q.list(w.ApplicationID, 0); len(results) > 0 || !strings.Contains(failure, "Error listing flights") {
		t.Errorf("refused: %v, %q", results, failure)
	}
	reply, err := q.ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: "msstore_flight", Config: q.encode(q.schemas.ListResourceSchemas["msstore_flight"], map[string]any{"application_id": "Contoso.Sample"}),
	})
	if err != nil || !slices.ContainsFunc(reply.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return strings.Contains(d.Detail, "must be the Store ID") }) {
		t.Errorf("a wrong ID is taken: %v %v", err, reply)
	}
}

// What a query finds can be imported, and a configuration made of it plans without a change.
func TestListResourceGivesConfigurations(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "insiders", GroupIDs: []string{"7", group}, RankHigherThan: "beta"})
	q := startQuery(t, w)
	q.configure(w)
	results, failure := q.list(w.ApplicationID, 0, including)
	if failure != "" {
		t.Fatal(failure)
	}
	var config strings.Builder
	for i, result := range results {
		fmt.Fprintf(&config, "import {\n  to = msstore_flight.f%d\n  id = %q\n}\nresource \"msstore_flight\" \"f%[1]d\" {\n", i,
			text(t, result.identity["application_id"])+"/"+text(t, result.identity["flight_id"]))
		for _, a := range q.schemas.ResourceSchemas["msstore_flight"].Block.Attributes {
			if a.Required {
				fmt.Fprintf(&config, "  %s = %q\n", a.Name, text(t, result.resource[a.Name]))
			}
		}
		var groups []tftypes.Value
		if err := result.resource["group_ids"].As(&groups); err != nil {
			t.Fatal(err)
		}
		if len(groups) > 0 {
			fmt.Fprintf(&config, "  group_ids = [%q, %q]\n", text(t, groups[0]), text(t, groups[1]))
		}
		config.WriteString("}\n")
	}
	w.Run(t, resource.TestStep{
		Config: w.Config("%s", config.String()),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction("msstore_flight.f0", plancheck.ResourceActionNoop),
			plancheck.ExpectResourceAction("msstore_flight.f1", plancheck.ResourceActionNoop),
		}},
	})
}
