package workflow

import (
	"context"
	"log/slog"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// FlightStore is the part of the Store client that removes a flight.
type FlightStore interface {
	Flight(ctx context.Context, ref storeapi.FlightRef) (*storeapi.Flight, error)
	Submission(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.Submission, error)
	DeleteSubmission(ctx context.Context, ref storeapi.SubmissionRef) error
	DeleteFlight(ctx context.Context, ref storeapi.FlightRef) error
}

// RemoveFlight deletes a flight. The Store deletes none with a pending
// submission [store-api 3.2], so that goes first where the Store allows it.
func RemoveFlight(ctx context.Context, store FlightStore, ref storeapi.FlightRef, logger *slog.Logger) error {
	flight, err := store.Flight(fresh(ctx), ref)
	if storeapi.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if flight.PendingSubmissionID != "" {
		if err := clearSlot(ctx, store, ref.Submission(flight.PendingSubmissionID), logger); err != nil {
			return err
		}
	}
	return store.DeleteFlight(ctx, ref)
}

func clearSlot(ctx context.Context, store FlightStore, ref storeapi.SubmissionRef, logger *slog.Logger) error {
	pending, err := store.Submission(fresh(ctx), ref)
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
	logger.InfoContext(ctx, "deleting the pending submission with its flight", "submission_id", ref.SubmissionID, "status", pending.Status)
	err = store.DeleteSubmission(ctx, ref)
	if pending.Status == storeapi.StatusCanceled && storeapi.IsConflict(err) {
		// A cancelled submission may already be history, which does not hold the flight.
		return nil
	}
	return err
}
