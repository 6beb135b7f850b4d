package flightsubmission_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/flightsubmission"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// recorded is the state of a submission without packages of its own.
func recorded(w *acctest.World, submissionID, status string, more arguments) arguments {
	return flight(w).With(arguments{
		"keep_previous_packages": 0, "target_publish_mode": "Immediate", "commit": true, "wait_for": "commit",
		"pending_submission_policy": "fail", "active_rollout_policy": "fail", "submission_id": submissionID, "status": status,
	}).With(more)
}

// private is a private state with a record, in the form that a CLI keeps.
func private(t *testing.T, record any) []byte {
	t.Helper()
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	all, err := json.Marshal(map[string][]byte{"record": text})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// recordOf is the record in a private state.
func recordOf(t *testing.T, private []byte) (record workflow.Record) {
	t.Helper()
	var all struct{ Record []byte }
	if err := json.Unmarshal(private, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all.Record, &record); err != nil {
		t.Fatal(err)
	}
	return record
}

// change applies a plan for a resource of the state; nil destroys it.
func change(t *testing.T, p *acctest.Protocol, state, planned, config arguments, more ...func(*tfprotov6.ApplyResourceChangeRequest)) *tfprotov6.ApplyResourceChangeResponse {
	t.Helper()
	schema := p.Schemas.ResourceSchemas[typeName].ValueType()
	req := tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeName, PriorState: p.Encode(schema, state), PlannedState: p.Encode(schema, planned), Config: p.Encode(schema, config),
	}
	for _, f := range more {
		f(&req)
	}
	reply, err := p.ApplyResourceChange(t.Context(), &req)
	if err != nil {
		t.Fatal(err)
	}
	return reply
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

func TestRefreshFails(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	state := recorded(w, id, "Published", nil)
	p := w.Protocol()
	reply, err := p.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: typeName, CurrentState: p.Encode(p.Schemas.ResourceSchemas[typeName].ValueType(), state), Private: private(t, "no record"),
	})
	if err != nil {
		t.Fatal(err)
	}
	check{summary: "Error reading the private state", says: []string{"record of the submission cannot be read"}}.judge(t, acctest.Findings(reply.Diagnostics), false)

	w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	_, found := w.Protocol().Refresh(typeName, state)
	check{summary: "Error reading flight submission", says: []string{"403 Forbidden"}}.judge(t, found, false)
}

// A plan that finds everything done asks the Store nothing, and shows what the state has.
func TestPlanOfWhatIsDone(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	state := recorded(w, id, "Published", arguments{"published_at": published})
	w.Sim.ResetRequests()
	planned, _, found := w.Protocol().PlanChange(typeName, state, flight(w))
	if at := acctest.Text(t, planned["published_at"]); at != published || len(found) > 0 {
		t.Errorf("published_at is %s, findings %+v", at, found)
	}
	if n := w.Sim.Count(); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
	// Not done is what is not known, in whatever case of letters the flight is written.
	planned, _, found = w.Protocol().PlanChange(typeName, state, flight(w).With(arguments{"notes_for_certification": unknown}))
	if planned["submission_id"].IsKnown() || len(found) > 0 {
		t.Errorf("it shows %v, findings %+v", planned["submission_id"], found)
	}
}

// What was published in place of a failed submission is kept, and nothing of the failed one is shown.
func TestPlanKeepsAnotherSubmission(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	planned, _, found := w.Protocol().PlanChange(typeName, recorded(w, "7", storesim.StatusCertificationFailed, arguments{"timeouts": nil}), flight(w))
	if got := acctest.Text(t, planned["submission_id"]); got != id || planned["status"].IsKnown() || len(acctest.Failures(found)) > 0 {
		t.Errorf("it shows %s, %v, findings %+v", got, planned["status"], found)
	}
}

func TestPlanRunsOutOfTime(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Hang{}})
	_, found := w.Protocol().Plan(typeName, flight(w).With(arguments{"timeouts": arguments{"read": "50ms"}}))
	check{summary: "Error checking the plan against the Store", says: []string{"the time for it ran out"}}.judge(t, found, false)
}

// A publication is waited for as long as an apply of this kind takes.
func TestPublicationAfterTheApply(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	for name, test := range map[string]struct {
		after    time.Duration
		timeouts arguments
		state    arguments
		warns    bool
	}{
		"within the default": {3 * time.Hour, nil, nil, false},
		"after the default":  {5 * time.Hour, nil, nil, true},
		"within a create":    {5 * time.Hour, arguments{"create": "6h"}, nil, false},
		"after a create":     {5 * time.Hour, arguments{"update": "6h"}, nil, true},
		"within an update":   {5 * time.Hour, arguments{"update": "6h"}, recorded(w, id, "Published", nil), false},
		"after an update":    {5 * time.Hour, arguments{"create": "6h"}, recorded(w, id, "Published", nil), true},
	} {
		config := flight(w).With(arguments{
			"target_publish_mode": "SpecificDate", "target_publish_date": time.Now().Add(test.after).UTC().Format(time.RFC3339),
			"wait_for": "publish", "commit": true, "timeouts": test.timeouts,
		})
		if test.timeouts == nil {
			config = config.With(arguments{"timeouts": nil})
		}
		_, _, found := w.Protocol().PlanChange(typeName, test.state, config)
		if warns := len(found) == 1 && found[0].Summary == "Publication comes after the apply"; warns != test.warns || len(found) > 1 {
			t.Errorf("%s: findings %+v", name, found)
		}
	}
}

