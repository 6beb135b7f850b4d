package storeapi_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// world is a simulated Store with one application and one flight, and a client of it.
type world struct {
	*storesim.Sim
	client *storeapi.Client
	flight storeapi.FlightRef
	// excused is what the Store may complain of.
	excused string
}

func newWorld(t *testing.T, seed storesim.Flight) *world {
	t.Helper()
	sim, err := storesim.Start(storesim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	app := sim.AddApplication(storesim.Application{})
	w := &world{Sim: sim, flight: storeapi.FlightRef{ApplicationID: app, FlightID: sim.AddFlight(app, seed)}}
	t.Cleanup(func() {
		sim.Close()
		for _, violation := range sim.Violations() {
			if w.excused == "" || !strings.Contains(violation, w.excused) {
				t.Errorf("the Store complains: %s", violation)
			}
		}
	})
	w.client = newClient(t, nil, func(o *storeapi.Options) {
		o.Endpoint, o.RetryDelay = sim.URL(), time.Millisecond
	})
	return w
}

// published gives the flight a published submission.
func (w *world) published(t *testing.T, rollout *storesim.Rollout) storeapi.SubmissionRef {
	t.Helper()
	return w.flight.Submission(w.AddPublishedSubmission(w.flight.ApplicationID, w.flight.FlightID, storesim.Published{
		Packages: []storesim.Package{{FileName: "app.msix", Version: "1.0.0.0", Architecture: "x64"}},
		Rollout:  rollout,
	}))
}

// read reads the flight as it is before a write.
func (w *world) read(t *testing.T) *storeapi.Flight {
	t.Helper()
	flight, err := w.client.Flight(t.Context(), w.flight)
	if err != nil {
		t.Fatal(err)
	}
	return flight
}

// mishaps are what may happen to a reply, or to a request, that says nothing of whether it had its effect.
var mishaps = map[string]storesim.Action{
	"none":            nil,
	"request dropped": storesim.DropBefore{},
	"reply dropped":   storesim.DropAfter{},
	"reply cut off":   storesim.Truncate{},
	"error before":    storesim.Refuse{Status: 503},
	"error after":     storesim.ErrorAfter{Status: 503, Code: "InvalidOperation", Message: "Retry with exponential backoff."},
	"gateway before":  storesim.Refuse{Status: 504},
	"gateway after":   storesim.ErrorAfter{Status: 504, Body: "<html>", ContentType: "text/html"},
	"page after":      storesim.HTMLBody{},
	"nothing after":   storesim.EmptyBody{},
	"throttled":       storesim.Refuse{Status: 429},
}

// mishapsOf gives each mishap, once and twice in a row, as what has it hit an operation.
func mishapsOf(operation storesim.Operation) iter.Seq2[string, func(*world)] {
	return func(yield func(string, func(*world)) bool) {
		for name, action := range mishaps {
			for times, suffix := range []string{1: "", 2: " twice"} {
				if times == 0 || action == nil && times > 1 {
					continue
				}
				if !yield(name+suffix, func(w *world) {
					if action != nil {
						w.Inject(storesim.Fault{Operation: operation, Times: times, Action: action})
					}
				}) {
					return
				}
			}
		}
	}
}

func wantEvents(t *testing.T, w *world, want int, kind storesim.EventKind) {
	t.Helper()
	if events := w.Events(kind); len(events) != want {
		t.Errorf("%d times %q, want %d", len(events), kind, want)
	}
}

func TestStoreMakesOneSubmission(t *testing.T) {
	t.Parallel()
	for name, mishap := range mishapsOf(storesim.CreateSubmission) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storesim.Flight{NoDraft: true})
			w.published(t, nil)
			before := w.read(t)
			mishap(w)
			made, err := w.client.CreateSubmission(t.Context(), before)
			if err != nil {
				t.Fatal(err)
			}
			wantEvents(t, w, 1, storesim.EventCreated)
			if state, _ := w.Flight(w.flight.ApplicationID, w.flight.FlightID); state.PendingSubmissionID != made.Ref.SubmissionID {
				t.Errorf("made %s, but %s is pending", made.Ref.SubmissionID, state.PendingSubmissionID)
			}
			if len(made.FlightPackages) != 1 || made.FileUploadURL.IsZero() || made.Status != storeapi.StatusPendingCommit {
				t.Errorf("got %+v", made)
			}
		})
	}
}

