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
	// Undecided is for a plan in which something is not known yet that the
	// decision depends on.
	Undecided
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

// LargestChange is what any desired submission can come to. A plan that promises
// it can still be kept when less is to do.
func (c *Current) LargestChange(now time.Time) Change {
	if c.Record.Status(c.Status, now) == storeapi.StatusPendingCommit && !c.expired(now) {
		return ContinueSubmission
	}
	return NewSubmission
}

func (c *Current) draftChange(d Desired, now time.Time) Change {
	same := sameContent(c.Content, d.Content, true)
	if same && c.Record.Complete && !d.Commit {
		return NoChange
	}
	missing := slices.ContainsFunc(d.Packages, func(p Package) bool { return p.Source != "" && !c.Record.holds(p) })
	if missing && c.expired(now) {
		return NewSubmission
	}
	return ContinueSubmission
}

// expired tells whether the upload URL is past its time: it is good for about a
// day and never renewed [store-api 7], so only another submission takes packages.
func (c *Current) expired(now time.Time) bool {
	return !c.Record.UploadUntil.IsZero() && now.Add(expiryMargin).After(c.Record.UploadUntil)
}
