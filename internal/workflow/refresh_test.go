package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// knownTo is a state that was written when the Store had this, with submission 1
// published before.
func knownTo(s *storeapi.Submission, changes ...changeTracked) *workflow.Tracked {
	t := tracks(s, func(t *workflow.Tracked) { t.Record.Previous = "1" })
	for _, change := range changes {
		change(t)
	}
	return t
}

func settled(t *workflow.Tracked) { t.Record.Settled = true }

func TestRefresh(t *testing.T) {
	t.Parallel()
	put := func(s *fakeStore, is *storeapi.Submission) {
		s.add(is.Ref.SubmissionID, is.Status)
		s.submissions[is.Ref.SubmissionID] = is
		if is.Status == storeapi.StatusPublished {
			s.publish(is.Ref.SubmissionID)
		}
	}
	other := has(of(entry("30", "app.msix", "Uploaded"), "3.0.0.0"))
	look := []string{opFlight, opSubmission}
	for name, tt := range map[string]struct {
		make  func(s *fakeStore)
		knows *workflow.Tracked
		// want is the submission that the state has afterwards and its status, empty if
		// the resource is gone.
		want  string
		calls []string
		// satisfied tells whether what was desired is still there.
		satisfied bool
		finds     string
	}{
		"nothing happened": {
			make: func(s *fakeStore) { put(s, submission("2", "Published", rollingOut(live))) }, knows: knownTo(submission("2", "Published")),
			want: "2 Published", calls: look, satisfied: true,
		},
		"settled": {
			make: func(s *fakeStore) { put(s, submission("2", "Published")) }, knows: knownTo(submission("2", "Published"), settled),
			want: "2 Published", calls: []string{opFlight}, satisfied: true,
		},
		"settled, of another record": {
			make: func(s *fakeStore) { put(s, submission("2", "Published")) }, knows: knownTo(submission("2", "Published"), settled, othersRecord),
			want: "2 Published", calls: look, satisfied: true,
		},
		"settled, other content published since": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Published"))
				put(s, submission("3", "Published", other))
			},
			knows: knownTo(submission("2", "Published"), settled), want: "3 Published", calls: []string{opFlight, opSubmission, opSubmission},
			finds: "Flight has other packages than the state: Submission 3",
		},
		"the same content published since": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Published"))
				put(s, submission("3", "Published"))
			},
			knows: knownTo(submission("2", "Published"), settled), want: "3 Published", calls: []string{opFlight, opSubmission, opSubmission}, satisfied: true,
		},
		"the same content published since, in a rollout": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Published"))
				put(s, submission("3", "Published", rollingOut(live)))
			},
			knows: knownTo(submission("2", "Published"), settled), want: "3 Published", calls: []string{opFlight, opSubmission, opSubmission},
		},
		"other settings published since": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Published"))
				put(s, submission("3", "Published", func(s *storeapi.Submission) { s.TargetPublishMode = "Manual" }))
			},
			knows: knownTo(submission("2", "Published")), want: "3 Published", calls: []string{opFlight, opSubmission, opSubmission},
		},
		"a stranger's is pending": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Published"))
				put(s, submission("3", "Certification", other))
			},
			knows: knownTo(submission("2", "Published"), settled), want: "2 Published", calls: []string{opFlight}, satisfied: true,
		},
		"it was published": {
			make:  func(s *fakeStore) { put(s, submission("2", "Published")) },
			knows: knownTo(submission("2", "Certification")), want: "2 Published", calls: look, satisfied: true,
		},
		"it was published without its packages": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Published", has(of(entry("10", "app.msix", "Uploaded"), "1.0.0.0"))))
			},
			knows: knownTo(submission("2", "Certification")), want: "2 Published", calls: look,
			finds: "is published without app.msix 2.0.0.0",
		},
		"it was published, and its packages by name are others": {
			make:  func(s *fakeStore) { put(s, submission("2", "Published", rollingOut(live), other)) },
			knows: knownTo(submission("2", "Published")), want: "2 Published", calls: look,
			finds: "is published without app.msix 2.0.0.0",
		},
		"the flight is slow to show the publication": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Published"))
				s.flight.LastPublishedSubmissionID, s.flight.PendingSubmissionID = "1", ""
			},
			knows: knownTo(submission("2", "Published"), settled), want: "2 Published", calls: look, satisfied: true,
		},
		"the flight still names the published one as pending": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Published"))
				s.flight.LastPublishedSubmissionID, s.flight.PendingSubmissionID = "1", "2"
			},
			knows: knownTo(submission("2", "Certification")), want: "2 Published", calls: look, satisfied: true,
		},
		"the flight is slow to show the draft": {
			make: func(s *fakeStore) {
				put(s, submission("2", "PendingCommit"))
				s.flight.PendingSubmissionID = ""
			},
			knows: knownTo(submission("2", "PendingCommit")), want: "2 PendingCommit", calls: look,
		},
		"the status lags behind the commit": {
			make:  func(s *fakeStore) { put(s, submission("2", "PendingCommit")) },
			knows: knownTo(submission("2", "CommitStarted"), committed(0)), want: "2 CommitStarted", calls: look,
		},
		"imported, and in the slot": {
			make:  func(s *fakeStore) { put(s, submission("2", "PendingCommit")) },
			knows: tracks(submission("2", "PendingCommit"), imported), want: "2 PendingCommit", calls: look,
		},
		"imported, failed, and in the slot": {
			make:  func(s *fakeStore) { put(s, submission("2", "CommitFailed")) },
			knows: tracks(submission("2", "CommitFailed"), imported), want: "2 CommitFailed", calls: look,
		},
		"imported, and the flight is slow to show it": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Certification"))
				s.flight.PendingSubmissionID = ""
			},
			knows: tracks(submission("2", "Certification"), imported), want: "2 Certification", calls: look,
		},
		"imported, and the flight is slow to show its publication": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Published"))
				s.flight.LastPublishedSubmissionID, s.flight.PendingSubmissionID = "1", "2"
			},
			knows: tracks(submission("2", "Published"), imported), want: "2 Published", calls: look, satisfied: true,
		},
		"the draft was edited": {
			make: func(s *fakeStore) {
				put(s, submission("2", "PendingCommit", func(s *storeapi.Submission) { s.NotesForCertification = "edited" }))
			},
			knows: knownTo(submission("2", "PendingCommit")), want: "2 PendingCommit", calls: look,
		},
		"the draft was submitted in Partner Center": {
			make:  func(s *fakeStore) { put(s, submission("2", "Certification", noURL, other)) },
			knows: knownTo(submission("2", "PendingCommit")), want: "2 Certification", calls: look,
		},
		"the draft was deleted": {
			make: func(*fakeStore) {}, knows: knownTo(submission("2", "PendingCommit")), calls: look,
		},
		"the draft was deleted, the flight still names it": {
			make:  func(s *fakeStore) { s.flight.PendingSubmissionID = "2" },
			knows: knownTo(submission("2", "PendingCommit")), calls: look,
		},
		"the draft was deleted, and something was published": {
			make:  func(s *fakeStore) { put(s, submission("3", "Published", other)) },
			knows: knownTo(submission("2", "PendingCommit")), want: "3 Published", calls: []string{opFlight, opSubmission, opSubmission},
			finds: "Submission 3",
		},
		"it was cancelled": {
			make:  func(s *fakeStore) { put(s, submission("2", "Canceled")) },
			knows: knownTo(submission("2", "Certification")), want: "2 Canceled", calls: look,
		},
		"it was cancelled and holds no slot": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Canceled"))
				s.flight.PendingSubmissionID = ""
			},
			knows: knownTo(submission("2", "Certification")), want: "2 Canceled", calls: look,
		},
		"it was cancelled, and something was published": {
			make: func(s *fakeStore) {
				put(s, submission("2", "Canceled"))
				put(s, submission("3", "Published", other))
				s.flight.PendingSubmissionID = ""
			},
			knows: knownTo(submission("2", "Certification")), want: "3 Published", calls: []string{opFlight, opSubmission, opSubmission},
			finds: "Submission 3",
		},
		"the flight is gone": {
			make: func(s *fakeStore) {
				s.before = func(context.Context, string) error { return &storeapi.Error{StatusCode: 404} }
			},
			knows: knownTo(submission("2", "Published")), calls: []string{opFlight},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := publishedStore()
			tt.make(s)
			before := fmt.Sprintf("%+v", tt.knows)
			got, err := s.workflow().Refresh(t.Context(), *tt.knows)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.calls, s.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if after := fmt.Sprintf("%+v", tt.knows); after != before {
				t.Errorf("the state before has changed:\n%s\n%s", before, after)
			}
			if got == nil || tt.want == "" {
				if (got == nil) != (tt.want == "") {
					t.Errorf("got %+v, want %q", got, tt.want)
				}
				return
			}
			if is := fmt.Sprint(got.Submission.Ref.SubmissionID, " ", got.Submission.Status); is != tt.want {
				t.Errorf("the state has %s, want %s", is, tt.want)
			}
			if !strings.HasPrefix(tt.want, got.Record.SubmissionID+" ") && got.Record.SubmissionID != "1" {
				t.Errorf("the record is that of %s", got.Record.SubmissionID)
			}
			if strings.Contains(tt.want, "Published") && got.Satisfies(wanted()) != tt.satisfied {
				t.Errorf("it satisfies what was desired: %t, want %t", !tt.satisfied, tt.satisfied)
			}
			if text := say(got.Findings(tt.knows, wanted())); (text == "") != (tt.finds == "") || !strings.Contains(text, tt.finds) {
				t.Errorf("it finds %q, want %q", text, tt.finds)
			}
		})
	}
}

