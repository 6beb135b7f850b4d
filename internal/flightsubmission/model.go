package flightsubmission

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/tfvalue"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// model is the resource as Terraform has it.
type model struct {
	ApplicationID           types.String   `tfsdk:"application_id"`
	FlightID                types.String   `tfsdk:"flight_id"`
	Packages                types.List     `tfsdk:"packages"`
	KeepPreviousPackages    types.Int64    `tfsdk:"keep_previous_packages"`
	PackageRollout          types.Object   `tfsdk:"package_rollout"`
	MandatoryUpdate         types.Object   `tfsdk:"mandatory_update"`
	TargetPublishMode       types.String   `tfsdk:"target_publish_mode"`
	TargetPublishDate       types.String   `tfsdk:"target_publish_date"`
	Notes                   types.String   `tfsdk:"notes_for_certification"`
	NotesWriteOnly          types.String   `tfsdk:"notes_for_certification_wo"`
	NotesWriteOnlyVersion   types.Int64    `tfsdk:"notes_for_certification_wo_version"`
	Commit                  types.Bool     `tfsdk:"commit"`
	WaitFor                 types.String   `tfsdk:"wait_for"`
	PendingSubmissionPolicy types.String   `tfsdk:"pending_submission_policy"`
	ActiveRolloutPolicy     types.String   `tfsdk:"active_rollout_policy"`
	Timeouts                timeouts.Value `tfsdk:"timeouts"`

	SubmissionID     types.String `tfsdk:"submission_id"`
	PartnerCenterURL types.String `tfsdk:"partner_center_url"`
	PublishedAt      types.String `tfsdk:"published_at"`
	Status           types.String `tfsdk:"status"`
	StatusDetails    types.Object `tfsdk:"status_details"`
	FlightPackages   types.List   `tfsdk:"flight_packages"`
}

type packageModel struct {
	Source                types.String `tfsdk:"source"`
	SourceHeaders         types.Map    `tfsdk:"source_headers"`
	FileName              types.String `tfsdk:"file_name"`
	SHA256                types.String `tfsdk:"sha256"`
	Version               types.String `tfsdk:"version"`
	MinimumDirectXVersion types.String `tfsdk:"minimum_directx_version"`
	MinimumSystemRAM      types.String `tfsdk:"minimum_system_ram"`
}

type rolloutModel struct {
	InitialPercentage types.Float64 `tfsdk:"initial_percentage"`
}

type mandatoryModel struct {
	EffectiveDate types.String `tfsdk:"effective_date"`
}

// Identity implements providerdata.Identified.
func (m *model) Identity() any {
	return storeid.SubmissionIdentity{ApplicationID: m.ApplicationID, FlightID: m.FlightID, SubmissionID: m.SubmissionID}
}

func (m *model) flight() storeapi.FlightRef {
	return storeapi.FlightRef{ApplicationID: m.ApplicationID.ValueString(), FlightID: m.FlightID.ValueString()}
}

func (m *model) ref() storeapi.SubmissionRef {
	return m.flight().Submission(m.SubmissionID.ValueString())
}

// packages decodes the package list; nil stands for an omitted one. It must not
// be called while the list itself is unknown. A package that is wholly unknown,
// as the output of another resource may be, has nothing but unknown members, and
// one that is null nothing but null ones.
func (m *model) packages(ctx context.Context, diags *diag.Diagnostics) []packageModel {
	if m.Packages.IsNull() {
		return nil
	}
	var objects []types.Object
	diags.Append(m.Packages.ElementsAs(ctx, &objects, false)...)
	list := make([]packageModel, len(objects))
	for i, object := range objects {
		if object.IsUnknown() {
			list[i] = unknownPackage()
			continue
		}
		diags.Append(object.As(ctx, &list[i], basetypes.ObjectAsOptions{UnhandledNullAsEmpty: true})...)
	}
	return list
}

func unknownPackage() packageModel {
	return packageModel{
		Source: types.StringUnknown(), SourceHeaders: types.MapUnknown(types.StringType), FileName: types.StringUnknown(),
		SHA256: types.StringUnknown(), Version: types.StringUnknown(),
		MinimumDirectXVersion: types.StringUnknown(), MinimumSystemRAM: types.StringUnknown(),
	}
}

