package workflow_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// await follows the submission of a store, and returns what it told.
func await(t *testing.T, store *fakeStore, goal workflow.Goal) (told []string, err error) {
	t.Helper()
	err = over(store).Await(t.Context(), workflow.Await{
		Flight: ref.FlightRef, SubmissionID: ref.SubmissionID, Goal: goal, Tell: func(text string) { told = append(told, text) },
	})
	return told, err
}

func TestAwait(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		begins   storeapi.Status
		goal     workflow.Goal
		statuses []storeapi.Status
		want     []string
		failure  string
	}{
		"there already": {
			begins: "Published", goal: workflow.GoalPublish,
			want: []string{"has the status Published: testers can get it."},
		},
		"each status once": {
			begins: "PendingCommit", goal: workflow.GoalPublish,
			statuses: []storeapi.Status{"PendingCommit", "CommitStarted", "PreProcessing", "PreProcessing", "Certification", "Quantum", "Published"},
			want: []string{
				`has the status PendingCommit. Waiting for wait_for = "publish".`, "Status CommitStarted after 2m30s.", "Status PreProcessing after 4m45s.",
				"Status Certification after", "Status Quantum after", "Status Published after", "has the status Published",
			},
		},
		"far enough": {
			begins: "PreProcessing", goal: workflow.GoalCertification, statuses: []storeapi.Status{"PendingPublication"},
			want: []string{"has the status PreProcessing", "Status PendingPublication after 1m0s.", "has the status PendingPublication: it is certified."},
		},
		"processed": {
			begins: "PreProcessing", goal: workflow.GoalCommit, want: []string{"has the status PreProcessing: the Store has processed its commit."},
		},
		"failed already": {begins: "CommitFailed", goal: workflow.GoalCommit, failure: "Correct what is named above, and submit again."},
		"fails": {
			begins: "Certification", goal: workflow.GoalPublish, statuses: []storeapi.Status{"CertificationFailed"},
			want: []string{"has the status Certification", "Status CertificationFailed after"}, failure: "Flight submission failed: CertificationFailed",
		},
		"cancelled": {
			begins: "Certification", goal: workflow.GoalPublish, statuses: []storeapi.Status{"Canceled"},
			want: []string{"has the status Certification", "Status Canceled after"}, failure: "if testers still need the packages",
		},
		"a draft": {
			begins: "PendingCommit", goal: workflow.GoalCommit, statuses: []storeapi.Status{"PendingCommit"},
			want: []string{"has the status PendingCommit"}, failure: "Flight submission is a draft",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := storeWith(tt.begins, live)
				store.course = tt.statuses
				told, err := await(t, store, tt.goal)
				if (err == nil) != (tt.failure == "") || err != nil && !strings.Contains(err.Error(), tt.failure) {
					t.Errorf("error %v, want it to say %q", err, tt.failure)
				}
				if err != nil && strings.Contains(strings.ToLower(err.Error()), "apply") {
					t.Errorf("nothing was applied: %v", err)
				}
				if len(told) != len(tt.want) {
					t.Fatalf("told %q, want %q", told, tt.want)
				}
				for i, part := range tt.want {
					if !strings.Contains(told[i], part) {
						t.Errorf("%q does not say %q", told[i], part)
					}
				}
			})
		})
	}
}

// Whoever waits for a publication is told what holds it up.
func TestAwaitTellsOfPublishModes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		mode string
		goal workflow.Goal
		want string
	}{
		"by hand":              {storeapi.PublishManual, workflow.GoalPublish, "After its certification it waits until somebody publishes it in Partner Center: " + ref.PartnerCenterURL()},
		"by hand, not awaited": {storeapi.PublishManual, workflow.GoalCertification, ""},
		"on a date":            {storeapi.PublishSpecificDate, workflow.GoalPublish, "It is to be published at 2099-01-02T03:04:05Z."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := storeWith("Certification", live)
				store.only().TargetPublishMode = tt.mode
				store.only().TargetPublishDate = time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)
				store.course = []storeapi.Status{"Published"}
				told, err := await(t, store, tt.goal)
				if err != nil || len(told) == 0 || !strings.HasSuffix(told[0], strings.TrimSpace(`"`+string(tt.goal)+`". `+tt.want)) {
					t.Errorf("%v; told %q, want %q", err, told, tt.want)
				}
			})
		})
	}
}

func TestAwaitRunsOutOfTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := storeWith("Certification", live)
		store.only().TargetPublishMode = storeapi.PublishManual
		store.course = []storeapi.Status{"Release"}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		err := over(store).Await(ctx, workflow.Await{
			Flight: ref.FlightRef, SubmissionID: ref.SubmissionID, Goal: workflow.GoalPublish, Tell: func(string) {},
		})
		problem, _ := errors.AsType[*workflow.Problem](err)
		if problem == nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		for _, part := range []string{
			"has not reached its goal yet", "Its last known status is Release", `wait_for is "publish"`,
			"Invoke the action again to continue waiting. After its certification it waits until somebody publishes it",
		} {
			if !strings.Contains(problem.Error(), part) {
				t.Errorf("%q does not say %q", problem.Error(), part)
			}
		}
	})
}

func TestAwaitLosesTheSubmission(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := storeWith("Certification", live)
		store.refuse(&storeapi.Error{StatusCode: 404}, nil, opStatus)
		if _, err := await(t, store, workflow.GoalPublish); err == nil || !strings.Contains(err.Error(), "Flight submission is gone") {
			t.Error(err)
		}
	})
}