func TestStoreCommitsOnce(t *testing.T) {
	t.Parallel()
	for name, mishap := range mishapsOf(storesim.CommitSubmission) {
		// A status that lags for minutes looks like a commit that was lost.
		for lag, excused := range map[int]string{2: "", 20: "was committed again"} {
			t.Run(fmt.Sprintf("%s, lag %d", name, lag), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, storesim.Flight{NoDraft: true})
				w.published(t, nil)
				draft := w.flight.Submission(w.AddDraft(w.flight.ApplicationID, w.flight.FlightID, storesim.Draft{}))
				w.Hold("CommitStarted")
				w.SetCommitLag(lag)
				w.excused = excused
				mishap(w)
				status, err := w.client.CommitSubmission(t.Context(), draft)
				if err != nil || status != storeapi.StatusCommitStarted {
					t.Errorf("got %q, %v", status, err)
				}
				wantEvents(t, w, 1, storesim.EventCommitted)
				if refused := w.Events(storesim.EventRefused); excused == "" && refused != nil {
					t.Errorf("the Store refused %v", refused)
				}
			})
		}
	}
}

func TestStoreUpdatesAndDeletes(t *testing.T) {
	t.Parallel()
	t.Run("update", func(t *testing.T) {
		t.Parallel()
		for name, mishap := range mishapsOf(storesim.UpdateSubmission) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, storesim.Flight{})
				w.SetExtraMember("futureMember", map[string]any{"a": 1.5, "b": []any{"<", nil}})
				draft, err := w.client.Submission(t.Context(), w.flight.Submission(w.read(t).PendingSubmissionID))
				if err != nil {
					t.Fatal(err)
				}
				date := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
				draft.NotesForCertification = "for you"
				draft.TargetPublishMode, draft.TargetPublishDate = "SpecificDate", date
				draft.PackageDeliveryOptions.PackageRollout.IsPackageRollout = true
				draft.PackageDeliveryOptions.PackageRollout.Percentage = 12.5
				draft.PackageDeliveryOptions.IsMandatoryUpdate = true
				draft.PackageDeliveryOptions.MandatoryUpdateEffectiveDate = date
				draft.FlightPackages = append(draft.FlightPackages, storeapi.FlightPackage{
					FileName: "app.msix", FileStatus: storeapi.FileStatusPendingUpload, MinimumDirectXVersion: "None", MinimumSystemRAM: "Memory2GB",
				})
				mishap(w)
				reply, err := w.client.UpdateSubmission(t.Context(), draft)
				if err != nil {
					t.Fatal(err)
				}
				if len(reply.FlightPackages) != 1 || reply.FlightPackages[0].FileName != "app.msix" || !reply.TargetPublishDate.Equal(date) ||
					reply.NotesForCertification != "for you" || reply.FileUploadURL.IsZero() {
					t.Errorf("got %+v", reply)
				}
				got, _ := w.Submission(draft.Ref.ApplicationID, draft.Ref.FlightID, draft.Ref.SubmissionID)
				if !got.MandatoryUpdate || !got.MandatoryUpdateDate.Equal(date) || got.Rollout.Percentage != 12.5 || !got.Rollout.Enabled ||
					got.PublishMode != "SpecificDate" || got.Packages[0].MinimumSystemRAM != "Memory2GB" {
					t.Errorf("the Store has %+v", got)
				}
				for _, event := range w.Events(storesim.EventUpdated) {
					if event.LostMembers != nil {
						t.Errorf("the update lost %v", event.LostMembers)
					}
				}
			})
		}
	})
	t.Run("delete", func(t *testing.T) {
		t.Parallel()
		for name, mishap := range mishapsOf(storesim.DeleteSubmission) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, storesim.Flight{NoDraft: true})
				w.published(t, nil)
				draft := w.flight.Submission(w.AddDraft(w.flight.ApplicationID, w.flight.FlightID, storesim.Draft{}))
				before := w.read(t)
				w.SetDeletionLag(2)
				mishap(w)
				if err := w.client.DeleteSubmission(t.Context(), draft); err != nil {
					t.Fatal(err)
				}
				wantEvents(t, w, 1, storesim.EventDeleted)
				made, err := w.client.CreateSubmission(t.Context(), before)
				if err != nil || made.Ref == draft {
					t.Errorf("got %+v, %v", made, err)
				}
			})
		}
	})
	t.Run("delete the first one", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, storesim.Flight{})
		before := w.read(t)
		if err := w.client.DeleteSubmission(t.Context(), w.flight.Submission(before.PendingSubmissionID)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.client.CreateSubmission(t.Context(), before); err != nil {
			t.Error(err)
		}
		wantEvents(t, w, 1, storesim.EventCreated)
	})
	t.Run("delete the flight", func(t *testing.T) {
		t.Parallel()
		for name, mishap := range mishapsOf(storesim.DeleteFlight) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, storesim.Flight{})
				w.SetDeletionLag(2)
				if err := w.client.DeleteSubmission(t.Context(), w.flight.Submission(w.read(t).PendingSubmissionID)); err != nil {
					t.Fatal(err)
				}
				mishap(w)
				if err := w.client.DeleteFlight(t.Context(), w.flight); err != nil {
					t.Fatal(err)
				}
				wantEvents(t, w, 1, storesim.EventFlightDeleted)
				if _, err := w.client.Flight(t.Context(), w.flight); !storeapi.IsNotFound(err) {
					t.Errorf("got %v", err)
				}
			})
		}
	})
}