// toDesired turns a wholly known plan into what the workflow is to do. config
// brings what is in no plan: write-only values.
func (m *model) toDesired(ctx context.Context, config *model, diags *diag.Diagnostics) workflow.Desired {
	d := workflow.Desired{
		Flight:              m.flight(),
		Content:             m.content(ctx, diags),
		SecretNotes:         config.NotesWriteOnly.ValueString(),
		Commit:              m.Commit.ValueBool(),
		PlannedSubmissionID: m.SubmissionID.ValueString(),
		WaitFor:             workflow.Goal(m.WaitFor.ValueString()),
		PendingPolicy:       workflow.PendingPolicy(m.PendingSubmissionPolicy.ValueString()),
		RolloutPolicy:       workflow.RolloutPolicy(m.ActiveRolloutPolicy.ValueString()),
	}
	redact.Register(d.SecretNotes)
	if !config.Packages.IsUnknown() {
		for i, p := range config.packages(ctx, diags) {
			if i < len(d.Packages) {
				d.Packages[i].SourceHeader = headers(ctx, p.SourceHeaders, diags)
			}
		}
	}
	return d
}

// content is the part whose change makes a new submission. What is unknown is
// read as omitted.
func (m *model) content(ctx context.Context, diags *diag.Diagnostics) workflow.Content {
	c := workflow.Content{
		KeepPrevious: int(m.KeepPreviousPackages.ValueInt64()),
		PublishMode:  m.TargetPublishMode.ValueString(),
		PublishDate:  instant(m.TargetPublishDate, diags),
		Notes:        m.Notes.ValueString(),
		NotesVersion: m.NotesWriteOnlyVersion.ValueInt64(),
	}
	if list := m.packages(ctx, diags); list != nil {
		c.Packages = make([]workflow.Package, 0, len(list))
		for i, p := range list {
			c.Packages = append(c.Packages, p.toPackage(i))
		}
	}
	if !m.PackageRollout.IsNull() && !m.PackageRollout.IsUnknown() {
		var rollout rolloutModel
		diags.Append(m.PackageRollout.As(ctx, &rollout, basetypes.ObjectAsOptions{})...)
		c.InitialPercentage = rollout.InitialPercentage.ValueFloat64Pointer()
	}
	if !m.MandatoryUpdate.IsNull() && !m.MandatoryUpdate.IsUnknown() {
		var mandatory mandatoryModel
		diags.Append(m.MandatoryUpdate.As(ctx, &mandatory, basetypes.ObjectAsOptions{})...)
		c.MandatoryFrom = instant(mandatory.EffectiveDate, diags)
	}
	return c
}

// toPackage reads unknown values as empty: what is not known yet is not compared.
func (p packageModel) toPackage(index int) workflow.Package {
	if p.remote() {
		redact.RegisterURL(p.Source.ValueString())
	}
	return workflow.Package{
		Index:                 index,
		Source:                p.Source.ValueString(),
		FileName:              p.FileName.ValueString(),
		SHA256:                p.SHA256.ValueString(),
		Version:               p.Version.ValueString(),
		MinimumDirectXVersion: p.MinimumDirectXVersion.ValueString(),
		MinimumSystemRAM:      p.MinimumSystemRAM.ValueString(),
	}
}

// fromAPI takes over what the Store reports.
func (m *model) fromAPI(ctx context.Context, s *storeapi.Submission, diags *diag.Diagnostics) {
	m.PublishedAt = m.publishedAt(s)
	m.SubmissionID = types.StringValue(s.Ref.SubmissionID)
	m.PartnerCenterURL = types.StringValue(s.Ref.PartnerCenterURL())
	m.Status = tfvalue.Text(s.Status)
	m.StatusDetails = statusDetailsFromAPI(ctx, s.StatusDetails, diags)
	m.FlightPackages = flightPackagesFromAPI(ctx, s.FlightPackages, diags)
}

