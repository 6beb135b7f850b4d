// Package packagerollout provides msstore_package_rollout, the gradual rollout of
// a published flight submission.
package packagerollout

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

var (
	_ resource.ResourceWithConfigure      = (*Resource)(nil)
	_ resource.ResourceWithIdentity       = (*Resource)(nil)
	_ resource.ResourceWithImportState    = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan     = (*Resource)(nil)
	_ resource.ResourceWithValidateConfig = (*Resource)(nil)
)

// Default timeouts. Creating and updating take a request or two, unless they
// wait for a publication, which takes hours to days [store-api 5.3].
const (
	createTimeout = 4 * time.Hour
	readTimeout   = 10 * time.Minute
	updateTimeout = 4 * time.Hour
	deleteTimeout = 30 * time.Minute
)

// Resource is msstore_package_rollout.
type Resource struct {
	providerdata.ForResource
}

// NewResource makes the resource.
func NewResource() resource.Resource { return &Resource{} }

// Metadata implements resource.Resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_package_rollout"
	// The rollout moves on to the flight's next submission in place.
	resp.ResourceBehavior.MutableIdentity = true
}

// Create implements resource.Resource.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel, ok := r.Data.Begin(ctx, plan.Timeouts.Create, createTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	r.rollOut(ctx, plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Read implements resource.Resource. The rollout is part of the submission, so
// that everything that refers to the submission shares one request.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	if !r.ReadState(ctx, req, resp, &state) {
		return
	}
	ctx, cancel, ok := r.Data.Begin(ctx, state.Timeouts.Read, readTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	// A rollout that has ended stays as it is, as long as there is the flight.
	_, err := r.Data.Client.Flight(ctx, state.ref().FlightRef)
	if err == nil && !state.ended() {
		var submission *storeapi.Submission
		if submission, err = r.Data.Workflow.Find(ctx, state.ref().FlightRef, state.SubmissionID.ValueString()); err == nil {
			state.fromAPI(submission)
		}
	}
	if storeapi.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "reading package rollout", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// Update implements resource.Resource.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel, ok := r.Data.Begin(ctx, plan.Timeouts.Update, updateTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	// Whatever comes, the state must have an identity afterwards.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.Identity())...)
	r.rollOut(ctx, plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Delete implements resource.Resource.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel, ok := r.Data.Begin(ctx, state.Timeouts.Delete, deleteTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	warning, err := r.Data.Workflow.RemoveRollout(ctx, state.ref(), state.deletion(), state.status())
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "ending the rollout of "+state.ref().String(), err)
	}
	if warning != nil {
		diagnostic.AddWarnings(&resp.Diagnostics, warning)
	}
}

// rollOut brings about what the plan asks for, and writes down what came of it.
func (r *Resource) rollOut(ctx context.Context, plan model, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	rollout, warnings, err := r.Data.Workflow.RollOut(ctx, plan.toRollout())
	diagnostic.AddWarnings(diags, warnings...)
	if err != nil {
		diagnostic.AddError(diags, "rolling out "+plan.ref().String(), err)
		return
	}
	plan.computedFromAPI(*rollout)
	diags.Append(state.Set(ctx, &plan)...)
	diags.Append(identity.Set(ctx, plan.Identity())...)
}
