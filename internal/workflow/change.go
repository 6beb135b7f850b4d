package workflow

import (
	"maps"
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
	// Reported are the packages as the Store has them. They stand for those of
	// Content if it leaves them out.
	Reported []storeapi.FlightPackage
	Record   Record
}

const (
	// expiryMargin is how much of an upload URL's time must be left to start with it.
	expiryMargin = 10 * time.Minute
	// planMargin is how much must be left for a plan that is to be applied some time.
	planMargin = 12 * time.Hour
)

// expires tells whether the time of an upload URL is over at some time: it is
// good for about a day and never renewed [store-api 7], so only another
// submission takes packages then. A zero expiry is one that is not known.
func expires(expiry, at time.Time) bool { return !expiry.IsZero() && at.After(expiry) }

// Change decides what leads from the current submission to the desired one.
func (c *Current) Change(d Desired, now time.Time) Change {
	status := c.Record.Status(c.Ref, c.Status, now)
	switch {
	case status.Failed():
		return NewSubmission
	case status == storeapi.StatusPendingCommit:
		return c.draftChange(d, now)
	case !c.says(d):
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
	if c.Record.Status(c.Ref, c.Status, now) == storeapi.StatusPendingCommit && !expires(c.Record.UploadUntil, now.Add(planMargin)) {
		return ContinueSubmission
	}
	return NewSubmission
}

func (c *Current) draftChange(d Desired, now time.Time) Change {
	if c.Record.Complete && !d.Commit && c.sameContent(d.Content, true) {
		return NoChange
	}
	if c.lacks(d) && expires(c.Record.UploadUntil, now.Add(planMargin)) {
		return NewSubmission
	}
	return ContinueSubmission
}

// lacks tells whether the Store lacks the bytes of a package, behind the upload
// URL and among the packages of the flight.
func (c *Current) lacks(d Desired) bool {
	record := c.Recognize(d)
	return slices.ContainsFunc(d.Packages, func(p Package) bool {
		return p.Source != "" && !record.uploaded(p) && record.existing(p, c.Reported) == ""
	})
}

// says tells whether the committed submission is the desired one. The state may
// be ahead of a draft that somebody else has committed: what an interrupted
// apply was about to put into it never got there.
func (c *Current) says(d Desired) bool {
	abandoned := c.Record.of(c.Ref) && !c.Record.Complete
	return !abandoned && c.sameContent(d.Content, false)
}

// Recognize is the record with the digests of those packages of the Store that
// are taken for desired ones by their name and version, as after an import, so
// that they need not be uploaded.
func (c *Current) Recognize(d Desired) Record {
	record := c.Record
	record.Digests = maps.Clone(record.Digests)
	if record.Digests == nil {
		record.Digests = map[string]string{}
	}
	for _, p := range d.Packages {
		before := c.before(p.FileName)
		if before == nil || before.SHA256 != "" || p.SHA256 == "" || !sameBytes(*before, p) {
			continue
		}
		for _, e := range c.Reported {
			if there(e, p.FileName) && e.Version == p.Version {
				record.Digests[e.ID] = p.SHA256
			}
		}
	}
	return record
}

// before is the package that goes by this name up to now, nil if there is none.
func (c *Current) before(fileName string) *Package {
	packages := c.packages()
	i := slices.IndexFunc(packages, func(p Package) bool { return p.FileName == fileName })
	if i < 0 {
		return nil
	}
	return &packages[i]
}

// packages are those of the content, or what the Store has if it leaves them out.
func (c *Current) packages() []Package {
	if c.Content.Packages != nil {
		return c.Content.Packages
	}
	var list []Package
	for _, e := range c.Reported {
		list = append(list, Package{
			FileName: e.FileName, Version: e.Version,
			MinimumDirectXVersion: e.MinimumDirectXVersion, MinimumSystemRAM: e.MinimumSystemRAM,
		})
	}
	return list
}

// is tells whether the state knows this submission. It may be asked of nil.
func (c *Current) is(ref storeapi.SubmissionRef) bool {
	return c != nil && c.Ref.SubmissionID == ref.SubmissionID
}

// corrected puts a submission's status right if it lags behind what is known of
// it, see [Record.Status]. It may be asked of nil.
func (c *Current) corrected(s *storeapi.Submission) *storeapi.Submission {
	if c != nil {
		s.Status = c.Record.Status(s.Ref, s.Status, time.Now())
	}
	return s
}
