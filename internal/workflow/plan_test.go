package workflow_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func TestPlanWarnsOfDates(t *testing.T) {
	t.Parallel()
	const past, late = "Date is in the past", "Publication comes after the apply"
	for name, test := range map[string]struct {
		publish, mandatory time.Duration // from now on; 0 is no date
		timeout            time.Duration
		want               []string
	}{
		"no dates":                       {timeout: time.Hour},
		"to come":                        {publish: time.Minute, mandatory: time.Minute, timeout: time.Hour},
		"published in the past":          {publish: -time.Minute, timeout: time.Hour, want: []string{past}},
		"mandatory since the past":       {mandatory: -time.Minute, timeout: time.Hour, want: []string{past}},
		"published after the time limit": {publish: 2 * time.Hour, timeout: time.Hour, want: []string{late}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := desired(t)
				if test.publish != 0 {
					d.PublishMode, d.PublishDate = storeapi.PublishSpecificDate, time.Now().Add(test.publish)
				}
				if test.mandatory != 0 {
					d.MandatoryFrom = time.Now().Add(test.mandatory)
				}
				options := planOptions()
				options.ApplyTimeout = test.timeout
				plan, err := publishedStore().workflow().Plan(t.Context(), d, nil, options)
				if err != nil || len(plan.Problems) > 0 {
					t.Fatalf("%v %v", err, plan.Problems)
				}
				var got []string
				for _, notice := range plan.Notices {
					got = append(got, notice.Summary)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		})
	}
}

// Other bytes under the same version are refused only once the Store has had that version.
func TestPlanWarnsOfARebuiltPackage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status storeapi.Status
		want   int
	}{"published": {storeapi.StatusPublished, 1}, "in a draft": {storeapi.StatusPendingCommit, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				known := s.submissions["1"]
				if test.status == storeapi.StatusPendingCommit {
					known = s.add("2", test.status)
				}
				known.FlightPackages = []storeapi.FlightPackage{{ID: "9", FileName: "app.msix", FileStatus: storeapi.FileStatusUploaded, Version: "1.0.0.0"}}
				tracked := &workflow.Tracked{
					Submission: known.Clone(),
					Record:     workflow.Record{SubmissionID: known.Ref.SubmissionID, Digests: map[string]string{"9": "earlier"}},
				}
				plan, err := s.workflow().Plan(t.Context(), desired(t), tracked, planOptions())
				if err != nil || len(plan.Problems) > 0 || len(plan.Notices) != test.want {
					t.Errorf("%v, problems %v, notices %v", err, plan.Problems, plan.Notices)
				}
			})
		})
	}
}

// Only a package of the same architecture that the Store has read is one that devices may keep.
func TestPlanWarnsOfLowerVersions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		has  storeapi.FlightPackage
		want int
	}{
		"higher":                         {storeapi.FlightPackage{ID: "9", FileStatus: storeapi.FileStatusUploaded, Version: "2.0.0.0", Architecture: "x64"}, 1},
		"higher, of another sort":        {storeapi.FlightPackage{ID: "9", FileStatus: storeapi.FileStatusUploaded, Version: "2.0.0.0", Architecture: "arm64"}, 0},
		"higher, but not there any more": {storeapi.FlightPackage{ID: "9", FileStatus: storeapi.FileStatusPendingUpload, Version: "2.0.0.0", Architecture: "x64"}, 0},
		"lower":                          {storeapi.FlightPackage{ID: "9", FileStatus: storeapi.FileStatusUploaded, Version: "0.9.0.0", Architecture: "x64"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				test.has.FileName = "old.msix"
				s.submissions["1"].FlightPackages = []storeapi.FlightPackage{test.has}
				d := desired(t)
				d.Packages[0].Manifest = &msix.Package{Kind: msix.KindPackage, Architecture: "x64", Version: msix.Version{1}}
				plan, err := s.workflow().Plan(t.Context(), d, nil, planOptions())
				if err != nil || len(plan.Problems) > 0 || len(plan.Notices) != test.want {
					t.Errorf("%v, problems %v, notices %v", err, plan.Problems, plan.Notices)
				}
			})
		})
	}
}

