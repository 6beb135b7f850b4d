package workflow_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// What is known is saved before the request that an interruption may cut off.
func TestSubmitSavesBeforeItAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		tracked := s.draft()
		tracked.Record.Imported = true
		var last workflow.Tracked
		s.before = func(_ context.Context, operation string) error {
			switch {
			case operation == opUpdate && last.Record.Imported:
				t.Error("a draft that is written to is still an imported one")
			case operation == opStatus && last.Record.Committed.IsZero():
				t.Error("the commit is not saved before the wait")
			}
			return nil
		}
		d := desired(t)
		if _, err := s.workflow().Submit(t.Context(), d, tracked, func(now workflow.Tracked) { last = now }); err != nil {
			t.Fatal(err)
		}
	})
}

// A commit that went through is none that failed, whatever stands beside its status.
func TestSubmitTakesAStatusForACommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		s.doubt = context.Canceled
		if o := s.submit(t.Context(), t); o.err != nil || o.last().Record.Committed.IsZero() {
			t.Errorf("got %v", o.err)
		}
	})
}

func TestSubmitCommitsNothingEmpty(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		s.flight.LastPublishedSubmissionID = ""
		s.add("2", storeapi.StatusPendingCommit)
		d := desired(t)
		d.Packages = nil
		if o := s.apply(t.Context(), d, nil); o.err == nil || !strings.Contains(o.err.Error(), "has no packages") || s.count(opCommit) > 0 {
			t.Errorf("got %v after %q", o.err, s.calls)
		}
	})
}

// A submission that failed with its commit is not waited for.
func TestSubmitFailsWithTheCommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		s.committed = storeapi.StatusCommitFailed
		if o := s.submit(t.Context(), t); o.err == nil || !strings.Contains(o.err.Error(), "CommitFailed") || s.count(opStatus) > 0 {
			t.Errorf("got %v after %q", o.err, s.calls)
		}
	})
}

// The submission is read at the end even if the time for it is over, and a status that lags does not set it back.
func TestSubmitReadsTheOutcome(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		polled, read, want storeapi.Status
	}{
		"out of time":     {"Certification", "Certification", "Certification"},
		"no status":       {"Published", "", "Published"},
		"long no status":  {"Certification", "", "Certification"},
		"another failure": {"PreProcessingFailed", "Canceled", "Canceled"},
		"behind":          {"Published", "Certification", "Published"},
		"a failure stays": {"CertificationFailed", "Certification", "CertificationFailed"},
		"a failure wins":  {"Published", "PublishFailed", "PublishFailed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				s.course = []storeapi.Status{test.polled}
				s.before = func(ctx context.Context, _ string) error { return ctx.Err() }
				s.read = func(found *storeapi.Submission) {
					if found.Ref.SubmissionID == "2" && s.count(opStatus) > 0 {
						found.Status = test.read
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				o := s.submit(ctx, t)
				if (o.err != nil) != test.want.Failed() {
					t.Errorf("got %v", o.err)
				}
				got := o.last().Submission
				if got.Status != test.want {
					t.Errorf("the status is %s, want %s", got.Status, test.want)
				}
				if !test.want.Failed() && (len(got.FlightPackages) != 1 || got.FlightPackages[0].ID == "") {
					t.Errorf("the packages are %+v", got.FlightPackages)
				}
			})
		})
	}
}

// One look that finds nothing does not make a submission gone.
func TestSubmitIsGoneIfItStaysGone(t *testing.T) {
	t.Parallel()
	for name, reads := range map[string]bool{"for a moment": true, "for good": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				s.before = func(_ context.Context, operation string) error {
					if operation == opStatus || operation == opSubmission && s.count(opStatus) > 0 && !reads {
						return &storeapi.Error{StatusCode: 404}
					}
					return nil
				}
				if o := s.submit(t.Context(), t); (o.err == nil) != reads {
					t.Errorf("got %v, warnings %v", o.err, o.warnings)
				}
			})
		})
	}
}