// What will not be done needs no notice.
func TestNoNoticesOfWhatIsRefused(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	_, found := w.Protocol().Plan(typeName, flight(w).With(arguments{"mandatory_update": arguments{"effective_date": "2001-02-03T04:05:06Z"}}))
	check{attribute: "packages", summary: "Flight submission has no packages"}.judge(t, found, false)
}

// What a plan would do with a package that cannot be read nobody knows.
func TestUnreadablePackageDecidesNothing(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	_, found := w.Protocol().Plan(typeName, flight(w).With(arguments{"packages": sources(w.Dir + "/missing.msix")}))
	check{attribute: "packages[0].source", summary: "Package cannot be read"}.judge(t, found, false)
}

// A replacement is planned as a new resource. The draft that it deletes first is in nobody's way.
func TestDraftOfTheStateIsReplaced(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	p := w.Protocol()
	_, found := p.Plan(typeName, flight(w).With(different))
	check{attribute: "pending_submission_policy", summary: "Flight already has a pending submission"}.judge(t, found, false)
	p = w.Protocol()
	if _, found := p.Refresh(typeName, recorded(w, id, storesim.StatusPendingCommit, arguments{"commit": false})); len(found) > 0 {
		t.Errorf("findings %+v", found)
	}
	if _, found := p.Plan(typeName, flight(w).With(different)); len(found) > 0 {
		t.Errorf("findings %+v", found)
	}
}

// A plan that found nothing to do writes down what the configuration says, and nothing into the Store.
func TestApplyOfTheStateOnly(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	w.Sim.ResetRequests()
	state := recorded(w, id, "Published", nil)
	reply := change(t, w.Protocol(), state, state.With(arguments{"wait_for": "publish"}), flight(w).With(arguments{"wait_for": "publish"}),
		func(req *tfprotov6.ApplyResourceChangeRequest) {
			req.PlannedPrivate = private(t, workflow.Record{SubmissionID: id, Foreign: true})
		})
	if len(reply.Diagnostics) > 0 || w.Sim.Count() > 0 {
		t.Errorf("findings %+v, %d requests", acctest.Findings(reply.Diagnostics), w.Sim.Count())
	}
	if record := recordOf(t, reply.Private); record.Foreign || record.SubmissionID != id {
		t.Errorf("the submission is not accepted: %+v", record)
	}
}

func TestApplyFails(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	state := recorded(w, id, "Published", nil)
	missing := arguments{"packages": []any{arguments{
		"source": w.Dir + "/missing.msix", "file_name": "missing.msix", "sha256": digest, "minimum_directx_version": "None", "minimum_system_ram": "None",
	}}}
	reply := change(t, w.Protocol(), state, state.With(missing).With(arguments{"status": unknown}), flight(w).With(missing))
	found := acctest.Findings(reply.Diagnostics)
	if len(found) != 1 || found[0].Warning || w.Sim.Count(storesim.CreateSubmission) > 0 {
		t.Errorf("findings %+v", found)
	}
	// A state that an older CLI wrote has no identity.
	value, err := reply.NewIdentity.IdentityData.Unmarshal(identityType)
	if err != nil {
		t.Fatal(err)
	}
	if got := acctest.Text(t, members(t, value)["submission_id"]); got != id {
		t.Errorf("the identity names submission %s, want %s", got, id)
	}
}

// What is published stays, which the destroy tells.
func TestDestroyOfWhatIsPublished(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	reply := change(t, w.Protocol(), recorded(w, id, "Published", nil), nil, nil)
	check{summary: "Published flight submission stays in the Store", says: []string{id}}.judge(t, acctest.Findings(reply.Diagnostics), true)
}

// The flight's submission is another one in another flight or application.
func TestPlanOfAnotherFlight(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	state := recorded(w, id, "Published", nil)
	other := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})
	for argument, value := range map[string]string{"flight_id": other, "application_id": "9NBLGGH4XXXX"} {
		planned, replacing, _ := w.Protocol().PlanChange(typeName, state, flight(w).With(arguments{argument: value}))
		if planned["submission_id"].Equal(tftypes.NewValue(tftypes.String, id)) || !slices.Equal(replacing, []string{argument}) {
			t.Errorf("%s: %q replace it, it shows %v", argument, replacing, planned["submission_id"])
		}
	}
}

