package packagerollout_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const typeName = "msstore_package_rollout"

type arguments = acctest.Arguments

// recorded is the state of a rollout.
func recorded(w *acctest.World, submissionID, status string, more arguments) arguments {
	return of(w, submissionID).With(arguments{
		"state": "active", "wait_for_publication": false, "deletion_policy": "abandon", "status": status,
	}).With(more)
}

// forbid has the Store refuse an operation, or all of them.
func forbid(w *acctest.World, operation storesim.Operation) {
	w.Sim.Inject(storesim.Fault{Operation: operation, Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
}

// What is not known yet is neither judged nor looked for.
func TestUnknownArguments(t *testing.T) {
	t.Parallel()
	w, id := live(t, 50)
	w.Sim.ResetRequests()
	for name, more := range map[string]arguments{
		"application_id": {"application_id": acctest.Unknown}, "flight_id": {"flight_id": acctest.Unknown},
		"submission_id": {"submission_id": acctest.Unknown}, "percentage": {"percentage": acctest.Unknown},
		"state": {"state": acctest.Unknown}, "wait_for_publication": {"wait_for_publication": acctest.Unknown},
		"percentage of a finalized one": {"percentage": acctest.Unknown, "state": "finalized"},
	} {
		if _, found := w.Protocol().Plan(typeName, of(w, id).With(arguments{"percentage": 50}).With(more)); len(found) > 0 {
			t.Errorf("%s: findings %+v", name, found)
		}
	}
	if n := w.Sim.Count(); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A percentage may turn out to be missing when the plan knows it.
func TestPercentageIsMissing(t *testing.T) {
	t.Parallel()
	w, id := live(t, 50)
	p := w.Protocol()
	for name, more := range map[string]arguments{"by default": nil, "active": {"state": "active"}} {
		config := of(w, id).With(more)
		planned, found := p.Plan(typeName, config)
		acctest.Says(t, acctest.Failures(found), "Percentage is missing")
		if !planned.IsNull() {
			t.Errorf("%s: the configuration is valid", name)
		}
		_, _, found = p.PlanChange(typeName, nil, config)
		acctest.Says(t, acctest.Failures(found), "Percentage is missing")
	}
}

// A rollout that has ended stays so, and the Store is asked for nothing but its flight.
func TestEndedRolloutIsNotRead(t *testing.T) {
	t.Parallel()
	w, id := live(t, 50)
	w.Sim.ResetRequests()
	state := recorded(w, id, complete, arguments{"state": "finalized"})
	p := w.Protocol()
	read, found := p.Refresh(typeName, state)
	if status := acctest.Text(t, read["status"]); status != complete || len(found) > 0 {
		t.Errorf("the state has %s, findings %+v", status, found)
	}
	planned, _, found := p.PlanChange(typeName, state, of(w, id).With(arguments{"state": "finalized"}))
	if status := acctest.Text(t, planned["status"]); status != complete || len(found) > 0 {
		t.Errorf("the plan has %s, findings %+v", status, found)
	}
	if n := w.Sim.Count(storesim.GetSubmission); n > 0 {
		t.Errorf("the submission was read %d times", n)
	}
	w.Sim.DeleteFlightInPortal(w.ApplicationID, w.FlightID)
	if read, found = w.Protocol().Refresh(typeName, state); len(read)+len(found) > 0 {
		t.Errorf("without its flight the state has %v, findings %+v", read, found)
	}
}

func TestArgumentsAreValidated(t *testing.T) {
	t.Parallel()
	w, id := live(t, 50)
	for argument, wrong := range map[string]string{"application_id": "Contoso.Sample", "flight_id": "beta", "submission_id": "last", "deletion_policy": "keep"} {
		planned, found := w.Protocol().Plan(typeName, of(w, id).With(arguments{"percentage": 50, argument: wrong}))
		acctest.Says(t, acctest.Failures(found), argument+" must be")
		if !planned.IsNull() {
			t.Errorf("%s = %q is valid", argument, wrong)
		}
	}
}

// What the other testers get is known of a rollout that has begun, and of no other one.
func TestFallbackInPlan(t *testing.T) {
	t.Parallel()
	w, first := live(t, 50)
	w.Sim.SetRollout(first, storesim.Rollout{Enabled: true, Percentage: 100, Status: complete})
	second := w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 10}})
	const fallback = "7"
	for name, test := range map[string]struct {
		submission, status string
		known              bool
	}{
		"begun":              {second, inProgress, true},
		"not begun":          {second, notStarted, false},
		"another submission": {first, inProgress, false},
	} {
		state := recorded(w, test.submission, test.status, arguments{"percentage": 10, "fallback_submission_id": fallback})
		planned, _, found := w.Protocol().PlanChange(typeName, state, of(w, second).With(arguments{"percentage": 20}))
		if known := planned["fallback_submission_id"].IsKnown(); known != test.known || len(found) > 0 {
			t.Errorf("%s: known %t, findings %+v", name, known, found)
		}
	}

	p := w.Protocol()
	schema := p.Schemas.ResourceSchemas[typeName].ValueType()
	applied, err := p.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: p.Encode(schema, recorded(w, second, inProgress, arguments{"percentage": 10, "fallback_submission_id": fallback})),
		PlannedState: p.Encode(schema, recorded(w, second, acctest.Unknown, arguments{"percentage": 20, "fallback_submission_id": fallback})),
		Config:       p.Encode(schema, of(w, second).With(arguments{"percentage": 20})),
	})
	if err != nil || len(applied.Diagnostics) > 0 {
		t.Fatalf("%v %+v", err, acctest.Findings(applied.Diagnostics))
	}
	state := map[string]tftypes.Value{}
	if value, err := applied.NewState.Unmarshal(schema); err != nil {
		t.Error(err)
	} else if err := value.As(&state); err != nil {
		t.Error(err)
	} else if got := acctest.Text(t, state["fallback_submission_id"]); got != fallback {
		t.Errorf("the apply shows %s, the plan %s", got, fallback)
	}
}

