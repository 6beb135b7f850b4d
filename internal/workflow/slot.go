package workflow

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// A flight has one slot: at most one submission is pending at a time, and none
// can be made while the published one's rollout is live [store-api 5.6].

// verdict is what to do with a pending submission.
type verdict int

const (
	useIt verdict = iota
	removeIt
)

// judge decides over the submission that occupies the flight's slot. own tells
// that it is one that the state knows.
func judge(flight *storeapi.Flight, pending *storeapi.Submission, d Desired, own bool, now time.Time) (verdict, *Problem) {
	if problem := outOfReach(pending, own); problem != nil {
		return 0, problem
	}
	if pending.Status.Failed() {
		return judgeFailed(pending, d, own)
	}
	expiry, _ := blob.Expiry(pending.FileUploadURL.Reveal())
	usable := !expires(expiry, now.Add(expiryMargin))
	first := flight.LastPublishedSubmissionID == ""
	// The empty draft that comes with a flight belongs to nobody [store-api 6.4].
	if own || (first && len(pending.FlightPackages) == 0) {
		return useOrRemove(usable), nil
	}
	advice := ""
	switch d.PendingPolicy {
	case PendingReplace:
		// What replaces a flight's first draft is that draft with everything in it
		// overwritten: once it is deleted, the Store refuses another [store-api 6.4].
		return useOrRemove(first && usable), nil
	case PendingAdopt:
		if usable {
			return useIt, nil
		}
		return 0, &Problem{
			Attribute: []any{"pending_submission_policy"},
			Summary:   "Pending flight submission can no longer be adopted",
			Detail: fmt.Sprintf("The draft %s takes no packages any more: its upload URL expired at %s and the Store does not renew it. "+
				"Set pending_submission_policy to \"replace\" to delete the draft and start over.", pending.Ref, expiry.UTC().Format(time.RFC3339)),
		}
	case PendingFail:
		if usable {
			advice = "\"adopt\" to continue with this draft, or to "
		}
	}
	return 0, &Problem{
		Attribute: []any{"pending_submission_policy"},
		Summary:   "Flight already has a pending submission",
		Detail: fmt.Sprintf("%s is a draft that Terraform does not manage here, and a flight takes one pending submission at a time. "+
			"It may be left over from an interrupted run. Set pending_submission_policy to %s\"replace\" to delete it and start over, "+
			"or import it with the ID %s.", capital(pending.Ref), advice, importID(pending.Ref)),
	}
}

func useOrRemove(use bool) verdict {
	if use {
		return useIt
	}
	return removeIt
}

func importID(ref storeapi.SubmissionRef) string {
	return ref.ApplicationID + "/" + ref.FlightID + "/" + ref.SubmissionID
}

func judgeFailed(pending *storeapi.Submission, d Desired, own bool) (verdict, *Problem) {
	if own || d.PendingPolicy == PendingReplace {
		return removeIt, nil
	}
	detail := fmt.Sprintf("%s ended as %s and still occupies the flight's one slot. ", capital(pending.Ref), pending.Status)
	if d.PendingPolicy == PendingAdopt {
		detail += "The Store lets nobody change a failed submission, so it cannot be adopted. "
	}
	return 0, &Problem{
		Attribute: []any{"pending_submission_policy"},
		Summary:   "Flight has a failed submission",
		Detail:    detail + "Set pending_submission_policy to \"replace\" to delete it and submit anew.",
	}
}

// outOfReach tells why the API can neither change nor delete a pending
// submission, and nothing if it can do one of them.
func outOfReach(pending *storeapi.Submission, own bool) *Problem {
	switch {
	case pending.Status == storeapi.StatusPendingCommit && pending.FileUploadURL.IsZero():
		return madeInPortal(pending)
	case pending.Status == storeapi.StatusPendingCommit, pending.Status.Failed():
		return nil
	}
	return underWay(pending, own)
}

func underWay(pending *storeapi.Submission, own bool) *Problem {
	advice := "Wait until it is published, or cancel it in Partner Center, then apply again."
	if pending.Status == storeapi.StatusRelease || pending.Status == storeapi.StatusPendingPublication {
		advice = "It has passed certification and waits to be published: publish or cancel it in Partner Center, then apply again."
	}
	if !own {
		advice += " If it is what this configuration asks for, left by a run that lost its state, import it with the ID " + importID(pending.Ref) + "."
	}
	return &Problem{
		Attribute: []any{"flight_id"},
		Summary:   "Flight submission is being processed",
		Detail: fmt.Sprintf("%s has the status %s. The Store takes one submission at a time for a flight, and one that is past its commit "+
			"can neither be changed nor deleted through the API. %s", capital(pending.Ref), cmp.Or(pending.Status, "unknown"), advice),
	}
}

