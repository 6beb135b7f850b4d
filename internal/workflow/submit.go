package workflow

import (
	"cmp"
	"context"
	"errors"
	"slices"
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
