package flightsubmission_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

var identityType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
	"application_id": tftypes.String, "flight_id": tftypes.String, "submission_id": tftypes.String,
}}

// identity is a submission's identity as a CLI from 1.12 on sends it; an empty
// submission stands for none.
func identity(w *acctest.World, p *acctest.Protocol, submissionID string) *tfprotov6.ResourceIdentityData {
	a := arguments{"application_id": w.ApplicationID, "flight_id": w.FlightID, "submission_id": nil}
	if submissionID != "" {
		a["submission_id"] = submissionID
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: p.Encode(identityType, a)}
}

// identified checks which submission an identity names.
func identified(t *testing.T, w *acctest.World, got *tfprotov6.ResourceIdentityData, submissionID string) {
	t.Helper()
	if got == nil {
		t.Fatal("there is no identity")
	}
	value, err := got.IdentityData.Unmarshal(identityType)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for name, part := range members(t, value) {
		var text string
		if err := part.As(&text); err != nil {
			t.Fatal(err)
		}
		names[name] = text
	}
	want := map[string]string{"application_id": w.ApplicationID, "flight_id": w.FlightID, "submission_id": submissionID}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
}

func members(t *testing.T, object tftypes.Value) map[string]tftypes.Value {
	t.Helper()
	parts := map[string]tftypes.Value{}
	if err := object.As(&parts); err != nil {
		t.Fatal(err)
	}
	return parts
}

// An identity leads to the submission, stays with it, and moves on with the next.
func TestIdentity(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"with the submission", "without the submission"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			published, _ := w.LastPublished()
			given := published
			if name == "without the submission" {
				given = ""
			}
			s := w.Protocol()
			schema := s.Schemas.ResourceSchemas[typeName].ValueType()
			imported, err := s.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, Identity: identity(w, s, given)})
			if err != nil || len(imported.Diagnostics) > 0 {
				t.Fatalf("import: %v %+v", err, acctest.Findings(imported.Diagnostics))
			}
			identified(t, w, imported.ImportedResources[0].Identity, published)

			read, err := s.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
				TypeName: typeName, CurrentState: imported.ImportedResources[0].State, Private: imported.ImportedResources[0].Private,
				CurrentIdentity: imported.ImportedResources[0].Identity,
			})
			if err != nil || len(read.Diagnostics) > 0 {
				t.Fatalf("read: %v %+v", err, acctest.Findings(read.Diagnostics))
			}
			identified(t, w, read.NewIdentity, published)

			// Other notes make a new submission.
			config := s.Encode(schema, flight(w).With(arguments{"notes_for_certification": "notes"}))
			planned, err := s.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
				TypeName: typeName, PriorState: read.NewState, ProposedNewState: proposed(t, schema, read.NewState, "notes"), Config: config,
				PriorPrivate: read.Private, PriorIdentity: read.NewIdentity,
			})
			if err != nil || len(planned.Diagnostics) > 0 {
				t.Fatalf("plan: %v %+v", err, acctest.Findings(planned.Diagnostics))
			}
			applied, err := s.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
				TypeName: typeName, PriorState: read.NewState, PlannedState: planned.PlannedState, Config: config,
				PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: planned.PlannedIdentity,
			})
			if err != nil || len(applied.Diagnostics) > 0 {
				t.Fatalf("apply: %v %+v", err, acctest.Findings(applied.Diagnostics))
			}
			next, _ := w.Pending()
			identified(t, w, applied.NewIdentity, next)
		})
	}
}

// proposed is the prior state with other notes and the packages left to the flight.
func proposed(t *testing.T, schema tftypes.Type, prior *tfprotov6.DynamicValue, notes string) *tfprotov6.DynamicValue {
	t.Helper()
	value, err := prior.Unmarshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	parts := members(t, value)
	parts["notes_for_certification"] = tftypes.NewValue(tftypes.String, notes)
	parts["packages"] = tftypes.NewValue(parts["packages"].Type(), nil)
	next, err := tfprotov6.NewDynamicValue(schema, tftypes.NewValue(schema, parts))
	if err != nil {
		t.Fatal(err)
	}
	return &next
}

func TestImportedIdentityIsChecked(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.ResetRequests()
	for _, a := range []arguments{
		{"application_id": "Contoso.Sample", "flight_id": w.FlightID},
		{"application_id": w.ApplicationID, "flight_id": "../beta"},
		{"application_id": w.ApplicationID, "flight_id": w.FlightID, "submission_id": "latest"},
	} {
		p := w.Protocol()
		reply, err := p.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: typeName, Identity: &tfprotov6.ResourceIdentityData{IdentityData: p.Encode(identityType, a)},
		})
		if err != nil {
			t.Fatal(err)
		}
		check{summary: "Unusable import ID"}.judge(t, acctest.Findings(reply.Diagnostics), false)
	}
	if n := len(w.Sim.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}
