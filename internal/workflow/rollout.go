package workflow

import (
	"context"
	"fmt"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// RolloutState is what a gradual rollout is wanted to be.
type RolloutState string

// The rollout states. RolloutHalted and RolloutFinalized are final: the Store
// takes no rollout back from there [store-api 8].
const (
	RolloutActive    RolloutState = "active"
	RolloutHalted    RolloutState = "halted"
	RolloutFinalized RolloutState = "finalized"
)

// RolloutDeletion says what becomes of a rollout that is managed no longer.
type RolloutDeletion string

// The ways to leave a rollout.
const (
	DeletionAbandon  RolloutDeletion = "abandon"
	DeletionHalt     RolloutDeletion = "halt"
	DeletionFinalize RolloutDeletion = "finalize"
)

// Rollout is the gradual rollout that a submission should have.
type Rollout struct {
	Submission storeapi.SubmissionRef
	State      RolloutState
	// Percentage of the flight's testers, from 0 to 100. It counts while State is
	// RolloutActive.
	Percentage float64
	// Await waits for the submission's publication; without it the request is left
	// to a later apply.
	Await bool
}

// rolloutStep is what leads from the Store's rollout to the wanted one.
type rolloutStep int

const (
	rolloutStay rolloutStep = iota
	rolloutLater
	rolloutUpdate
	rolloutHalt
	rolloutFinalize
)

// RolloutPlan is what an apply of a rollout will do.
type RolloutPlan struct {
	// Acts means that there is something to do: to change the Store's rollout, or
	// to wait for it.
	Acts bool
	// Notices are what the user should know before it happens.
	Notices []*Problem
}

// Plan tells what an apply would do with the submission as it is now.
func (r Rollout) Plan(s *storeapi.Submission) (RolloutPlan, *Problem) {
	step, problem := r.step(s)
	if problem != nil {
		return RolloutPlan{}, problem
	}
	switch step {
	case rolloutStay:
		return RolloutPlan{}, nil
	case rolloutLater:
		if r.Await && !restingPlace(s).Reached(s.Status) {
			return RolloutPlan{Acts: true, Notices: waitNotices(s)}, nil
		}
		return RolloutPlan{Notices: []*Problem{r.postponed(s)}}, nil
	case rolloutHalt:
		return RolloutPlan{Acts: true, Notices: []*Problem{haltNotice(s)}}, nil
	case rolloutUpdate:
		if is := s.PackageDeliveryOptions.PackageRollout; r.Percentage < is.Percentage {
			return RolloutPlan{Acts: true, Notices: []*Problem{lowered(s.Ref, is.Percentage, r.Percentage)}}, nil
		}
	case rolloutFinalize:
	}
	return RolloutPlan{Acts: true}, nil
}

// step decides. It looks at the rollout's status before its percentage: a
// rollout at 100 % is as live as one at 10 % [store-api 8].
func (r Rollout) step(s *storeapi.Submission) (rolloutStep, *Problem) {
	is := s.PackageDeliveryOptions.PackageRollout
	ended := endOf(is)
	switch {
	case ended == r.State:
		return rolloutStay, nil
	case ended != "":
		return 0, noWayBack(s.Ref, ended)
	case r.Await && s.Status.Failed():
		return 0, neverPublished(s)
	case !is.IsPackageRollout && s.Status.Reached(storeapi.StatusCommitStarted):
		// Everybody gets the packages, which is what finalizing leads to.
		if r.State == RolloutFinalized {
			return rolloutStay, nil
		}
		return 0, noRollout(s.Ref)
	case !running(s):
		return rolloutLater, nil
	case r.State == RolloutHalted:
		return rolloutHalt, nil
	case r.State == RolloutFinalized:
		return rolloutFinalize, nil
	case r.Percentage == is.Percentage:
		return rolloutStay, nil
	}
	return rolloutUpdate, nil
}

// endOf is the final state that a rollout is in; empty while it has none.
func endOf(r storeapi.PackageRollout) RolloutState {
	switch r.Status {
	case storeapi.RolloutComplete:
		return RolloutFinalized
	case storeapi.RolloutStopped:
		return RolloutHalted
	case storeapi.RolloutNotStarted, storeapi.RolloutInProgress:
	}
	return ""
}

// running tells whether the Store lets the rollout be changed [store-api 8].
func running(s *storeapi.Submission) bool {
	r := s.PackageDeliveryOptions.PackageRollout
	return s.Status == storeapi.StatusPublished && r.IsPackageRollout && r.Status == storeapi.RolloutInProgress
}

// Observe tells in the terms of a request what the Store's rollout has come to. ok
// is false as long as the submission is not published: until then there is
// nothing to see, and a request stands. A published submission without a rollout
// reaches everybody, like a finalized one.
func Observe(s *storeapi.Submission) (state RolloutState, percentage float64, ok bool) {
	r := s.PackageDeliveryOptions.PackageRollout
	switch ended := endOf(r); {
	case ended != "":
		return ended, 0, true
	case running(s):
		return RolloutActive, r.Percentage, true
	case s.Status == storeapi.StatusPublished && !r.IsPackageRollout:
		return RolloutFinalized, 0, true
	}
	return "", 0, false
}

// RollOut brings about the wanted rollout as far as the submission allows it now,
// and returns what the Store has. What is done already is no error. What hinders
// the publication is a warning: the request stands, and the next apply comes back to
// it.
func (w *Workflow) RollOut(ctx context.Context, want Rollout) (*storeapi.PackageRollout, []*Problem, error) {
	s, err := w.Find(storeapi.WithMaxAge(ctx, recent), want.Submission.FlightRef, want.Submission.SubmissionID)
	if err != nil {
		return nil, nil, err
	}
	step, problem := want.step(s)
	var hindrance error
	if problem == nil && step == rolloutLater && want.Await {
		if s, hindrance, err = w.awaitPublication(ctx, s); err != nil {
			return nil, nil, err
		}
		step, problem = want.step(s)
	}
	if problem != nil {
		return nil, nil, problem
	}
	if step == rolloutLater {
		warning := want.postponed(s)
		warning.Err = hindrance
		return &s.PackageDeliveryOptions.PackageRollout, []*Problem{warning}, nil
	}
	rollout, err := w.takeRolloutStep(ctx, want, s, step)
	return rollout, nil, err
}

// restingPlace is as far as a submission gets by itself. One that is published by
// hand rests after its certification, and no request presses the button
// [store-api 5.5]; from there on it has been pressed.
func restingPlace(s *storeapi.Submission) Goal {
	if s.TargetPublishMode == storeapi.PublishManual && !s.Status.Reached(storeapi.StatusPendingPublication) {
		return GoalCertification
	}
	return GoalPublish
}

// awaitPublication follows the submission as far as it gets. It returns what has
// become of it, and what has ended the wait before that.
func (w *Workflow) awaitPublication(ctx context.Context, s *storeapi.Submission) (_ *storeapi.Submission, hindrance, err error) {
	goal := restingPlace(s)
	if goal.Reached(s.Status) {
		return s, nil, nil
	}
	// Whoever waits for the publication trusts that the draft was committed, and
	// the Store may lag behind that.
	committed := Record{SubmissionID: s.Ref.SubmissionID, Committed: time.Now()}
	last, hindrance := w.wait(ctx, s.Ref, waitOptions{last: statusOf(s), record: committed, goal: goal, until: goal.Reached})
	if storeapi.IsNotFound(hindrance) || storeapi.IsAuth(hindrance) {
		return nil, nil, hindrance
	}
	if last.Status == storeapi.StatusPublished {
		if s, err = w.Find(fresh(ctx), s.Ref.FlightRef, s.Ref.SubmissionID); err != nil {
			return nil, nil, err
		}
	}
	// The end of the wait is newer than what the submission may still say.
	if last.Status.Failed() || last.Status.Reached(s.Status) {
		s.Status, s.StatusDetails, s.CorrelationID = last.Status, last.StatusDetails, last.CorrelationID
	}
	return s, hindrance, nil
}

func (w *Workflow) takeRolloutStep(ctx context.Context, want Rollout, s *storeapi.Submission, step rolloutStep) (*storeapi.PackageRollout, error) {
	is := s.PackageDeliveryOptions.PackageRollout
	var got *storeapi.PackageRollout
	var err error
	switch step {
	case rolloutStay, rolloutLater:
		return &is, nil
	case rolloutUpdate:
		got, err = w.Store.UpdatePackageRolloutPercentage(ctx, s.Ref, want.Percentage)
	case rolloutHalt, rolloutFinalize:
		got, err = w.endRollout(ctx, s.Ref, want.State)
	}
	if storeapi.IsConflict(err) {
		return nil, w.explainConflict(ctx, want, is, err)
	}
	if err != nil {
		return nil, err
	}
	if step == rolloutUpdate && got.Percentage != want.Percentage {
		return nil, &Problem{
			Attribute: []any{"percentage"}, Summary: "Store set another rollout percentage",
			Detail: fmt.Sprintf("The rollout of %s was to reach %s %% of the testers, and the Store set %s %%. Set a percentage that the Store accepts.",
				s.Ref, formatPercentage(want.Percentage), formatPercentage(got.Percentage)),
		}
	}
	return got, nil
}

// explainConflict looks at what the Store has against a change that seemed
// possible a moment ago.
func (w *Workflow) explainConflict(ctx context.Context, want Rollout, before storeapi.PackageRollout, refusal error) error {
	s, err := w.Find(fresh(ctx), want.Submission.FlightRef, want.Submission.SubmissionID)
	if err != nil {
		return refusal
	}
	if _, problem := want.step(s); problem != nil {
		problem.Err = refusal
		return problem
	}
	if running(s) && want.State == RolloutActive && want.Percentage < before.Percentage {
		return &Problem{
			Attribute: []any{"percentage"}, Summary: "Store does not lower the rollout percentage",
			Detail: fmt.Sprintf("The rollout of %s was to go down from %s %% to %s %%. Keep the percentage that it has, or halt it: "+
				"the testers who have the packages keep them either way.", s.Ref, formatPercentage(before.Percentage), formatPercentage(want.Percentage)),
			Err: refusal,
		}
	}
	return refusal
}
