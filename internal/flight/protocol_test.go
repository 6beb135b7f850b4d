package flight_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestArgumentsAreValidated(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	for says, more := range map[string]acctest.Arguments{
		"rank_higher_than must not be empty":               {"rank_higher_than": ""},
		"replacement_policy must be fail or replace":       {"replacement_policy": "keep"},
		"group_ids must not be empty":                      {"group_ids": []any{}},
		"group_ids must hold group IDs, which are strings": {"group_ids": []any{"everybody"}},
	} {
		_, found := w.Protocol().Plan(typeName, beta(w).With(more))
		acctest.Says(t, acctest.Failures(found), says)
	}
}

// A flight is found by one argument, which may be known later.
func TestDataSourceArguments(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	p := w.Protocol()
	for name, test := range map[string]struct {
		arguments acctest.Arguments
		says      string // empty: they are taken
	}{
		"both":             {acctest.Arguments{"flight_id": w.FlightID, "friendly_name": "beta"}, "Flight is named twice"},
		"neither":          {nil, "Flight is not named"},
		"empty name":       {acctest.Arguments{"friendly_name": ""}, "friendly_name must not be empty"},
		"ID known later":   {acctest.Arguments{"flight_id": acctest.Unknown}, ""},
		"name known later": {acctest.Arguments{"friendly_name": acctest.Unknown}, ""},
		"which of them":    {acctest.Arguments{"flight_id": acctest.Unknown, "friendly_name": acctest.Unknown}, ""},
		"ID or a name":     {acctest.Arguments{"flight_id": acctest.Unknown, "friendly_name": "beta"}, ""},
		"name or an ID":    {acctest.Arguments{"flight_id": w.FlightID, "friendly_name": acctest.Unknown}, ""},
	} {
		failure := p.ValidateDataSource("msstore_flight", acctest.Arguments{"application_id": w.ApplicationID}.With(test.arguments))
		if (failure != "") != (test.says != "") || !strings.Contains(failure, test.says) {
			t.Errorf("%s: %q, want %q", name, failure, test.says)
		}
	}
}

func TestDataSourcesFail(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	for says, source := range map[string]string{"Error reading flight: ": "msstore_flight", "Error listing flights: ": "msstore_flights"} {
		a := acctest.Arguments{"application_id": w.ApplicationID}
		if source == "msstore_flight" {
			a["friendly_name"] = "beta"
		}
		_, found := w.Protocol().Read(source, a)
		acctest.Says(t, acctest.Failures(found), says, "403 Forbidden")
	}
}

// Without credentials nobody can tell whether another rank is only written in another way, and a replacement is no guess.
func TestRankWithoutCredentials(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	for name, test := range map[string]struct {
		policy    string
		change    acctest.Arguments
		replacing []string
		summary   string // of the only finding
	}{
		"kept":               {"fail", acctest.Arguments{"rank_higher_than": w.FlightID}, nil, ""},
		"replaced":           {"replace", acctest.Arguments{"rank_higher_than": w.FlightID}, nil, "Rank cannot be compared yet"},
		"left out":           {"fail", acctest.Arguments{"rank_higher_than": nil}, nil, "Flight differs from the configuration"},
		"left out, replaced": {"replace", acctest.Arguments{"rank_higher_than": nil}, []string{"rank_higher_than"}, "Flight will be replaced"},
		"known later":        {"fail", acctest.Arguments{"rank_higher_than": acctest.Unknown}, nil, ""},
		"known later, replaced": {
			"replace", acctest.Arguments{"rank_higher_than": acctest.Unknown}, []string{"rank_higher_than"}, "Flight will be replaced",
		},
		"of an application that is known later": {
			"replace", acctest.Arguments{"rank_higher_than": w.FlightID, "application_id": acctest.Unknown}, []string{"application_id"}, "Flight will be replaced",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := beta(w).With(acctest.Arguments{"rank_higher_than": "gamma", "replacement_policy": test.policy})
			state := config.With(acctest.Arguments{"flight_id": w.FlightID})
			_, replacing, found := acctest.StartProtocol(t).PlanChange(typeName, state, config.With(test.change))
			summary := ""
			if len(found) > 0 {
				summary = found[0].Summary
			}
			if summary != test.summary || len(found) > 1 || !slices.Equal(replacing, test.replacing) {
				t.Errorf("%q replace it, findings %+v", replacing, found)
			}
		})
	}
}

