package workflow

import (
	"slices"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// match tells whether a submission is the desired one.
type match int

const (
	matchNo match = iota
	// matchUnread: the Store has not read the packages yet, and nothing else differs.
	matchUnread
	matchYes
)

// matches tells whether a submission says what is desired: composing the desired
// content onto a copy of it changes nothing. t is what is known of the flight's
// submissions; it may be nil.
func (t *Tracked) matches(s *storeapi.Submission, d Desired) match {
	differs, uploads := t.compare(s, d)
	record := t.record(s)
	switch {
	case differs.any():
		return matchNo
	case record.covers(uploads):
		return matchYes
	case s.Status != storeapi.StatusPendingCommit && slices.ContainsFunc(uploads, func(p Package) bool { return record.unread(p, s.FlightPackages) }):
		return matchUnread
	default:
		return matchNo
	}
}

// compare tells what composing the desired content would change of a submission,
// and which packages its comparison leaves open because their content is not
// known. What a submission has done with its commit is not compared afterwards.
func (t *Tracked) compare(s *storeapi.Submission, d Desired) (Difference, []Package) {
	record, draft := t.record(s), s.Status == storeapi.StatusPendingCommit
	composed := s.Clone()
	uploads, err := compose(d, composed, record)
	differs := difference(s, composed)
	differs.Packages = differs.Packages || err != nil
	differs.PackageRollout = differs.PackageRollout && t.comparesRollout(s, d)
	// The state has no text of secret notes that could differ from none.
	dropsSecret := draft && record.NotesVersion != 0 && d.NotesVersion == 0
	differs.Notes = dropsSecret || differs.Notes && t.comparesNotes(s, d)
	unread := slices.ContainsFunc(d.Packages, func(p Package) bool { return record.unread(p, s.FlightPackages) })
	if unread && !draft {
		differs.Packages = false
	}
	return differs, uploads
}

// comparesRollout tells whether the rollout counts. After the commit of the
// resource's own submission it belongs to the rollout resource. Another one
// that is under way has to roll out as desired; of a published one counts only a live
// rollout that nobody asks for, because it keeps the packages from testers.
func (t *Tracked) comparesRollout(s *storeapi.Submission, d Desired) bool {
	switch {
	case s.Status == storeapi.StatusPendingCommit:
		return true
	case t.is(s.Ref) && !t.Record.Foreign:
		return false
	case s.Status == storeapi.StatusPublished:
		return d.InitialPercentage == nil && rolloutLive(s.PackageDeliveryOptions.PackageRollout)
	default:
		return true
	}
}

// comparesNotes tells whether the notes count. Secret notes are in no state: of
// the submission that the state knows, their version stands for them.
func (t *Tracked) comparesNotes(s *storeapi.Submission, d Desired) bool {
	switch {
	case d.NotesVersion != 0:
		return t.record(s).NotesVersion != d.NotesVersion
	case d.Notes != "":
		return true
	default: // An import reads no notes, so the state has none to compare with.
		return s.Status == storeapi.StatusPendingCommit && !t.record(s).Imported
	}
}

// Difference tells in which settings the tracked submission differs from a state.
func (t *Tracked) Difference(state Desired) Difference {
	differs, _ := t.compare(t.Submission, state)
	return differs
}

// Satisfies tells whether nothing is left to do for the desired submission, as far
// as the state knows.
func (t *Tracked) Satisfies(d Desired) bool {
	if t.matches(t.Submission, d) != matchYes {
		return false
	}
	if status := t.Submission.Status; status != storeapi.StatusPendingCommit {
		return t.pastCommit(t.Submission) && (!d.Commit || d.WaitFor == GoalNone || d.WaitFor.Reached(status))
	}
	return !d.Commit
}

// pastCommit tells whether a submission is past its commit and has not failed. A
// missing or unknown status does not tell that it was committed, unless this
// provider did it.
func (t *Tracked) pastCommit(s *storeapi.Submission) bool {
	if s.Status.Reached(storeapi.StatusCommitStarted) {
		return true
	}
	return !t.record(s).Committed.IsZero() && s.Status != storeapi.StatusPendingCommit && !s.Status.Failed()
}
