package workflow

import (
	"context"
	"fmt"
	"slices"
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
	at := ""
	if !e.since.IsZero() { // Zero is somebody else's commit.
		at = " at " + e.since.Format(time.RFC3339)
	}
	return &Problem{
		Summary: "Store accepted the commit but did not act on it",
		Detail: fmt.Sprintf("%s was committed%s and is still a draft. Apply again. If it happens again, look at the submission in Partner Center: %s",
			sentenceStart(e.ref), at, e.ref.PartnerCenterURL()),
	}
}

// errGone is about a submission that the Store no longer has.
func errGone(ref storeapi.SubmissionRef, last storeapi.Status, err error) *Problem {
	return &Problem{
		Summary: "Flight submission is gone",
		Detail: fmt.Sprintf("%s was committed and had the status %s, but the Store no longer has it. It may have been deleted in Partner Center. "+
			"The next apply makes a new submission.", sentenceStart(ref), statusText(last)),
		Err: err,
	}
}

// waitOptions are what a wait starts with.
type waitOptions struct {
	// last is what the Store said last.
	last   storeapi.SubmissionStatus
	record Record
	// goal names in the log what until looks for.
	goal  Goal
	until func(storeapi.Status) bool
	// observe, if there is one, is shown what the Store says at each look.
	observe func(storeapi.SubmissionStatus)
}

// wait follows a committed submission until it has got where it should, fails, or ctx
// ends. It returns the last thing that the Store said in any case.
func (w *Workflow) wait(ctx context.Context, ref storeapi.SubmissionRef, o waitOptions) (storeapi.SubmissionStatus, error) {
	last, started := o.last, time.Now()
	var trouble error
	for pause := w.PollInterval; ; pause = nextPause(pause) {
		w.Logger.InfoContext(ctx, "waiting for the flight submission", "submission_id", ref.SubmissionID, "status", last.Status,
			"goal", o.goal, "waiting_for", time.Since(started).Round(time.Second).String(), "next_look_in", pause.String())
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
			w.Logger.WarnContext(ctx, "reading the status of the flight submission failed", "submission_id", ref.SubmissionID, "error", err)
			continue
		}
		trouble = nil
		w.logErrors(ctx, ref, last.StatusDetails.Errors, status.StatusDetails.Errors)
		// Right after the commit a status may be missing or still PendingCommit.
		if status.Status == "" {
			status.Status = last.Status
		}
		last = *status
		if o.observe != nil {
			o.observe(last)
		}
		seen := o.record.Status(ref, last.Status, time.Now())
		switch {
		case seen == storeapi.StatusPendingCommit:
			return last, &stuckError{ref: ref, since: o.record.Committed}
		case seen.Failed(), o.until(seen):
			return last, nil
		}
	}
}

// logErrors tells of errors when the Store first reports them, which it may do
// while the status still says that it processes [store-api 5.4].
func (w *Workflow) logErrors(ctx context.Context, ref storeapi.SubmissionRef, before, now []storeapi.StatusDetail) {
	for _, e := range added(before, now) {
		w.Logger.WarnContext(ctx, "the Store reports an error of the flight submission",
			"submission_id", ref.SubmissionID, "code", e.Code, "details", e.Details)
	}
}

// added are the details that were not there before.
func added(before, now []storeapi.StatusDetail) []storeapi.StatusDetail {
	var list []storeapi.StatusDetail
	for _, e := range now {
		if !slices.ContainsFunc(before, func(b storeapi.StatusDetail) bool { return b.Code == e.Code && b.Details == e.Details }) {
			list = append(list, e)
		}
	}
	return list
}

// nextPause lets pauses grow up to maxPause.
func nextPause(pause time.Duration) time.Duration { return min(pause+pause/2, maxPause) }

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
