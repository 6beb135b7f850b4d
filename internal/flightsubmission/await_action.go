package flightsubmission

import (
	"cmp"
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/argument"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/descriptions"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/submissionlookup"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

var _ action.ActionWithConfigure = (*AwaitAction)(nil)

// awaitTimeout is as long as certification may take [store-api 5.3]: whoever
// invokes the action does so to wait.
const awaitTimeout = 72 * time.Hour

// AwaitAction is the action msstore_await_flight_submission, which Terraform 1.14
// and newer have.
type AwaitAction struct {
	providerdata.ForAction
}

// NewAwaitAction makes the action.
func NewAwaitAction() action.Action { return &AwaitAction{} }

type awaitModel struct {
	submissionlookup.Key

	WaitFor  types.String   `tfsdk:"wait_for"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// Metadata implements action.Action.
func (a *AwaitAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_await_flight_submission"
}

// Schema implements action.Action.
func (a *AwaitAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := submissionlookup.ActionArguments(descriptions.DefaultSubmission)
	attributes["wait_for"] = schema.StringAttribute{
		MarkdownDescription: "What to wait for: `commit`, the Store has processed the commit; `certification`, the submission is certified " +
			"(status `Release` or later); `publish`, it is published. Default `publish`.",
		Optional:   true,
		Validators: []validator.String{argument.OneOf(string(workflow.GoalCommit), string(workflow.GoalCertification), string(workflow.GoalPublish))},
	}
	attributes["timeouts"] = argument.InvokeTimeout(ctx, descriptions.Timeout(awaitTimeout))
	resp.Schema = schema.Schema{
		MarkdownDescription: "Waits for a committed flight submission and shows each new status. It changes nothing in the Store.",
		Attributes:          attributes,
	}
}

// Invoke implements action.Action.
func (a *AwaitAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config awaitModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	ctx, cancel, ok := a.Data.Begin(ctx, config.Timeouts.Invoke, awaitTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	err := a.Data.Workflow.Await(ctx, workflow.Await{
		Flight:       config.Flight(),
		SubmissionID: config.SubmissionID.ValueString(),
		Goal:         cmp.Or(workflow.Goal(config.WaitFor.ValueString()), workflow.GoalPublish),
		Tell:         diagnostic.Progress(resp.SendProgress),
	})
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "waiting for flight submission", err)
	}
}