func TestStoreMakesOneFlight(t *testing.T) {
	t.Parallel()
	for name, mishap := range mishapsOf(storesim.CreateFlight) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storesim.Flight{FriendlyName: "alpha", GroupIDs: []string{"1"}})
			mishap(w)
			made, err := w.client.CreateFlight(t.Context(), w.flight.ApplicationID, storeapi.NewFlight{
				FriendlyName: "beta", GroupIDs: []string{"2", "1"}, RankHigherThan: "alpha",
			})
			if err != nil {
				t.Fatal(err)
			}
			wantEvents(t, w, 1, storesim.EventFlightCreated)
			flights, err := w.client.Flights(t.Context(), w.flight.ApplicationID)
			if err != nil || len(flights) != 2 {
				t.Errorf("got %+v, %v", flights, err)
			}
			if made.FriendlyName != "beta" || made.PendingSubmissionID == "" || cmp.Diff([]string{"2", "1"}, made.GroupIDs) != "" {
				t.Errorf("got %+v", made)
			}
		})
	}
}

func TestStoreRollout(t *testing.T) {
	t.Parallel()
	for operation, test := range map[storesim.Operation]struct {
		change func(context.Context, *storeapi.Client, storeapi.SubmissionRef) (*storeapi.PackageRollout, error)
		want   storeapi.RolloutStatus
	}{
		storesim.UpdatePackageRollout: {
			func(ctx context.Context, c *storeapi.Client, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error) {
				return c.UpdatePackageRolloutPercentage(ctx, ref, 37.5)
			}, storeapi.RolloutInProgress,
		},
		storesim.HaltPackageRollout: {
			func(ctx context.Context, c *storeapi.Client, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error) {
				return c.HaltPackageRollout(ctx, ref)
			}, storeapi.RolloutStopped,
		},
		storesim.FinalizePackageRollout: {
			func(ctx context.Context, c *storeapi.Client, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error) {
				return c.FinalizePackageRollout(ctx, ref)
			}, storeapi.RolloutComplete,
		},
	} {
		t.Run(string(operation), func(t *testing.T) {
			t.Parallel()
			for name, mishap := range mishapsOf(operation) {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, storesim.Flight{NoDraft: true})
					ref := w.published(t, &storesim.Rollout{Enabled: true, Percentage: 25, Status: "PackageRolloutInProgress"})
					if rollout, err := w.client.PackageRollout(t.Context(), ref); err != nil || rollout.Percentage != 25 || rollout.Status != storeapi.RolloutInProgress {
						t.Fatalf("got %+v, %v", rollout, err)
					}
					mishap(w)
					for range 2 { // Done again, it is done already.
						rollout, err := test.change(t.Context(), w.client, ref)
						if err != nil || rollout.Status != test.want {
							t.Errorf("got %+v, %v", rollout, err)
						}
					}
					rollout, err := w.client.PackageRollout(t.Context(), ref)
					if err != nil || rollout.Status != test.want {
						t.Errorf("read %+v, %v", rollout, err)
					}
				})
			}
		})
	}
}

