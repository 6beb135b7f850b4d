package flightsubmission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storevalue"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// target is where an apply puts what it knows, while it knows it.
type target struct {
	state    *tfsdk.State
	identity *tfsdk.ResourceIdentity
	private  privateWriter
	diags    *diag.Diagnostics
}

// put writes state and identity together: a state without the identity's
// attributes makes every later refresh fail.
func (t target) put(ctx context.Context, m model) {
	t.diags.Append(t.state.Set(ctx, &m)...)
	t.diags.Append(t.identity.Set(ctx, m.identity())...)
}

// complete fills in what the plan left open of the packages: the version from
// the manifest, or from the Store's package that is kept by its name.
func (m *model) complete(ctx context.Context, packages []workflow.Package, reported []storeapi.FlightPackage, diags *diag.Diagnostics) {
	list := m.packages(ctx, diags)
	if list == nil {
		return
	}
	for i := range list {
		if list[i].SHA256.IsUnknown() {
			list[i].SHA256 = storevalue.Text(packages[i].SHA256)
		}
		if !list[i].Version.IsUnknown() {
			continue
		}
		list[i].Version = storevalue.Text(packages[i].Version)
		if kept := workflow.Newest(reported, list[i].FileName.ValueString()); list[i].Source.IsNull() && kept.ID != "" {
			list[i].Version = storevalue.Text(kept.Version)
		}
	}
	m.Packages = listOf(ctx, packageType(), list, diags)
}

// learnVersions fills in the versions of imported packages that the Store had not
// read yet when they were imported.
func (m *model) learnVersions(ctx context.Context, reported []storeapi.FlightPackage, diags *diag.Diagnostics) {
	list := m.packages(ctx, diags)
	for i := range list {
		if !list[i].Version.IsNull() {
			continue
		}
		list[i].Version = storevalue.Text(workflow.Newest(reported, list[i].FileName.ValueString()).Version)
	}
	if list != nil {
		m.Packages = listOf(ctx, packageType(), list, diags)
	}
}

// imported is a state with the defaults of everything that the Store does not
// report, so that the first plan after an import shows only what differs.
func imported(ctx context.Context, s *storeapi.Submission, diags *diag.Diagnostics) model {
	m := model{
		ApplicationID:           types.StringValue(s.Ref.ApplicationID),
		FlightID:                types.StringValue(s.Ref.FlightID),
		KeepPreviousPackages:    types.Int64Value(0),
		NotesWriteOnly:          types.StringNull(),
		NotesWriteOnlyVersion:   types.Int64Null(),
		Commit:                  types.BoolValue(s.Status != storeapi.StatusPendingCommit),
		WaitFor:                 types.StringValue(string(workflow.GoalCommit)),
		PendingSubmissionPolicy: types.StringValue(string(workflow.PendingFail)),
		ActiveRolloutPolicy:     types.StringValue(string(workflow.RolloutFail)),
	}
	m.fromSettings(ctx, s, diags)
	m.fromSubmission(ctx, s, diags)
	return m
}
