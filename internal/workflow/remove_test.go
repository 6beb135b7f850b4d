package workflow_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// knows is a state that knows a submission by its id.
func knows(id string, record workflow.Record) *workflow.Tracked {
	return &workflow.Tracked{Submission: &storeapi.Submission{Ref: ref.Submission(id)}, Record: record}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		make func(s *fakeStore)
		// what is left of submission 2: nothing, an emptied draft, or the whole
		deleted, emptied bool
		says             string
	}{
		"a draft":          {make: func(s *fakeStore) { s.add("2", storeapi.StatusPendingCommit) }, deleted: true},
		"failed":           {make: func(s *fakeStore) { s.add("2", storeapi.StatusCertificationFailed) }, deleted: true},
		"gone":             {make: func(*fakeStore) {}, deleted: true},
		"published":        {make: func(s *fakeStore) { s.add("2", storeapi.StatusPublished) }, says: "Published flight submission stays in the Store"},
		"in certification": {make: func(s *fakeStore) { s.add("2", storeapi.StatusCertification) }, says: "being processed"},
		"of the portal":    {make: func(s *fakeStore) { s.add("2", storeapi.StatusPendingCommit).FileUploadURL = storeapi.UploadURL{} }, says: "made in Partner Center"},
		"the first draft": {make: func(s *fakeStore) {
			s.add("2", storeapi.StatusPendingCommit).FlightPackages = []storeapi.FlightPackage{{FileName: "app.msix", FileStatus: "PendingUpload"}}
			s.flight.LastPublishedSubmissionID = ""
		}, emptied: true},
		"the first draft, which the flight does not show yet": {make: func(s *fakeStore) {
			s.add("2", storeapi.StatusPendingCommit)
			s.flight.LastPublishedSubmissionID, s.flight.PendingSubmissionID = "", ""
		}, emptied: true},
		"the first submission, failed": {make: func(s *fakeStore) {
			s.add("2", storeapi.StatusCommitFailed)
			s.flight.LastPublishedSubmissionID = ""
		}, deleted: true},
		"cancelled and history": {make: func(s *fakeStore) {
			s.add("2", storeapi.StatusCanceled)
			s.before = func(_ context.Context, operation string) error {
				if operation == opDelete {
					return &storeapi.Error{StatusCode: 409}
				}
				return nil
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := publishedStore()
			tt.make(s)
			warning, err := s.workflow().Remove(t.Context(), knows("2", workflow.Record{SubmissionID: "2"}))
			said := fmt.Sprint(warning, err)
			if tt.says == "" && (warning != nil || err != nil) || !strings.Contains(said, tt.says) {
				t.Errorf("it says %s, want %q", said, tt.says)
			}
			left, there := s.submissions["2"]
			if there == tt.deleted {
				t.Errorf("left: %v", slices.Sorted(maps.Keys(s.submissions)))
			}
			if tt.emptied && (len(left.FlightPackages) > 0 || s.count(opUpdate) != 1) {
				t.Errorf("the draft has %+v", left.FlightPackages)
			}
		})
	}
}

// A commit that the Store does not show yet counts all the same.
func TestRemoveRightAfterCommit(t *testing.T) {
	t.Parallel()
	s := publishedStore()
	s.add("2", storeapi.StatusPendingCommit)
	_, err := s.workflow().Remove(t.Context(), knows("2", workflow.Record{SubmissionID: "2", Committed: time.Now()}))
	if err == nil || !strings.Contains(err.Error(), "being processed") || s.count(opDelete) > 0 {
		t.Errorf("error %v after %q", err, s.calls)
	}
}

// The first draft of a flight is emptied, and what the Store did not empty is told.
func TestRemoveOfTheFirstDraftIsVerified(t *testing.T) {
	t.Parallel()
	s := publishedStore()
	s.flight.LastPublishedSubmissionID = ""
	tracked := s.draft()
	s.reply = func(reply *storeapi.Submission) { reply.NotesForCertification = "kept" }
	if _, err := s.workflow().Remove(t.Context(), tracked); err == nil || !strings.Contains(err.Error(), "Store did not apply the update") {
		t.Errorf("got %v", err)
	}
}