// An end that the state has of another submission says nothing of the planned one.
func TestEndOfAnotherSubmission(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	id := w.Publish(storesim.Published{})
	_, _, found := w.Protocol().PlanChange(typeName, recorded(w, "7", stopped, arguments{"state": "halted"}), of(w, id).With(arguments{"state": "halted"}))
	acctest.Says(t, acctest.Failures(found), "Submission has no gradual rollout")
}

// The rollout of another flight is another resource, that of another submission the same.
func TestReplacement(t *testing.T) {
	t.Parallel()
	w, id := live(t, 50)
	state := recorded(w, id, inProgress, arguments{"percentage": 50})
	for argument, test := range map[string]struct {
		value    string
		replaces bool
	}{
		"application_id": {"9NBLGGH4XXXX", true},
		"flight_id":      {"00000000-0000-4000-8000-000000000000", true},
		"submission_id":  {"7", false},
	} {
		_, replacing, _ := w.Protocol().PlanChange(typeName, state, of(w, id).With(arguments{"percentage": 50, argument: test.value}))
		if got := slices.Equal(replacing, []string{argument}); got != test.replaces {
			t.Errorf("%s: %q replace it", argument, replacing)
		}
	}
	_, replacing, _ := w.Protocol().PlanChange(typeName, state, of(w, id).With(arguments{"percentage": 50, "flight_id": strings.ToUpper(w.FlightID)}))
	if len(replacing) > 0 {
		t.Errorf("the same flight in capitals: %q replace it", replacing)
	}
}

// A rollout that waits in the state begins with the apply that publishes its submission, and with no other one.
func TestRecordedRequestOfWhatTheApplyPublishes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		underWay bool
		more     arguments
		begins   bool
	}{
		"a draft":                         {false, arguments{"wait_for": "publish"}, true},
		"a draft that is committed":       {false, arguments{"wait_for": "commit"}, false},
		"a draft that stays one":          {false, arguments{"commit": false}, false},
		"what is under way":               {true, arguments{"wait_for": "publish"}, true},
		"what is under way, not awaited":  {true, arguments{"wait_for": "commit"}, false},
		"what is under way, another goal": {true, arguments{"wait_for": "certification"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t)
			id, _ := w.Pending()
			var known arguments
			submission := arguments{"package_rollout": arguments{"initial_percentage": 10}, "commit": true, "wait_for": "none"}.With(test.more)
			if test.underWay {
				w, id = pending(t, 10)
				known = of(w, id).With(submission).With(arguments{"status": storesim.StatusCertification})
			} else {
				submission["packages"] = []any{arguments{"source": w.Package("app.msix", msixtest.Manifest{})}}
			}
			p := w.Protocol()
			if _, _, found := p.PlanChange("msstore_flight_submission", known, of(w, "").With(submission)); len(found) > 0 {
				t.Errorf("findings %+v", found)
			}
			planned, _, found := p.PlanChange(typeName, recorded(w, id, notStarted, arguments{"percentage": 10}), of(w, id).With(arguments{"percentage": 10}))
			if begins := !planned["status"].IsKnown(); begins != test.begins || len(found) > 0 {
				t.Errorf("it begins: %t, findings %+v", begins, found)
			}
		})
	}
}

