package workflow_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

type anyToken struct{}

// GetToken implements azcore.TokenCredential.
func (anyToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// What a refresh or a plan of the same process has read is shared for minutes. An operation acts on what the Store has now.
func TestOperationsActOnFreshReads(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		// draft is whether the flight has a draft that was read before, rollout whether the published submission rolls out.
		draft, rollout bool
		// meanwhile happens after the reads.
		meanwhile func(sim *storesim.Sim, published, draft storeapi.SubmissionRef)
		do        func(t *testing.T, w *workflow.Workflow, published, draft storeapi.SubmissionRef) (told string, err error)
		want      string
		// never is a request that has no purpose by now.
		never storesim.Operation
	}{
		"submitting": {
			draft:     true,
			meanwhile: func(sim *storesim.Sim, _, draft storeapi.SubmissionRef) { sim.SubmitInPortal(draft.SubmissionID) },
			do: func(t *testing.T, w *workflow.Workflow, published, _ storeapi.SubmissionRef) (string, error) {
				t.Helper()
				d := desired(t)
				d.Flight, d.PendingPolicy = published.FlightRef, workflow.PendingReplace
				_, err := w.Submit(t.Context(), d, nil, func(workflow.Tracked) {})
				return "", err
			},
			want: "Flight submission is being processed", never: storesim.DeleteSubmission,
		},
		"submitting into a slot that has changed hands": {
			draft: true,
			meanwhile: func(sim *storesim.Sim, published, draft storeapi.SubmissionRef) {
				sim.DeleteInPortal(draft.SubmissionID)
				sim.AddDraft(published.ApplicationID, published.FlightID, storesim.Draft{})
			},
			do: func(t *testing.T, w *workflow.Workflow, published, _ storeapi.SubmissionRef) (string, error) {
				t.Helper()
				d := desired(t)
				d.Flight = published.FlightRef
				_, err := w.Submit(t.Context(), d, nil, func(workflow.Tracked) {})
				return "", err
			},
			want: "is a draft that this resource does not manage", never: storesim.CreateSubmission,
		},
		"removing a submission": {
			draft:     true,
			meanwhile: func(sim *storesim.Sim, _, draft storeapi.SubmissionRef) { sim.SubmitInPortal(draft.SubmissionID) },
			do: func(t *testing.T, w *workflow.Workflow, _, draft storeapi.SubmissionRef) (string, error) {
				t.Helper()
				_, err := w.Remove(t.Context(), &workflow.Tracked{Submission: &storeapi.Submission{Ref: draft}})
				return "", err
			},
			want: "Flight submission is being processed", never: storesim.DeleteSubmission,
		},
		"removing a flight": {
			draft:     true,
			meanwhile: func(sim *storesim.Sim, _, draft storeapi.SubmissionRef) { sim.SubmitInPortal(draft.SubmissionID) },
			do: func(t *testing.T, w *workflow.Workflow, published, _ storeapi.SubmissionRef) (string, error) {
				t.Helper()
				return "", w.RemoveFlight(t.Context(), published.FlightRef)
			},
			want: "Flight submission is being processed", never: storesim.DeleteSubmission,
		},
		"removing a flight that got a draft": {
			meanwhile: func(sim *storesim.Sim, published, _ storeapi.SubmissionRef) {
				sim.AddDraft(published.ApplicationID, published.FlightID, storesim.Draft{})
			},
			do: func(t *testing.T, w *workflow.Workflow, published, _ storeapi.SubmissionRef) (string, error) {
				t.Helper()
				return "", w.RemoveFlight(t.Context(), published.FlightRef)
			},
		},
		"awaiting": {
			draft:     true,
			meanwhile: func(sim *storesim.Sim, _, draft storeapi.SubmissionRef) { sim.Cancel(draft.SubmissionID) },
			do: func(t *testing.T, w *workflow.Workflow, _, draft storeapi.SubmissionRef) (told string, err error) {
				t.Helper()
				err = w.Await(t.Context(), workflow.Await{
					Flight: draft.FlightRef, SubmissionID: draft.SubmissionID, Goal: workflow.GoalCommit, Tell: func(text string) { told += text },
				})
				return told, err
			},
			want: "Flight submission failed: Canceled", never: storesim.GetSubmissionStatus,
		},
		"ending a rollout": {
			rollout: true,
			meanwhile: func(sim *storesim.Sim, published, _ storeapi.SubmissionRef) {
				sim.SetRollout(published.SubmissionID, storesim.Rollout{Enabled: true, Percentage: 100, Status: "PackageRolloutComplete"})
			},
			do: func(t *testing.T, w *workflow.Workflow, published, _ storeapi.SubmissionRef) (told string, err error) {
				t.Helper()
				err = w.EndRollout(t.Context(), workflow.RolloutEnd{
					Flight: published.FlightRef, State: workflow.RolloutFinalized, Tell: func(text string) { told += text },
				})
				return told, err
			},
			want: "was finalized already", never: storesim.FinalizePackageRollout,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var rollout *storesim.Rollout
			if test.rollout {
				rollout = &storesim.Rollout{Enabled: true, Percentage: 10}
			}
			sim, client, published := publishedSim(t, rollout)
			flight := published.FlightRef
			draft := flight.Submission("")
			if test.draft {
				draft.SubmissionID = sim.AddDraft(flight.ApplicationID, flight.FlightID, storesim.Draft{})
			}
			_, err := client.Flight(t.Context(), flight)
			for _, ref := range []storeapi.SubmissionRef{published, draft} {
				if ref.SubmissionID != "" {
					_, readErr := client.Submission(t.Context(), ref)
					err = errors.Join(err, readErr)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			test.meanwhile(sim, published, draft)
			told, err := test.do(t, over(client), published, draft)
			if err != nil {
				told += err.Error()
			}
			if !strings.Contains(told, test.want) || test.want == "" && told != "" {
				t.Errorf("got %q, want %q in it", told, test.want)
			}
			if test.never != "" && sim.Count(test.never) > 0 {
				t.Errorf("the Store got %s", test.never)
			}
		})
	}
}

// reticent is a Store whose replies to creations leave the status out.
type reticent struct{ *storeapi.Client }

// CreateSubmission implements workflow.Store.
func (r reticent) CreateSubmission(ctx context.Context, flight *storeapi.Flight) (*storeapi.Submission, error) {
	s, err := r.Client.CreateSubmission(ctx, flight)
	if err == nil {
		s.Status = ""
	}
	return s, err
}

// What another resource has read of the submission that an apply works on is older than what the apply needs to know.
func TestSubmitActsOnFreshReads(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		// at tells when somebody reads the submission and somebody else changes it.
		at        func(workflow.Tracked) bool
		meanwhile func(*storesim.Sim, string)
		want      string
		never     storesim.Operation
	}{
		"a draft that was made": {
			at:        func(now workflow.Tracked) bool { return now.Submission.Status == "" },
			meanwhile: (*storesim.Sim).SubmitInPortal,
			want:      "New flight submission is not a draft", never: storesim.UpdateSubmission,
		},
		"a submission that was committed": {
			at:        func(now workflow.Tracked) bool { return !now.Record.Committed.IsZero() },
			meanwhile: (*storesim.Sim).Cancel,
			want:      "Flight submission failed: Canceled", never: storesim.GetSubmissionStatus,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, client, published := publishedSim(t, nil)
			changed := false
			d := desired(t)
			d.Flight, d.Packages, d.PublishMode, d.WaitFor = published.FlightRef, nil, "Manual", workflow.GoalNone
			_, err := over(reticent{client}).Submit(t.Context(), d, nil, func(now workflow.Tracked) {
				if changed || !test.at(now) {
					return
				}
				changed = true
				if _, err := client.Submission(t.Context(), now.Submission.Ref); err != nil {
					t.Error(err)
				}
				test.meanwhile(sim, now.Submission.Ref.SubmissionID)
			})
			if err == nil || !strings.Contains(err.Error(), test.want) || sim.Count(test.never) > 0 {
				t.Errorf("got %v after %d of %s, want %q", err, sim.Count(test.never), test.never, test.want)
			}
		})
	}
}

// publishedSim is a Store with a published submission, and a client of it.
func publishedSim(t *testing.T, rollout *storesim.Rollout) (*storesim.Sim, *storeapi.Client, storeapi.SubmissionRef) {
	t.Helper()
	sim, err := storesim.Start(storesim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	app := sim.AddApplication(storesim.Application{})
	flight := storeapi.FlightRef{ApplicationID: app, FlightID: sim.AddFlight(app, storesim.Flight{NoDraft: true})}
	published := sim.AddPublishedSubmission(app, flight.FlightID, storesim.Published{
		Packages: []storesim.Package{{FileName: "old.msix", Version: "0.9.0.0", Architecture: "x64"}}, Rollout: rollout,
	})
	client, err := storeapi.New(storeapi.Options{Endpoint: sim.URL(), Credential: anyToken{}, RetryDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return sim, client, flight.Submission(published)
}
