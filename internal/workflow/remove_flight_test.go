package workflow_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// flightStore has one flight, and at most one submission in it.
type flightStore struct {
	workflow.Store

	flight    storeapi.Flight
	noFlight  error
	pending   *storeapi.Submission // nil: it is gone
	deleteErr error
	deleted   []string
}

func (s *flightStore) Flight(context.Context, storeapi.FlightRef) (*storeapi.Flight, error) {
	return &s.flight, s.noFlight
}

func (s *flightStore) Submission(context.Context, storeapi.SubmissionRef) (*storeapi.Submission, error) {
	if s.pending == nil {
		return nil, &storeapi.Error{StatusCode: 404}
	}
	return s.pending, nil
}

func (s *flightStore) DeleteSubmission(_ context.Context, ref storeapi.SubmissionRef) error {
	s.deleted = append(s.deleted, ref.SubmissionID)
	return s.deleteErr
}

func (s *flightStore) DeleteFlight(context.Context, storeapi.FlightRef) error {
	s.deleted = append(s.deleted, "flight")
	return nil
}

func TestRemoveFlight(t *testing.T) {
	t.Parallel()
	conflict := &storeapi.Error{StatusCode: 409}
	url := storeapi.NewUploadURL("https://blob.example/x?sig=s")
	for name, tt := range map[string]struct {
		store   flightStore
		deleted []string
		refusal string
	}{
		"idle":          {flightStore{}, []string{"flight"}, ""},
		"gone":          {flightStore{noFlight: &storeapi.Error{StatusCode: 404}}, nil, ""},
		"not readable":  {flightStore{noFlight: &storeapi.Error{StatusCode: 503}}, nil, "503"},
		"draft":         {flightStore{pending: &storeapi.Submission{Status: "PendingCommit", FileUploadURL: url}}, []string{"1", "flight"}, ""},
		"failed":        {flightStore{pending: &storeapi.Submission{Status: "CommitFailed", FileUploadURL: url}}, []string{"1", "flight"}, ""},
		"published now": {flightStore{pending: &storeapi.Submission{Status: "Published"}}, []string{"flight"}, ""},
		"deleted now":   {flightStore{flight: storeapi.Flight{PendingSubmissionID: "1"}}, []string{"flight"}, ""},
		"made in the portal": {
			flightStore{pending: &storeapi.Submission{Status: "PendingCommit"}}, nil, "made in Partner Center",
		},
		"in certification": {
			flightStore{pending: &storeapi.Submission{Status: "Certification", FileUploadURL: url}}, nil, "being processed",
		},
		"a stage nobody knows": {
			flightStore{pending: &storeapi.Submission{Status: "Quantum", FileUploadURL: url}}, nil, "being processed",
		},
		"not to be deleted": {
			flightStore{pending: &storeapi.Submission{Status: "PendingCommit", FileUploadURL: url}, deleteErr: conflict}, []string{"1"}, "409",
		},
		"cancelled and history": {
			flightStore{pending: &storeapi.Submission{Status: "Canceled", FileUploadURL: url}, deleteErr: conflict}, []string{"1", "flight"}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := tt.store
			if store.pending != nil {
				store.pending.Ref = rolling.Submission("1")
				store.flight.PendingSubmissionID = "1"
			}
			err := over(&store).RemoveFlight(t.Context(), rolling.FlightRef)
			if tt.refusal == "" && err != nil || tt.refusal != "" && (err == nil || !strings.Contains(err.Error(), tt.refusal)) {
				t.Errorf("error %v, want it to say %q", err, tt.refusal)
			}
			if !slices.Equal(store.deleted, tt.deleted) {
				t.Errorf("deleted %q, want %q", store.deleted, tt.deleted)
			}
		})
	}
}
