// Package flightsubmission provides msstore_flight_submission and the data
// sources that show submissions.
package flightsubmission

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/logging"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/providerdata"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
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
}

// NewResource makes the resource.
func NewResource() resource.Resource { return &Resource{} }

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
	timeout, diags := plan.Timeouts.Create(ctx, createTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	to := target{state: &resp.State, identity: resp.Identity, private: resp.Private, diags: &resp.Diagnostics}
	r.submit(ctx, plan, config, nil, workflow.NewSubmission, to)
}

// Read implements resource.Resource.
func (r *Resource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// A CLI without identities hands over none, and every way out of Read wants
	// one, the removal of the resource included.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	timeout, diags := state.Timeouts.Read(ctx, readTimeout)
	resp.Diagnostics.Append(diags...)
	record := readRecord(ctx, req.Private, &resp.Diagnostics)
	// Credentials that are not known yet leave the state as it is; the apply,
	// which knows them, looks at the Store before it acts.
	if resp.Diagnostics.HasError() || r.Data == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	submission, err := r.Data.Client.Submission(ctx, state.ref())
	if storeapi.IsNotFound(err) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "reading flight submission", err)
		return
	}
	r.Data.Owned.Add(submission.Ref.SubmissionID)
	state.fromSubmission(ctx, submission, &resp.Diagnostics)
	state.learnVersions(ctx, submission.FlightPackages, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	writeRecord(ctx, resp.Private, record.Learn(submission), &resp.Diagnostics)
}

// Update implements resource.Resource.
func (r *Resource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state, config model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	timeout, diags := plan.Timeouts.Update(ctx, updateTimeout)
	resp.Diagnostics.Append(diags...)
	record := readRecord(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	// Whatever comes, the state must have an identity afterwards.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	to := target{state: &resp.State, identity: resp.Identity, private: resp.Private, diags: &resp.Diagnostics}
	current := state.current(ctx, record, &resp.Diagnostics)
	r.submit(ctx, plan, config, current, plan.change(), to)
}

// Delete implements resource.Resource.
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, diags := state.Timeouts.Delete(ctx, deleteTimeout)
	resp.Diagnostics.Append(diags...)
	record := readRecord(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	warning, err := r.Data.Workflow.Remove(ctx, state.ref(), record)
	if err != nil {
		diagnostic.AddError(&resp.Diagnostics, "deleting flight submission", err)
	}
	if warning != nil {
		diagnostic.AddWarnings(&resp.Diagnostics, warning)
	}
}

// submit runs the workflow and keeps the state up to date while it runs.
func (r *Resource) submit(ctx context.Context, plan, config model, current *workflow.Current, change workflow.Change, to target) {
	desired := plan.toDesired(ctx, &config, to.diags)
	if to.diags.HasError() {
		return
	}
	if err := workflow.Describe(ctx, logging.New(), desired.Packages); err != nil {
		diagnostic.AddError(to.diags, "reading packages", err)
		return
	}
	if change == workflow.NoChange {
		plan.complete(ctx, desired.Packages, nil, to.diags)
		to.put(ctx, plan)
		writeRecord(ctx, to.private, current.Recognize(desired), to.diags)
		return
	}
	warnings, err := r.Data.Workflow.Submit(ctx, desired, current, change, func(result workflow.Result) {
		plan.complete(ctx, desired.Packages, result.Submission.FlightPackages, to.diags)
		plan.fromSubmission(ctx, result.Submission, to.diags)
		to.put(ctx, plan)
		writeRecord(ctx, to.private, result.Record, to.diags)
	})
	if err != nil {
		diagnostic.AddError(to.diags, "submitting to "+desired.Flight.String(), err)
	}
	diagnostic.AddWarnings(to.diags, warnings...)
}

// recordKey is where the private state holds the workflow's record.
const recordKey = "record"

func readRecord(ctx context.Context, private interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}, diags *diag.Diagnostics,
) workflow.Record {
	var record workflow.Record
	raw, more := private.GetKey(ctx, recordKey)
	diags.Append(more...)
	if len(raw) == 0 {
		return record
	}
	if err := json.Unmarshal(raw, &record); err != nil {
		diags.AddError("Error reading the private state", "The provider's record of the submission cannot be read: "+err.Error())
	}
	return record
}

// privateWriter is the private state of any response.
type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func writeRecord(ctx context.Context, private privateWriter, record workflow.Record, diags *diag.Diagnostics) {
	raw, err := json.Marshal(record)
	if err != nil {
		diags.AddError("Error writing the private state", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, recordKey, raw)...)
}
