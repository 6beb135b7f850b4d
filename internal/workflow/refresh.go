package workflow

import (
	"context"
	"fmt"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Refresh finds what the flight has now for the submission that the state knows.
// The submission of the result is that of t where nothing can have changed.
// It returns nil if nothing is left of it: the flight is gone, or a submission
// that was not published was deleted.
func (w *Workflow) Refresh(ctx context.Context, t Tracked) (*Tracked, error) {
	flight, err := w.Store.Flight(ctx, t.Submission.Ref.FlightRef)
	if storeapi.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if t.Record.Settled && t.Record.of(t.Submission.Ref) && flight.LastPublishedSubmissionID == t.Submission.Ref.SubmissionID {
		return &t, nil
	}
	s, err := w.current(ctx, flight, &t)
	if err != nil || s == nil {
		return nil, err
	}
	superseded := !t.is(s.Ref)
	t.observe(s, flight.LastPublishedSubmissionID)
	t.Record.Foreign = t.Record.Foreign || superseded
	return &t, nil
}

// current is the submission that the flight has: the one that the state knows, or
// what was published after it. It is nil if there is neither.
func (w *Workflow) current(ctx context.Context, flight *storeapi.Flight, t *Tracked) (*storeapi.Submission, error) {
	ref, published := t.Submission.Ref, flight.LastPublishedSubmissionID
	s, err := w.withRollout(ctx, ref, t)
	switch {
	case storeapi.IsNotFound(err):
		s = nil
	case err != nil:
		return nil, err
	case ref.SubmissionID == published, ref.SubmissionID == flight.PendingSubmissionID:
		return s, nil
	case s.Status != storeapi.StatusPublished && !s.Status.Failed():
		return s, nil // The flight is slow to show it.
	}
	if published == "" || published == ref.SubmissionID || published == t.Record.Previous {
		return s, nil
	}
	return w.withRollout(ctx, flight.Ref().Submission(published), t)
}

// Findings tell what a refresh has found that the plan alone would not explain:
// another submission than the one that the state knew, or one that lost packages.
func (t *Tracked) Findings(before *Tracked, state Desired) []*Problem {
	if !t.Difference(state).Packages || t.Submission.Status != storeapi.StatusPublished {
		return nil
	}
	s := t.Submission
	if before.is(s.Ref) {
		if lost := t.Lost(state.Packages); len(lost) > 0 {
			return []*Problem{publishedWithout(s, lost)}
		}
		return nil
	}
	return []*Problem{{
		Attribute: []any{"packages"}, Summary: "Flight has other packages than the state",
		Detail: fmt.Sprintf("%s was published outside this resource. The flight has: %s.\n\n%s",
			sentenceStart(s.Ref), strings.Join(describePackages(s.FlightPackages), ", "), s.Ref.PartnerCenterURL()),
	}}
}

func describePackages(packages []storeapi.FlightPackage) []string {
	var names []string
	for _, p := range SortPackages(packages) {
		names = append(names, strings.TrimSpace(p.FileName+" "+p.Version))
	}
	return names
}