func summaries(problems []*workflow.Problem) []string {
	var list []string
	for _, problem := range problems {
		list = append(list, problem.Summary)
	}
	return list
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change            func(s *fakeStore, d *workflow.Desired, options *workflow.PlanOptions)
		tracked, underWay bool // a draft that is gone
		want              []string
		never             string // an operation that is not needed
	}{
		"nothing":          {},
		"another identity": {change: func(s *fakeStore, _ *workflow.Desired, _ *workflow.PlanOptions) { s.identity = "Other" }, want: []string{"Package belongs to another application", "Package belongs to another application"}},
		"unknown app":      {change: func(s *fakeStore, _ *workflow.Desired, _ *workflow.PlanOptions) { s.foreign = true }, want: []string{"Application not found"}, never: opFlight},
		"unknown flight":   {change: func(s *fakeStore, _ *workflow.Desired, _ *workflow.PlanOptions) { s.before = refuse(opFlight, 404) }, want: []string{"Package flight not found"}},
		"unknown app id": {change: func(s *fakeStore, d *workflow.Desired, _ *workflow.PlanOptions) {
			s.foreign, d.Flight.ApplicationID = true, ""
		}, never: opFlight},
		"unknown flight id": {change: func(_ *fakeStore, d *workflow.Desired, _ *workflow.PlanOptions) { d.Flight.FlightID = "" }, never: opFlight},
		"undecided":         {change: func(_ *fakeStore, _ *workflow.Desired, o *workflow.PlanOptions) { o.Undecided = true }, never: opSubmission},
		"undecided, unknown": {change: func(s *fakeStore, _ *workflow.Desired, o *workflow.PlanOptions) {
			o.Undecided, s.before = true, refuse(opFlight, 404)
		}, want: []string{"Package flight not found"}},
		"no such package": {change: func(_ *fakeStore, d *workflow.Desired, _ *workflow.PlanOptions) {
			d.Packages[0] = workflow.Package{FileName: "gone.msix"}
		}, want: []string{"Flight has no such package"}},
		"a foreign draft": {change: func(s *fakeStore, _ *workflow.Desired, _ *workflow.PlanOptions) {
			s.add("2", storeapi.StatusPendingCommit)
		}, want: []string{"Flight already has a pending submission"}},
		"a replaced draft": {change: func(s *fakeStore, _ *workflow.Desired, o *workflow.PlanOptions) {
			s.add("2", storeapi.StatusPendingCommit)
			o.Owned = func(id string) bool { return id == "2" }
		}},
		"a replaced one in certification": {change: func(s *fakeStore, _ *workflow.Desired, o *workflow.PlanOptions) {
			s.add("2", storeapi.StatusCertification)
			o.Owned = func(id string) bool { return id == "2" }
		}, want: []string{"Flight submission is being processed"}},
		"a draft that is gone":       {tracked: true, want: []string{"Flight has changed since the plan"}},
		"one under way that is gone": {tracked: true, underWay: true, want: []string{"Flight has changed since the plan"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, d, options := publishedStore(), desired(t), planOptions()
				d.Packages[0].Manifest = &msix.Package{Kind: msix.KindPackage, Name: "Sample", Publisher: "Sample", Version: msix.Version{1}}
				var tracked *workflow.Tracked
				if test.tracked {
					tracked = s.draft()
					if test.underWay {
						tracked.Submission.Status, tracked.Submission.FlightPackages = storeapi.StatusCommitStarted, s.submissions["2"].FlightPackages
						d.Packages = nil
					}
					delete(s.submissions, "2")
					s.flight.PendingSubmissionID = ""
				}
				if test.change != nil {
					test.change(s, &d, &options)
				}
				plan, err := s.workflow().Plan(t.Context(), d, tracked, options)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, summaries(plan.Problems)); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if test.never != "" && s.count(test.never) > 0 {
					t.Errorf("asked for %q", s.calls)
				}
			})
		})
	}
}

