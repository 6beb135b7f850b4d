package storeapi_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

func TestChangePackageRollout(t *testing.T) {
	t.Parallel()
	type change func(*storeapi.Client, context.Context, storeapi.SubmissionRef) (*storeapi.PackageRollout, error)
	percentage := func(p float64) change {
		return func(c *storeapi.Client, ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error) {
			return c.UpdatePackageRolloutPercentage(ctx, ref, p)
		}
	}
	halt, finalize := change((*storeapi.Client).HaltPackageRollout), change((*storeapi.Client).FinalizePackageRollout)

	update := "POST " + oldPath + "/updatepackagerolloutpercentage?percentage="
	halting, finalizing := "POST "+oldPath+"/haltpackagerollout", "POST "+oldPath+"/finalizepackagerollout"
	read := func(percentage, status string) step {
		return step{want: "GET " + oldPath + "/packagerollout", body: rolloutBody(percentage, status)}
	}

	for name, test := range map[string]struct {
		change     change
		steps      []step
		percentage float64
		status     storeapi.RolloutStatus // "" for an error
		code       int
	}{
		"update": {
			change: percentage(12.5), percentage: 12.5, status: storeapi.RolloutInProgress,
			steps: []step{{want: update + "12.5", body: rolloutBody("12.5", "PackageRolloutInProgress")}},
		},
		"small percentage": {
			change: percentage(0.000001), percentage: 0.000001, status: storeapi.RolloutInProgress,
			steps: []step{{want: update + "0.000001", body: rolloutBody("0.000001", "PackageRolloutInProgress")}},
		},
		"everybody": {
			change: percentage(100), percentage: 100, status: storeapi.RolloutInProgress,
			steps: []step{{want: update + "100", body: rolloutBody("100", "PackageRolloutInProgress")}},
		},
		"update lost, done": {
			change: percentage(50), percentage: 50, status: storeapi.RolloutInProgress,
			steps: []step{{want: update + "50", lost: errReset}, read("50.0", "PackageRolloutInProgress")},
		},
		"update lost, not done": {
			change: percentage(50), percentage: 50, status: storeapi.RolloutInProgress,
			steps: []step{
				{want: update + "50", lost: errReset},
				read("25", "PackageRolloutInProgress"),
				{want: update + "50", body: rolloutBody("50", "PackageRolloutInProgress")},
			},
		},
		"update of a finished one": {
			change: percentage(100), code: 409,
			steps: []step{{want: update + "100", status: 409, body: conflictBody}, read("100", "PackageRolloutComplete")},
		},
		"halt": {
			change: halt, status: storeapi.RolloutStopped,
			steps: []step{{want: halting, body: rolloutBody("0", "PackageRolloutStopped")}},
		},
		"halted before": {
			change: halt, status: storeapi.RolloutStopped,
			steps: []step{{want: halting, status: 409, body: conflictBody}, read("0", "PackageRolloutStopped")},
		},
		"halt of a finalized one": {
			change: halt, code: 409,
			steps: []step{{want: halting, status: 409, body: conflictBody}, read("100", "PackageRolloutComplete")},
		},
		"finalize": {
			change: finalize, percentage: 100, status: storeapi.RolloutComplete,
			steps: []step{{want: finalizing, body: rolloutBody("100.0", "PackageRolloutComplete")}},
		},
		"finalize, server error": {
			change: finalize, percentage: 100, status: storeapi.RolloutComplete,
			steps: []step{{want: finalizing, status: 500, body: serverErrorBody}, read("100", "PackageRolloutComplete")},
		},
		"finalize, odd reply": {
			change: finalize, percentage: 100, status: storeapi.RolloutComplete,
			steps: []step{{want: finalizing, body: "[]"}, read("100", "PackageRolloutComplete")},
		},
		"finalize, slow": {
			change: finalize, percentage: 100, status: storeapi.RolloutComplete,
			steps: []step{
				{want: finalizing, lost: errReset},
				read("50", "PackageRolloutInProgress"),
				{want: finalizing, status: 409, body: conflictBody},
				read("100", "PackageRolloutComplete"),
			},
		},
		"gone": {
			change: finalize, code: 404,
			steps: []step{{want: finalizing, status: 404}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := newClient(t, newScript(t, test.steps...))
				got, err := test.change(client, t.Context(), oldRef)
				if test.status == "" {
					wantError(t, err, test.code, "package rollout")
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got.Percentage != test.percentage || got.Status != test.status || !got.IsPackageRollout || got.FallbackSubmissionID != "" {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestPackageRollout(t *testing.T) {
	t.Parallel()
	t.Run("from the submission", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{want: "GET " + oldPath, body: submissionBody(oldID, "Published")}))
			if _, err := client.Submission(t.Context(), oldRef); err != nil {
				t.Fatal(err)
			}
			got, err := client.PackageRollout(t.Context(), oldRef)
			if err != nil || got.IsPackageRollout || got.Status != storeapi.RolloutNotStarted || got.FallbackSubmissionID != "" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	})
	t.Run("before the submission", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{want: "GET " + oldPath, body: submissionBody(oldID, "Published")}))
			if _, err := client.PackageRollout(t.Context(), oldRef); err != nil {
				t.Error(err)
			}
			if _, err := client.Submission(t.Context(), oldRef); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("the submission says nothing", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t,
				step{want: "GET " + oldPath, body: `{"id":"` + oldID + `","status":"Published"}`},
				step{want: "GET " + oldPath + "/packagerollout", body: rolloutBody("25", "PackageRolloutInProgress")},
			))
			for range 2 {
				got, err := client.PackageRollout(t.Context(), oldRef)
				if err != nil || got.Percentage != 25 {
					t.Errorf("got %+v, %v", got, err)
				}
			}
		})
	})
	t.Run("from the Store", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t,
				step{want: "GET " + oldPath + "/packagerollout", body: rolloutBody("25.5", "PackageRolloutInProgress")},
				step{want: "GET " + oldPath + "/packagerollout", body: rolloutBody("30", "PackageRolloutInProgress")},
			))
			for _, want := range []float64{25.5, 30} {
				got, err := client.PackageRollout(storeapi.WithMaxAge(t.Context(), 0), oldRef)
				if err != nil || got.Percentage != want {
					t.Errorf("got %+v, %v", got, err)
				}
				time.Sleep(time.Second)
			}
		})
	})
	t.Run("not found", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{want: "GET " + oldPath, status: 404}))
			if _, err := client.PackageRollout(t.Context(), oldRef); !storeapi.IsNotFound(err) {
				t.Errorf("got %v", err)
			}
		})
	})
}
