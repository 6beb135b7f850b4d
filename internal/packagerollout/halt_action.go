package packagerollout

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

var _ action.ActionWithConfigure = (*HaltAction)(nil)

// HaltAction is the action msstore_halt_package_rollout, which Terraform 1.14 and
// newer have.
type HaltAction struct {
	endAction
}

// NewHaltAction makes the action.
func NewHaltAction() action.Action { return &HaltAction{} }

// Metadata implements action.Action.
func (a *HaltAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_halt_package_rollout"
}

// Schema implements action.Action.
func (a *HaltAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = endSchema(ctx, "Halts the live gradual rollout of a flight at once, without an edit of the configuration. "+
		"The testers who have the packages keep them, nobody else gets them. There is no way back on the same submission.")
}

// Invoke implements action.Action.
func (a *HaltAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	a.end(ctx, req, resp, workflow.RolloutHalted)
}
