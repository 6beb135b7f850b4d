package workflow

import (
	"context"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Slot is a flight's one place for a pending submission, and what decides whether
// it is free [store-api 5.6].
type Slot struct {
	Flight *storeapi.Flight
	// Pending is the submission in the slot, nil if the slot is free.
	Pending *storeapi.Submission
	// Published is the flight's last published submission with its rollout, nil if
	// there is none.
	Published *storeapi.Submission
}

// purpose is what a slot is looked at for.
type purpose int

const (
	// toPlan shares what others have read for the same plan.
	toPlan purpose = iota
	// toApply asks the Store what it acts on.
	toApply
)

// uploadMargin is how much of an upload URL's time must be left: it is good for
// about a day and never renewed [store-api 7], and a plan is applied some time
// later.
func (p purpose) uploadMargin() time.Duration {
	if p == toPlan {
		return 12 * time.Hour
	}
	return 10 * time.Minute
}

// slot reads a flight's slot. The statuses are corrected by what t knows.
func (w *Workflow) slot(ctx context.Context, ref storeapi.FlightRef, t *Tracked, why purpose) (*Slot, error) {
	actedOn := ctx
	if why == toApply {
		ctx, actedOn = storeapi.WithMaxAge(ctx, recent), fresh(ctx)
	}
	flight, err := w.Store.Flight(ctx, ref)
	if err != nil {
		return nil, err
	}
	slot := &Slot{Flight: flight}
	for left := ""; flight.PendingSubmissionID != "" && flight.PendingSubmissionID != left; {
		pending, err := w.submission(actedOn, ref.Submission(flight.PendingSubmissionID), t)
		if err == nil && pending.Status != storeapi.StatusPublished {
			slot.Pending = pending
			break
		}
		if err != nil && !storeapi.IsNotFound(err) {
			return nil, err
		}
		// The flight was read a moment before the slot became free, or is slow to
		// show that it is.
		left = flight.PendingSubmissionID
		if flight, err = w.Store.Flight(fresh(ctx), ref); err != nil {
			return nil, err
		}
		slot.Flight = flight
	}
	if id := slot.Flight.LastPublishedSubmissionID; id != "" {
		if slot.Published, err = w.withRollout(ctx, ref.Submission(id), t); err != nil {
			return nil, err
		}
	}
	return slot, nil
}

// submission reads a submission. Its status is the one that counts, see [Record.Status].
func (w *Workflow) submission(ctx context.Context, ref storeapi.SubmissionRef, t *Tracked) (*storeapi.Submission, error) {
	s, err := w.Store.Submission(ctx, ref)
	if err != nil {
		return nil, err
	}
	if t != nil {
		s.Status = t.Record.Status(ref, s.Status, time.Now())
	}
	s.Status = w.commits.of(ref).Status(ref, s.Status, time.Now())
	return s, nil
}

// withRollout reads a submission with its rollout, which the Store leaves out of
// some submissions and tells only when asked for it by itself.
func (w *Workflow) withRollout(ctx context.Context, ref storeapi.SubmissionRef, t *Tracked) (*storeapi.Submission, error) {
	s, err := w.submission(ctx, ref, t)
	if err != nil || s.PackageDeliveryOptions.PackageRollout.Status != "" {
		return s, err
	}
	rollout, err := w.Store.PackageRollout(ctx, ref)
	if err != nil {
		return nil, err
	}
	s.PackageDeliveryOptions.PackageRollout = *rollout
	return s, nil
}

// rolloutLive tells whether a published submission's rollout blocks the next
// submission. 100 % is live too: only finalizing or halting ends a rollout
// [store-api 8].
func rolloutLive(r storeapi.PackageRollout) bool {
	return r.IsPackageRollout && (r.Status == storeapi.RolloutInProgress || r.Status == storeapi.RolloutNotStarted)
}

// Find returns the named submission with its rollout, or without an id the pending
// one and else the last published one. A submission that the flight still names
// although it was deleted a moment ago counts as absent.
func (w *Workflow) Find(ctx context.Context, flight storeapi.FlightRef, submissionID string) (*storeapi.Submission, error) {
	if submissionID != "" {
		return w.withRollout(ctx, flight.Submission(submissionID), nil)
	}
	f, err := w.Store.Flight(ctx, flight)
	if err != nil {
		return nil, err
	}
	for _, id := range []string{f.PendingSubmissionID, f.LastPublishedSubmissionID} {
		if id == "" {
			continue
		}
		s, err := w.withRollout(ctx, flight.Submission(id), nil)
		if err == nil || id != f.PendingSubmissionID || !storeapi.IsNotFound(err) {
			return s, err
		}
	}
	return nil, noSubmission(flight)
}
