package flightsubmission

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// target is where an apply puts what it knows, while it knows it.
type target struct {
	state    *tfsdk.State
	identity *tfsdk.ResourceIdentity
	private  privateWriter
	diags    *diag.Diagnostics
}

// put writes state, identity and record together: a state without the identity's
// attributes makes every later refresh fail.
func (t target) put(ctx context.Context, m model, record workflow.Record) {
	t.diags.Append(t.state.Set(ctx, &m)...)
	t.diags.Append(t.identity.Set(ctx, m.Identity())...)
	writeRecord(ctx, t.private, record, t.diags)
}

// tracked is the submission that the state knows.
func (m *model) tracked(ctx context.Context, record workflow.Record, diags *diag.Diagnostics) *workflow.Tracked {
	content := m.content(ctx, diags)
	s := &storeapi.Submission{
		Ref: m.ref(), Status: storeapi.Status(m.Status.ValueString()), FlightPackages: m.flightPackagesToAPI(ctx, diags),
		TargetPublishMode: content.PublishMode, TargetPublishDate: content.PublishDate, NotesForCertification: content.Notes,
	}
	options := &s.PackageDeliveryOptions
	options.IsMandatoryUpdate, options.MandatoryUpdateEffectiveDate = !content.MandatoryFrom.IsZero(), content.MandatoryFrom
	if content.InitialPercentage != nil {
		options.PackageRollout = storeapi.PackageRollout{IsPackageRollout: true, Percentage: *content.InitialPercentage}
		if s.Status == storeapi.StatusPublished && !record.Settled {
			options.PackageRollout.Status = storeapi.RolloutInProgress
		}
	}
	return &workflow.Tracked{Submission: s, Record: record}
}

// flightPackagesToAPI gives the packages as the Store has them, as far as they are compared
// with what is wanted.
func (m *model) flightPackagesToAPI(ctx context.Context, diags *diag.Diagnostics) []storeapi.FlightPackage {
	var reported []flightPackageModel
	diags.Append(m.FlightPackages.ElementsAs(ctx, &reported, false)...)
	var list []storeapi.FlightPackage
	for _, p := range reported {
		var families []string
		diags.Append(p.TargetDeviceFamilies.ElementsAs(ctx, &families, false)...)
		list = append(list, storeapi.FlightPackage{
			ID: p.ID.ValueString(), FileName: p.FileName.ValueString(), FileStatus: p.FileStatus.ValueString(), Version: p.Version.ValueString(),
			Architecture: p.Architecture.ValueString(), TargetPlatform: p.TargetPlatform.ValueString(), TargetDeviceFamilies: families,
			MinimumDirectXVersion: p.MinimumDirectXVersion.ValueString(), MinimumSystemRAM: p.MinimumSystemRAM.ValueString(),
		})
	}
	return list
}

// follow takes over what the flight has now. An argument whose value says the same
// as the Store stays as it is written.
func (m *model) follow(ctx context.Context, t *workflow.Tracked, diags *diag.Diagnostics) {
	s := t.Submission
	differs := t.Difference(workflow.Desired{Flight: m.flight(), Content: m.content(ctx, diags)})
	m.fromAPI(ctx, s, diags)
	if differs.Packages {
		m.Packages = m.packagesFromAPI(ctx, s, diags)
	}
	if differs.PackageRollout {
		m.PackageRollout = packageRolloutFromAPI(ctx, s, diags)
	}
	if differs.MandatoryUpdate {
		m.MandatoryUpdate = mandatoryUpdateFromAPI(ctx, s, diags)
	}
	if differs.PublishMode || differs.PublishDate {
		m.TargetPublishMode, m.TargetPublishDate = publishModeFromAPI(s), publishDateFromAPI(s)
	}
	if differs.Notes && m.NotesWriteOnlyVersion.IsNull() {
		m.Notes = tfvalue.Text(s.NotesForCertification)
	}
	m.learnVersions(ctx, s.FlightPackages, diags)
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
			list[i].SHA256 = tfvalue.Text(packages[i].SHA256)
		}
		if !list[i].Version.IsUnknown() {
			continue
		}
		list[i].Version = tfvalue.Text(packages[i].Version)
		if kept := workflow.Newest(reported, list[i].FileName.ValueString()); list[i].Source.IsNull() && kept.ID != "" {
			list[i].Version = tfvalue.Text(kept.Version)
		}
	}
	m.Packages = listOf(ctx, packageType(), list, diags)
}

// learnVersions fills in the versions of packages that the Store had not read yet
// when they came into the state.
func (m *model) learnVersions(ctx context.Context, reported []storeapi.FlightPackage, diags *diag.Diagnostics) {
	list := m.packages(ctx, diags)
	for i := range list {
		if list[i].Version.IsNull() {
			list[i].Version = tfvalue.Text(workflow.Newest(reported, list[i].FileName.ValueString()).Version)
		}
	}
	if list != nil {
		m.Packages = listOf(ctx, packageType(), list, diags)
	}
}

// publishedAt keeps when the publication of a submission was first seen.
func (m *model) publishedAt(s *storeapi.Submission) types.String {
	known := m.PublishedAt
	switch {
	case s.Status != storeapi.StatusPublished:
		return types.StringNull()
	case known.IsNull(), known.IsUnknown(), m.SubmissionID.ValueString() != s.Ref.SubmissionID:
		return tfvalue.Time(time.Now())
	default:
		return known
	}
}

// importedFromAPI gives a state with the defaults of everything that the Store does not
// report, so that the first plan after an import shows only what differs. The
// notes are not read: they may be those of a write-only argument.
func importedFromAPI(ctx context.Context, s *storeapi.Submission, diags *diag.Diagnostics) model {
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
	m.settingsFromAPI(ctx, s, diags)
	m.fromAPI(ctx, s, diags)
	return m
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
