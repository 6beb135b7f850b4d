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
	with := func(change func(*workflow.Content)) workflow.Content {
		c := pkg("aa")
		change(&c)
		return c
	}
	notes := with(func(c *workflow.Content) { c.Notes = "look here" })
	rollout := with(func(c *workflow.Content) { c.InitialPercentage = new(5.0) })
	imported := with(func(c *workflow.Content) { c.Packages[0].Source, c.Packages[0].SHA256 = "", "" })
	none := workflow.Content{}
	reported := []storeapi.FlightPackage{{ID: "1", FileName: "a.msix", Version: "1.0.0.0"}}
	record := func(change func(*workflow.Record)) workflow.Record {
		r := workflow.Record{SubmissionID: ref.SubmissionID}
		change(&r)
		return r
	}
	done := record(func(r *workflow.Record) { r.Complete, r.Uploaded = true, map[string]string{"a.msix": "aa"} })
	begun := record(func(*workflow.Record) {})
	until := func(left time.Duration) func(r *workflow.Record) {
		return func(r *workflow.Record) { r.UploadUntil = now.Add(left) }
	}
	committed := func(ago time.Duration) workflow.Record {
		return record(func(r *workflow.Record) { r.Complete, r.Committed = true, now.Add(-ago) })
	}
	for name, tt := range map[string]struct {
		status  storeapi.Status
		before  workflow.Content
		after   workflow.Content
		has     []storeapi.FlightPackage
		record  workflow.Record
		draft   bool // commit = false
		waitFor workflow.Goal
		want    workflow.Change
	}{
		"published, nothing new":              {status: "Published", before: old, after: old, waitFor: "publish", want: workflow.NoChange},
		"published, rebuilt":                  {status: "Published", before: old, after: rebuilt, want: workflow.NewSubmission},
		"published, other notes":              {status: "Published", before: old, after: notes, want: workflow.NewSubmission},
		"published, other initial percentage": {status: "Published", before: old, after: rollout, want: workflow.NoChange},
		"published, packages omitted":         {status: "Published", before: old, after: none, want: workflow.NoChange},
		"published, the packages it has":      {status: "Published", before: none, has: reported, after: imported, want: workflow.NoChange},
		"published, secret notes":             {status: "Published", before: old, after: with(func(c *workflow.Content) { c.NotesVersion = 1 }), want: workflow.NewSubmission},
		"published, other mode":               {status: "Published", before: old, after: with(func(c *workflow.Content) { c.PublishMode = "Manual" }), want: workflow.NewSubmission},
		"published, other date":               {status: "Published", before: old, after: with(func(c *workflow.Content) { c.PublishDate = now }), want: workflow.NewSubmission},
		"published, mandatory now":            {status: "Published", before: old, after: with(func(c *workflow.Content) { c.MandatoryFrom = now }), want: workflow.NewSubmission},
		"published, same instant elsewhere": {
			status: "Published", before: with(func(c *workflow.Content) { c.MandatoryFrom, c.PublishDate = now, now }),
			after: with(func(c *workflow.Content) {
				there := now.In(time.FixedZone("", 3600))
				c.MandatoryFrom, c.PublishDate = there, there
			}), want: workflow.NoChange,
		},
		"published, one more kept":             {status: "Published", before: old, after: with(func(c *workflow.Content) { c.KeepPrevious = 1 }), want: workflow.NewSubmission},
		"published, other minimum DirectX":     {status: "Published", before: old, after: with(func(c *workflow.Content) { c.Packages[0].MinimumDirectXVersion = "DirectX93" }), want: workflow.NewSubmission},
		"published, other minimum RAM":         {status: "Published", before: old, after: with(func(c *workflow.Content) { c.Packages[0].MinimumSystemRAM = "Memory2GB" }), want: workflow.NewSubmission},
		"committed before it was changed":      {status: "Certification", before: old, after: old, record: begun, want: workflow.NewSubmission},
		"another submission's record":          {status: "Published", before: old, after: old, record: workflow.Record{SubmissionID: "1"}, want: workflow.NoChange},
		"imported, same version":               {status: "Published", before: imported, after: old, want: workflow.NoChange},
		"in certification, waiting for it":     {status: "Certification", before: old, after: old, waitFor: "certification", want: workflow.ContinueSubmission},
		"in certification, commit was enough":  {status: "Certification", before: old, after: old, waitFor: "commit", want: workflow.NoChange},
		"in certification, nothing awaited":    {status: "Certification", before: old, after: old, waitFor: "none", want: workflow.NoChange},
		"a stage nobody knows":                 {status: "Quantum", before: old, after: old, waitFor: "commit", want: workflow.ContinueSubmission},
		"failed":                               {status: "CertificationFailed", before: old, after: old, want: workflow.NewSubmission},
		"cancelled":                            {status: "Canceled", before: old, after: old, want: workflow.NewSubmission},
		"draft to commit":                      {status: "PendingCommit", before: old, after: old, record: done, want: workflow.ContinueSubmission},
		"draft that stays one":                 {status: "PendingCommit", before: old, after: old, record: done, draft: true, want: workflow.NoChange},
		"draft that was not finished":          {status: "PendingCommit", before: old, after: old, draft: true, want: workflow.ContinueSubmission},
		"draft, rebuilt":                       {status: "PendingCommit", before: old, after: rebuilt, record: done, draft: true, want: workflow.ContinueSubmission},
		"draft, other initial percentage":      {status: "PendingCommit", before: old, after: rollout, record: done, draft: true, want: workflow.ContinueSubmission},
		"draft, packages no longer given":      {status: "PendingCommit", before: old, after: none, record: done, draft: true, want: workflow.ContinueSubmission},
		"draft, packages given now":            {status: "PendingCommit", before: none, has: reported, after: imported, record: done, draft: true, want: workflow.ContinueSubmission},
		"draft, packages never given":          {status: "PendingCommit", before: none, has: reported, after: none, record: done, draft: true, want: workflow.NoChange},
		"committed a moment ago, status lags":  {status: "PendingCommit", before: old, after: old, record: committed(time.Minute), waitFor: "none", want: workflow.NoChange},
		"committed a moment ago, changed":      {status: "PendingCommit", before: old, after: notes, record: committed(time.Minute), waitFor: "none", want: workflow.NewSubmission},
		"committed an hour ago, still a draft": {status: "PendingCommit", before: old, after: old, record: committed(time.Hour), waitFor: "none", want: workflow.ContinueSubmission},
		"expired draft that lacks its upload":  {status: "PendingCommit", before: old, after: old, record: record(until(-time.Hour)), want: workflow.NewSubmission},
		"draft that a plan may find expired":   {status: "PendingCommit", before: old, after: old, record: record(until(6 * time.Hour)), want: workflow.NewSubmission},
		"young draft that lacks its upload":    {status: "PendingCommit", before: old, after: old, record: record(until(20 * time.Hour)), want: workflow.ContinueSubmission},
		"expired draft that has all it needs": {status: "PendingCommit", before: old, after: old, record: record(func(r *workflow.Record) {
			r.Complete, r.UploadUntil, r.Uploaded = true, now.Add(-time.Hour), done.Uploaded
		}), want: workflow.ContinueSubmission},
		"expired draft, bytes known to the Store": {status: "PendingCommit", before: old, after: notes, has: reported, record: record(func(r *workflow.Record) { r.UploadUntil, r.Digests = now.Add(-time.Hour), map[string]string{"1": "aa"} }), want: workflow.ContinueSubmission},
		"expired draft, known by another name":    {status: "PendingCommit", before: old, after: notes, has: []storeapi.FlightPackage{{ID: "1", FileName: "b.msix"}}, record: record(func(r *workflow.Record) { r.UploadUntil, r.Digests = now.Add(-time.Hour), map[string]string{"1": "aa"} }), want: workflow.NewSubmission},
		"expired draft, digests not known":        {status: "PendingCommit", before: old, after: pkg(""), record: record(until(-time.Hour)), want: workflow.NewSubmission},
		"expired draft, imported packages":        {status: "PendingCommit", before: imported, after: old, has: reported, record: record(until(-time.Hour)), want: workflow.ContinueSubmission},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.waitFor == "" {
				tt.waitFor = workflow.GoalCommit
			}
			current := &workflow.Current{Ref: ref, Status: tt.status, Content: tt.before, Reported: tt.has, Record: tt.record}
			got := current.Change(workflow.Desired{Content: tt.after, Commit: !tt.draft, WaitFor: tt.waitFor}, now)
			if got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
