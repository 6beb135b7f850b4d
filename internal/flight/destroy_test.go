package flight_test

import (
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// A flight with history says what its testers lose, before it is destroyed or
// replaced.
func TestLossIsAnnounced(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	published, _ := w.LastPublished()
	cli := w.ServedCLI(flightNamed(w, "beta"))
	cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
	loss := "Its testers lose the packages of submission " + published
	acctest.Says(t, cli.MustRun("plan", "-destroy"), "Flight with published packages will be deleted", loss)
	cli.Configure(flightNamed(w, "gamma"))
	acctest.Says(t, cli.MustFail("plan"), "Flight differs from the configuration", `the configuration has "gamma", the flight has "beta"`, "Make the change in Partner Center")
	cli.Configure(flightNamed(w, "gamma", `replacement_policy = "replace"`))
	acctest.Says(t, cli.MustRun("plan"), "Flight will be replaced", "the difference in friendly_name replaces flight \"beta\"", loss)
	w.OnlyReads()
	acctest.Says(t, cli.MustRun("destroy", "-auto-approve"), "1 destroyed")
	if state, _ := w.Sim.Flight(w.ApplicationID, w.FlightID); !state.Deleted {
		t.Error("the flight is still there")
	}
}

// A pending submission goes first where the Store allows it.
func TestDestroyWithPendingSubmission(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prepare func(w *acctest.World, id string)
		refusal string
	}{
		"draft": {prepare: func(*acctest.World, string) {}},
		"failed": {prepare: func(w *acctest.World, id string) {
			w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, "CertificationFailed")
		}},
		"cancelled": {prepare: func(w *acctest.World, id string) {
			w.Sim.Cancel(id)
		}},
		"deleted meanwhile": {prepare: func(w *acctest.World, id string) {
			w.Sim.Before(func(r storesim.Request) {
				if s, _ := w.Sim.Submission(w.ApplicationID, w.FlightID, id); r.Operation == storesim.GetSubmission && !s.Deleted {
					w.Sim.DeleteInPortal(id)
				}
			})
		}},
		"in certification": {
			prepare: func(w *acctest.World, id string) { w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, "Certification") },
			refusal: "Flight submission is being processed",
		},
		"touched in Partner Center": {
			prepare: func(w *acctest.World, id string) { w.Sim.EditInPortal(id) },
			refusal: "Partner Center",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			cli := w.ServedCLI(flightNamed(w, "beta"))
			cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
			id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "new.msix"}}})
			tt.prepare(w, id)
			out, err := cli.Run("destroy", "-auto-approve")
			state, _ := w.Sim.Flight(w.ApplicationID, w.FlightID)
			if (err != nil) != (tt.refusal != "") || state.Deleted == (tt.refusal != "") {
				t.Errorf("deleted: %t, %v", state.Deleted, err)
			}
			acctest.Says(t, out, tt.refusal)
		})
	}
}

// The Store sees a submission for a moment after it was deleted, and deletes no
// flight until then.
func TestDestroyAFlightThatWasNeverPublished(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.SetDeletionLag(2)
	cli := w.ServedCLI(flightNamed(w, "insiders"))
	cli.MustRun("apply", "-auto-approve")
	acctest.Says(t, cli.MustRun("destroy", "-auto-approve"), "1 destroyed")
	id := w.Sim.Events(storesim.EventFlightCreated)[0].FlightID
	if state, _ := w.Sim.Flight(w.ApplicationID, id); !state.Deleted {
		t.Error("the flight is still there")
	}
}

// everything is a flight with its first submission and its rollout.
func everything(w *acctest.World) string {
	source := w.Package("app.msix", msixtest.Manifest{})
	return flightNamed(w, "insiders", `group_ids = ["7"]`) +
		acctest.Block(acctest.Submission, "application_id = msstore_flight.test.application_id", "flight_id = msstore_flight.test.flight_id",
			acctest.Packages(source), "package_rollout = { initial_percentage = 10 }", `wait_for = "publish"`) +
		acctest.BlockOf("msstore_flight_submission.test", acctest.Rollout, "percentage = 25")
}

func TestEverythingInOneApply(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	cli := w.ServedCLI(everything(w))
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "3 added")
	cli.NoChanges()
	id := w.Sim.Events(storesim.EventFlightCreated)[0].FlightID
	state, _ := w.Sim.Flight(w.ApplicationID, id)
	if s, _ := w.Sim.Submission(w.ApplicationID, id, state.LastPublishedSubmissionID); s.Rollout.Percentage != 25 || s.Rollout.Status != "PackageRolloutInProgress" {
		t.Errorf("the rollout is %+v", s.Rollout)
	}
	if n := len(w.Sim.Events(storesim.EventCreated)); n != 0 {
		t.Errorf("%d submissions were made besides the flight's first draft", n)
	}
	acctest.Says(t, cli.MustRun("destroy", "-auto-approve"), "Its testers lose the packages", "Rollout continues in the Store", "3 destroyed")
	if state, _ := w.Sim.Flight(w.ApplicationID, id); !state.Deleted {
		t.Error("the flight is still there")
	}
}

// An apply that failed half-way leaves nothing that a destroy trips over.
func TestEverythingDestroyedHalfWay(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.FailAt("CommitFailed")
	cli := w.ServedCLI(everything(w))
	cli.MustFail("apply", "-auto-approve")
	cli.MustRun("destroy", "-auto-approve")
	id := w.Sim.Events(storesim.EventFlightCreated)[0].FlightID
	if state, _ := w.Sim.Flight(w.ApplicationID, id); !state.Deleted {
		t.Error("the flight is still there")
	}
}
