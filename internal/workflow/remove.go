package workflow

import (
	"context"
	"fmt"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Remove takes a submission out of the Store as far as the Store allows it. A
// warning says what stays.
func (w *Workflow) Remove(ctx context.Context, t *Tracked) (*Problem, error) {
	ref := t.Submission.Ref
	unlock, err := w.flights.lock(ctx, ref.FlightRef)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, err := w.submission(fresh(ctx), ref, t)
	if storeapi.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s.Status == storeapi.StatusPublished {
		return &Problem{
			Summary: "Published flight submission stays in the Store",
			Detail: fmt.Sprintf("%s is published, and the Store does not delete published submissions. Terraform no longer manages it. Testers keep its "+
				"packages until another submission of the flight is published or the flight is deleted.", sentenceStart(ref)),
		}, nil
	}
	if s.Status == storeapi.StatusPendingCommit && !s.FileUploadURL.IsZero() {
		return nil, w.removeDraft(ctx, s)
	}
	return nil, w.discard(ctx, s)
}

// discard deletes a pending submission as far as the API can. A cancelled one may
// already be history, which nobody deletes and which holds no slot.
func (w *Workflow) discard(ctx context.Context, pending *storeapi.Submission) error {
	switch {
	case pending.Status == storeapi.StatusPendingCommit && pending.FileUploadURL.IsZero():
		return madeInPartnerCenter(pending)
	case pending.Status != storeapi.StatusPendingCommit && !pending.Status.Failed():
		return notDeletable(pending)
	}
	w.Logger.InfoContext(ctx, "deleting the pending submission", "submission_id", pending.Ref.SubmissionID, "status", pending.Status)
	err := w.Store.DeleteSubmission(ctx, pending.Ref)
	if pending.Status == storeapi.StatusCanceled && storeapi.IsConflict(err) {
		return nil
	}
	return err
}

// notDeletable is a submission that the Store is working on.
func notDeletable(s *storeapi.Submission) *Problem {
	return &Problem{
		Summary: "Flight submission is being processed",
		Detail: fmt.Sprintf("%s has the status %s. The API cannot delete a submission after its commit. Cancel it in Partner Center and "+
			"destroy again, or let it continue and remove this resource from the state with \"terraform state rm\".\n\n%s",
			sentenceStart(s.Ref), statusText(s.Status), s.Ref.PartnerCenterURL()),
	}
}

// removeDraft deletes a draft. The first draft of a flight is emptied instead:
// without it and without a published submission there is nothing that the Store
// could copy, and the flight takes no submission any more [store-api 6.4]. A read
// from before will do: while the draft is in the slot nothing else is published.
func (w *Workflow) removeDraft(ctx context.Context, draft *storeapi.Submission) error {
	flight, err := w.Store.Flight(ctx, draft.Ref.FlightRef)
	if err != nil {
		return err
	}
	if flight.LastPublishedSubmissionID != "" {
		return w.discard(ctx, draft)
	}
	w.Logger.InfoContext(ctx, "emptying the flight's first draft", "submission_id", draft.Ref.SubmissionID)
	empty := Desired{Content: Content{Packages: []Package{}, PublishMode: storeapi.PublishImmediate}}
	if _, err := compose(empty, draft, Record{}); err != nil {
		return err
	}
	reply, err := w.Store.UpdateSubmission(ctx, draft)
	if err != nil {
		return err
	}
	if problem := verify(draft, reply); problem != nil {
		return problem
	}
	return nil
}
