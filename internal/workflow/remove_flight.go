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
		pending, err := w.Store.Submission(fresh(ctx), ref.Submission(flight.PendingSubmissionID))
		switch {
		case storeapi.IsNotFound(err), err == nil && pending.Status == storeapi.StatusPublished:
			// The slot became free after the flight was read.
		case err != nil:
			return err
		default:
			if err := w.discard(ctx, pending); err != nil {
				return err
			}
		}
	}
	return w.Store.DeleteFlight(ctx, ref)
}