func madeInPortal(pending *storeapi.Submission) *Problem {
	return &Problem{
		Attribute: []any{"flight_id"},
		Summary:   "Pending flight submission was made in Partner Center",
		Detail: fmt.Sprintf("%s was made or edited in Partner Center. The API can neither change nor delete it, whatever "+
			"pending_submission_policy says. Delete it in Partner Center (the flight's page, Delete submission), then apply again.", capital(pending.Ref)),
	}
}

// discard deletes a pending submission as far as the API can. A cancelled one may
// already be history, which nobody deletes and which holds no slot.
func (w *Workflow) discard(ctx context.Context, pending *storeapi.Submission) error {
	if problem := outOfReach(pending, true); problem != nil {
		return problem
	}
	w.Logger.InfoContext(ctx, "deleting the pending submission", "submission_id", pending.Ref.SubmissionID, "status", pending.Status)
	err := w.Store.DeleteSubmission(ctx, pending.Ref)
	if pending.Status == storeapi.StatusCanceled && storeapi.IsConflict(err) {
		return nil
	}
	return err
}

// live tells whether a published submission's rollout blocks the next submission.
// 100 % is live too: only finalizing or halting ends a rollout [store-api 8].
func live(r storeapi.PackageRollout) bool {
	return r.IsPackageRollout && (r.Status == storeapi.RolloutInProgress || r.Status == storeapi.RolloutNotStarted)
}

func rolloutBlocks(ref storeapi.SubmissionRef, r storeapi.PackageRollout) *Problem {
	return &Problem{
		Attribute: []any{"active_rollout_policy"},
		Summary:   "Gradual rollout is still live",
		Detail: fmt.Sprintf("The published %s is rolling out to %s %% (%s), and the Store makes no new submission before the rollout is "+
			"finalized or halted. Set active_rollout_policy to \"finalize\" to give these packages to everybody in the flight first, or to \"halt\" to stop: "+
			"who has them keeps them, nobody else gets them.", ref, formatPercentage(r.Percentage), r.Status),
	}
}

// claim makes the flight's slot free for the desired submission and returns the
// draft to work on. Nothing is deleted before it is certain that the slot can be
// had. current may be nil.
func (w *Workflow) claim(ctx context.Context, d Desired, current *Current) (*storeapi.Submission, error) {
	flight, pending, err := w.occupant(ctx, d.Flight)
	if err != nil {
		return nil, err
	}
	if pending != nil {
		do, problem := judge(flight, current.corrected(pending), d, current.is(pending.Ref), time.Now())
		if problem != nil {
			return nil, problem
		}
		if do == useIt {
			w.Logger.InfoContext(ctx, "continuing with the pending draft", "submission_id", pending.Ref.SubmissionID)
			return pending, nil
		}
	}
	if flight.LastPublishedSubmissionID != "" {
		if err := w.endRollout(ctx, d, d.Flight.Submission(flight.LastPublishedSubmissionID)); err != nil {
			return nil, err
		}
	}
	if pending != nil {
		if err := w.discard(ctx, pending); err != nil {
			return nil, err
		}
	}
	return w.Store.CreateSubmission(ctx, flight)
}

// occupant reads a flight and the submission in its slot, nil if it is free.
func (w *Workflow) occupant(ctx context.Context, ref storeapi.FlightRef) (*storeapi.Flight, *storeapi.Submission, error) {
	flight, err := w.Store.Flight(storeapi.WithMaxAge(ctx, recent), ref)
	for left := ""; err == nil && flight.PendingSubmissionID != "" && flight.PendingSubmissionID != left; {
		var pending *storeapi.Submission
		pending, err = w.Store.Submission(fresh(ctx), ref.Submission(flight.PendingSubmissionID))
		if err == nil && pending.Status != storeapi.StatusPublished {
			return flight, pending, nil
		}
		if err == nil || storeapi.IsNotFound(err) {
			// The flight was read a moment before the slot became free, or is slow to
			// show that it is.
			left = flight.PendingSubmissionID
			flight, err = w.Store.Flight(fresh(ctx), ref)
		}
	}
	return flight, nil, err
}

// endRollout ends the live rollout of the published submission as the policy says.
func (w *Workflow) endRollout(ctx context.Context, d Desired, published storeapi.SubmissionRef) error {
	rollout, err := w.Store.PackageRollout(storeapi.WithMaxAge(ctx, recent), published)
	if err != nil {
		return err
	}
	if !live(*rollout) {
		return nil
	}
	switch d.RolloutPolicy {
	case RolloutFinalize:
		_, err = w.Store.FinalizePackageRollout(ctx, published)
	case RolloutHalt:
		_, err = w.Store.HaltPackageRollout(ctx, published)
	case RolloutFail:
		return rolloutBlocks(published, *rollout)
	}
	return err
}
