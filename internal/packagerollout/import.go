package packagerollout

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// ImportState implements resource.ResourceWithImportState.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	submission := submissionlookup.Import(ctx, r.Data, req, &resp.Diagnostics)
	if submission == nil {
		return
	}
	state := importedFromAPI(submission)
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("timeouts"), &state.Timeouts)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.Identity())...)
}

// importedFromAPI gives a state with the defaults of everything that the Store does not
// report. A rollout that has not begun is wanted as it was submitted.
func importedFromAPI(s *storeapi.Submission) model {
	m := model{
		ApplicationID: types.StringValue(s.Ref.ApplicationID), FlightID: types.StringValue(s.Ref.FlightID), SubmissionID: types.StringValue(s.Ref.SubmissionID),
		State: types.StringValue(string(workflow.RolloutActive)), WaitForPublication: types.BoolValue(false),
		DeletionPolicy: types.StringValue(string(workflow.DeletionAbandon)),
	}
	if r := s.PackageDeliveryOptions.PackageRollout; r.IsPackageRollout && r.Status == storeapi.RolloutNotStarted {
		m.Percentage = tfvalue.Number(r.Percentage)
	}
	m.fromAPI(s)
	return m
}
