package workflow

import (
	"cmp"
	"context"
	"fmt"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// RolloutEnd is the end that a live rollout is to come to at once, whatever a
// configuration says.
type RolloutEnd struct {
	Flight storeapi.FlightRef
	// SubmissionID may be empty: then it is the flight's last published submission,
	// the only one whose rollout can be live.
	SubmissionID string
	// State is RolloutHalted or RolloutFinalized.
	State RolloutState
	// Tell is given full sentences about what is done and to whom it matters.
	Tell func(text string)
}

// EndRollout halts or finalizes a rollout. One that has come to this end already is
// told and no error; one that cannot come to it is a [Problem].
func (w *Workflow) EndRollout(ctx context.Context, e RolloutEnd) error {
	ctx = fresh(ctx)
	ref := e.Flight.Submission(e.SubmissionID)
	if e.SubmissionID == "" {
		flight, err := w.Store.Flight(ctx, e.Flight)
		if err != nil {
			return err
		}
		if flight.LastPublishedSubmissionID == "" {
			return e.nothingPublished()
		}
		ref = e.Flight.Submission(flight.LastPublishedSubmissionID)
	}
	s, err := w.withRollout(ctx, ref, nil)
	if err != nil {
		return err
	}
	if e.reached(s) {
		e.tellOf(s, fmt.Sprintf("The rollout of %s was %s already; nothing was changed.", ref, e.State))
		return nil
	}
	if problem := e.hindrance(s); problem != nil {
		return problem
	}
	e.Tell(fmt.Sprintf("The rollout of %s is at %s %%.", ref, formatPercentage(s.PackageDeliveryOptions.PackageRollout.Percentage)))
	if _, refusal := w.endRollout(ctx, ref, e.State); refusal != nil {
		return w.explainRefusal(ctx, e, ref, refusal)
	}
	e.tellOf(s, fmt.Sprintf("The rollout of %s is %s now.", ref, e.State))
	return nil
}

// endRollout asks the Store for a final state.
func (w *Workflow) endRollout(ctx context.Context, ref storeapi.SubmissionRef, to RolloutState) (*storeapi.PackageRollout, error) {
	if to == RolloutHalted {
		return w.Store.HaltPackageRollout(ctx, ref)
	}
	return w.Store.FinalizePackageRollout(ctx, ref)
}

// explainRefusal looks at what the Store has against an end that seemed possible a
// moment ago. Somebody else may have brought it about.
func (w *Workflow) explainRefusal(ctx context.Context, e RolloutEnd, ref storeapi.SubmissionRef, refusal error) error {
	if !storeapi.IsConflict(refusal) {
		return refusal
	}
	s, err := w.withRollout(ctx, ref, nil)
	if err != nil {
		return refusal
	}
	if e.reached(s) {
		e.tellOf(s, fmt.Sprintf("The rollout of %s was %s by somebody else at the same moment.", ref, e.State))
		return nil
	}
	if problem := e.hindrance(s); problem != nil {
		problem.Err = refusal
		return problem
	}
	return refusal
}

func (e RolloutEnd) reached(s *storeapi.Submission) bool {
	return endOf(s.PackageDeliveryOptions.PackageRollout) == e.State
}

// tellOf tells what has happened, who has which packages with that, and what a
// configuration should say of it.
func (e RolloutEnd) tellOf(s *storeapi.Submission, happened string) {
	e.Tell(happened)
	effect := fmt.Sprintf("With that, %s.", effectOf(e.State))
	if fallback := s.PackageDeliveryOptions.PackageRollout.FallbackSubmissionID; e.State == RolloutHalted && fallback != "" {
		effect += fmt.Sprintf(" The others stay with submission %s.", fallback)
	}
	e.Tell(effect)
	e.Tell(fmt.Sprintf("If an msstore_package_rollout manages this rollout, set state = %q in it: its next plan refuses any other state of this submission.", e.State))
}

func effectOf(ended RolloutState) string {
	if ended == RolloutHalted {
		return afterHalt
	}
	return afterFinalize
}

// verb is what is done to a rollout.
func (e RolloutEnd) verb() string {
	if e.State == RolloutHalted {
		return "halt"
	}
	return "finalize"
}

func (e RolloutEnd) nothingPublished() *Problem {
	return &Problem{
		Attribute: []any{"flight_id"}, Summary: "Flight has no published submission",
		Detail: fmt.Sprintf("The rollout of the last published submission of %s was to be %s. Nothing was ever published in this flight, so there is no rollout to %s.",
			e.Flight, e.State, e.verb()),
	}
}

// hindrance is why the rollout cannot come to this end; nil if it can.
func (e RolloutEnd) hindrance(s *storeapi.Submission) *Problem {
	rollout := s.PackageDeliveryOptions.PackageRollout
	problem := Problem{Attribute: []any{"submission_id"}}
	ended := endOf(rollout)
	switch {
	case ended != "":
		problem.Summary = fmt.Sprintf("Rollout is %s", ended)
		problem.Detail = fmt.Sprintf("The rollout of %s was %s, by Terraform or in Partner Center: %s. There is nothing left to %s.", s.Ref, ended, effectOf(ended), e.verb())
	case s.Status != storeapi.StatusPublished:
		problem.Summary = "Submission is not published"
		problem.Detail = fmt.Sprintf("%s has the status %s, and only a published submission's rollout can be %s. Nothing was changed. "+
			"To stop a submission before its publication, cancel it in Partner Center: %s", sentenceStart(s.Ref), statusText(s.Status), e.State, s.Ref.PartnerCenterURL())
	case !rollout.IsPackageRollout:
		problem.Summary = "Submission has no gradual rollout"
		problem.Detail = fmt.Sprintf("%s was submitted without a gradual rollout: everybody in the flight gets its packages, and there is nothing to %s. "+
			"Packages of a higher version replace them.", sentenceStart(s.Ref), e.verb())
	case rollout.Status != storeapi.RolloutInProgress:
		problem.Summary = "Rollout has not begun yet"
		problem.Detail = fmt.Sprintf("%s is published, but its rollout is not in progress (%s). Nothing was changed. Invoke the action again in a few minutes.",
			sentenceStart(s.Ref), cmp.Or(rollout.Status, "unknown"))
	default:
		return nil
	}
	return &problem
}
