package packagerollout

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// model is the resource as Terraform has it.
type model struct {
	ApplicationID      types.String   `tfsdk:"application_id"`
	FlightID           types.String   `tfsdk:"flight_id"`
	SubmissionID       types.String   `tfsdk:"submission_id"`
	Percentage         types.Float64  `tfsdk:"percentage"`
	State              types.String   `tfsdk:"state"`
	WaitForPublication types.Bool     `tfsdk:"wait_for_publication"`
	DeletionPolicy     types.String   `tfsdk:"deletion_policy"`
	Timeouts           timeouts.Value `tfsdk:"timeouts"`

	Status               types.String `tfsdk:"status"`
	FallbackSubmissionID types.String `tfsdk:"fallback_submission_id"`
}

// Identity implements providerdata.Identified.
func (m *model) Identity() any {
	return storeid.SubmissionIdentity{ApplicationID: m.ApplicationID, FlightID: m.FlightID, SubmissionID: m.SubmissionID}
}

func (m *model) ref() storeapi.SubmissionRef {
	flight := storeapi.FlightRef{ApplicationID: m.ApplicationID.ValueString(), FlightID: m.FlightID.ValueString()}
	return flight.Submission(m.SubmissionID.ValueString())
}

// toRollout is what a wholly known plan asks for.
func (m *model) toRollout() workflow.Rollout {
	return workflow.Rollout{
		Submission: m.ref(), State: workflow.RolloutState(m.State.ValueString()),
		Percentage: m.Percentage.ValueFloat64(), Await: m.WaitForPublication.ValueBool(),
	}
}

// status is the Store's as far as the state tells it.
func (m *model) status() storeapi.RolloutStatus {
	return storeapi.RolloutStatus(m.Status.ValueString())
}

// ended tells whether the rollout is over for good.
func (m *model) ended() bool {
	return m.status() == storeapi.RolloutComplete || m.status() == storeapi.RolloutStopped
}

func (m *model) deletion() workflow.RolloutDeletion {
	return workflow.RolloutDeletion(m.DeletionPolicy.ValueString())
}

// computedFromAPI takes over what the Store alone decides. What the plan knew already
// stays: an apply may not show anything else.
func (m *model) computedFromAPI(r storeapi.PackageRollout) {
	m.Status = tfvalue.Text(r.Status)
	if m.FallbackSubmissionID.IsUnknown() {
		m.FallbackSubmissionID = tfvalue.Text(r.FallbackSubmissionID)
	}
}

// fromAPI takes over what has become of the rollout in the Store. Before the
// publication the request stays as it is, and so does a percentage that has lost
// its meaning: it may come from the same variable as the next submission's.
func (m *model) fromAPI(s *storeapi.Submission) {
	r := s.PackageDeliveryOptions.PackageRollout
	m.Status = tfvalue.Text(r.Status)
	m.FallbackSubmissionID = tfvalue.Text(r.FallbackSubmissionID)
	state, percentage, ok := workflow.Observe(s)
	if !ok {
		return
	}
	m.State = types.StringValue(string(state))
	if state == workflow.RolloutActive {
		m.Percentage = tfvalue.Number(percentage)
	}
}
