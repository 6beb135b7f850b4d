package workflow

import (
	"context"
	"fmt"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Find returns the named submission, or without an id the pending one and else
// the last published one. The Store leaves the rollout out of some submissions
// and tells it only when asked for it by itself.
func (w *Workflow) Find(ctx context.Context, flight storeapi.FlightRef, submissionID string) (*storeapi.Submission, error) {
	if submissionID == "" {
		f, err := w.Store.Flight(ctx, flight)
		if err != nil {
			return nil, err
		}
		submissionID = f.PendingSubmissionID
		if submissionID == "" {
			submissionID = f.LastPublishedSubmissionID
		}
		if submissionID == "" {
			return nil, &Problem{
				Attribute: []any{"flight_id"}, Summary: "Flight has no submission",
				Detail: fmt.Sprintf("Looking for the pending, else the last published submission of %s: it has neither.", flight),
			}
		}
	}
	s, err := w.Store.Submission(ctx, flight.Submission(submissionID))
	if err != nil || s.PackageDeliveryOptions.PackageRollout.Status != "" {
		return s, err
	}
	rollout, err := w.Store.PackageRollout(ctx, s.Ref)
	if err != nil {
		return nil, err
	}
	s.PackageDeliveryOptions.PackageRollout = *rollout
	return s, nil
}
