package packagerollout

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

var _ action.ActionWithConfigure = (*FinalizeAction)(nil)

// FinalizeAction is the action msstore_finalize_package_rollout, which Terraform
// 1.14 and newer have.
type FinalizeAction struct {
	endAction
}

// NewFinalizeAction makes the action.
func NewFinalizeAction() action.Action { return &FinalizeAction{} }

// Metadata implements action.Action.
func (a *FinalizeAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_finalize_package_rollout"
}

// Schema implements action.Action.
func (a *FinalizeAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = endSchema(ctx, "Finalizes the live gradual rollout of a flight at once, without an edit of the configuration. "+
		"Everybody in the flight gets the packages, and the flight takes its next submission. That cannot be undone.")
}

// Invoke implements action.Action.
func (a *FinalizeAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	a.end(ctx, req, resp, workflow.RolloutFinalized)
}
