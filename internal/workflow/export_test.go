package workflow

import (
	"context"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// What the tests look at from the inside: decisions that are pure functions.
var (
	Compose      = compose
	Verify       = verify
	DifferenceOf = difference
	Decide       = decide
)

// The purposes of a decision.
const (
	ToPlan  = toPlan
	ToApply = toApply
)

// MatchYes says that a submission is the desired one.
const MatchYes = matchYes

// Any tells whether there is a difference.
func (d Difference) Any() bool { return d.any() }

// Matches compares a submission with what is desired.
func (t *Tracked) Matches(s *storeapi.Submission, d Desired) match { return t.matches(s, d) }

// Observe takes over what the Store reports.
func (t *Tracked) Observe(s *storeapi.Submission, published string) { t.observe(s, published) }

// Wait follows a committed submission.
func (w *Workflow) Wait(ctx context.Context, ref storeapi.SubmissionRef, record Record, goal Goal) (storeapi.SubmissionStatus, error) {
	last := storeapi.SubmissionStatus{Status: storeapi.StatusCommitStarted}
	return w.wait(ctx, ref, waitOptions{last: last, record: record, goal: goal, until: goal.Reached})
}

// SendPackages uploads them for a draft.
func (w *Workflow) SendPackages(ctx context.Context, packages []Package, draft *storeapi.Submission) error {
	return w.upload(ctx, draft, packages)
}

// LockFlight waits for its turn on a flight.
func (w *Workflow) LockFlight(ctx context.Context, flight storeapi.FlightRef) (unlock func(), err error) {
	return w.flights.lock(ctx, flight)
}
