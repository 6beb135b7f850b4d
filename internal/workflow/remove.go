package workflow

import (
	"context"
	"fmt"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Remove takes a submission out of the Store as far as the Store allows it. A
// warning says what stays.
func (w *Workflow) Remove(ctx context.Context, ref storeapi.SubmissionRef, known Record) (*Problem, error) {
	s, err := w.Store.Submission(fresh(ctx), ref)
	if storeapi.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.Status = known.Status(ref, s.Status, time.Now())
	if s.Status == storeapi.StatusPublished {
		return &Problem{
			Summary: "Published flight submission stays in the Store",
			Detail: fmt.Sprintf("%s is published, and the Store deletes no published submission. Terraform forgets it; testers keep its "+
				"packages until another submission of the flight is published or the flight is deleted.", capital(ref)),
		}, nil
	}
	if s.Status == storeapi.StatusPendingCommit && !s.FileUploadURL.IsZero() {
		return nil, w.removeDraft(ctx, s)
	}
	return nil, w.discard(ctx, s)
}

// removeDraft deletes a draft. The first draft of a flight is emptied instead:
// without it and without a published submission there is nothing that the Store
// could copy, and the flight takes no submission any more [store-api 6.4].
func (w *Workflow) removeDraft(ctx context.Context, draft *storeapi.Submission) error {
	flight, err := w.Store.Flight(fresh(ctx), draft.Ref.FlightRef)
	if err != nil {
		return err
	}
	if flight.LastPublishedSubmissionID != "" || flight.PendingSubmissionID != draft.Ref.SubmissionID {
		return w.discard(ctx, draft)
	}
	w.Logger.InfoContext(ctx, "emptying the flight's first draft", "submission_id", draft.Ref.SubmissionID)
	empty := Desired{Content: Content{Packages: []Package{}, PublishMode: storeapi.PublishImmediate}}
	if _, err := compose(empty, draft, Record{}); err != nil {
		return err
	}
	_, err = w.Store.UpdateSubmission(ctx, draft)
	return err
}
