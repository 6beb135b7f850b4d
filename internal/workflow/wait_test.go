package workflow_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

var ref = storeapi.FlightRef{ApplicationID: "9NBLGGH4R315", FlightID: "f"}.Submission("1152921504621086517")

// follow waits with a Store whose looks give the answers, statuses or errors, one after the
// other, and the last one endlessly.
func follow(t *testing.T, timeout time.Duration, goal workflow.Goal, record workflow.Record, answers ...any) (*fakeStore, string, string, error) {
	t.Helper()
	var log bytes.Buffer
	store := storeWith(storeapi.StatusCommitStarted, none)
	store.before = func(context.Context, string) error {
		answer := answers[min(len(store.looks), len(answers))-1]
		status, _ := answer.(string)
		store.course = []storeapi.Status{storeapi.Status(status)}
		err, _ := answer.(error)
		return err
	}
	w := &workflow.Workflow{Store: store, PollInterval: 30 * time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	last, err := w.Wait(ctx, ref, record, goal)
	return store, string(last.Status), log.String(), err
}

func TestWait(t *testing.T) {
	t.Parallel()
	trouble := &storeapi.Error{StatusCode: 503}
	for name, tt := range map[string]struct {
		goal    workflow.Goal
		answers []any
		want    string
		asked   int
	}{
		"each stage":                 {"publish", []any{"CommitStarted", "PreProcessing", "Certification", "Release", "Publishing", "Published"}, "Published", 6},
		"commit is enough":           {"commit", []any{"CommitStarted", "PreProcessing"}, "PreProcessing", 2},
		"skipped stages":             {"commit", []any{"CommitStarted", "Certification"}, "Certification", 2},
		"certification":              {"certification", []any{"Certification", "Release"}, "Release", 2},
		"the status lags":            {"commit", []any{"PendingCommit", "PendingCommit", "PreProcessing"}, "PreProcessing", 3},
		"the status is missing":      {"commit", []any{"", "", "PreProcessing"}, "PreProcessing", 3},
		"a status nobody knows":      {"publish", []any{"Quantum", "Published"}, "Published", 2},
		"a failure":                  {"publish", []any{"PreProcessing", "PreProcessingFailed"}, "PreProcessingFailed", 2},
		"a cancellation":             {"publish", []any{"Certification", "Canceled"}, "Canceled", 2},
		"a failure beyond the goal":  {"commit", []any{"CertificationFailed"}, "CertificationFailed", 1},
		"the Store has bad minutes":  {"commit", []any{trouble, trouble, "PreProcessing"}, "PreProcessing", 3},
		"bad minutes before the end": {"commit", []any{"CommitStarted", trouble, "CommitFailed"}, "CommitFailed", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store, status, _, err := follow(t, 24*time.Hour, tt.goal, workflow.Record{SubmissionID: ref.SubmissionID, Committed: time.Now()}, tt.answers...)
				if err != nil || status != tt.want || len(store.looks) != tt.asked {
					t.Errorf("got %s after %d looks, %v; want %s after %d", status, len(store.looks), err, tt.want, tt.asked)
				}
			})
		})
	}
}

func TestWaitRunsOutOfTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		trouble := &storeapi.Error{Operation: "reading status", StatusCode: 500}
		store, status, log, err := follow(t, 72*time.Hour, workflow.GoalPublish, workflow.Record{SubmissionID: ref.SubmissionID, Committed: start}, "Certification", trouble)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, trouble) {
			t.Errorf("the error does not tell both the deadline and the last trouble: %v", err)
		}
		if status != "Certification" {
			t.Errorf("the last thing the Store said is lost: %s", status)
		}
		if waited := time.Since(start); waited != 72*time.Hour {
			t.Errorf("waited %s", waited)
		}
		if first := store.looks[0].Sub(start); first != 30*time.Second {
			t.Errorf("first look after %s", first)
		}
		for i := 1; i < len(store.looks); i++ {
			if pause := store.looks[i].Sub(store.looks[i-1]); pause > 5*time.Minute || pause < 30*time.Second {
				t.Fatalf("look %d after %s", i, pause)
			}
		}
		for _, part := range []string{"submission_id=" + ref.SubmissionID, "status=Certification", "goal=publish", "next_look_in=5m0s"} {
			if !strings.Contains(log, part) {
				t.Errorf("the log does not say %q", part)
			}
		}
		if lines := strings.Split(log, "\n"); !strings.Contains(lines[1], "waiting_for=30s") {
			t.Errorf("the second line does not say for how long it has waited: %s", lines[1])
		}
	})
}

func TestWaitGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, _, _, err := follow(t, 24*time.Hour, workflow.GoalCommit, workflow.Record{SubmissionID: ref.SubmissionID, Committed: time.Now()}, "PendingCommit")
		if err == nil || !strings.Contains(err.Error(), "still has the status PendingCommit") {
			t.Errorf("a commit without effect: %v", err)
		}
	})
	for name, code := range map[string]int{"gone": 404, "signed out": 401, "without permission": 403} {
		synctest.Test(t, func(t *testing.T) {
			refusal := &storeapi.Error{StatusCode: code}
			store, _, _, err := follow(t, 24*time.Hour, workflow.GoalCommit, workflow.Record{SubmissionID: ref.SubmissionID, Committed: time.Now()}, refusal)
			if !errors.Is(err, refusal) || len(store.looks) != 1 {
				t.Errorf("%s: %v after %d looks", name, err, len(store.looks))
			}
		})
	}
}

// What the Store said last counts, and trouble only while it lasts.
func TestWaitTellsTheLastThing(t *testing.T) {
	t.Parallel()
	trouble := &storeapi.Error{StatusCode: 503}
	for name, answers := range map[string][]any{
		"trouble that is over":       {trouble, "Certification"},
		"a status that goes missing": {"Certification", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, status, _, err := follow(t, time.Hour, workflow.GoalPublish, workflow.Record{SubmissionID: ref.SubmissionID, Committed: time.Now()}, answers...)
				if status != "Certification" || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, trouble) {
					t.Errorf("got %q, %v", status, err)
				}
			})
		})
	}
}

// A look that the end of the time cuts off is no trouble of the Store.
func TestWaitEndsDuringALook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		store := storeWith(storeapi.StatusCommitStarted, none)
		store.before = func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		}
		w := &workflow.Workflow{Store: store, PollInterval: 30 * time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil))}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := w.Wait(ctx, ref, workflow.Record{SubmissionID: ref.SubmissionID}, workflow.GoalPublish)
		if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "the last look failed") || strings.Contains(log.String(), "level=WARN") {
			t.Errorf("got %v, log:\n%s", err, log.String())
		}
	})
}

// An error that the Store goes on reporting is logged when it is new.
func TestWaitLogsAnErrorOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		store := storeWith(storeapi.StatusCommitStarted, none)
		store.course = []storeapi.Status{"PreProcessing", "PreProcessing", "PreProcessing", "PreProcessingFailed"}
		store.before = func(context.Context, string) error {
			if len(store.looks) == 3 {
				store.only().StatusDetails.Errors = append(store.only().StatusDetails.Errors, storeapi.StatusDetail{Code: "Second"})
			}
			return nil
		}
		store.only().StatusDetails.Errors = []storeapi.StatusDetail{{Code: "First"}}
		w := &workflow.Workflow{Store: store, PollInterval: 30 * time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil))}
		if _, err := w.Wait(t.Context(), ref, workflow.Record{SubmissionID: ref.SubmissionID}, workflow.GoalPublish); err != nil {
			t.Fatal(err)
		}
		for _, code := range []string{"First", "Second"} {
			if n := strings.Count(log.String(), "code="+code); n != 1 {
				t.Errorf("%s is logged %d times:\n%s", code, n, log.String())
			}
		}
	})
}