// A request that waits is announced by the plan that makes it.
func TestRecordedRequestIsNotAnnounced(t *testing.T) {
	t.Parallel()
	w, id := pending(t, 10)
	state := recorded(w, id, notStarted, arguments{"percentage": 50})
	if _, _, found := w.Protocol().PlanChange(typeName, state, of(w, id).With(arguments{"percentage": 50})); len(found) > 0 {
		t.Errorf("findings %+v", found)
	}
	_, _, found := w.Protocol().PlanChange(typeName, state, of(w, id).With(arguments{"percentage": 60}))
	if len(found) != 1 || !found[0].Warning {
		t.Errorf("findings %+v", found)
	}
}

func TestPlanRunsOutOfTime(t *testing.T) {
	t.Parallel()
	w, id := live(t, 50)
	w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Hang{}})
	_, found := w.Protocol().Plan(typeName, of(w, id).With(arguments{"percentage": 50, "timeouts": arguments{"read": "50ms"}}))
	acctest.Says(t, acctest.Failures(found), "the time for it ran out")
}

func TestStoreForbids(t *testing.T) {
	t.Parallel()
	w, id := live(t, 50)
	forbid(w, "")
	p := w.Protocol()
	schema := p.Schemas.ResourceSchemas[typeName].ValueType()
	state := recorded(w, id, inProgress, arguments{"percentage": 50, "deletion_policy": "halt"})
	_, read := p.Refresh(typeName, state)
	_, planned := p.Plan(typeName, of(w, id).With(arguments{"percentage": 60}))
	destroyed, err := p.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: p.Encode(schema, state), PlannedState: p.Encode(schema, nil), Config: p.Encode(schema, nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	for says, found := range map[string][]acctest.Finding{
		"reading package rollout": read, "checking the plan against the Store": planned, "ending the rollout of ": acctest.Findings(destroyed.Diagnostics),
	} {
		if len(found) != 1 {
			t.Errorf("%s: findings %+v", says, found)
		}
		acctest.Says(t, acctest.Failures(found), says, "403 Forbidden")
	}
}

// The identity is that of the submission, whatever comes of an apply.
func TestIdentity(t *testing.T) {
	t.Parallel()
	w, first := live(t, 50)
	w.Sim.SetRollout(first, storesim.Rollout{Enabled: true, Percentage: 100, Status: complete})
	second := w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 10}})
	p := w.Protocol()
	schema := p.Schemas.ResourceSchemas[typeName].ValueType()
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"application_id": tftypes.String, "flight_id": tftypes.String, "submission_id": tftypes.String,
	}}
	names := func(got *tfprotov6.ResourceIdentityData, submissionID string) {
		t.Helper()
		identity := map[string]tftypes.Value{}
		if value, err := got.IdentityData.Unmarshal(kind); err != nil {
			t.Error(err)
		} else if err := value.As(&identity); err != nil {
			t.Error(err)
		} else if id := acctest.Text(t, identity["submission_id"]); id != submissionID {
			t.Errorf("the identity names submission %s, want %s", id, submissionID)
		}
	}
	imported, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: w.ApplicationID + "/" + w.FlightID})
	if err != nil || len(imported.Diagnostics) > 0 {
		t.Fatalf("%v %+v", err, acctest.Findings(imported.Diagnostics))
	}
	names(imported.ImportedResources[0].Identity, second)

	planned := recorded(w, second, acctest.Unknown, arguments{"percentage": 20, "fallback_submission_id": acctest.Unknown})
	update := tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: p.Encode(schema, recorded(w, first, complete, arguments{"state": "finalized"})),
		PlannedState: p.Encode(schema, planned), Config: p.Encode(schema, of(w, second).With(arguments{"percentage": 20})),
		PlannedIdentity: &tfprotov6.ResourceIdentityData{IdentityData: p.Encode(kind, of(w, first))},
	}
	applied, err := p.ApplyResourceChange(t.Context(), &update)
	if err != nil || len(applied.Diagnostics) > 0 {
		t.Fatalf("%v %+v", err, acctest.Findings(applied.Diagnostics))
	}
	names(applied.NewIdentity, second)

	// A state that an older CLI wrote has none.
	forbid(w, "")
	update.PlannedIdentity = nil
	applied, err = w.Protocol().ApplyResourceChange(t.Context(), &update)
	if err != nil || len(applied.Diagnostics) != 1 {
		t.Fatalf("%v %+v", err, acctest.Findings(applied.Diagnostics))
	}
	names(applied.NewIdentity, first)
}
