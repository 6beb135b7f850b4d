package workflow

import (
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Action is what an apply does for a flight's submission.
type Action int

// The actions.
const (
	// Undecided is for a plan in which a value is not known yet that the decision
	// depends on.
	Undecided Action = iota
	// Keep sends nothing for the submission: it is what is desired.
	Keep
	// Follow waits for the goal of a submission that is past its commit.
	Follow
	// Continue changes a draft, commits it and follows it.
	Continue
	// Compare waits until the Store has read the packages of a submission that is
	// past its commit, and decides again.
	Compare
	// Create makes a new submission.
	Create
)

// Decision is what an apply does. It is made from what is known of the flight: the
// plan shows it, and the apply carries it out.
type Decision struct {
	Action Action
	// Submission is kept, followed, continued or compared. For Create it is the one
	// that the new one copies, nil if there is none.
	Submission *storeapi.Submission
	// Delete is the pending submission that is deleted first.
	Delete *storeapi.Submission
	// EndRollout is the published submission whose live rollout is ended first, as
	// active_rollout_policy says.
	EndRollout *storeapi.Submission
}

// ref is the submission that the apply goes on with; none if it makes a new one.
func (decision Decision) ref() storeapi.SubmissionRef {
	if decision.Action == Create || decision.Action == Undecided {
		return storeapi.SubmissionRef{}
	}
	return decision.Submission.Ref
}

// decide tells what leads from what is in the flight to what is desired, or what
// stands in the way. t is the submission that the state knows, nil if there is
// none.
func decide(slot *Slot, d Desired, t *Tracked, why purpose) (Decision, *Problem) {
	pending, published := slot.Pending, slot.Published
	own := pending != nil && t.is(pending.Ref)
	// A draft is wanted where nothing is to be committed, unless the state knows the
	// published submission already.
	isPublished := published != nil && (d.Commit || t.is(published.Ref)) && t.matches(published, d) == matchYes
	if pending != nil && t.pastCommit(pending) && (own || !isPublished) {
		switch t.matches(pending, d) {
		case matchYes:
			return follow(pending, d), nil
		case matchUnread:
			return Decision{Action: Compare, Submission: pending}, nil
		case matchNo:
			// It will replace what is published, whatever that says.
			return Decision{}, underWay(pending, own)
		}
	}
	if isPublished {
		keep := Decision{Action: Keep, Submission: published}
		if own && outOfReach(pending, own) == nil {
			keep.Delete = pending
		}
		return keep, nil
	}
	if pending == nil {
		return create(slot, d, nil)
	}
	if problem := outOfReach(pending, own); problem != nil {
		return Decision{}, problem
	}
	if pending.Status.Failed() {
		if !own && d.PendingPolicy == PendingFail {
			return Decision{}, failedPending(pending)
		}
		return create(slot, d, pending)
	}
	return decideDraft(slot, d, t, why)
}

func follow(s *storeapi.Submission, d Desired) Decision {
	action := Follow
	if !d.Commit || d.WaitFor == GoalNone || d.WaitFor.Reached(s.Status) {
		action = Keep
	}
	return Decision{Action: action, Submission: s}
}

// decideDraft decides about the draft in the slot.
func decideDraft(slot *Slot, d Desired, t *Tracked, why purpose) (Decision, *Problem) {
	draft, first := slot.Pending, slot.Published == nil
	usable := takesPackages(draft, d, t, why)
	use := Decision{Action: Continue, Submission: draft}
	if t.is(draft.Ref) && !d.Commit && t.matches(draft, d) == matchYes {
		use.Action = Keep
	}
	switch {
	// The empty draft that comes with a flight belongs to nobody [store-api 6.4].
	case t.is(draft.Ref), first && len(draft.FlightPackages) == 0:
		if usable {
			return use, nil
		}
	case d.PendingPolicy == PendingFail:
		return Decision{}, errForeignDraft(draft, usable)
	case d.PendingPolicy == PendingAdopt && !usable:
		return Decision{}, expiredDraft(draft)
	case d.PendingPolicy == PendingAdopt:
		return use, nil
	// What replaces a flight's first draft is that draft with everything in it
	// overwritten: once it is deleted, the Store refuses another [store-api 6.4].
	case first && usable:
		return use, nil
	}
	return create(slot, d, draft)
}

// takesPackages tells whether a draft's upload URL is good for what has to be
// uploaded, if anything has.
func takesPackages(draft *storeapi.Submission, d Desired, t *Tracked, why purpose) bool {
	expiry := draft.FileUploadURL.ExpiresAt()
	if expiry.IsZero() || time.Now().Add(why.uploadMargin()).Before(expiry) {
		return true
	}
	record := t.record(draft)
	uploads, err := compose(d, draft.Clone(), record)
	return err == nil && record.covers(uploads)
}

// create makes a new submission where nothing forbids it.
func create(slot *Slot, d Desired, occupant *storeapi.Submission) (Decision, *Problem) {
	decision := Decision{Action: Create, Submission: slot.Published, Delete: occupant}
	if published := slot.Published; published != nil && rolloutLive(published.PackageDeliveryOptions.PackageRollout) {
		if d.RolloutPolicy == RolloutFail {
			return Decision{}, rolloutBlocks(published)
		}
		decision.EndRollout = published
	}
	return decision, nil
}

// outOfReach tells why the API can neither change nor delete a pending submission;
// nil if it can do one of them.
func outOfReach(pending *storeapi.Submission, own bool) *Problem {
	switch {
	case pending.Status == storeapi.StatusPendingCommit && pending.FileUploadURL.IsZero():
		return madeInPartnerCenter(pending)
	case pending.Status == storeapi.StatusPendingCommit, pending.Status.Failed():
		return nil
	}
	return underWay(pending, own)
}