// A Store that cannot be read is no reason to think that anything is gone.
func TestRefreshUnread(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{opFlight, opSubmission} {
		s := publishedStore()
		unreadable := &storeapi.Error{StatusCode: 503}
		s.before = func(_ context.Context, now string) error {
			if now == operation {
				return unreadable
			}
			return nil
		}
		got, err := s.workflow().Refresh(t.Context(), *knownTo(submission("2", "PendingCommit")))
		if !errors.Is(err, unreadable) || got != nil {
			t.Errorf("%s: got %+v, %v", operation, got, err)
		}
	}
}

// What somebody else publishes has not the secret notes that the state stands for:
// they are compared by their text when they are known.
func TestRefreshForgetsSecretNotesOfAnother(t *testing.T) {
	t.Parallel()
	s := publishedStore()
	s.add("2", storeapi.StatusPublished)
	s.submissions["2"] = submission("2", "Published", func(s *storeapi.Submission) { s.NotesForCertification = "psst" })
	s.publish("2")
	before := tracks(older(), func(t *workflow.Tracked) { t.Record.NotesVersion = 1 })
	got, err := s.workflow().Refresh(t.Context(), *before)
	if err != nil || got.Submission.Ref.SubmissionID != "2" || got.Satisfies(wanted(secretNotes)) {
		t.Errorf("got %+v, %v", got, err)
	}
}
