package flightsubmission_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const await = "msstore_await_flight_submission"

// committed starts a Store whose flight has a submission that the Store has begun to
// process, besides a published one.
func committed(t *testing.T) (w *acctest.World, submissionID string) {
	t.Helper()
	w = acctest.Published(t)
	submissionID = w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	w.Sim.Hold(storesim.StatusPreProcessing)
	w.Sim.SetStatus(w.ApplicationID, w.FlightID, submissionID, storesim.StatusPreProcessing)
	return w, submissionID
}

func awaiting(w *acctest.World, more map[string]any) map[string]any {
	all := map[string]any{"application_id": w.ApplicationID, "flight_id": w.FlightID}
	maps.Copy(all, more)
	return all
}

func TestAwaitAction(t *testing.T) {
	t.Parallel()
	w, id := committed(t)
	// Each message lets the submission go on: nothing is told twice, and nothing left out.
	next := []string{storesim.StatusCertification, storesim.StatusRelease, storesim.StatusPublished}
	progress, failure := w.Protocol().Invoke(await, awaiting(w, nil), func(string) {
		if len(next) > 0 {
			w.Sim.Hold(next[0])
			w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, next[0])
			next = next[1:]
		}
	})
	text := strings.Join(progress, "\n")
	if failure != "" || len(progress) != 5 {
		t.Fatalf("%d messages, %s:\n%s", len(progress), failure, text)
	}
	for i, want := range []string{
		"Submission " + id, "Status Certification after", "Status Release after", "Status Published after", "has the status Published: testers can get it.",
	} {
		if !strings.Contains(progress[i], want) {
			t.Errorf("message %d does not say %q: %s", i, want, progress[i])
		}
	}
	if !strings.Contains(progress[0], `has the status PreProcessing. Waiting for wait_for = "publish".`) {
		t.Errorf("it begins with %s", progress[0])
	}
	w.OnlyReads()
}

func TestAwaitActionGoals(t *testing.T) {
	t.Parallel()
	for goal, status := range map[string]string{
		"commit": storesim.StatusPreProcessing, "certification": storesim.StatusPendingPublication, "publish": storesim.StatusPublished,
	} {
		t.Run(goal, func(t *testing.T) {
			t.Parallel()
			w, id := committed(t)
			w.Sim.Hold(status)
			w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, status)
			progress, failure := w.Protocol().Invoke(await, awaiting(w, map[string]any{"wait_for": goal, "submission_id": id}))
			if failure != "" || len(progress) != 1 || !strings.Contains(progress[0], "has the status "+status) {
				t.Errorf("%q, %s", progress, failure)
			}
		})
	}
}

func TestAwaitActionFails(t *testing.T) {
	t.Parallel()
	details := storesim.StatusDetails{
		Errors:   []storesim.StatusDetail{{Code: "PackageValidationFailed", Details: "app.msix: sig=SECRET is not allowed"}},
		Warnings: []storesim.StatusDetail{{Code: "ListingOptOutWarning", Details: "fr-fr"}},
		CertificationReports: []storesim.CertificationReport{{
			Date: time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC), ReportURL: "https://example.com/report/7",
		}},
	}
	for name, test := range map[string]struct {
		prepare  func(w *acctest.World, id string)
		timeout  string
		progress []string
		failure  []string
	}{
		"certification": {
			prepare: func(w *acctest.World, id string) {
				w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusCertificationFailed, details)
			},
			failure: []string{
				"Flight submission failed: CertificationFailed", "PackageValidationFailed: app.msix", "raise its version, and submit again",
				"2026-11-02 03:04 UTC: https://example.com/report/7", "correlation id", "Correct what is named above, and submit again.",
			},
		},
		"cancelled": {
			prepare: func(w *acctest.World, id string) { w.Sim.Cancel(id) },
			failure: []string{"Flight submission failed: Canceled", "was cancelled in Partner Center.", "Submit again if testers still need the packages."},
		},
		"out of time": {
			timeout: "1ns",
			failure: []string{"Error waiting for flight submission", "allow it with the argument timeouts"},
		},
		"sign-in": {
			prepare: func(w *acctest.World, _ string) {
				w.Sim.Inject(storesim.Fault{Operation: storesim.GetSubmissionStatus, Times: -1, Action: storesim.Refuse{Status: http.StatusUnauthorized}})
			},
			progress: []string{"PreProcessing"},
			failure:  []string{"401 Unauthorized"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := committed(t)
			if test.prepare != nil {
				test.prepare(w, id)
			}
			more := map[string]any{}
			if test.timeout != "" {
				more["timeouts"] = map[string]any{"invoke": test.timeout}
			}
			progress, failure := w.Protocol().Invoke(await, awaiting(w, more))
			text := strings.Join(progress, "\n")
			for _, part := range test.progress {
				if !strings.Contains(text, part) {
					t.Errorf("the progress does not say %q: %s", part, text)
				}
			}
			for _, part := range test.failure {
				if !strings.Contains(failure, part) {
					t.Errorf("the failure does not say %q: %s", part, failure)
				}
			}
			if all := text + failure; strings.Contains(all, "SECRET") || strings.Contains(strings.ToLower(all), "apply again") || strings.Contains(all, "next apply") {
				t.Errorf("it says too much: %s", all)
			}
		})
	}
}

