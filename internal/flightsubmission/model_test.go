package flightsubmission_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/flightsubmission"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

var newYear = time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)

// blank is a model with nothing set.
func blank() flightsubmission.Model {
	return flightsubmission.Model{
		Packages:        types.ListNull(flightsubmission.PackageType()),
		PackageRollout:  types.ObjectNull(flightsubmission.RolloutType().AttrTypes),
		MandatoryUpdate: types.ObjectNull(flightsubmission.MandatoryType().AttrTypes),
	}
}

func noErrors(t *testing.T, diags diag.Diagnostics) {
	t.Helper()
	for _, d := range diags.Errors() {
		t.Errorf("%s: %s", d.Summary(), d.Detail())
	}
}

func TestDecodePackages(t *testing.T) {
	t.Parallel()
	kind := flightsubmission.PackageType()
	for name, c := range map[string]struct {
		value types.List
		want  []flightsubmission.PackageModel
	}{
		"omitted": {types.ListNull(kind), nil},
		"empty":   {types.ListValueMust(kind, []attr.Value{}), []flightsubmission.PackageModel{}},
		"null and unknown": {
			types.ListValueMust(kind, []attr.Value{types.ObjectNull(kind.AttrTypes), types.ObjectUnknown(kind.AttrTypes)}),
			[]flightsubmission.PackageModel{{}, {
				Source: types.StringUnknown(), SourceHeaders: types.MapUnknown(types.StringType), FileName: types.StringUnknown(),
				SHA256: types.StringUnknown(), Version: types.StringUnknown(),
				MinimumDirectXVersion: types.StringUnknown(), MinimumSystemRAM: types.StringUnknown(),
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			m := flightsubmission.Model{Packages: c.value}
			got := m.DecodePackages(t.Context(), &diags)
			noErrors(t, diags)
			if (got == nil) != (c.want == nil) || len(got) != len(c.want) {
				t.Fatalf("got %#v, want %#v", got, c.want)
			}
			if diff := cmp.Diff(c.want, got, cmp.Comparer(func(a, b types.Map) bool {
				return a.IsUnknown() == b.IsUnknown() && a.IsNull() == b.IsNull()
			})); diff != "" {
				t.Errorf("packages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestToDesired(t *testing.T) {
	t.Parallel()
	half := 12.5
	for name, c := range map[string]struct {
		alter func(plan, config *flightsubmission.Model)
		want  workflow.Desired
	}{
		"nothing given": {alter: func(_, _ *flightsubmission.Model) {}},
		"everything unknown": {alter: func(plan, config *flightsubmission.Model) {
			plan.FlightID, plan.Notes, plan.WaitFor = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
			plan.Commit, plan.KeepPreviousPackages = types.BoolUnknown(), types.Int64Unknown()
			plan.TargetPublishMode, plan.TargetPublishDate = types.StringUnknown(), types.StringUnknown()
			plan.PackageRollout = types.ObjectUnknown(flightsubmission.RolloutType().AttrTypes)
			plan.MandatoryUpdate = types.ObjectUnknown(flightsubmission.MandatoryType().AttrTypes)
			config.Packages = types.ListUnknown(flightsubmission.PackageType())
		}},
		"everything given": {
			alter: func(plan, config *flightsubmission.Model) {
				var diags diag.Diagnostics
				plan.ApplicationID, plan.FlightID = types.StringValue("app"), types.StringValue("flight")
				plan.Packages = flightsubmission.PackageList(t.Context(), []flightsubmission.PackageModel{{
					Source: types.StringValue("https://host/a.msix"), SourceHeaders: types.MapNull(types.StringType), FileName: types.StringValue("a.msix"),
					SHA256: types.StringValue("ab"), Version: types.StringValue("1.0.0.0"), MinimumDirectXVersion: types.StringValue("None"),
				}}, &diags)
				config.Packages = flightsubmission.PackageList(t.Context(), []flightsubmission.PackageModel{{
					SourceHeaders: types.MapValueMust(types.StringType, map[string]attr.Value{"accept": types.StringValue("x")}),
				}}, &diags)
				noErrors(t, diags)
				plan.KeepPreviousPackages = types.Int64Value(2)
				plan.PackageRollout = types.ObjectValueMust(flightsubmission.RolloutType().AttrTypes, map[string]attr.Value{"initial_percentage": types.Float64Value(half)})
				plan.MandatoryUpdate = types.ObjectValueMust(flightsubmission.MandatoryType().AttrTypes, map[string]attr.Value{
					"effective_date": types.StringValue("2027-01-01T13:00:00+01:00"),
				})
				plan.TargetPublishMode, plan.TargetPublishDate = types.StringValue("SpecificDate"), types.StringValue(newYear.Format(time.RFC3339))
				plan.Notes, plan.NotesWriteOnlyVersion, config.NotesWriteOnly = types.StringNull(), types.Int64Value(3), types.StringValue("secret")
				plan.Commit, plan.WaitFor = types.BoolValue(true), types.StringValue("publish")
				plan.PendingSubmissionPolicy, plan.ActiveRolloutPolicy = types.StringValue("adopt"), types.StringValue("halt")
			},
			want: workflow.Desired{
				Flight: storeapi.FlightRef{ApplicationID: "app", FlightID: "flight"},
				Content: workflow.Content{
					Packages: []workflow.Package{{
						Source: "https://host/a.msix", SourceHeader: http.Header{"Accept": {"x"}}, FileName: "a.msix", SHA256: "ab", Version: "1.0.0.0",
						MinimumDirectXVersion: "None",
					}},
					KeepPrevious: 2, InitialPercentage: &half, MandatoryFrom: newYear, PublishMode: "SpecificDate", PublishDate: newYear,
					NotesVersion: 3,
				},
				SecretNotes: "secret",
				Commit:      true, WaitFor: workflow.GoalPublish, PendingPolicy: workflow.PendingAdopt, RolloutPolicy: workflow.RolloutHalt,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			plan, config := blank(), blank()
			c.alter(&plan, &config)
			got := plan.ToDesired(t.Context(), &config, &diags)
			noErrors(t, diags)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("desired (-want +got):\n%s", diff)
			}
		})
	}
}

// A list that is omitted and one that is empty are not the same.
func TestOmittedPackagesStayNil(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	config := blank()
	omitted, empty := blank(), blank()
	empty.Packages = flightsubmission.PackageList(t.Context(), []flightsubmission.PackageModel{}, &diags)
	if got := omitted.ToDesired(t.Context(), &config, &diags); got.Packages != nil {
		t.Errorf("omitted became %v", got.Packages)
	}
	if got := empty.ToDesired(t.Context(), &config, &diags); got.Packages == nil {
		t.Error("empty became nil")
	}
	noErrors(t, diags)
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value types.Map
		want  http.Header
	}{
		"null":    {types.MapNull(types.StringType), nil},
		"unknown": {types.MapUnknown(types.StringType), nil},
		"empty":   {types.MapValueMust(types.StringType, map[string]attr.Value{}), http.Header{}},
		"some": {
			types.MapValueMust(types.StringType, map[string]attr.Value{"x-token": types.StringValue("t"), "x-none": types.StringNull(), "x-empty": types.StringValue("")}),
			http.Header{"X-Token": {"t"}, "X-Empty": {""}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			got := flightsubmission.Headers(t.Context(), c.value, &diags)
			noErrors(t, diags)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}

// A submission of which the Store says as little as it may still makes a state
// without unknown values.
func TestImportedFromNothing(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	got := flightsubmission.Imported(t.Context(), &storeapi.Submission{Ref: storeapi.SubmissionRef{SubmissionID: "1"}}, &diags)
	noErrors(t, diags)
	for name, null := range map[string]attr.Value{
		"packages": got.Packages, "package_rollout": got.PackageRollout, "mandatory_update": got.MandatoryUpdate,
		"target_publish_date": got.TargetPublishDate, "notes_for_certification": got.Notes,
		"notes_for_certification_wo": got.NotesWriteOnly, "notes_for_certification_wo_version": got.NotesWriteOnlyVersion,
	} {
		if !null.IsNull() {
			t.Errorf("%s is %s, want null", name, null)
		}
	}
	for name, c := range map[string]struct {
		got  attr.Value
		want string
	}{
		"target_publish_mode": {got.TargetPublishMode, `"Immediate"`}, "wait_for": {got.WaitFor, `"commit"`}, "commit": {got.Commit, "true"},
		"pending_submission_policy": {got.PendingSubmissionPolicy, `"fail"`}, "active_rollout_policy": {got.ActiveRolloutPolicy, `"fail"`},
		"keep_previous_packages": {got.KeepPreviousPackages, "0"}, "flight_packages": {got.FlightPackages, "[]"},
		"status_details": {got.StatusDetails, `{"certification_reports":[],"errors":[],"warnings":[]}`},
	} {
		if c.got.String() != c.want {
			t.Errorf("%s is %s, want %s", name, c.got, c.want)
		}
	}
}

// What an import reads is what the same configuration asks for.
func TestImportedAsksForTheSame(t *testing.T) {
	t.Parallel()
	s := &storeapi.Submission{
		Ref: storeapi.FlightRef{ApplicationID: "app", FlightID: "flight"}.Submission("1"), Status: storeapi.StatusPublished,
		FlightPackages: []storeapi.FlightPackage{
			{ID: "11", FileName: "a.msix", FileStatus: storeapi.FileStatusUploaded, Version: "1.0.0.0", MinimumDirectXVersion: "DirectX93", MinimumSystemRAM: "None"},
			{ID: "10", FileName: "old.msix", FileStatus: storeapi.FileStatusPendingDelete, Version: "0.9.0.0"},
		},
		PackageDeliveryOptions: storeapi.PackageDeliveryOptions{
			PackageRollout:    storeapi.PackageRollout{IsPackageRollout: true, Percentage: 12.5, Status: storeapi.RolloutInProgress},
			IsMandatoryUpdate: true, MandatoryUpdateEffectiveDate: newYear,
		},
		TargetPublishMode: "SpecificDate", TargetPublishDate: newYear, NotesForCertification: "notes",
	}
	var diags diag.Diagnostics
	state := flightsubmission.Imported(t.Context(), s, &diags)
	got := state.Tracked(t.Context(), workflow.Record{}, &diags)
	noErrors(t, diags)
	// Notes are never imported.
	want := *s
	want.NotesForCertification = ""
	if diff := cmp.Diff(&want, got.Submission, cmpopts.IgnoreUnexported(storeapi.Submission{}, storeapi.FlightPackage{},
		storeapi.StatusDetails{}, storeapi.PackageDeliveryOptions{}, storeapi.PackageRollout{}), cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0),
		cmpopts.IgnoreTypes(storeapi.UploadURL{})); diff != "" {
		t.Errorf("tracked (-want +got):\n%s", diff)
	}

	s.PackageDeliveryOptions.MandatoryUpdateEffectiveDate = time.Time{}
	state = flightsubmission.Imported(t.Context(), s, &diags)
	if got := state.MandatoryUpdate.String(); got != `{"effective_date":<null>}` {
		t.Errorf("mandatory_update without a date is %s", got)
	}
	noErrors(t, diags)
}

// A configuration without packages gets none from the Store's report.
func TestOmittedPackagesStayOmitted(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	m := blank()
	m.FromSubmission(t.Context(), &storeapi.Submission{
		Ref:            storeapi.SubmissionRef{SubmissionID: "1"},
		FlightPackages: []storeapi.FlightPackage{{FileName: "a.msix", Version: "1.0.0.0"}},
	}, &diags)
	got := m.Tracked(t.Context(), workflow.Record{}, &diags)
	noErrors(t, diags)
	if len(got.Submission.FlightPackages) != 1 || got.Submission.FlightPackages[0].FileName != "a.msix" {
		t.Errorf("got %+v", got.Submission)
	}
	if !m.Packages.IsNull() {
		t.Errorf("packages became %s", m.Packages)
	}
	if !m.Status.IsNull() {
		t.Errorf("a status that is missing became %s", m.Status)
	}
}

// An apply leaves nothing unknown of the packages.
func TestComplete(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var diags diag.Diagnostics
	text, open, none := types.StringValue, types.StringUnknown(), types.StringNull()
	model := func(source types.String, name string, sha, version types.String) flightsubmission.PackageModel {
		return flightsubmission.PackageModel{
			Source: source, SourceHeaders: types.MapNull(types.StringType), FileName: text(name), SHA256: sha, Version: version,
			MinimumDirectXVersion: text("None"), MinimumSystemRAM: text("None"),
		}
	}
	m := blank()
	m.Complete(ctx, nil, nil, &diags)
	if !m.Packages.IsNull() {
		t.Errorf("an omitted list became %s", m.Packages)
	}
	m.Packages = flightsubmission.PackageList(ctx, []flightsubmission.PackageModel{
		model(text("a"), "a.msix", open, open),
		model(text("b"), "b.msix", text("bb"), text("2.0.0.0")),
		model(none, "kept.msix", open, open),
		model(none, "unread.msix", none, open),
	}, &diags)
	m.Complete(ctx,
		[]workflow.Package{{FileName: "a.msix", SHA256: "aa", Version: "1.0.0.0"}, {FileName: "b.msix"}, {FileName: "kept.msix"}, {FileName: "unread.msix"}},
		[]storeapi.FlightPackage{
			{FileName: "a.msix", Version: "0.1.0.0"},
			{ID: "1", FileName: "kept.msix", Version: "0.10.0.0"},
			{ID: "2", FileName: "kept.msix", Version: "0.9.0.0"},
			{FileName: "unread.msix"},
		}, &diags)
	got := m.DecodePackages(ctx, &diags)
	noErrors(t, diags)
	want := []flightsubmission.PackageModel{
		model(text("a"), "a.msix", text("aa"), text("1.0.0.0")),
		model(text("b"), "b.msix", text("bb"), text("2.0.0.0")),
		model(none, "kept.msix", none, text("0.10.0.0")),
		model(none, "unread.msix", none, none),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
}
