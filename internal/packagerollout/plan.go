package packagerollout

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// ValidateConfig implements resource.ResourceWithValidateConfig.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if config.State.IsNull() {
		config.State = types.StringValue(string(workflow.RolloutActive))
	}
	config.validate(&resp.Diagnostics)
}

func (m *model) validate(diags *diag.Diagnostics) {
	if m.State.ValueString() == string(workflow.RolloutActive) && m.Percentage.IsNull() {
		diags.AddAttributeError(path.Root("percentage"), "Percentage is missing",
			"percentage is required while state is \"active\", the default. Set it to a number from 0 to 100.")
	}
}

// ModifyPlan implements resource.ResourceWithModifyPlan. It looks at the
// submission, which the refresh has just read, refuses what the Store would
// refuse, and shows by an unknown status that the apply has something to do.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var state *model
	if !req.State.Raw.IsNull() {
		state = new(model)
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	}
	plan.validate(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	p := &planning{plan: &plan, state: state, out: &resp.Plan, diags: &resp.Diagnostics}
	p.refusals = r.Data.Refusals(&resp.Diagnostics, state != nil)
	if !p.settled() {
		p.show(ctx, true)
		p.announceNext()
		return
	}
	if r.Data == nil || !p.moves() && state.ended() && plan.State.Equal(state.State) {
		p.show(ctx, false)
		return
	}
	ctx, cancel, ok := r.Data.Begin(ctx, plan.Timeouts.Read, readTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	submission, err := r.Data.Workflow.Find(ctx, plan.ref().FlightRef, plan.SubmissionID.ValueString())
	if storeapi.IsNotFound(err) {
		err = &workflow.Problem{
			Attribute: []any{"submission_id"}, Summary: "Flight submission not found",
			Detail: "The Store has no " + plan.ref().String() + ". It may have been deleted, or it belongs to another flight. " +
				"Set submission_id to the submission_id of the flight's msstore_flight_submission.",
		}
	}
	if err != nil {
		p.refusals.Refuse("checking the plan against the Store", err)
		p.show(ctx, true)
		return
	}
	p.showPlan(ctx, submission, r.Data.Awaited.Has(submission.Ref.SubmissionID))
}

// planning is one pass of ModifyPlan.
type planning struct {
	plan  *model
	state *model // nil for a create
	out   *tfsdk.Plan
	diags *diag.Diagnostics
	// refusals collects what the Store forbids.
	refusals diagnostic.Plan
}

// settled tells whether everything is known that the apply depends on.
func (p *planning) settled() bool {
	m := p.plan
	return !m.ApplicationID.IsUnknown() && !m.FlightID.IsUnknown() && !m.SubmissionID.IsUnknown() && !m.State.IsUnknown() &&
		!m.Percentage.IsUnknown() && !m.WaitForPublication.IsUnknown()
}

// moves tells whether the rollout is another one than the state's.
func (p *planning) moves() bool {
	return p.state == nil || p.plan.Identity() != p.state.Identity()
}

// showPlan shows what the apply does. awaited tells that the submission is published
// before, by the same apply.
func (p *planning) showPlan(ctx context.Context, submission *storeapi.Submission, awaited bool) {
	rollout, problem := p.plan.toRollout().Plan(submission)
	if problem != nil {
		p.refusals.Refuse("checking the plan against the Store", problem)
		p.show(ctx, true)
		return
	}
	if p.show(ctx, rollout.Acts || awaited) && !awaited {
		diagnostic.AddWarnings(p.diags, rollout.Notices...)
	}
}

// show marks what the apply will find out, and tells whether there will be one.
// Where an argument differs from the state the framework has marked the status
// already. It stays so whatever the Store looks like: an apply of the saved plan
// may meet it in another state, and could not mark it any more.
func (p *planning) show(ctx context.Context, act bool) bool {
	act = act || p.plan.Status.IsUnknown()
	status, fallback := types.StringUnknown(), types.StringUnknown()
	if !act {
		status = p.state.Status
	}
	// What the other testers get is settled when the rollout begins.
	if !p.moves() && (!act || p.state.status() == storeapi.RolloutInProgress) {
		fallback = p.state.FallbackSubmissionID
	}
	p.diags.Append(p.out.SetAttribute(ctx, path.Root("status"), status)...)
	p.diags.Append(p.out.SetAttribute(ctx, path.Root("fallback_submission_id"), fallback)...)
	return act
}

// announceNext says what a final state means for a submission that this apply
// has yet to make. A state that was meant for the submission before it would
// otherwise hit the new one unnoticed.
func (p *planning) announceNext() {
	if !p.plan.SubmissionID.IsUnknown() {
		return
	}
	switch workflow.RolloutState(p.plan.State.ValueString()) {
	case workflow.RolloutFinalized:
		p.diags.AddAttributeWarning(path.Root("state"), "New submission will be finalized",
			"state = \"finalized\" applies to the submission that this apply makes: once it is published, everybody in the flight gets its packages. "+
				"The submission's active_rollout_policy decides about a rollout that is live now.")
	case workflow.RolloutHalted:
		p.diags.AddAttributeWarning(path.Root("state"), "New submission will be halted",
			"state = \"halted\" applies to the submission that this apply makes: once it is published, its rollout is halted, and only testers who already have its packages keep them. "+
				"The submission's active_rollout_policy decides about a rollout that is live now.")
	case workflow.RolloutActive:
	}
}

// planDestroy says what testers are left with.
func (r *Resource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if warning := state.deletion().Plan(state.ref(), state.status()); warning != nil {
		diagnostic.AddWarnings(&resp.Diagnostics, warning)
	}
}
