package packagerollout

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// endTimeout is for some requests, and their retries while the Store has bad minutes.
const endTimeout = 10 * time.Minute

var _ action.ActionWithConfigure = (*endAction)(nil)

// endAction is an action that ends a rollout. Terraform 1.14 and newer have actions.
type endAction struct {
	providerdata.ForAction
	typeName, description string
	state                 workflow.RolloutState // the end that it brings about
}

// NewHaltAction makes the action msstore_halt_package_rollout.
func NewHaltAction() action.Action {
	return &endAction{
		typeName: "msstore_halt_package_rollout", state: workflow.RolloutHalted,
		description: "Halts the live gradual rollout of a flight at once, without a change of the configuration. " +
			"Testers who already have the packages keep them, nobody else gets them. This cannot be undone.",
	}
}

// NewFinalizeAction makes the action msstore_finalize_package_rollout.
func NewFinalizeAction() action.Action {
	return &endAction{
		typeName: "msstore_finalize_package_rollout", state: workflow.RolloutFinalized,
		description: "Finalizes the live gradual rollout of a flight at once, without a change of the configuration. " +
			"Everybody in the flight gets the packages. This cannot be undone.",
	}
}

type endModel struct {
	submissionlookup.Key

	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// Metadata implements action.Action.
func (a *endAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = a.typeName
}

// Schema implements action.Action.
func (a *endAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := submissionlookup.ActionArguments("If omitted: the last published submission, the only one whose rollout can be live.")
	attributes["timeouts"] = argument.InvokeTimeout(ctx, descriptions.Timeout(endTimeout))
	resp.Schema = schema.Schema{MarkdownDescription: a.description, Attributes: attributes}
}

// Invoke implements action.Action.
func (a *endAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config endModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	ctx, cancel, ok := a.Data.Begin(ctx, config.Timeouts.Invoke, endTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	end := workflow.RolloutEnd{
		Flight:       config.Flight(),
		SubmissionID: config.SubmissionID.ValueString(),
		State:        a.state,
		Tell:         diagnostic.Progress(resp.SendProgress),
	}
	if err := a.Data.Workflow.EndRollout(ctx, end); err != nil {
		diagnostic.AddError(&resp.Diagnostics, "ending package rollout as "+string(a.state), err)
	}
}
