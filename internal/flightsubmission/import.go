package flightsubmission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

// ImportState implements resource.ResourceWithImportState.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	flight, submissionID := r.importTarget(ctx, req, resp)
	if resp.Diagnostics.HasError() || !r.data.Ready(&resp.Diagnostics) {
		return
	}
	submission, err := r.data.Workflow.Find(ctx, flight, submissionID)
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "importing flight submission", err)
		return
	}
	state := imported(ctx, submission, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("timeouts"), &state.Timeouts)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// importTarget reads the import ID, or the identity where the configuration
// imports by that.
func (r *Resource) importTarget(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) (flight storeapi.FlightRef, submissionID string) {
	if req.ID == "" {
		var identity identityModel
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		return storeapi.FlightRef{ApplicationID: identity.ApplicationID.ValueString(), FlightID: identity.FlightID.ValueString()},
			identity.SubmissionID.ValueString()
	}
	var err error
	flight.ApplicationID, flight.FlightID, submissionID, err = storeid.ParseImport(req.ID)
	if err != nil {
		resp.Diagnostics.AddError("Error importing flight submission", err.Error())
	}
	return flight, submissionID
}
