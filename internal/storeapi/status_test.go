package storeapi_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

var course = []storeapi.Status{
	storeapi.StatusPendingCommit, storeapi.StatusCommitStarted, storeapi.StatusPreProcessing, storeapi.StatusCertification,
	storeapi.StatusRelease, storeapi.StatusPendingPublication, storeapi.StatusPublishing, storeapi.StatusPublished,
}

var offCourse = []storeapi.Status{
	"", "Paused", storeapi.StatusNone, storeapi.StatusCanceled, storeapi.StatusCommitFailed, storeapi.StatusPreProcessingFailed,
	storeapi.StatusCertificationFailed, storeapi.StatusReleaseFailed, storeapi.StatusPublishFailed,
}

func TestReached(t *testing.T) {
	t.Parallel()
	for i, goal := range course {
		for j, status := range course {
			if got, want := status.Reached(goal), j >= i; got != want {
				t.Errorf("%s has reached %s: %v, want %v", status, goal, got, want)
			}
		}
		for _, status := range offCourse {
			if status.Reached(goal) {
				t.Errorf("%q has reached %s", status, goal)
			}
			if goal.Reached(status) {
				t.Errorf("%s has reached %q", goal, status)
			}
		}
	}
}

func TestFailed(t *testing.T) {
	t.Parallel()
	for _, status := range slices.Concat(course, offCourse) {
		want := slices.Contains(offCourse[3:], status)
		if got := status.Failed(); got != want {
			t.Errorf("%q has failed: %v, want %v", status, got, want)
		}
	}
}

func TestSubmissionStatus(t *testing.T) {
	t.Parallel()
	t.Run("with details", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{
				want:   "GET " + newPath + "/status",
				header: http.Header{"Ms-Correlationid": {"corr-7"}},
				body: `{"status":"CommitFailed","statusDetails":{"errors":[{"code":"InvalidArchive","details":"no zip"}],"warnings":null,
				"certificationReports":[{"date":"","reportUrl":"https://r"}]}}`,
			}))
			got, err := client.SubmissionStatus(t.Context(), newRef)
			if err != nil {
				t.Fatal(err)
			}
			details := got.StatusDetails
			if got.Status != storeapi.StatusCommitFailed || len(details.Errors) != 1 || details.Errors[0].Code != "InvalidArchive" ||
				details.Errors[0].Details != "no zip" || details.Warnings != nil || len(details.CertificationReports) != 1 ||
				!details.CertificationReports[0].Date.IsZero() || details.CertificationReports[0].ReportURL != "https://r" ||
				got.CorrelationID != "corr-7" {
				t.Errorf("got %+v", got)
			}
		})
	})
	t.Run("after trouble", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			trouble := func(s step) step { s.want = polled.want; return s }
			client := newClient(t, newScript(t, trouble(step{status: 500}), trouble(step{status: 503}), trouble(step{lost: errReset}), polled))
			got, err := client.SubmissionStatus(t.Context(), newRef)
			if err != nil || got.Status != storeapi.StatusCertification {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	})
	t.Run("odd", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			client := newClient(t, newScript(t, step{want: polled.want, body: `{"statusDetails":[]}`}))
			_, err := client.SubmissionStatus(t.Context(), newRef)
			wantError(t, err, 0, "the reply cannot be read: member statusDetails: not a JSON object")
		})
	})
}
