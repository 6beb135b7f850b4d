package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// run is one apply of a submission, from the slot to the goal.
type run struct {
	*Workflow
	desired Desired
	tracked Tracked
	// save puts what is known where an interruption does not lose it. It is called
	// before each request that would leave something behind.
	save func(Tracked)
}

// Submit brings about the desired submission. t is nil when the state knows none.
// Whatever the outcome, save has been called with the last thing known, unless
// nothing was touched.
//
// After the commit was accepted nothing but the Store's own refusal is an error:
// the submission exists and goes its way. What hinders following it comes back
// as warnings.
func (w *Workflow) Submit(ctx context.Context, d Desired, t *Tracked, save func(Tracked)) ([]*Problem, error) {
	r := &run{Workflow: w, desired: d, save: save}
	if t != nil {
		r.tracked = *t
	}
	action, err := r.carryOut(ctx, t)
	if err != nil || action == Keep {
		return nil, err
	}
	return r.follow(ctx)
}

// carryOut decides what to do and does it, up to the commit. Nobody else of this
// process touches the flight meanwhile.
func (r *run) carryOut(ctx context.Context, t *Tracked) (Action, error) {
	unlock, err := r.flights.lock(ctx, r.desired.Flight)
	if err != nil {
		return 0, err
	}
	defer unlock()
	decision, slot, err := r.decide(ctx, t)
	if err != nil {
		return 0, err
	}
	if r.desired.breaks(decision) {
		return 0, outdated(r.desired)
	}
	if err := r.makeRoom(ctx, decision); err != nil {
		return 0, err
	}
	if decision.Action == Create {
		err = r.create(ctx, slot)
	} else {
		r.keep(decision.Submission, slot)
	}
	if err != nil {
		return 0, err
	}
	if decision.Action == Keep || decision.Action == Follow {
		r.tracked.Record.NotesVersion = r.desired.NotesVersion
		r.save(r.tracked)
		return decision.Action, nil
	}
	if err := r.fill(ctx); err != nil {
		return 0, err
	}
	if !r.desired.Commit {
		return Keep, nil
	}
	return decision.Action, r.commit(ctx)
}

// decide decides as the plan did, on what the Store has now. It waits until the
// Store has read the packages of a submission that it has to compare.
func (r *run) decide(ctx context.Context, t *Tracked) (Decision, *Slot, error) {
	for pause := r.PollInterval; ; pause = nextPause(pause) {
		slot, err := r.slot(ctx, r.desired.Flight, t, toApply)
		if err != nil {
			return Decision{}, nil, err
		}
		decision, problem := decide(slot, r.desired, t, toApply)
		if problem != nil {
			return Decision{}, nil, problem
		}
		if decision.Action != Compare {
			return decision, slot, nil
		}
		s := decision.Submission
		r.Logger.InfoContext(ctx, "waiting until the Store has read the packages of the pending submission",
			"submission_id", s.Ref.SubmissionID, "status", s.Status, "next_look_in", pause.String())
		if err := sleep(ctx, pause); err != nil {
			return Decision{}, nil, notRead(s, err)
		}
		// A status that has changed ends what others have read of the flight. The
		// submission itself is read again in any case.
		if _, err := r.Store.SubmissionStatus(ctx, s.Ref); storeapi.IsAuth(err) || ctx.Err() != nil {
			return Decision{}, nil, notRead(s, cmp.Or(ctx.Err(), err))
		}
	}
}

// makeRoom ends the live rollout and deletes the pending submission that stand in
// the way.
func (r *run) makeRoom(ctx context.Context, decision Decision) error {
	if published := decision.EndRollout; published != nil {
		end := RolloutFinalized
		if r.desired.RolloutPolicy == RolloutHalt {
			end = RolloutHalted
		}
		if _, err := r.endRollout(ctx, published.Ref, end); err != nil {
			return err
		}
	}
	if decision.Delete == nil {
		return nil
	}
	return r.discard(ctx, decision.Delete)
}

// keep saves what becomes of the resource's submission.
func (r *run) keep(s *storeapi.Submission, slot *Slot) {
	r.tracked.observe(s, slot.Flight.LastPublishedSubmissionID)
	r.tracked.Recognize(r.desired.Packages)
	r.save(r.tracked)
}

// create makes a draft. Its id is saved before anything else happens to it.
func (r *run) create(ctx context.Context, slot *Slot) error {
	draft, err := r.Store.CreateSubmission(ctx, slot.Flight)
	if draft == nil {
		return err
	}
	r.keep(draft, slot)
	if err != nil || draft.Status == storeapi.StatusPendingCommit {
		return err
	}
	// A reply may leave the status out, and nothing is done on a guess.
	if draft, err = r.Store.Submission(fresh(ctx), draft.Ref); err != nil {
		return err
	}
	r.keep(draft, slot)
	if draft.Status != storeapi.StatusPendingCommit {
		return notADraft(draft)
	}
	return nil
}