// planOptions are those of a state that knows no other submission.
func planOptions() workflow.PlanOptions {
	return workflow.PlanOptions{ReadTimeout: time.Minute, ApplyTimeout: time.Hour, Owned: func(string) bool { return false }}
}

// refuse has the Store refuse an operation.
func refuse(operation string, status int) func(context.Context, string) error {
	return func(_ context.Context, asked string) error {
		if asked == operation {
			return &storeapi.Error{StatusCode: status}
		}
		return nil
	}
}

func TestCheckSet(t *testing.T) {
	t.Parallel()
	unit := func(version msix.Version) *msix.Package {
		return &msix.Package{Kind: msix.KindPackage, Version: version, Architecture: "x64"}
	}
	one := msix.Version{1}
	for name, test := range map[string]struct {
		packages []workflow.Package
		want     []string
	}{
		"fine":                    {packages: []workflow.Package{{Source: "a", FileName: "a.msix", Manifest: unit(one)}, {Source: "b", FileName: "b.msix", Manifest: unit(msix.Version{2})}}},
		"nothing known":           {packages: []workflow.Package{{Source: "a"}, {Source: "b"}}},
		"name that leads out":     {packages: []workflow.Package{{Source: "a", FileName: "../a.msix"}}, want: []string{"Not a usable file name"}},
		"one name":                {packages: []workflow.Package{{Source: "a", FileName: "a.msix"}, {Source: "b", FileName: "a.msix"}}, want: []string{"Two packages have the same file name"}},
		"one name in two casings": {packages: []workflow.Package{{Source: "a", FileName: "a.msix"}, {Source: "b", FileName: "A.MSIX"}}, want: []string{"Two packages have the same file name"}},
		"name of another kind":    {packages: []workflow.Package{{Source: "a", FileName: "a.msixbundle", Manifest: unit(one)}}, want: []string{"File name does not fit the package"}},
		"fourth part":             {packages: []workflow.Package{{Source: "a", FileName: "a.msix", Manifest: unit(msix.Version{1, 0, 0, 1})}}, want: []string{"Store does not accept the package version"}},
		"first part":              {packages: []workflow.Package{{Source: "a", FileName: "a.msix", Manifest: unit(msix.Version{0, 1})}}, want: []string{"Store does not accept the package version"}},
		"one build":               {packages: []workflow.Package{{Source: "a", FileName: "a.msix", Manifest: unit(one)}, {Source: "b", FileName: "b.msix", Manifest: unit(one)}}, want: []string{"Two packages have the same version and architecture"}},
		"one build in one file": {packages: []workflow.Package{{
			Source: "a", FileName: "a.msixupload", Manifest: &msix.Package{Kind: msix.KindUpload, Version: one, Contents: []msix.Package{*unit(one), *unit(one)}},
		}}},
		"one build in two files": {packages: []workflow.Package{
			{Source: "a", FileName: "a.msixupload", Manifest: &msix.Package{Kind: msix.KindUpload, Version: one, Contents: []msix.Package{*unit(one)}}},
			{Source: "b", FileName: "b.msix", Manifest: unit(one)},
		}, want: []string{"Two packages have the same version and architecture"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			errs, warnings := workflow.CheckSet(test.packages)
			if diff := cmp.Diff(test.want, summaries(errs)); diff != "" || len(warnings) > 0 {
				t.Errorf("warnings %v, -want +got:\n%s", warnings, diff)
			}
		})
	}
	for count, want := range map[int]int{25: 0, 26: 1} {
		if _, warnings := workflow.CheckSet(make([]workflow.Package, count)); len(warnings) != want {
			t.Errorf("%d packages: %d warnings", count, len(warnings))
		}
	}
}
