// Package flight provides msstore_flight and the data sources that show package
// flights.
package flight

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

var (
	_ resource.ResourceWithConfigure   = (*Resource)(nil)
	_ resource.ResourceWithIdentity    = (*Resource)(nil)
	_ resource.ResourceWithImportState = (*Resource)(nil)
	_ resource.ResourceWithModifyPlan  = (*Resource)(nil)
)

// Default timeouts; each operation takes a few requests.
const (
	createTimeout = 30 * time.Minute
	readTimeout   = 10 * time.Minute
	deleteTimeout = 30 * time.Minute
)

// Resource is msstore_flight.
type Resource struct {
	providerdata.ForResource
}

// NewResource makes the resource.
func NewResource() resource.Resource { return &Resource{} }

// Metadata implements resource.Resource.
func (r *Resource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_flight"
}

// Create implements resource.Resource.
func (r *Resource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	wanted := plan.toAPI(ctx, &resp.Diagnostics)
	ctx, cancel, ok := r.Data.Begin(ctx, plan.Timeouts.Create, createTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	flight, err := r.Data.Client.CreateFlight(ctx, plan.ApplicationID.ValueString(), wanted)
	if flight == nil {
		diagnostic.AddError(&resp.Diagnostics, "creating flight "+plan.FriendlyName.String(), err)
		return
	}
	if err != nil {
		// The flight is whole; as an error, it would be replaced by the next apply.
		diagnostic.AddWarnings(&resp.Diagnostics, &workflow.Problem{
			Summary: "Flight was created although its request was interrupted",
			Detail:  "The request was interrupted, but the Store created flight " + flight.ID + ". It is in the state.", Err: err,
		})
	}
	plan.idsFromAPI(flight)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.Identity())...)
}

// Read implements resource.Resource.
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
	flight, err := r.Data.Client.Flight(ctx, state.ref())
	if storeapi.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "reading flight", err)
		return
	}
	r.Data.Owned.Add(flight.ID)
	state.fromAPI(ctx, flight, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// Update implements resource.Resource. The Store has no method to change a flight
// [store-api 3.2]: what gets here concerns the state alone.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel, ok := r.Data.Begin(ctx, plan.Timeouts.Read, readTimeout, &resp.Diagnostics)
	defer cancel()
	if !ok {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.Identity())...)
	// A plan may have been told to warn only.
	differs, err := r.differences(ctx, &plan, &state)
	if err == nil && len(differs) > 0 {
		err = state.refuse(differs)
	}
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "updating flight", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
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
	if err := r.Data.Workflow.RemoveFlight(ctx, state.ref()); err != nil {
		diagnostic.AddError(&resp.Diagnostics, "deleting "+state.ref().String(), err)
	}
}
