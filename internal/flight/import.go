package flight

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

const importSummary = "Error importing flight"

// ImportState implements resource.ResourceWithImportState.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	ref := importTarget(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || !r.Data.Ready(&resp.Diagnostics) {
		return
	}
	flight, err := r.Data.Client.Flight(ctx, ref)
	if storeapi.IsNotFound(err) {
		resp.Diagnostics.AddError("Cannot import non-existent flight",
			fmt.Sprintf("Looking for %s: the Store has no such flight. The data source msstore_flights lists the flights of an application.", ref))
		return
	}
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "importing flight", err)
		return
	}
	state := model{ApplicationID: types.StringValue(ref.ApplicationID), GroupIDs: types.SetNull(types.StringType)}
	state.refresh(ctx, flight, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("timeouts"), &state.Timeouts)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
}

// importTarget reads the import ID, or the identity where the configuration
// imports by that.
func importTarget(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (ref storeapi.FlightRef) {
	if req.ID == "" {
		var identity identityModel
		diags.Append(req.Identity.Get(ctx, &identity)...)
		return storeapi.FlightRef{ApplicationID: identity.ApplicationID.ValueString(), FlightID: identity.FlightID.ValueString()}
	}
	var submissionID string
	var err error
	ref.ApplicationID, ref.FlightID, submissionID, err = storeid.ParseImport(req.ID)
	switch {
	case err != nil:
		diags.AddError(importSummary, err.Error())
	case submissionID != "":
		diags.AddError(importSummary, fmt.Sprintf("import ID %q names a submission; a flight's has the form APPLICATION/FLIGHT", req.ID))
	}
	return ref
}
