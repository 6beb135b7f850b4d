package workflow

import (
	"context"
	"fmt"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Find returns the named submission, or without an id the pending one and else
// the last published one.
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
	return w.Store.Submission(ctx, flight.Submission(submissionID))
}
