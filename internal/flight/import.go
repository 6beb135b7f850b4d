package flight

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

// ImportState implements resource.ResourceWithImportState.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	ref := storeid.ImportedFlight(ctx, req, &resp.Diagnostics)
	ctx, cancel, ok := r.Data.BeginRead(ctx, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	flight, err := r.Data.Client.Flight(ctx, ref)
	if storeapi.IsNotFound(err) {
		resp.Diagnostics.AddError("Cannot import non-existent flight",
			fmt.Sprintf("Looking for %s: the Store has no such flight. The data source msstore_flights lists the flights of an application.", ref))
		return
	}
	if err != nil {
		diagnostic.AddReadError(&resp.Diagnostics, "importing flight", err)
		return
	}
	state := model{
		ApplicationID: types.StringValue(ref.ApplicationID), GroupIDs: types.SetNull(types.StringType),
		ReplacementPolicy: types.StringValue(replacementFail),
	}
	state.fromAPI(ctx, flight, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("timeouts"), &state.Timeouts)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.Identity())...)
}
