package flightsubmission_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/flightsubmission"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// recorded is the state of a submission without packages of its own.
func recorded(w *acctest.World, submissionID, status string, more arguments) arguments {
	return flight(w).With(arguments{
		"keep_previous_packages": 0, "target_publish_mode": "Immediate", "commit": true, "wait_for": "commit",
		"pending_submission_policy": "fail", "active_rollout_policy": "fail", "submission_id": submissionID, "status": status,
	}).With(more)
}

// published is when a test saw a publication first.
const published = "2026-01-02T03:04:05Z"

func TestPublishedAt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		known  types.String
		id     string
		status storeapi.Status
		want   func(got types.String) bool
	}{
		"kept":               {types.StringValue(published), "1", storeapi.StatusPublished, func(got types.String) bool { return got.ValueString() == published }},
		"seen first":         {types.StringNull(), "1", storeapi.StatusPublished, isNow},
		"planned":            {types.StringUnknown(), "1", storeapi.StatusPublished, isNow},
		"another submission": {types.StringValue(published), "2", storeapi.StatusPublished, isNow},
		"not published":      {types.StringValue(published), "1", storeapi.StatusCertification, types.String.IsNull},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			m := blank()
			m.SubmissionID, m.PublishedAt = types.StringValue("1"), test.known
			m.FromSubmission(t.Context(), &storeapi.Submission{Ref: storeapi.SubmissionRef{SubmissionID: test.id}, Status: test.status}, &diags)
			noErrors(t, diags)
			if !test.want(m.PublishedAt) {
				t.Errorf("published_at is %s", m.PublishedAt)
			}
		})
	}
}

func isNow(got types.String) bool {
	at, err := time.Parse(time.RFC3339, got.ValueString())
	return err == nil && time.Since(at) < time.Minute
}

// What the Store had not read yet, or keeps secret, stays out of the state.
func TestFollow(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	m := blank()
	m.NotesWriteOnlyVersion = types.Int64Value(1)
	m.Packages = flightsubmission.PackageList(t.Context(), []flightsubmission.PackageModel{{
		FileName: types.StringValue("app.msix"), SourceHeaders: types.MapNull(types.StringType), MinimumSystemRAM: types.StringValue("None"),
	}}, &diags)
	m.Follow(t.Context(), &workflow.Tracked{Submission: &storeapi.Submission{
		Status: storeapi.StatusPublished, NotesForCertification: "secret",
		FlightPackages: []storeapi.FlightPackage{{ID: "1", FileName: "app.msix", FileStatus: storeapi.FileStatusUploaded, Version: "1.2.0.0"}},
	}}, &diags)
	noErrors(t, diags)
	if !m.Notes.IsNull() {
		t.Errorf("the state has the notes %s", m.Notes)
	}
	if packages := m.DecodePackages(t.Context(), &diags); len(packages) != 1 || packages[0].Version.ValueString() != "1.2.0.0" || packages[0].MinimumSystemRAM.IsNull() {
		t.Errorf("the state has the packages %+v", packages)
	}
}

// A rollout that has ended is no live one.
func TestTrackedRollout(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	m := flightsubmission.Imported(t.Context(), &storeapi.Submission{
		Status: storeapi.StatusPublished, PackageDeliveryOptions: storeapi.PackageDeliveryOptions{PackageRollout: storeapi.PackageRollout{IsPackageRollout: true, Percentage: 10}},
	}, &diags)
	for settled, want := range map[bool]storeapi.RolloutStatus{true: "", false: storeapi.RolloutInProgress} {
		tracked := m.Tracked(t.Context(), workflow.Record{Settled: settled}, &diags)
		if got := tracked.Submission.PackageDeliveryOptions.PackageRollout.Status; got != want {
			t.Errorf("settled %t: the rollout is %q, want %q", settled, got, want)
		}
	}
	noErrors(t, diags)
}

// The state has the Store's packages in the order that the user gave them. What else there is comes last, and what is
// deleted not at all.
func TestPackagesOfTheStore(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	m := blank()
	m.Packages = flightsubmission.PackageList(t.Context(), []flightsubmission.PackageModel{
		{FileName: types.StringValue("b.msix"), SourceHeaders: types.MapNull(types.StringType)},
		{FileName: types.StringValue("a.msix"), SourceHeaders: types.MapNull(types.StringType)},
	}, &diags)
	s := &storeapi.Submission{Status: storeapi.StatusPublished}
	for i, name := range []string{"a.msix", "b.msix", "strange.msix", "gone.msix"} {
		s.FlightPackages = append(s.FlightPackages, storeapi.FlightPackage{ID: strconv.Itoa(i), FileName: name, FileStatus: storeapi.FileStatusUploaded, Version: "1.0.0.0"})
	}
	s.FlightPackages[3].FileStatus = storeapi.FileStatusPendingDelete
	m.Follow(t.Context(), &workflow.Tracked{Submission: s}, &diags)
	var names []string
	for _, p := range m.DecodePackages(t.Context(), &diags) {
		names = append(names, p.FileName.ValueString())
		if p.MinimumSystemRAM.ValueString() != "None" {
			t.Errorf("%s needs the RAM %s", p.FileName, p.MinimumSystemRAM)
		}
	}
	noErrors(t, diags)
	if text := m.FlightPackages.String(); !strings.Contains(text, `"languages":[]`) {
		t.Errorf("what the Store does not list is no empty list: %s", text)
	}
	if want := []string{"b.msix", "a.msix", "strange.msix"}; !slices.Equal(names, want) {
		t.Errorf("the state has %q, want %q", names, want)
	}
}

