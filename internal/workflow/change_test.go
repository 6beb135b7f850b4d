package workflow_test

import (
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func TestChange(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	pkg := func(digest string) workflow.Content {
		return workflow.Content{Packages: []workflow.Package{{Source: "a.msix", FileName: "a.msix", SHA256: digest, Version: "1.0.0.0"}}}
	}
	old, rebuilt := pkg("aa"), pkg("bb")
	notes := pkg("aa")
	notes.Notes = "look here"
	rollout := pkg("aa")
	rollout.InitialPercentage = new(5.0)
	imported := pkg("")
	imported.Packages[0].Source = ""
	done := workflow.Record{Complete: true, Uploaded: map[string]string{"a.msix": "aa"}}
	for name, tt := range map[string]struct {
		status  storeapi.Status
		before  workflow.Content
		after   workflow.Content
		record  workflow.Record
		draft   bool // commit = false
		waitFor workflow.Goal
		want    workflow.Change
	}{
		"published, nothing new":                  {status: "Published", before: old, after: old, waitFor: "publish", want: workflow.NoChange},
		"published, rebuilt":                      {status: "Published", before: old, after: rebuilt, want: workflow.NewSubmission},
		"published, other notes":                  {status: "Published", before: old, after: notes, want: workflow.NewSubmission},
		"published, other initial percentage":     {status: "Published", before: old, after: rollout, want: workflow.NoChange},
		"published, packages omitted":             {status: "Published", before: old, after: workflow.Content{}, want: workflow.NoChange},
		"imported, same version":                  {status: "Published", before: imported, after: old, want: workflow.NoChange},
		"in certification, waiting for it":        {status: "Certification", before: old, after: old, waitFor: "certification", want: workflow.ContinueSubmission},
		"in certification, commit was enough":     {status: "Certification", before: old, after: old, waitFor: "commit", want: workflow.NoChange},
		"in certification, nothing awaited":       {status: "Certification", before: old, after: old, waitFor: "none", want: workflow.NoChange},
		"a stage nobody knows":                    {status: "Quantum", before: old, after: old, waitFor: "commit", want: workflow.ContinueSubmission},
		"failed":                                  {status: "CertificationFailed", before: old, after: old, want: workflow.NewSubmission},
		"cancelled":                               {status: "Canceled", before: old, after: old, want: workflow.NewSubmission},
		"draft to commit":                         {status: "PendingCommit", before: old, after: old, record: done, want: workflow.ContinueSubmission},
		"draft that stays one":                    {status: "PendingCommit", before: old, after: old, record: done, draft: true, want: workflow.NoChange},
		"draft that was not finished":             {status: "PendingCommit", before: old, after: old, draft: true, want: workflow.ContinueSubmission},
		"draft, rebuilt":                          {status: "PendingCommit", before: old, after: rebuilt, record: done, draft: true, want: workflow.ContinueSubmission},
		"draft, other initial percentage":         {status: "PendingCommit", before: old, after: rollout, record: done, draft: true, want: workflow.ContinueSubmission},
		"committed a moment ago, status lags":     {status: "PendingCommit", before: old, after: old, record: workflow.Record{Committed: now.Add(-time.Minute)}, waitFor: "none", want: workflow.NoChange},
		"committed an hour ago, still a draft":    {status: "PendingCommit", before: old, after: old, record: workflow.Record{Committed: now.Add(-time.Hour)}, waitFor: "none", want: workflow.ContinueSubmission},
		"expired draft that lacks its upload":     {status: "PendingCommit", before: old, after: old, record: workflow.Record{UploadUntil: now.Add(-time.Hour)}, want: workflow.NewSubmission},
		"draft that expires in a minute":          {status: "PendingCommit", before: old, after: old, record: workflow.Record{UploadUntil: now.Add(time.Minute)}, want: workflow.NewSubmission},
		"expired draft that has all it needs":     {status: "PendingCommit", before: old, after: old, record: workflow.Record{Complete: true, UploadUntil: now.Add(-time.Hour), Uploaded: done.Uploaded}, want: workflow.ContinueSubmission},
		"expired draft, bytes known to the Store": {status: "PendingCommit", before: old, after: notes, record: workflow.Record{UploadUntil: now.Add(-time.Hour), Digests: map[string]string{"1": "aa"}}, want: workflow.ContinueSubmission},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.waitFor == "" {
				tt.waitFor = workflow.GoalCommit
			}
			current := &workflow.Current{Status: tt.status, Content: tt.before, Record: tt.record}
			got := current.Change(workflow.Desired{Content: tt.after, Commit: !tt.draft, WaitFor: tt.waitFor}, now)
			if got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