// What Partner Center took away is missing in the state, whether the Store says so or nothing.
func TestGroupsThatWentAway(t *testing.T) {
	t.Parallel()
	for _, omits := range []bool{false, true} {
		w := acctest.New(t)
		w.Sim.OmitOptionalMembers(omits)
		state, found := w.Protocol().Refresh(typeName, beta(w).With(acctest.Arguments{"flight_id": w.FlightID, "group_ids": []any{"7"}}))
		var groups []tftypes.Value
		if err := state["group_ids"].As(&groups); err != nil || state["group_ids"].IsNull() || len(groups) > 0 || len(found) > 0 {
			t.Errorf("omitted %t: the state has the groups %v, findings %+v", omits, state["group_ids"], found)
		}
	}
}

func TestRefreshFails(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	_, found := w.Protocol().Refresh(typeName, beta(w).With(acctest.Arguments{"flight_id": w.FlightID}))
	acctest.Says(t, acctest.Failures(found), "Error reading flight: ", "403 Forbidden")
}

// A refusal leads to the flight's submission in Partner Center.
func TestRefusalNamesTheSubmission(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	for _, argument := range []string{"pending_submission_id", "last_published_submission_id"} {
		state := beta(w).With(acctest.Arguments{"flight_id": w.FlightID, argument: "1152921504606962999"})
		_, _, found := w.Protocol().PlanChange(typeName, state, beta(w).With(acctest.Arguments{"friendly_name": "testers"}))
		acctest.Says(t, acctest.Failures(found), "Flight differs from the configuration", "https://partner.microsoft.com/", "/submissions/1152921504606962999")
	}
}

func TestImportFails(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	for name, test := range map[string]struct {
		provider *acctest.Protocol
		says     []string
	}{
		"no credentials": {acctest.StartProtocol(t), []string{"Provider is not configured yet"}},
		"no permission":  {w.Protocol(), []string{"Error importing flight", "403 Forbidden"}},
	} {
		reply, err := test.provider.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: w.ApplicationID + "/" + w.FlightID})
		if err != nil {
			t.Fatal(err)
		}
		if len(reply.Diagnostics) != 1 {
			t.Errorf("%s: findings %+v", name, acctest.Findings(reply.Diagnostics))
		}
		acctest.Says(t, acctest.Failures(acctest.Findings(reply.Diagnostics)), test.says...)
	}
}

// An identity of a flight may not change: the imported one is written as the Store writes it.
func TestImportByIdentityInCapitals(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	p := w.Protocol()
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"application_id": tftypes.String, "flight_id": tftypes.String}}
	given := acctest.Arguments{"application_id": w.ApplicationID, "flight_id": strings.ToUpper(w.FlightID)}
	reply, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: typeName, Identity: &tfprotov6.ResourceIdentityData{IdentityData: p.Encode(kind, given)},
	})
	if err != nil || len(reply.Diagnostics) > 0 {
		t.Fatalf("%v %+v", err, acctest.Findings(reply.Diagnostics))
	}
	imported := reply.ImportedResources[0]
	read, err := p.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: typeName, CurrentState: imported.State, CurrentIdentity: imported.Identity})
	if err != nil || len(read.Diagnostics) > 0 {
		t.Errorf("%v %+v", err, acctest.Findings(read.Diagnostics))
	}
}

func TestPlanRunsOutOfTime(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Hang{}})
	_, found := w.Protocol().Plan(typeName, beta(w).With(acctest.Arguments{"timeouts": acctest.Arguments{"read": "50ms"}}))
	acctest.Says(t, acctest.Failures(found), "the time for it ran out")
}