// What the plan shows of a package that it does not read comes from the state, as far as it is the same package.
func TestVersionInPlan(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	there := w.Package("app.msix", msixtest.Manifest{Version: "1.2.0.0"})
	away, remote := w.Dir+"/away/app.msix", "https://artifacts.example/app.msix"
	known := arguments{"source": away, "file_name": "app.msix", "sha256": digest, "version": "1.0.0.0"}
	reported := arguments{"id": "1", "file_name": "app.msix", "version": "0.9.0.0"}
	unread := arguments{"id": "1", "file_name": "app.msix"}
	given := arguments{"source": there, "sha256": sum(msixtest.Manifest{Version: "1.2.0.0"})}
	for name, test := range map[string]struct {
		state, reported, config arguments
		version                 string
	}{
		"kept, of the state":                {known, reported, arguments{"file_name": "app.msix"}, "1.0.0.0"},
		"kept, of the Store":                {nil, reported, arguments{"file_name": "app.msix"}, "0.9.0.0"},
		"kept, of the Store since":          {arguments{"file_name": "app.msix"}, reported, arguments{"file_name": "app.msix"}, "0.9.0.0"},
		"kept, not read by the Store":       {nil, unread, arguments{"file_name": "app.msix"}, "null"},
		"same digest":                       {known, reported, arguments{"source": away, "sha256": digest}, "1.0.0.0"},
		"same digest of an address":         {known.With(arguments{"source": remote}), reported, arguments{"source": remote, "sha256": digest}, "1.0.0.0"},
		"another digest":                    {known, reported, given.With(arguments{"source": away}), unknown},
		"another digest, the file is there": {known, reported, given, unknown},
		"digest of a file that is there":    {nil, nil, given, unknown},
		"digest after an import":            {nil, reported, given, "1.2.0.0"},
		"digest, not read by the Store":     {nil, unread, given, unknown},
		"without digest, after an import":   {nil, reported, arguments{"source": there}, "1.2.0.0"},
		"without digest":                    {known, reported, arguments{"source": there}, "1.2.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			more := arguments{}
			if test.state != nil {
				more["packages"] = []any{test.state.With(arguments{"minimum_directx_version": "None", "minimum_system_ram": "None"})}
			}
			if test.reported != nil {
				more["flight_packages"] = []any{test.reported.With(arguments{"file_status": "Uploaded"})}
			}
			planned, _, found := w.Protocol().PlanChange(typeName, recorded(w, id, "Published", more), flight(w).With(arguments{"packages": []any{test.config}}))
			if text := acctest.Failures(found); strings.Contains(text, "cannot be read") {
				t.Errorf("findings %s", text)
			}
			var packages []tftypes.Value
			if err := planned["packages"].As(&packages); err != nil || len(packages) != 1 {
				t.Fatalf("%v, %v", planned["packages"], err)
			}
			got := unknown
			if version := members(t, packages[0])["version"]; version.IsKnown() {
				got = acctest.Text(t, version)
			}
			if got != test.version {
				t.Errorf("the version is %s, want %s", got, test.version)
			}
		})
	}
}

// A value that is written down is the same content as its default.
func TestSameContentIsClaimedTwice(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	p := w.Protocol()
	app := arguments{"source": w.Package("app.msix", msixtest.Manifest{})}
	for _, more := range []arguments{nil, {"minimum_directx_version": "None"}, {"minimum_system_ram": "None"}} {
		if _, found := p.Plan(typeName, flight(w).With(arguments{"packages": []any{app.With(more)}})); len(found) > 0 {
			t.Errorf("%v: findings %+v", more, found)
		}
	}
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

// What cannot be downloaded is asked for once, although the state would have its version compared.
func TestRemotePackageIsReadOnce(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id, _ := w.LastPublished()
	var requests atomic.Int32
	artifacts := httptest.NewServer(http.HandlerFunc(func(reply http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		reply.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(artifacts.Close)
	state := recorded(w, id, "Published", arguments{"flight_packages": []any{
		arguments{"id": "1", "file_name": "app.msix", "file_status": "Uploaded", "version": "0.9.0.0"},
	}})
	_, _, found := w.Protocol().PlanChange(typeName, state, flight(w).With(arguments{"packages": []any{
		arguments{"source": artifacts.URL + "/app.msix", "sha256": digest},
	}}))
	check{attribute: "packages[0].source", summary: "Package cannot be read", says: []string{"404"}}.judge(t, found, false)
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
}

// An import knows nothing of what an apply has sent, and says so to the plans that follow.
func TestImportedRecord(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	reply, err := w.Protocol().ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, ID: w.ApplicationID + "/" + w.FlightID})
	if err != nil || len(reply.Diagnostics) > 0 {
		t.Fatalf("%v %+v", err, acctest.Findings(reply.Diagnostics))
	}
	if record := recordOf(t, reply.ImportedResources[0].Private); !record.Imported {
		t.Errorf("the record is %+v", record)
	}
}
