package workflow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// What is known of a submission follows what the Store reports of it.
func TestObserve_learns(t *testing.T) {
	t.Parallel()
	app := storeapi.FlightPackage{ID: "11", FileName: "app.msix", FileStatus: "Uploaded"}
	now := time.Now()
	for name, tt := range map[string]struct {
		record  workflow.Record
		is      *storeapi.Submission
		digests map[string]string
	}{
		"of what was uploaded and committed": {
			workflow.Record{SubmissionID: "2", Committed: now, Uploaded: map[string]string{"app.msix": "aa"}},
			submission("2", "Published", has(app)),
			map[string]string{"11": "aa"},
		},
		"nothing of what was committed by others, who may have uploaded something else": {
			workflow.Record{SubmissionID: "2", Uploaded: map[string]string{"app.msix": "aa"}},
			submission("2", "Published", has(app)), nil,
		},
		"nothing of a package that was there before": {
			workflow.Record{SubmissionID: "2", Committed: now, Inherited: []string{"11"}, Uploaded: map[string]string{"app.msix": "aa"}},
			submission("2", "Published", has(app)), nil,
		},
		"nothing of a package that waits": {
			workflow.Record{SubmissionID: "2", Committed: now, Uploaded: map[string]string{"app.msix": "aa"}},
			submission("2", "CommitStarted", has(waits("app.msix"))), nil,
		},
		"nothing new until the Store has read the packages": {
			workflow.Record{SubmissionID: "2", Committed: now, Digests: map[string]string{"11": "aa"}, Uploaded: map[string]string{"app.msix": "bb"}},
			submission("2", "CommitStarted", has(entry("11", "app.msix", "PendingDelete"), waits("app.msix"))),
			map[string]string{"11": "aa"},
		},
		"nothing of a draft": {
			workflow.Record{SubmissionID: "2", Uploaded: map[string]string{"app.msix": "aa"}},
			submission("2", "PendingCommit", has(app)), nil,
		},
		"that packages went": {
			workflow.Record{SubmissionID: "2", Digests: map[string]string{"11": "aa", "12": "bb"}},
			submission("2", "Published", has(app)),
			map[string]string{"11": "aa"},
		},
		"packages of the submission before by their ids": {
			workflow.Record{SubmissionID: "1", Digests: map[string]string{"11": "aa", "12": "bb"}},
			submission("2", "PendingCommit", has(app)),
			map[string]string{"11": "aa"},
		},
		"nothing of an upload for another submission": {
			workflow.Record{SubmissionID: "1", Committed: now, Uploaded: map[string]string{"app.msix": "aa"}},
			submission("2", "Published", has(app)), nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracked := &workflow.Tracked{Record: tt.record}
			tracked.Observe(tt.is, "1")
			got := tracked.Record.Digests
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(tt.digests, got); diff != "" || tracked.Record.SubmissionID != "2" {
				t.Errorf("digests (-want +got):\n%s%+v", diff, tracked.Record)
			}
		})
	}
}

// Another submission begins another record: what was uploaded for the one before is
// not behind its URL, even if both URLs expire in the same second.
func TestObserve_beginsAnew(t *testing.T) {
	t.Parallel()
	is := submission("3", "PendingCommit", has())
	is.FileUploadURL = storeapi.NewUploadURL("https://blob.example/3?sig=s&se=2027-01-02T00:00:00Z")
	before := workflow.Record{
		SubmissionID: "2", Previous: "1", Imported: true, Committed: time.Now(), Settled: true,
		UploadUntil: time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC), Uploaded: map[string]string{"app.msix": "aa"}, Inherited: []string{"9"},
	}
	tracked := &workflow.Tracked{Submission: submission("2", "CertificationFailed"), Record: before}
	tracked.Observe(is, "1")
	got := tracked.Record
	if got.SubmissionID != "3" || got.Previous != "1" || !got.Committed.IsZero() || got.Settled || got.Uploaded != nil || len(got.Inherited) > 0 {
		t.Errorf("the record holds what belongs to another submission: %+v", got)
	}
}

