package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Result is a submission as it stands now.
type Result struct {
	Submission *storeapi.Submission
	Record     Record
}

// run is one pass of a submission from the slot to the goal.
type run struct {
	*Workflow
	desired Desired
	current *Current
	result  Result
	// save puts the result where an interruption does not lose it. It is called
	// before each request that would leave something behind.
	save func(Result)
}

// Submit makes or continues the desired submission. current is nil when the
// state knows none. Whatever the outcome, save has been called with the last
// thing known, unless nothing was touched.
//
// After the commit was accepted nothing but the Store's own refusal is an error:
// the submission exists and goes its way. What hinders following it comes back
// as warnings.
func (w *Workflow) Submit(ctx context.Context, d Desired, current *Current, change Change, save func(Result)) ([]*Problem, error) {
	r := &run{Workflow: w, desired: d, current: current, save: save}
	if current != nil {
		r.result.Record = current.Recognize(d)
	}
	var err error
	if change == NewSubmission {
		err = r.start(ctx)
	} else {
		err = r.resume(ctx)
	}
	if err != nil {
		return nil, err
	}
	if r.status() == storeapi.StatusPendingCommit {
		if err := r.fill(ctx); err != nil {
			return nil, err
		}
		if !d.Commit {
			return nil, nil
		}
		if err := r.commit(ctx); err != nil {
			return nil, err
		}
	}
	return r.follow(ctx)
}

func (r *run) status() storeapi.Status {
	return r.result.Record.Status(r.ref(), r.result.Submission.Status, time.Now())
}

func (r *run) ref() storeapi.SubmissionRef { return r.result.Submission.Ref }

func (r *run) keep() { r.save(r.result) }

// start claims the slot. The id of the draft is saved before anything else
// happens to it.
func (r *run) start(ctx context.Context) error {
	draft, err := r.claim(ctx, r.desired, r.current)
	if draft == nil {
		return err
	}
	r.result = Result{Submission: draft, Record: r.result.Record.begin(draft)}
	r.keep()
	return err
}

// resume goes on with the submission that the state knows.
func (r *run) resume(ctx context.Context) error {
	s, err := r.Store.Submission(fresh(ctx), r.current.Ref)
	if err != nil {
		return err
	}
	r.result.Submission = s
	status := r.status()
	draft := status == storeapi.StatusPendingCommit
	switch {
	case status.Failed():
		return failure(s)
	case draft && s.FileUploadURL.IsZero():
		return madeInPortal(s)
	case !draft && !r.current.says(r.desired):
		return &Problem{
			Summary: "Draft was committed outside Terraform",
			Detail: fmt.Sprintf("%s was a draft while planning and has the status %s now, so it can no longer be changed. "+
				"Plan again.", capital(s.Ref), status),
		}
	}
	return nil
}

// fill makes the draft say what is desired, and uploads what it lacks.
func (r *run) fill(ctx context.Context) error {
	draft := r.result.Submission
	r.result.Record = r.result.Record.uploadsTo(draft.FileUploadURL)
	r.result.Record.Complete = false
	r.keep()
	before := *draft
	uploads, err := compose(r.desired, draft, r.result.Record)
	if err != nil {
		return err
	}
	if r.desired.Commit && !slices.ContainsFunc(draft.FlightPackages, stays) {
		return noPackages(draft.Ref.String())
	}
	if !sameSettings(&before, draft) {
		reply, err := r.Store.UpdateSubmission(ctx, draft)
		if err != nil {
			return err
		}
		if problem := verify(draft, reply); problem != nil {
			return problem
		}
		if reply.FileUploadURL.IsZero() {
			reply.FileUploadURL = draft.FileUploadURL
		}
		draft = reply
		r.result.Submission = draft
		r.result.Record = r.result.Record.uploadsTo(draft.FileUploadURL)
	}
	if len(uploads) > 0 && !r.result.Record.covers(uploads) {
		// From the first block on, what lies behind the URL may be neither the old
		// archive nor the new one.
		r.result.Record.Uploaded = nil
		r.keep()
		if err := r.uploadRenewed(ctx, draft, uploads); err != nil {
			return err
		}
		r.result.Record.Uploaded = digestsOf(uploads)
	}
	r.result.Record.Complete = true
	r.keep()
	return nil
}

// uploadRenewed uploads, once more if the upload URL has expired and the Store
// hands out another one by now.
func (r *run) uploadRenewed(ctx context.Context, draft *storeapi.Submission, packages []Package) error {
	err := r.upload(ctx, r.desired, draft, packages)
	if !errors.Is(err, blob.ErrExpired) {
		return err
	}
	now, readErr := r.Store.Submission(fresh(ctx), draft.Ref)
	if readErr != nil || now.FileUploadURL.Reveal() == draft.FileUploadURL.Reveal() {
		return err
	}
	draft.FileUploadURL = now.FileUploadURL
	r.result.Record = r.result.Record.uploadsTo(draft.FileUploadURL)
	return r.upload(ctx, r.desired, draft, packages)
}

func (r *run) commit(ctx context.Context) error {
	status, err := r.Store.CommitSubmission(ctx, r.ref())
	// A status beside an error says that the commit went through all the same;
	// then an error would only make the CLI throw the submission away.
	if status == "" {
		return err
	}
	r.result.Submission.Status = status
	r.result.Record.Committed = time.Now().UTC()
	r.keep()
	return nil
}

// follow waits for the goal and reads the outcome.
func (r *run) follow(ctx context.Context) ([]*Problem, error) {
	last := statusOf(r.result.Submission)
	var waiting error
	if r.desired.WaitFor != GoalNone && !last.Status.Failed() {
		last, waiting = r.wait(ctx, r.ref(), last, r.result.Record, r.desired.WaitFor)
	}
	reading := r.read(ctx, last)
	r.keep()
	status := r.result.Submission.Status
	if status.Failed() {
		return nil, failure(r.result.Submission)
	}
	if stuck, ok := errors.AsType[*stuckError](waiting); ok {
		return nil, stuck.problem()
	}
	if storeapi.IsNotFound(waiting) && storeapi.IsNotFound(reading) {
		return nil, gone(r.ref(), status, reading)
	}
	var warnings []*Problem
	if waiting != nil {
		warnings = append(warnings, &Problem{
			Summary: "Flight submission has not reached its goal yet",
			Detail: fmt.Sprintf("%s was committed and goes on in the Store; its last known status is %s, and wait_for is %q. "+
				"The next apply goes on waiting.", capital(r.ref()), cmp.Or(status, "unknown"), r.desired.WaitFor),
			Err: waiting,
		})
	} else if reading != nil {
		warnings = append(warnings, &Problem{
			Summary: "Flight submission could not be read after its commit",
			Detail:  fmt.Sprintf("%s was committed. Its packages are shown by the next refresh.", capital(r.ref())),
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
	s, err := r.Store.Submission(fresh(ctx), r.ref())
	if err != nil {
		s = r.result.Submission
	}
	if err != nil || lags(s.Status, last.Status) {
		s.Status, s.StatusDetails, s.CorrelationID = last.Status, last.StatusDetails, last.CorrelationID
	}
	r.result.Submission = s
	r.result.Record = r.result.Record.Learn(s)
	return err
}

// lags tells whether a status was overtaken by one that was seen before. Nothing
// overtakes a failure.
func lags(now, seen storeapi.Status) bool {
	return now == "" || !now.Failed() && now != seen && (seen.Failed() || seen.Reached(now))
}
