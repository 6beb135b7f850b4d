package packagerollout

import (
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
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// endTimeout is for some requests, and their retries while the Store has bad minutes.
const endTimeout = 10 * time.Minute

// endAction is what the actions that end a rollout have in common.
type endAction struct {
	providerdata.ForAction
}

type endModel struct {
	ApplicationID types.String   `tfsdk:"application_id"`
	FlightID      types.String   `tfsdk:"flight_id"`
	SubmissionID  types.String   `tfsdk:"submission_id"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

func endSchema(ctx context.Context, description string) schema.Schema {
	return schema.Schema{
		MarkdownDescription: description,
		Attributes: map[string]schema.Attribute{
			"application_id": schema.StringAttribute{
				MarkdownDescription: descriptions.ApplicationID, Required: true, Validators: []validator.String{storeid.Application()},
			},
			"flight_id": schema.StringAttribute{
				MarkdownDescription: descriptions.FlightID, Required: true, Validators: []validator.String{storeid.Flight()},
			},
			"submission_id": schema.StringAttribute{
				MarkdownDescription: descriptions.SubmissionID + " If omitted: the last published submission, the only one whose rollout can be live.",
				Optional:            true, Validators: []validator.String{storeid.Submission()},
			},
			"timeouts": argument.InvokeTimeout(ctx, descriptions.Timeout(endTimeout)),
		},
	}
}

// end brings the rollout to the end that state names.
func (a *endAction) end(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse, state workflow.RolloutState) {
	var config endModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout, diags := config.Timeouts.Invoke(ctx, endTimeout)
	resp.Diagnostics.Append(diags...)
	if !a.Data.Ready(&resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	end := workflow.RolloutEnd{
		Flight:       storeapi.FlightRef{ApplicationID: config.ApplicationID.ValueString(), FlightID: config.FlightID.ValueString()},
		SubmissionID: config.SubmissionID.ValueString(),
		State:        state,
		Tell:         diagnostic.Progress(resp.SendProgress),
	}
	if err := a.Data.Workflow.EndRollout(ctx, end); err != nil {
		diagnostic.AddError(&resp.Diagnostics, "ending package rollout as "+string(state), err)
	}
}
