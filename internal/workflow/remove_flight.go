package workflow

import (
	"context"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// RemoveFlight deletes a flight. The Store deletes none with a pending
// submission [store-api 3.2], so that goes first where the Store allows it.
func (w *Workflow) RemoveFlight(ctx context.Context, ref storeapi.FlightRef) error {
	flight, err := w.Store.Flight(fresh(ctx), ref)
	if storeapi.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if flight.PendingSubmissionID != "" {
		if err := w.clearSlot(ctx, ref.Submission(flight.PendingSubmissionID)); err != nil {
			return err
		}
	}
	return w.Store.DeleteFlight(ctx, ref)
}

func (w *Workflow) clearSlot(ctx context.Context, ref storeapi.SubmissionRef) error {
	pending, err := w.Store.Submission(fresh(ctx), ref)
	switch {
	case storeapi.IsNotFound(err), err == nil && pending.Status == storeapi.StatusPublished:
		// The slot became free after the flight was read.
		return nil
	case err != nil:
		return err
	case pending.Status == storeapi.StatusPendingCommit && pending.FileUploadURL.IsZero():
		return madeInPortal(pending)
	case pending.Status != storeapi.StatusPendingCommit && !pending.Status.Failed():
		return underWay(pending, true)
	}
	w.Logger.InfoContext(ctx, "deleting the pending submission with its flight", "submission_id", ref.SubmissionID, "status", pending.Status)
	err = w.Store.DeleteSubmission(ctx, ref)
	if pending.Status == storeapi.StatusCanceled && storeapi.IsConflict(err) {
		// A cancelled submission may already be history, which does not hold the flight.
		return nil
	}
	return err
}