// What the Store finds fault with is told when it does so, and without secrets.
func TestAwaitActionTellsErrorsEarly(t *testing.T) {
	t.Parallel()
	w, id := committed(t)
	details := storesim.StatusDetails{Errors: []storesim.StatusDetail{{Code: "Other", Details: "https://blob.example/x?sig=SECRET"}}}
	steps := []func(){
		func() {
			w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusPreProcessing, details)
		},
		func() { w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusPreProcessingFailed) },
	}
	progress, failure := w.Protocol().Invoke(await, awaiting(w, nil), func(string) {
		if len(steps) > 0 {
			steps[0]()
			steps = steps[1:]
		}
	})
	if len(progress) != 3 || !strings.HasPrefix(progress[1], "The Store reports an error: Other: https://blob.example/x?") || failure == "" {
		t.Errorf("%q, %s", progress, failure)
	}
	if strings.Contains(strings.Join(progress, ""), "SECRET") {
		t.Errorf("a secret is told: %q", progress)
	}
}

func TestAwaitActionFindsNothing(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	pending, _ := w.Pending()
	w.Sim.DeleteInPortal(pending)
	if progress, failure := w.Protocol().Invoke(await, awaiting(w, nil)); len(progress) > 0 || !strings.Contains(failure, "Flight has no submission") {
		t.Errorf("%q, %s", progress, failure)
	}
	if _, failure := w.Protocol().Invoke(await, awaiting(w, map[string]any{"submission_id": "7"})); !strings.Contains(failure, "404 Not Found") {
		t.Errorf("a submission that there is not: %s", failure)
	}
	if progress, failure := acctest.StartProtocol(t).Invoke(await, awaiting(w, nil)); len(progress) > 0 || !strings.Contains(failure, "Provider is not configured") {
		t.Errorf("%q, %s", progress, failure)
	}
}

func TestAwaitActionIsValidated(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	p := w.Protocol()
	if failure := p.ValidateAction(await, awaiting(w, map[string]any{"wait_for": "certification", "submission_id": "7", "timeouts": map[string]any{"invoke": "1h"}})); failure != "" {
		t.Error(failure)
	}
	for argument, wrong := range map[string]any{
		"application_id": "Contoso.Sample", "flight_id": "beta", "submission_id": "last", "wait_for": "none", "timeouts": map[string]any{"invoke": "soon"},
	} {
		failure := p.ValidateAction(await, awaiting(w, map[string]any{argument: wrong}))
		if !strings.Contains(failure, argument) || !strings.Contains(failure, "must be") {
			t.Errorf("%s = %v: %q", argument, wrong, failure)
		}
	}
}

// An action that an apply triggers, and one that fails: the resource is not tainted
// by it.
func TestAwaitActionIsTriggered(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Actions)
	w := acctest.Published(t)
	w.Sim.FailAt(storesim.StatusCertificationFailed)
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `
  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.msstore_await_flight_submission.test]
    }
  }`) + acctest.Block(`action "msstore_await_flight_submission" "test"`, acctest.BlockOf(address, "config"))
	w.Run(t,
		acctest.Step{Config: config, ExpectError: []string{"Flight submission failed: CertificationFailed"}},
		acctest.Step{
			// The failed submission is replaced in place.
			Config: config, PlanChecks: acctest.Planned(address, plancheck.ResourceActionUpdate),
			StateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(address, tfjsonpath.New("submission_id"), knownvalue.NotNull())},
		},
	)
}
