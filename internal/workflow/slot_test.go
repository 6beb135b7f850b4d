package workflow_test

import (
	"context"
	"errors"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Without an id the pending submission is meant, and the published one only if there is none.
func TestFind(t *testing.T) {
	t.Parallel()
	trouble := &storeapi.Error{StatusCode: 503}
	for name, test := range map[string]struct {
		make func(s *fakeStore)
		want string
		err  error
	}{
		"pending":   {make: func(s *fakeStore) { s.add("2", storeapi.StatusPendingCommit) }, want: "2"},
		"published": {make: func(*fakeStore) {}, want: "1"},
		"the flight still names one that was deleted": {make: func(s *fakeStore) { s.flight.PendingSubmissionID = "2" }, want: "1"},
		"the pending one cannot be read": {make: func(s *fakeStore) {
			s.add("2", storeapi.StatusPendingCommit)
			s.before = func(_ context.Context, operation string) error {
				if operation == opSubmission && s.count(opSubmission) == 1 {
					return trouble
				}
				return nil
			}
		}, err: trouble},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := publishedStore()
			test.make(s)
			found, err := s.workflow().Find(t.Context(), ref.FlightRef, "")
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			if err == nil && found.Ref.SubmissionID != test.want {
				t.Errorf("found %s, want %s", found.Ref, test.want)
			}
		})
	}
}
