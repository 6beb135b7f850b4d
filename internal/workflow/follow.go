package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// follow waits for the goal and reads the outcome.
func (r *run) follow(ctx context.Context) ([]*Problem, error) {
	ref := r.tracked.Submission.Ref
	last := statusOf(r.tracked.Submission)
	var waiting error
	if r.desired.WaitFor != GoalNone && !last.Status.Failed() {
		last, waiting = r.wait(ctx, ref, waitOptions{last: last, record: r.tracked.Record, goal: r.desired.WaitFor, until: r.desired.WaitFor.Reached})
	}
	reading := r.read(ctx, last)
	r.save(r.tracked)
	s := r.tracked.Submission
	if s.Status.Failed() {
		return nil, failure(s)
	}
	if stuck, ok := errors.AsType[*stuckError](waiting); ok {
		return nil, stuck.problem()
	}
	if storeapi.IsNotFound(waiting) && storeapi.IsNotFound(reading) {
		return nil, errGone(ref, s.Status, reading)
	}
	if lost := r.tracked.Lost(r.desired.Packages); s.Status == storeapi.StatusPublished && reading == nil && len(lost) > 0 {
		return nil, publishedWithout(s, lost)
	}
	warnings := warned(s)
	if waiting != nil {
		warnings = append(warnings, notThereYet(s, r.desired.WaitFor, waiting))
	} else if reading != nil {
		warnings = append(warnings, &Problem{
			Summary: "Flight submission could not be read after its commit",
			Detail:  fmt.Sprintf("%s was committed. The next refresh shows its packages.", sentenceStart(ref)),
			Err:     reading,
		})
	}
	return warnings, nil
}

// read takes over the submission as the Store has it now; a status that lags
// behind the last one seen does not set it back.
func (r *run) read(ctx context.Context, last storeapi.SubmissionStatus) error {
	ctx, cancel := settle(ctx)
	defer cancel()
	s, err := r.withRollout(fresh(ctx), r.tracked.Submission.Ref, &r.tracked)
	if err != nil {
		s = r.tracked.Submission
	}
	if err != nil || lags(s.Status, last.Status) {
		s.Status, s.StatusDetails, s.CorrelationID = last.Status, last.StatusDetails, last.CorrelationID
	}
	r.tracked.observe(s, r.tracked.Record.Previous)
	return err
}

// Lost names the packages of a set that the tracked submission does not have: the
// Store has been seen to publish the packages of the submission before
// [store-api 5.3].
func (t *Tracked) Lost(packages []Package) []string {
	var names []string
	for _, p := range packages {
		if t.Record.existing(p, t.Submission.FlightPackages) == "" && !t.Record.unread(p, t.Submission.FlightPackages) {
			names = append(names, strings.TrimSpace(p.FileName+" "+p.Version))
		}
	}
	return names
}

// lags tells whether a status was overtaken by one that was seen before. Nothing
// overtakes a failure.
func lags(now, seen storeapi.Status) bool {
	return now == "" || !now.Failed() && now != seen && (seen.Failed() || seen.Reached(now))
}

// statusOf is what a submission says of its status.
func statusOf(s *storeapi.Submission) storeapi.SubmissionStatus {
	return storeapi.SubmissionStatus{Status: s.Status, StatusDetails: s.StatusDetails, CorrelationID: s.CorrelationID}
}
