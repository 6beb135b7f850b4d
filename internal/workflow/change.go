package workflow

import (
	"slices"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Change is what an apply has to do in the Store.
type Change int

// The changes.
const (
	// NoChange touches nothing in the Store.
	NoChange Change = iota
	// ContinueSubmission goes on with the known submission: alters the draft,
	// commits it, or waits for it.
	ContinueSubmission
	// NewSubmission makes another one.
	NewSubmission
)

// Current is the submission that the state knows.
type Current struct {
	Ref     storeapi.SubmissionRef
	Status  storeapi.Status
	Content Content
	Record  Record
}

// expiryMargin is how much of an upload URL's time must be left to start with it.
const expiryMargin = 10 * time.Minute

// Change decides what leads from the current submission to the desired one.
func (c *Current) Change(d Desired, now time.Time) Change {
	status := c.Record.Status(c.Status, now)
	if status.Failed() {
		return NewSubmission
	}
	if status == storeapi.StatusPendingCommit {
		return c.draftChange(d, now)
	}
	switch {
	case !sameContent(c.Content, d.Content, false):
		return NewSubmission
	case d.Commit && !d.WaitFor.Reached(status):
		return ContinueSubmission
	default:
		return NoChange
	}
}

func (c *Current) draftChange(d Desired, now time.Time) Change {
	same := sameContent(c.Content, d.Content, true)
	if same && c.Record.Complete && !d.Commit {
		return NoChange
	}
	// An upload URL is good for about a day and is never renewed [store-api 7]:
	// past it, only another submission takes the packages.
	expired := !c.Record.UploadUntil.IsZero() && now.Add(expiryMargin).After(c.Record.UploadUntil)
	missing := slices.ContainsFunc(d.Packages, func(p Package) bool { return p.Source != "" && !c.Record.holds(p) })
	if expired && missing {
		return NewSubmission
	}
	return ContinueSubmission
}
