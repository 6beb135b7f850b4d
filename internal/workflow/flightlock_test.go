package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func TestLockFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var w workflow.Workflow
		flight := ref.FlightRef
		unlock, err := w.LockFlight(t.Context(), flight)
		if err != nil {
			t.Fatal(err)
		}
		other := flight
		other.FlightID = "g"
		if unlock, err := w.LockFlight(t.Context(), other); err != nil {
			t.Errorf("another flight: %v", err)
		} else {
			unlock()
		}
		shouting := storeapi.FlightRef{ApplicationID: strings.ToLower(flight.ApplicationID), FlightID: strings.ToUpper(flight.FlightID)}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := w.LockFlight(ctx, shouting); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the same flight is locked twice: %v", err)
		}
		time.AfterFunc(time.Minute, unlock)
		if unlock, err := w.LockFlight(t.Context(), flight); err != nil {
			t.Errorf("after it was unlocked: %v", err)
		} else {
			unlock()
		}
	})
}

// Two resources that ask for the same of one flight at the same time, and may adopt
// each other's draft, commit once.
func TestSubmitsOfOneFlightCommitOnce(t *testing.T) {
	t.Parallel()
	for _, policy := range []workflow.PendingPolicy{workflow.PendingFail, workflow.PendingReplace, workflow.PendingAdopt} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				// The first submission takes its time.
				s.course = []storeapi.Status{storeapi.StatusCommitStarted, storeapi.StatusPreProcessing, storeapi.StatusPublished}
				s.before = func(context.Context, string) error {
					<-time.After(time.Second) // Lets the other one go on.
					return nil
				}
				d := desired(t)
				d.PendingPolicy = policy
				w := s.workflow()
				outcomes := make([]outcome, 2)
				var group sync.WaitGroup
				for i := range outcomes {
					group.Go(func() { outcomes[i] = applyWith(t.Context(), w, d, nil) })
				}
				group.Wait()
				for i, o := range outcomes {
					if o.err != nil || len(o.warnings) > 0 || o.last().Submission.Status != storeapi.StatusPublished {
						t.Errorf("apply %d: %v %v", i, o.err, o.warnings)
					}
				}
				if got := fmt.Sprint(s.count(opCreate), s.count(opUpload), s.count(opCommit), s.count(opDelete)); got != "1 1 1 0" {
					t.Errorf("creates, uploads, commits, deletions: %s after %q", got, s.calls)
				}
			})
		})
	}
}

// The CLI plans a resource again while it applies another one of the same flight, whose
// draft is nobody else's.
func TestPlanWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		s.before = func(_ context.Context, operation string) error {
			if operation == opUpload {
				<-time.After(time.Hour)
			}
			return nil
		}
		d, w := desired(t), s.workflow()
		d.WaitFor = workflow.GoalNone
		var group sync.WaitGroup
		group.Go(func() {
			if o := applyWith(t.Context(), w, d, nil); o.err != nil {
				t.Error(o.err)
			}
		})
		synctest.Wait()
		plan, err := w.Plan(t.Context(), d, nil, planOptions())
		if err != nil || len(plan.Problems) > 0 {
			t.Fatalf("%v %q", err, summaries(plan.Problems))
		}
		if plan.Submission.Ref.SubmissionID != "2" {
			t.Errorf("planned %v of %s", plan.Action, plan.Submission.Ref)
		}
		group.Wait()
	})
}

// A resource that comes later knows what the process has committed, although the Store still shows a draft.
func TestSubmitKnowsTheCommitsOfTheProcess(t *testing.T) {
	t.Parallel()
	for _, policy := range []workflow.PendingPolicy{workflow.PendingFail, workflow.PendingReplace, workflow.PendingAdopt} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				s.read = func(found *storeapi.Submission) {
					if found.Status == storeapi.StatusCommitStarted {
						found.Status = storeapi.StatusPendingCommit
					}
				}
				d := desired(t)
				d.PendingPolicy, d.WaitFor = policy, workflow.GoalNone
				w := s.workflow()
				if o := applyWith(t.Context(), w, d, nil); o.err != nil {
					t.Fatal(o.err)
				}
				other := d
				other.Notes = "other"
				if o := applyWith(t.Context(), w, other, nil); o.err == nil || !strings.Contains(o.err.Error(), "is being processed") {
					t.Errorf("got %v", o.err)
				}
				if commits, deletions := s.count(opCommit), s.count(opDelete); commits != 1 || deletions != 0 {
					t.Errorf("%d commits, %d deletions", commits, deletions)
				}
			})
		})
	}
}

// Nobody deletes a draft that another resource of the process is filling.
func TestRemoveWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		s.add("2", storeapi.StatusPendingCommit)
		w := s.workflow()
		unlock, err := w.LockFlight(t.Context(), ref.FlightRef)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := w.Remove(ctx, knows("2", workflow.Record{SubmissionID: "2"})); !errors.Is(err, context.DeadlineExceeded) || len(s.calls) > 0 {
			t.Errorf("got %v after %q", err, s.calls)
		}
	})
}