// settingsFromAPI takes over the settable members but the notes, as an import does.
func (m *model) settingsFromAPI(ctx context.Context, s *storeapi.Submission, diags *diag.Diagnostics) {
	m.Packages = m.packagesFromAPI(ctx, s, diags)
	m.PackageRollout = packageRolloutFromAPI(ctx, s, diags)
	m.MandatoryUpdate = mandatoryUpdateFromAPI(ctx, s, diags)
	m.TargetPublishMode, m.TargetPublishDate = publishModeFromAPI(s), publishDateFromAPI(s)
}

// packagesFromAPI are the packages that the submission has, in the order that the user
// gave them where there is one.
func (m *model) packagesFromAPI(ctx context.Context, s *storeapi.Submission, diags *diag.Diagnostics) types.List {
	place := map[string]int{}
	for i, p := range m.packages(ctx, diags) {
		place[p.FileName.ValueString()] = i - len(m.Packages.Elements())
	}
	list := make([]packageModel, 0, len(s.FlightPackages))
	for _, p := range workflow.SortPackages(s.FlightPackages) {
		if p.FileStatus == storeapi.FileStatusPendingDelete {
			continue
		}
		list = append(list, packageModel{
			SourceHeaders: types.MapNull(types.StringType),
			FileName:      types.StringValue(p.FileName), Version: tfvalue.Text(p.Version),
			MinimumDirectXVersion: orNone(p.MinimumDirectXVersion), MinimumSystemRAM: orNone(p.MinimumSystemRAM),
		})
	}
	if len(list) == 0 {
		return types.ListNull(packageType())
	}
	slices.SortStableFunc(list, func(a, b packageModel) int { return place[a.FileName.ValueString()] - place[b.FileName.ValueString()] })
	return listOf(ctx, packageType(), list, diags)
}

// packageRolloutFromAPI is null at 0 %, which a halted rollout has and no
// configuration can ask for [store-api 3.4].
func packageRolloutFromAPI(ctx context.Context, s *storeapi.Submission, diags *diag.Diagnostics) types.Object {
	r := s.PackageDeliveryOptions.PackageRollout
	if !r.IsPackageRollout || r.Percentage == 0 {
		return types.ObjectNull(rolloutType().AttrTypes)
	}
	return objectOf(ctx, rolloutType(), rolloutModel{InitialPercentage: tfvalue.Number(r.Percentage)}, diags)
}

func mandatoryUpdateFromAPI(ctx context.Context, s *storeapi.Submission, diags *diag.Diagnostics) types.Object {
	o := s.PackageDeliveryOptions
	if !o.IsMandatoryUpdate {
		return types.ObjectNull(mandatoryType().AttrTypes)
	}
	return objectOf(ctx, mandatoryType(), mandatoryModel{EffectiveDate: tfvalue.Time(o.MandatoryUpdateEffectiveDate)}, diags)
}

func publishModeFromAPI(s *storeapi.Submission) types.String {
	return types.StringValue(cmp.Or(s.TargetPublishMode, storeapi.PublishImmediate))
}

func publishDateFromAPI(s *storeapi.Submission) types.String {
	if s.TargetPublishMode != storeapi.PublishSpecificDate {
		return types.StringNull()
	}
	return tfvalue.Time(s.TargetPublishDate)
}

func instant(v types.String, diags *diag.Diagnostics) time.Time {
	if v.IsNull() || v.IsUnknown() {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v.ValueString())
	if err != nil {
		diags.AddError("Invalid value", fmt.Sprintf("%q must be a date and time such as 2026-12-24T09:00:00Z.", v.ValueString()))
	}
	return t
}

// headers leaves out what is null: a header that is not given is not sent.
func headers(ctx context.Context, m types.Map, diags *diag.Diagnostics) http.Header {
	if m.IsNull() || m.IsUnknown() {
		return nil
	}
	values := map[string]types.String{}
	diags.Append(m.ElementsAs(ctx, &values, false)...)
	header := make(http.Header, len(values))
	for name, value := range values {
		if !value.IsNull() {
			redact.Register(value.ValueString())
			header.Set(name, value.ValueString())
		}
	}
	return header
}

func orNone(s string) types.String {
	if s == "" {
		s = "None"
	}
	return types.StringValue(s)
}
