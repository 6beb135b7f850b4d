package flightsubmission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// ImportState implements resource.ResourceWithImportState.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	flight, submissionID := storeid.ImportedSubmission(ctx, req, &resp.Diagnostics)
	if !r.Data.Ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, providerdata.ReadTimeout)
	defer cancel()
	submission, err := r.Data.Workflow.Find(ctx, flight, submissionID)
	if err != nil {
		diagnostic.AddReadError(&resp.Diagnostics, "importing flight submission", err)
		return
	}
	state := importedFromAPI(ctx, submission, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.GetAttribute(ctx, path.Root("timeouts"), &state.Timeouts)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	writeRecord(ctx, resp.Private, workflow.Record{Imported: true}, &resp.Diagnostics)
}
