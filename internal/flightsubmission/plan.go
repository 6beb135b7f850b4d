package flightsubmission

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/inspection"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// ModifyPlan implements resource.ResourceWithModifyPlan. It reads the packages,
// decides what the apply will do in the Store, shows it by what becomes unknown,
// and says now what would fail then.
func (r *Resource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	var plan, config model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	p := &planning{inspector: r.inspector, writeOnly: r.writeOnly.Load(), plan: &plan, config: &config, out: &resp.Plan, diags: &resp.Diagnostics}
	exists := !req.State.Raw.IsNull() || r.Data != nil && r.Data.Owned.Has(plan.FlightID.ValueString())
	p.refusals = r.Data.Refusals(&resp.Diagnostics, exists)
	if !req.State.Raw.IsNull() {
		p.state = new(model)
		resp.Diagnostics.Append(req.State.Get(ctx, p.state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if p.state != nil && p.sameFlight() {
		p.tracked = p.state.tracked(ctx, readRecord(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	}
	p.readPackages(ctx)
	desired := p.desired(ctx)
	if p.decided() && r.Data != nil {
		if problem := r.Data.Claims.Claim(desired); problem != nil {
			defer p.refusals.Refuse("planning", problem)
		}
	}
	if p.decided() && p.tracked != nil && p.tracked.Satisfies(desired) {
		p.show(ctx, &workflow.Plan{Decision: workflow.Decision{Action: workflow.Keep, Submission: p.tracked.Submission}})
		return
	}
	p.show(ctx, r.plan(ctx, p, desired))
}

// planning is one pass of ModifyPlan.
type planning struct {
	inspector *inspection.Inspector
	// writeOnly tells whether the CLI knows write-only arguments.
	writeOnly    bool
	plan, config *model
	// state is nil for a create, and tracked if the state knows no submission of
	// the flight.
	state   *model
	tracked *workflow.Tracked
	out     *tfsdk.Plan
	diags   *diag.Diagnostics
	// refusals collects what the files and the Store forbid.
	refusals diagnostic.Plan
	// packages are the planned packages as far as they are known, which partial tells
	// of some that they are not; nil if they are omitted.
	packages []workflow.Package
	partial  bool
	// known are the packages of the state by file name.
	known map[string]workflow.Package
}

// desired is the plan as far as it is known.
func (p *planning) desired(ctx context.Context) workflow.Desired {
	known := *p.plan
	known.Packages = types.ListNull(packageType())
	d := known.toDesired(ctx, p.config, p.diags)
	d.Packages = p.packages
	return d
}

// applyTimeout is how long the apply may take.
func (p *planning) applyTimeout(ctx context.Context) time.Duration {
	operation, fallback := p.plan.Timeouts.Create, createTimeout
	if p.state != nil {
		operation, fallback = p.plan.Timeouts.Update, updateTimeout
	}
	timeout, diags := operation(ctx, fallback)
	p.diags.Append(diags...)
	return timeout
}

// sameFlight tells whether the state's submission is one of the planned flight.
func (p *planning) sameFlight() bool {
	from, to := p.state.flight(), p.plan.flight()
	return from.ApplicationID == to.ApplicationID && strings.EqualFold(from.FlightID, to.FlightID)
}

// decided tells whether everything is known that the decision depends on.
func (p *planning) decided() bool {
	m := p.plan
	for _, v := range []attr.Value{
		m.ApplicationID, m.FlightID, m.KeepPreviousPackages, m.PackageRollout, m.MandatoryUpdate, m.TargetPublishMode, m.TargetPublishDate,
		m.Notes, m.NotesWriteOnlyVersion, p.config.NotesWriteOnly, m.Commit, m.WaitFor, m.PendingSubmissionPolicy, m.ActiveRolloutPolicy,
	} {
		if v.IsUnknown() {
			return false
		}
	}
	return !p.partial && whollyKnown(m.PackageRollout) && whollyKnown(m.MandatoryUpdate)
}

func whollyKnown(object types.Object) bool {
	for _, v := range object.Attributes() {
		if v.IsUnknown() {
			return false
		}
	}
	return true
}

// show marks what the apply will find out. What is known already is shown: the
// submission that is kept, followed or changed, and all of it if the resource has
// it and nothing is done.
func (p *planning) show(ctx context.Context, plan *workflow.Plan) {
	shown := model{
		SubmissionID: types.StringUnknown(), PartnerCenterURL: types.StringUnknown(), PublishedAt: types.StringUnknown(), Status: types.StringUnknown(),
		StatusDetails: types.ObjectUnknown(statusDetailsType().AttrTypes), FlightPackages: types.ListUnknown(flightPackageType()),
	}
	// A comparison ends with the submission that is compared, or with an error.
	if action := plan.Action; action != workflow.Create && action != workflow.Undecided {
		ref := plan.Submission.Ref
		shown.SubmissionID, shown.PartnerCenterURL = types.StringValue(ref.SubmissionID), types.StringValue(ref.PartnerCenterURL())
		if action == workflow.Keep && p.tracked != nil && p.tracked.Submission.Ref.SubmissionID == ref.SubmissionID {
			shown = *p.state
		}
	}
	for name, value := range map[string]attr.Value{
		"submission_id": shown.SubmissionID, "partner_center_url": shown.PartnerCenterURL, "published_at": shown.PublishedAt,
		"status": shown.Status, "status_details": shown.StatusDetails, "flight_packages": shown.FlightPackages,
	} {
		p.diags.Append(p.out.SetAttribute(ctx, path.Root(name), value)...)
	}
}

// plan decides by a look at the Store, as far as the plan is known.
func (r *Resource) plan(ctx context.Context, p *planning, desired workflow.Desired) *workflow.Plan {
	undecided := &workflow.Plan{}
	if r.Data == nil {
		return undecided
	}
	timeout, diags := p.plan.Timeouts.Read(ctx, readTimeout)
	p.diags.Append(diags...)
	options := workflow.PlanOptions{Undecided: !p.decided(), Owned: r.Data.Owned.Has, ReadTimeout: timeout, ApplyTimeout: p.applyTimeout(ctx)}
	plan, err := r.Data.Workflow.Plan(ctx, desired, p.tracked, options)
	if err != nil {
		p.refusals.Refuse("checking the plan against the Store", err)
		return undecided
	}
	for _, problem := range plan.Problems {
		p.refusals.Refuse("checking the plan against the Store", problem)
	}
	if len(plan.Problems) == 0 {
		diagnostic.AddWarnings(p.diags, plan.Notices...)
	}
	if desired.WaitFor == workflow.GoalPublish && (plan.Action == workflow.Follow || plan.Action == workflow.Continue) {
		r.Data.Awaited.Add(plan.Submission.Ref.SubmissionID)
	}
	return plan
}
