package workflow

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// maxPause is the longest pause between two looks: certification takes hours to
// days, and the Store allows about 20 requests a minute [store-api 9].
const maxPause = 5 * time.Minute

// stuckError is a submission that is still a draft long after its commit was
// accepted.
type stuckError struct {
	ref   storeapi.SubmissionRef
	since time.Time
}

func (e *stuckError) Error() string {
	return fmt.Sprintf("%s still has the status PendingCommit", e.ref)
}

func (e *stuckError) problem() *Problem {
	return &Problem{
		Summary: "Store accepted the commit but did not act on it",
		Detail: fmt.Sprintf("%s was committed at %s and is still a draft. Apply again; if it happens again, look at the submission in Partner Center.",
			capital(e.ref), e.since.Format(time.RFC3339)),
	}
}

// gone is a submission that the Store does not have any more.
func gone(ref storeapi.SubmissionRef, last storeapi.Status, err error) *Problem {
	return &Problem{
		Summary: "Flight submission is gone",
		Detail: fmt.Sprintf("%s was committed and had the status %s, but the Store does not know it any more; somebody may have deleted it "+
			"in Partner Center. The next apply makes a new submission.", capital(ref), cmp.Or(last, "unknown")),
		Err: err,
	}
}

// statusOf is what a submission says of its status.
func statusOf(s *storeapi.Submission) storeapi.SubmissionStatus {
	return storeapi.SubmissionStatus{Status: s.Status, StatusDetails: s.StatusDetails, CorrelationID: s.CorrelationID}
}

// wait follows a committed submission until it reaches the goal, fails, or ctx
// ends. It returns the last thing that the Store said in any case; up to now that
// is last.
func (w *Workflow) wait(
	ctx context.Context, ref storeapi.SubmissionRef, last storeapi.SubmissionStatus, record Record, goal Goal,
) (storeapi.SubmissionStatus, error) {
	started := time.Now()
	var trouble error
	for pause := w.PollInterval; ; pause = min(pause+pause/2, maxPause) {
		w.Logger.InfoContext(ctx, "waiting for the flight submission", "submission_id", ref.SubmissionID, "status", last.Status,
			"goal", goal, "waiting_for", time.Since(started).Round(time.Second).String(), "next_look_in", pause.String())
		if err := sleep(ctx, pause); err != nil {
			return last, ended(err, trouble)
		}
		status, err := w.Store.SubmissionStatus(ctx, ref)
		switch {
		case ctx.Err() != nil:
			return last, ended(ctx.Err(), trouble)
		case storeapi.IsNotFound(err), storeapi.IsAuth(err):
			return last, err
		case err != nil:
			// The status request is the one that fails most often for a moment
			// [store-api 5.3]; the deadline bounds how long it may.
			trouble = err
			w.Logger.WarnContext(ctx, "looking at the flight submission", "submission_id", ref.SubmissionID, "error", err)
			continue
		}
		trouble = nil
		// Right after the commit a status may be missing or still PendingCommit.
		if status.Status != "" {
			last = *status
		}
		seen := record.Status(ref, last.Status, time.Now())
		switch {
		case seen == storeapi.StatusPendingCommit:
			return last, &stuckError{ref: ref, since: record.Committed}
		case seen.Failed(), goal.Reached(seen):
			return last, nil
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// ended says why a wait is over, with the trouble that stood in the way last.
func ended(cause, trouble error) error {
	if trouble != nil {
		return fmt.Errorf("%w; the last look failed: %w", cause, trouble)
	}
	return cause
}