func TestStoreInterrupted(t *testing.T) {
	t.Parallel()
	t.Run("create", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, storesim.Flight{NoDraft: true})
		w.published(t, nil)
		before := w.read(t)
		hanging := w.Inject(storesim.Fault{Operation: storesim.CreateSubmission, Action: storesim.Hang{AfterEffect: true}})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { // Interrupt once the Store has made it.
			<-hanging.Reached()
			cancel()
		}()
		made, err := w.client.CreateSubmission(ctx, before)
		if !errors.Is(err, context.Canceled) || made == nil {
			t.Fatalf("got %+v, %v", made, err)
		}
		if state, _ := w.Flight(w.flight.ApplicationID, w.flight.FlightID); state.PendingSubmissionID != made.Ref.SubmissionID {
			t.Errorf("got %s, but %s is pending", made.Ref.SubmissionID, state.PendingSubmissionID)
		}
	})
	t.Run("commit", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, storesim.Flight{NoDraft: true})
		w.published(t, nil)
		draft := w.flight.Submission(w.AddDraft(w.flight.ApplicationID, w.flight.FlightID, storesim.Draft{}))
		w.Hold("CommitStarted")
		hanging := w.Inject(storesim.Fault{Operation: storesim.CommitSubmission, Action: storesim.Hang{AfterEffect: true}})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			<-hanging.Reached()
			cancel()
		}()
		status, err := w.client.CommitSubmission(ctx, draft)
		if !errors.Is(err, context.Canceled) || status != storeapi.StatusCommitStarted {
			t.Errorf("got %q, %v", status, err)
		}
	})
}

func TestStoreListsAndRefusals(t *testing.T) {
	t.Parallel()
	t.Run("many flights", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, storesim.Flight{})
		for range 249 {
			w.AddFlight(w.flight.ApplicationID, storesim.Flight{NoDraft: true})
		}
		for name, link := range map[string]func(string) string{"linked": nil, "not linked": func(string) string { return "" }} {
			w.SetNextLink(link)
			flights, err := w.client.Flights(storeapi.WithMaxAge(t.Context(), 0), w.flight.ApplicationID)
			ids := map[string]bool{}
			for _, flight := range flights {
				ids[flight.ID] = true
			}
			if err != nil || len(flights) != 250 || len(ids) != 250 {
				t.Errorf("%s: got %d flights, %d different ones, %v", name, len(flights), len(ids), err)
			}
		}
	})
	t.Run("no flights", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, storesim.Flight{NoDraft: true})
		if err := w.client.DeleteFlight(t.Context(), w.flight); err != nil {
			t.Fatal(err)
		}
		if flights, err := w.client.Flights(t.Context(), w.flight.ApplicationID); err != nil || len(flights) != 0 {
			t.Errorf("got %+v, %v", flights, err)
		}
	})
	t.Run("application", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, storesim.Flight{})
		application, err := w.client.Application(t.Context(), w.flight.ApplicationID)
		if err != nil || application.PackageIdentityName != "Contoso.Sample" || application.PublisherName != "CN=Contoso" || application.FirstPublishedDate.IsZero() {
			t.Errorf("got %+v, %v", application, err)
		}
		applications, err := w.client.Applications(t.Context())
		if err != nil || cmp.Diff([]storeapi.Application{*application}, applications) != "" {
			t.Errorf("got %+v, %v", applications, err)
		}
	})
	t.Run("portal draft", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, storesim.Flight{NoDraft: true})
		draft := w.flight.Submission(w.AddDraft(w.flight.ApplicationID, w.flight.FlightID, storesim.Draft{InPortal: true}))
		submission, err := w.client.Submission(t.Context(), draft)
		if err != nil || !submission.FileUploadURL.IsZero() {
			t.Fatalf("got %+v, %v", submission, err)
		}
		err = w.client.DeleteSubmission(t.Context(), draft)
		if e, ok := errors.AsType[*storeapi.Error](err); !ok || e.StatusCode != http.StatusBadRequest || e.Advice() == "" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("token ends", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, storesim.Flight{})
		w.AcceptTokens(func(token string) bool { return token == "token-1" })
		w.read(t)
		w.AcceptTokens(func(token string) bool { return token == "token-2" })
		if _, err := w.client.Flight(storeapi.WithMaxAge(t.Context(), 0), w.flight); err != nil {
			t.Error(err)
		}
		w.AcceptTokens(func(token string) bool { return token == "another" })
		_, err := w.client.Flight(storeapi.WithMaxAge(t.Context(), 0), w.flight)
		if !storeapi.IsAuth(err) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("slot taken", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, storesim.Flight{NoDraft: true})
		before := w.read(t)
		w.published(t, nil)
		w.AddDraft(w.flight.ApplicationID, w.flight.FlightID, storesim.Draft{})
		if _, err := w.client.CreateSubmission(t.Context(), before); !storeapi.IsConflict(err) {
			t.Errorf("got %v", err)
		}
		wantEvents(t, w, 0, storesim.EventCreated)
	})
}