// Only what was read from a file says what the Store's package is.
func TestRecognize(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pkg  workflow.Package
		want map[string]string
	}{
		"a file of the same version": {workflow.Package{Source: "app.msix", FileName: "app.msix", Version: "2.0.0.0", SHA256: "aa"}, map[string]string{"20": "aa"}},
		"a file of another version":  {workflow.Package{Source: "app.msix", FileName: "app.msix", Version: "2.0.1.0", SHA256: "aa"}, map[string]string{}},
		// The state still holds the digest of the package that had this name before.
		"a package that is kept by its name": {workflow.Package{FileName: "app.msix", Version: "1.0.0.0", SHA256: "aa"}, map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracked := tracks(submission("2", "Published"), noDigests)
			tracked.Recognize([]workflow.Package{tt.pkg})
			if diff := cmp.Diff(tt.want, tracked.Record.Digests); diff != "" {
				t.Errorf("digests (-want +got):\n%s", diff)
			}
		})
	}
}

// A state that an apply starts from stays as it was.
func TestRecognize_leavesTheStateAsItWas(t *testing.T) {
	t.Parallel()
	before := tracks(submission("2", "Published"), func(t *workflow.Tracked) { t.Record.Digests = map[string]string{"10": "bb"} })
	after := *before
	after.Recognize(wanted().Packages)
	if after.Record.Digests["20"] != "aa" || len(before.Record.Digests) != 1 {
		t.Errorf("before %v, after %v", before.Record.Digests, after.Record.Digests)
	}
}

// A read may leave the upload URL of a draft out. What is behind it stays known.
func TestObserve_withoutUploadURL(t *testing.T) {
	t.Parallel()
	is := submission("2", "PendingCommit", noURL)
	tracked := tracks(is, uploaded, func(t *workflow.Tracked) { t.Record.UploadUntil = time.Now().Add(time.Hour) })
	before := tracked.Record
	tracked.Observe(is, "1")
	if diff := cmp.Diff(before, tracked.Record); diff != "" {
		t.Errorf("record (-before +after):\n%s", diff)
	}
}

func TestSettled(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		is   *storeapi.Submission
		want bool
	}{
		"no rollout":       {submission("2", "Published"), true},
		"finalized":        {submission("2", "Published", rollingOut(finalized)), true},
		"halted":           {submission("2", "Published", rollingOut(halted)), true},
		"live":             {submission("2", "Published", rollingOut(live)), false},
		"live at 100 %":    {submission("2", "Published", rollingOut(whole)), false},
		"not begun":        {submission("2", "Published", rollingOut(notStarted)), false},
		"rollout not told": {submission("2", "Published", rollingOut(storeapi.PackageRollout{})), false},
		"publishing":       {submission("2", "Publishing"), false},
		"failed":           {submission("2", "PublishFailed"), false},
		"unknown":          {submission("2", ""), false},
	} {
		tracked := tracks(tt.is)
		if tracked.Observe(tt.is, "1"); tracked.Record.Settled != tt.want {
			t.Errorf("%s: settled is %t", name, tracked.Record.Settled)
		}
	}
}

// The state has no text of a draft's secret notes, and the draft keeps them until
// somebody takes them out.
func TestSatisfies_secretNotesDropped(t *testing.T) {
	t.Parallel()
	known := tracks(submission("2", "PendingCommit"), func(t *workflow.Tracked) { t.Record.NotesVersion = 1 })
	if !known.Satisfies(wanted(uncommitted, secretNotes)) {
		t.Error("the draft has these notes")
	}
	if known.Satisfies(wanted(uncommitted)) {
		t.Error("the draft has notes that nobody wants any more")
	}
	published := tracks(submission("2", "Published"), func(t *workflow.Tracked) { t.Record.NotesVersion = 1 })
	if !published.Satisfies(wanted()) {
		t.Error("notes have done their work once a submission is published")
	}
}
