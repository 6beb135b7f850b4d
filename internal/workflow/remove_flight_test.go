package workflow_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

func TestRemoveFlight(t *testing.T) {
	t.Parallel()
	gone, conflict := &storeapi.Error{StatusCode: 404}, &storeapi.Error{StatusCode: 409}
	for name, tt := range map[string]struct {
		status   storeapi.Status // of the pending submission, empty for none
		inPortal bool
		failing  string // an operation that fails with err
		err      error
		deleted  []string
		refusal  string
	}{
		"idle":                  {deleted: []string{"flight"}},
		"gone":                  {failing: opFlight, err: gone},
		"not readable":          {failing: opFlight, err: &storeapi.Error{StatusCode: 503}, refusal: "503"},
		"draft":                 {status: "PendingCommit", deleted: []string{"2", "flight"}},
		"failed":                {status: "CommitFailed", deleted: []string{"2", "flight"}},
		"published now":         {status: "Published", deleted: []string{"flight"}},
		"deleted now":           {status: "PendingCommit", failing: opSubmission, err: gone, deleted: []string{"flight"}},
		"made in the portal":    {status: "PendingCommit", inPortal: true, refusal: "made in Partner Center"},
		"in certification":      {status: "Certification", refusal: "being processed"},
		"a stage nobody knows":  {status: "Quantum", refusal: "being processed"},
		"not to be deleted":     {status: "PendingCommit", failing: opDelete, err: conflict, deleted: []string{"2"}, refusal: "409"},
		"cancelled and history": {status: "Canceled", failing: opDelete, err: conflict, deleted: []string{"2", "flight"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := emptyStore()
			if tt.status != "" {
				if pending := store.add("2", tt.status); tt.inPortal {
					pending.FileUploadURL = storeapi.UploadURL{}
				}
				store.flight.PendingSubmissionID = "2"
			}
			store.refuse(tt.err, nil, tt.failing)
			err := over(store).RemoveFlight(t.Context(), ref.FlightRef)
			if tt.refusal == "" && err != nil || tt.refusal != "" && (err == nil || !strings.Contains(err.Error(), tt.refusal)) {
				t.Errorf("error %v, want it to say %q", err, tt.refusal)
			}
			if !slices.Equal(store.changes, tt.deleted) {
				t.Errorf("deleted %q, want %q", store.changes, tt.deleted)
			}
		})
	}
}
