package flightsubmission_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// loseState forgets all that a CLI knows.
func loseState(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	for _, name := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
		if err := os.Remove(filepath.Join(cli.Dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

// What is there already is not submitted again, whatever the policies say.
func TestLostStateAfterPublication(t *testing.T) {
	t.Parallel()
	for _, policy := range pendingPolicies {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			config := func(arguments ...string) string {
				return w.Submission(append(arguments, acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`,
					fmt.Sprintf("pending_submission_policy = %q", policy), `keep_previous_packages = 1`)...)
			}
			cli := w.ServedCLI(config())
			cli.MustRun("apply", "-auto-approve")
			id, _ := w.LastPublished()
			loseState(t, cli)
			w.Sim.ResetRequests()
			acctest.Says(t, cli.MustRun("plan"), "Flight already has this submission", `= "`+id+`"`)
			acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "1 added, 0 changed, 0 destroyed")
			has(t, cli, "submission_id", id)
			w.OnlyReads()
			cli.NoChanges()
		})
	}
}

// A submission that is past its commit is followed to its goal.
func TestLostStateUnderWay(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{storesim.StatusCommitStarted, storesim.StatusCertification, storesim.StatusRelease} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "none"`)
			w.Sim.Hold(stage)
			cli := w.ServedCLI(config)
			cli.MustRun("apply", "-auto-approve")
			id, _ := w.Pending()
			if stage != storesim.StatusCommitStarted {
				w.AdvanceTo(id, stage)
			}
			loseState(t, cli)
			cli.Configure(strings.Replace(config, `"none"`, `"publish"`, 1))
			out := cli.MustRun("plan")
			if stage == storesim.StatusCommitStarted {
				acctest.Says(t, out, "Flight submission is being read by the Store", id)
			} else {
				acctest.Says(t, out, "Flight already has this submission", `= "`+id+`"`)
			}
			w.Sim.Release(stage)
			acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "1 added, 0 changed, 0 destroyed")
			events(t, w, storesim.EventCreated, 1)
			events(t, w, storesim.EventCommitted, 1)
			settled(t, w, "app.msix 1.0.0.0")
			cli.NoChanges()
		})
	}
}

// Another content under way is not taken for ours.
func TestOtherContentUnderWay(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "none"`))
	cli.MustRun("apply", "-auto-approve")
	id, _ := w.Pending()
	loseState(t, cli)
	cli.Configure(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.0"}))))
	acctest.Says(t, cli.MustFail("apply", "-auto-approve"), "being processed", id)
	events(t, w, storesim.EventCreated, 1)
}

// A configuration that goes back to what is published deletes its own draft
// instead of submitting the same again.
func TestBackToWhatIsPublished(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	published := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`)
	cli := w.ServedCLI(published)
	cli.MustRun("apply", "-auto-approve")
	id, _ := w.LastPublished()
	w.Sim.FailAt(storesim.StatusCertificationFailed)
	cli.Configure(w.Submission(acctest.Packages(w.Package("next.msix", msixtest.Manifest{Version: "1.1.0.0"})), `wait_for = "publish"`))
	cli.MustFail("apply", "-auto-approve")
	cli.Configure(published)
	cli.MustRun("apply", "-auto-approve")
	has(t, cli, "submission_id", id)
	events(t, w, storesim.EventCreated, 2)
	settled(t, w, "app.msix 1.0.0.0")
	cli.NoChanges()
}

// Two resources for one flight would overwrite each other.
func TestTwoResourcesForOneFlight(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	two := func(a, b string) string {
		return w.Submission(acctest.Packages(a), `wait_for = "publish"`) +
			w.Block(`resource "msstore_flight_submission" "other"`, acctest.Packages(b), `wait_for = "publish"`)
	}
	app, next := w.Package("app.msix", msixtest.Manifest{}), w.Package("next.msix", msixtest.Manifest{Version: "1.1.0.0"})
	cli := w.ServedCLI(two(app, next))
	acctest.Says(t, cli.MustFail("plan"), "Two resources manage the same flight", w.FlightID)
	w.OnlyReads()

	// The same content is committed once.
	cli.Configure(two(app, app))
	cli.MustRun("apply", "-auto-approve")
	events(t, w, storesim.EventCommitted, 1)
	settled(t, w, "app.msix 1.0.0.0")
	cli.NoChanges()
}

// The one place of a flight is needed by both objects of a replacement.
func TestCreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"fail", "adopt"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `commit = false`,
				fmt.Sprintf("pending_submission_policy = %q", policy), `lifecycle { create_before_destroy = true }`))
			cli.MustRun("apply", "-auto-approve")
			id, _ := w.Pending()
			out, err := cli.Run("apply", "-auto-approve", "-replace="+address)
			if (err == nil) != (policy == "adopt") {
				t.Errorf("%v:\n%s", err, out)
			}
			acctest.Says(t, out, "create_before_destroy")
			if pending, _ := w.Pending(); pending != id {
				t.Errorf("the draft is %s, was %s", pending, id)
			}
		})
	}
}