// Settings that the submission has not mean nothing, whatever stands beside them.
func TestSettingsOfTheStore(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	for name, rollout := range map[string]storeapi.PackageRollout{
		"no rollout":       {Percentage: 100},
		"a halted rollout": {IsPackageRollout: true, Percentage: 0, Status: storeapi.RolloutStopped},
	} {
		m := flightsubmission.Imported(t.Context(), &storeapi.Submission{
			TargetPublishMode: storeapi.PublishManual, TargetPublishDate: newYear,
			PackageDeliveryOptions: storeapi.PackageDeliveryOptions{PackageRollout: rollout, MandatoryUpdateEffectiveDate: newYear},
		}, &diags)
		if !m.PackageRollout.IsNull() || !m.TargetPublishDate.IsNull() || !m.MandatoryUpdate.IsNull() {
			t.Errorf("%s: the state has %s, %s, %s", name, m.PackageRollout, m.TargetPublishDate, m.MandatoryUpdate)
		}
	}
	noErrors(t, diags)
}

// What a configuration has of secrets is printed by nobody.
func TestSecretsOfAConfiguration(t *testing.T) {
	t.Parallel()
	const notes, signature, token = "password-of-a-tester", "signature-of-an-artifact", "token-for-artifacts"
	var diags diag.Diagnostics
	m, config := blank(), blank()
	config.NotesWriteOnly = types.StringValue(notes)
	m.Packages = flightsubmission.PackageList(t.Context(), []flightsubmission.PackageModel{{
		Source: types.StringValue("https://artifacts.example/app.msix?sig=" + signature), SourceHeaders: types.MapNull(types.StringType),
	}}, &diags)
	m.ToDesired(t.Context(), &config, &diags)
	flightsubmission.Headers(t.Context(), types.MapValueMust(types.StringType, map[string]attr.Value{"Authorization": types.StringValue(token)}), &diags)
	noErrors(t, diags)
	for _, secret := range []string{notes, signature, token} {
		if text := redact.String("Refused: " + secret); strings.Contains(text, secret) {
			t.Error(text)
		}
		refused := storeapi.StatusDetails{Errors: []storeapi.StatusDetail{{Code: "Other", Details: "Refused: " + secret}}}
		state := flightsubmission.Imported(t.Context(), &storeapi.Submission{StatusDetails: refused}, &diags)
		if text := state.StatusDetails.String(); strings.Contains(text, secret) || !strings.Contains(text, "Refused: ") {
			t.Error(text)
		}
	}
}

// A date that only the apply knows has passed no validation.
func TestDateThatTheApplyCannotRead(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	m, config := blank(), blank()
	m.TargetPublishDate = types.StringValue("tomorrow")
	m.ToDesired(t.Context(), &config, &diags)
	if len(diags) != 1 || !strings.Contains(diags[0].Detail(), `"tomorrow" must be a date and time such as`) {
		t.Errorf("got %v", diags)
	}
}

// The CLI blurs what is sensitive, and stores nothing of what is write-only.
func TestSecretsInTheSchema(t *testing.T) {
	t.Parallel()
	var sensitive, writeOnly []string
	var walk func(prefix string, attributes []*tfprotov6.SchemaAttribute)
	walk = func(prefix string, attributes []*tfprotov6.SchemaAttribute) {
		for _, a := range attributes {
			if a.Sensitive {
				sensitive = append(sensitive, prefix+a.Name)
			}
			if a.WriteOnly {
				writeOnly = append(writeOnly, prefix+a.Name)
			}
			if a.NestedType != nil {
				walk(prefix+a.Name+".", a.NestedType.Attributes)
			}
		}
	}
	walk("", acctest.StartProtocol(t).Schemas.ResourceSchemas[typeName].Block.Attributes)
	slices.Sort(sensitive)
	slices.Sort(writeOnly)
	if want := []string{"notes_for_certification", "notes_for_certification_wo"}; !slices.Equal(sensitive, want) {
		t.Errorf("sensitive are %q, want %q", sensitive, want)
	}
	if want := []string{"notes_for_certification_wo", "packages.source_headers"}; !slices.Equal(writeOnly, want) {
		t.Errorf("write-only are %q, want %q", writeOnly, want)
	}
}
