package flightsubmission_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// private is a private state with a record, in the form that a CLI keeps.
func private(t *testing.T, record any) []byte {
	t.Helper()
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	all, err := json.Marshal(map[string][]byte{"record": text})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// recordOf is the record in a private state.
func recordOf(t *testing.T, private []byte) (record workflow.Record) {
	t.Helper()
	var all struct{ Record []byte }
	if err := json.Unmarshal(private, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all.Record, &record); err != nil {
		t.Fatal(err)
	}
	return record
}

// change applies a plan for a resource of the state; nil destroys it.
func change(t *testing.T, p *acctest.Protocol, state, planned, config arguments, more ...func(*tfprotov6.ApplyResourceChangeRequest)) *tfprotov6.ApplyResourceChangeResponse {
	t.Helper()
	schema := p.Schemas.ResourceSchemas[typeName].ValueType()
	req := tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: p.Encode(schema, state), PlannedState: p.Encode(schema, planned), Config: p.Encode(schema, config),
	}
	for _, f := range more {
		f(&req)
	}
	reply, err := p.ApplyResourceChange(t.Context(), &req)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func TestRefreshFails(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	state := recorded(w, id, "Published", nil)
	p := w.Protocol()
	reply, err := p.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: typeName, CurrentState: p.Encode(p.Schemas.ResourceSchemas[typeName].ValueType(), state), Private: private(t, "no record"),
	})
	if err != nil {
		t.Fatal(err)
	}
	check{summary: "Error reading the private state", says: []string{"record of the submission cannot be read"}}.judge(t, acctest.Findings(reply.Diagnostics), false)

	w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	_, found := w.Protocol().Refresh(typeName, state)
	check{summary: "Error reading flight submission", says: []string{"403 Forbidden"}}.judge(t, found, false)
}

// A plan that found nothing to do writes down what the configuration says, and nothing into the Store.
func TestApplyOfTheStateOnly(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	w.Sim.ResetRequests()
	state := recorded(w, id, "Published", nil)
	reply := change(t, w.Protocol(), state, state.With(arguments{"wait_for": "publish"}), flight(w).With(arguments{"wait_for": "publish"}),
		func(req *tfprotov6.ApplyResourceChangeRequest) {
			req.PlannedPrivate = private(t, workflow.Record{SubmissionID: id, Foreign: true})
		})
	if len(reply.Diagnostics) > 0 || w.Sim.Count() > 0 {
		t.Errorf("findings %+v, %d requests", acctest.Findings(reply.Diagnostics), w.Sim.Count())
	}
	if record := recordOf(t, reply.Private); record.Foreign || record.SubmissionID != id {
		t.Errorf("the submission is not accepted: %+v", record)
	}
}

func TestApplyFails(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	state := recorded(w, id, "Published", nil)
	missing := arguments{"packages": []any{arguments{
		"source": w.Dir + "/missing.msix", "file_name": "missing.msix", "sha256": digest, "minimum_directx_version": "None", "minimum_system_ram": "None",
	}}}
	reply := change(t, w.Protocol(), state, state.With(missing).With(arguments{"status": unknown}), flight(w).With(missing))
	found := acctest.Findings(reply.Diagnostics)
	if len(found) != 1 || found[0].Warning || w.Sim.Count(storesim.CreateSubmission) > 0 {
		t.Errorf("findings %+v", found)
	}
	// A state that an older CLI wrote has no identity.
	value, err := reply.NewIdentity.IdentityData.Unmarshal(identityType)
	if err != nil {
		t.Fatal(err)
	}
	if got := acctest.Text(t, members(t, value)["submission_id"]); got != id {
		t.Errorf("the identity names submission %s, want %s", got, id)
	}
}

// What is published stays, which the destroy tells.
func TestDestroyOfWhatIsPublished(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	reply := change(t, w.Protocol(), recorded(w, id, "Published", nil), nil, nil)
	check{summary: "Published flight submission stays in the Store", says: []string{id}}.judge(t, acctest.Findings(reply.Diagnostics), true)
}

// An import knows nothing of what an apply has sent, and says so to the plans that follow.
func TestImportedRecord(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	reply, err := w.Protocol().ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: w.ApplicationID + "/" + w.FlightID})
	if err != nil || len(reply.Diagnostics) > 0 {
		t.Fatalf("%v %+v", err, acctest.Findings(reply.Diagnostics))
	}
	if record := recordOf(t, reply.ImportedResources[0].Private); !record.Imported {
		t.Errorf("the record is %+v", record)
	}
}