// fill makes the draft say what is desired, and uploads what it lacks.
func (r *run) fill(ctx context.Context) error {
	draft, record := r.tracked.Submission, &r.tracked.Record
	*record = record.uploadsTo(draft.FileUploadURL)
	record.Imported = false
	r.save(r.tracked)
	before := draft.Clone()
	uploads, err := compose(r.desired, draft, *record)
	if err != nil {
		return err
	}
	if err := checkNotEmpty(draft, r.desired); err != nil {
		return err
	}
	if difference(before, draft).any() {
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
		r.tracked.Submission = draft
		*record = record.uploadsTo(draft.FileUploadURL)
	}
	record.NotesVersion = r.desired.NotesVersion
	if len(uploads) > 0 && !record.covers(uploads) {
		// From the first block on, what is behind the URL may be neither the old
		// archive nor the new one.
		record.Uploaded, record.Inherited = nil, storedIDs(draft.FlightPackages)
		r.save(r.tracked)
		if err := r.uploadRenewed(ctx, draft, uploads); err != nil {
			return err
		}
		record.Uploaded = digestsOf(uploads)
	}
	r.save(r.tracked)
	return nil
}

// storedIDs are the ids of the packages that the Store has.
func storedIDs(packages []storeapi.FlightPackage) []string {
	var ids []string
	for _, p := range packages {
		if isStored(p) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// checkNotEmpty refuses to commit a draft without any package.
func checkNotEmpty(draft *storeapi.Submission, d Desired) error {
	if d.Commit && !slices.ContainsFunc(draft.FlightPackages, stays) {
		return noPackages(d.Flight)
	}
	return nil
}

// uploadRenewed uploads, once more if the upload URL has expired and the Store
// hands out another one by now.
func (r *run) uploadRenewed(ctx context.Context, draft *storeapi.Submission, packages []Package) error {
	err := r.upload(ctx, draft, packages)
	if !errors.Is(err, blob.ErrExpired) {
		return err
	}
	now, readErr := r.Store.Submission(fresh(ctx), draft.Ref)
	if readErr != nil || now.FileUploadURL.Reveal() == draft.FileUploadURL.Reveal() {
		return err
	}
	draft.FileUploadURL = now.FileUploadURL
	r.tracked.Record = r.tracked.Record.uploadsTo(draft.FileUploadURL)
	return r.upload(ctx, draft, packages)
}

func (r *run) commit(ctx context.Context) error {
	status, err := r.Store.CommitSubmission(ctx, r.tracked.Submission.Ref)
	// A status beside an error says that the commit went through all the same;
	// then an error would only make the CLI throw the submission away.
	if status == "" {
		return err
	}
	r.tracked.Submission.Status = status
	r.tracked.Record.Committed = time.Now().UTC()
	r.commits.add(r.tracked.Record)
	r.save(r.tracked)
	return nil
}

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

func outdated(d Desired) *Problem {
	return &Problem{
		Attribute: []any{"submission_id"}, Summary: "Flight has changed since the plan",
		Detail: fmt.Sprintf("The submission_id in the plan is %s, but %s needs another submission now. Nothing was changed. Plan again.", d.PlannedSubmissionID, d.Flight),
	}
}

// notRead is the end of the wait for packages that the Store has to read.
func notRead(s *storeapi.Submission, err error) *Problem {
	return &Problem{
		Attribute: []any{"flight_id"}, Summary: "Store has not read the pending submission's packages yet",
		Detail: fmt.Sprintf("%s has the status %s. Whether it has the packages of this configuration is known once the Store has read them. "+
			"Nothing was changed. Apply again later.\n\n%s", sentenceStart(s.Ref), s.Status, s.Ref.PartnerCenterURL()),
		Err: err,
	}
}

// notADraft is a new submission that nothing can be done with.
func notADraft(s *storeapi.Submission) *Problem {
	return &Problem{
		Summary: "New flight submission is not a draft",
		Detail: fmt.Sprintf("The Store made submission %s of %s, but reports the status %q for it instead of PendingCommit. "+
			"Nothing was uploaded or committed. Apply again in a few minutes.\n\n%s",
			s.Ref.SubmissionID, s.Ref.FlightRef, statusText(s.Status), s.Ref.PartnerCenterURL()),
	}
}

func publishedWithout(s *storeapi.Submission, lost []string) *Problem {
	return &Problem{
		Attribute: []any{"packages"}, Summary: "Store published other packages than were submitted",
		Detail: fmt.Sprintf("%s is published without %s. The Store has been seen to publish the packages of the submission before. "+
			"The next apply submits them again.\n\n%s", sentenceStart(s.Ref), strings.Join(lost, ", "), s.Ref.PartnerCenterURL()),
	}
}

func notThereYet(s *storeapi.Submission, goal Goal, err error) *Problem {
	text := fmt.Sprintf("%s was committed and continues in the Store. Its last known status is %s, and wait_for is %q. "+
		"The next apply continues to wait.", sentenceStart(s.Ref), statusText(s.Status), goal)
	if found := s.StatusDetails.Errors; len(found) > 0 {
		text += fmt.Sprintf(" The Store reports errors already:%s\n\n%s", describeDetails(found), s.Ref.PartnerCenterURL())
	}
	return &Problem{Attribute: []any{"wait_for"}, Summary: "Flight submission has not reached its goal yet", Detail: text, Err: err}
}
