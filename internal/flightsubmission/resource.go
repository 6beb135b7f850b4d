// Package flightsubmission provides msstore_flight_submission and the data
// sources that show submissions.
package flightsubmission

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/inspection"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// Default timeouts. Uploading and commit processing take minutes to hours;
// certification takes up to three working days [store-api 5.3], which nobody
// waits for unless asked to.
const (
	createTimeout = 4 * time.Hour
	readTimeout   = 10 * time.Minute
	updateTimeout = 4 * time.Hour
	deleteTimeout = 30 * time.Minute
)

// Resource is msstore_flight_submission.
type Resource struct {
	providerdata.ForResource
	inspector *inspection.Inspector
	// writeOnly tells whether the CLI knows write-only arguments, as it said when it
	// validated the configuration. A CLI does that before it plans.
	writeOnly *atomic.Bool
}

// NewResource returns a factory of resources that share an inspector.
func NewResource(inspector *inspection.Inspector) func() resource.Resource {
	writeOnly := new(atomic.Bool)
	return func() resource.Resource { return &Resource{inspector: inspector, writeOnly: writeOnly} }
}

// Metadata implements resource.Resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_flight_submission"
	// A new submission of the flight is the same resource with another id.
	resp.ResourceBehavior.MutableIdentity = true
}

// Create implements resource.Resource.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan, config model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	ctx, cancel, ok := r.Data.Begin(ctx, plan.Timeouts.Create, createTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	r.submit(ctx, plan, config, nil, target{state: &resp.State, identity: resp.Identity, private: resp.Private, diags: &resp.Diagnostics})
}

// Read implements resource.Resource.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	if !r.ReadState(ctx, req, resp, &state) {
		return
	}
	before := state.tracked(ctx, readRecord(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	ctx, cancel, ok := r.Data.Begin(ctx, state.Timeouts.Read, readTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	now, err := r.Data.Workflow.Refresh(ctx, *before)
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "reading flight submission", err)
		return
	}
	if now == nil {
		// The plan that follows takes the resource for a new one.
		r.Data.Owned.Add(state.FlightID.ValueString())
		resp.State.RemoveResource(ctx)
		return
	}
	r.Data.Owned.Add(now.Submission.Ref.SubmissionID)
	known := workflow.Desired{Flight: state.flight(), Content: state.content(ctx, &resp.Diagnostics)}
	diagnostic.AddWarnings(&resp.Diagnostics, now.Findings(before, known)...)
	if now.Submission != before.Submission {
		state.follow(ctx, now, &resp.Diagnostics)
	}
	to := target{state: &resp.State, identity: resp.Identity, private: resp.Private, diags: &resp.Diagnostics}
	to.put(ctx, state, now.Record)
}

// Update implements resource.Resource.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	tracked := state.tracked(ctx, readRecord(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	ctx, cancel, ok := r.Data.Begin(ctx, plan.Timeouts.Update, updateTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	// Whatever comes, the state must have an identity afterwards.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.Identity())...)
	r.submit(ctx, plan, config, tracked, target{state: &resp.State, identity: resp.Identity, private: resp.Private, diags: &resp.Diagnostics})
}

// Delete implements resource.Resource.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	tracked := state.tracked(ctx, readRecord(ctx, req.Private, &resp.Diagnostics), &resp.Diagnostics)
	ctx, cancel, ok := r.Data.Begin(ctx, state.Timeouts.Delete, deleteTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	if r.Data.Taken.Has(state.SubmissionID.ValueString()) {
		diagnostic.AddWarnings(&resp.Diagnostics, workflow.TakenByAnother(tracked.Submission.Ref))
		return
	}
	warning, err := r.Data.Workflow.Remove(ctx, tracked)
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "deleting flight submission", err)
	}
	if warning != nil {
		diagnostic.AddWarnings(&resp.Diagnostics, warning)
	}
}

// submit runs the workflow and keeps the state up to date while it runs.
func (r *Resource) submit(ctx context.Context, plan, config model, tracked *workflow.Tracked, to target) {
	desired := plan.toDesired(ctx, &config, to.diags)
	if to.diags.HasError() {
		return
	}
	if err := workflow.Describe(ctx, r.inspector, desired.Packages); err != nil {
		diagnostic.AddError(to.diags, "reading packages", err)
		return
	}
	if tracked != nil && !plan.Status.IsUnknown() {
		// The plan has found nothing to do in the Store.
		plan.complete(ctx, desired.Packages, nil, to.diags)
		tracked.Recognize(desired.Packages)
		to.put(ctx, plan, tracked.Record)
		return
	}
	warnings, err := r.Data.Workflow.Submit(ctx, desired, tracked, func(now workflow.Tracked) {
		plan.complete(ctx, desired.Packages, now.Submission.FlightPackages, to.diags)
		plan.fromAPI(ctx, now.Submission, to.diags)
		to.put(ctx, plan, now.Record)
		r.Data.Taken.Add(now.Submission.Ref.SubmissionID)
	})
	if err != nil {
		diagnostic.AddError(to.diags, "submitting to "+desired.Flight.String(), err)
	}
	diagnostic.AddWarnings(to.diags, warnings...)
}
