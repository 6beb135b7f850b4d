package flightsubmission_test

import (
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// An import of what the configuration asks for needs no submission, whatever the
// state cannot know of it.
func TestImportNeedsNoSubmission(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		published storesim.Published
		arguments []string
	}{
		"notes":            {storesim.Published{Notes: "look"}, []string{`notes_for_certification = "look"`}},
		"no notes":         {storesim.Published{Notes: "look"}, nil},
		"write-only notes": {storesim.Published{Notes: "user: x"}, []string{`notes_for_certification_wo = "user: x"`, `notes_for_certification_wo_version = 1`}},
		"previous packages": {
			storesim.Published{Packages: []storesim.Package{release("old.msix", "0.8.0.0"), release("app.msix", "1.0.0.0")}},
			[]string{`keep_previous_packages = 1`},
		},
		"fractions of a second": {
			storesim.Published{
				PublishMode: "SpecificDate", PublishDate: time.Date(2099, 1, 2, 3, 4, 5, 678900000, time.UTC),
				MandatoryUpdate: true, MandatoryUpdateDate: time.Date(2099, 1, 2, 3, 4, 5, 999999900, time.UTC),
			},
			[]string{`target_publish_mode = "SpecificDate"`, `target_publish_date = "2099-01-02T05:04:05+02:00"`, `mandatory_update = { effective_date = "2099-01-02T03:04:05Z" }`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "write-only notes" {
				acctest.Requires(t, acctest.Ephemeral)
			}
			w := acctest.Published(t)
			if test.published.Packages == nil {
				test.published.Packages = []storesim.Package{release("app.msix", "1.0.0.0")}
			}
			id := w.Publish(test.published)
			w.Sim.ResetRequests()
			cli := w.ServedCLI(w.Submission(append(test.arguments, acctest.Packages(w.Package("app.msix", msixtest.Manifest{})))...))
			cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
			cli.MustRun("apply", "-auto-approve")
			has(t, cli, "submission_id", id)
			cli.NoChanges()
			w.OnlyReads()
			if state := read(t, cli, "terraform.tfstate"); strings.Contains(name, "write-only") && strings.Contains(state, "user: x") {
				t.Errorf("the state has the notes:\n%s", state)
			}
		})
	}
}

// A configuration that the CLI generates plans without a change.
func TestGeneratedConfiguration(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(w *acctest.World){
		"published": func(w *acctest.World) {
			w.Publish(storesim.Published{
				Packages: []storesim.Package{release("a.msix", "1.0.0.0"), release("b.msix", "2.0.0.0")}, Notes: "look",
				Rollout: &storesim.Rollout{Percentage: 20}, MandatoryUpdate: true, MandatoryUpdateDate: time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC),
			})
		},
		"draft": func(w *acctest.World) {
			w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "app.msix"}}, Notes: "look"})
		},
		"under way": func(w *acctest.World) {
			w.Sim.Hold(storesim.StatusCertification)
			id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
			w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusCertification)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			prepare(w)
			cli := w.ServedCLI(w.Config(acctest.Import(address, w.ApplicationID+"/"+w.FlightID)))
			acctest.Says(t, cli.Generate(), "1 to import, 0 to add, 0 to change, 0 to destroy")
			out := cli.MustRun("apply", "-auto-approve")
			acctest.Says(t, out, "1 imported, 0 added, 0 changed, 0 destroyed")
			cli.NoChanges()
			w.OnlyReads()
		})
	}
}

// An import right after the commit is planned before the Store has read the
// packages, and goes on from there.
func TestImportWhileTheStoreReads(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.Hold(storesim.StatusCommitStarted)
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "none"`)
	cli := w.ServedCLI(config)
	cli.MustRun("apply", "-auto-approve")
	loseState(t, cli)
	cli.Configure(strings.Replace(config, `"none"`, `"publish"`, 1))
	cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
	cli.MustRun("plan")
	w.Sim.Release(storesim.StatusCommitStarted)
	cli.MustRun("apply", "-auto-approve")
	events(t, w, storesim.EventCreated, 1)
	settled(t, w, "app.msix 1.0.0.0")
	cli.NoChanges()
}

// A flight may name a submission that was deleted a moment ago.
func TestImportWhileTheFlightLags(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	published, _ := w.LastPublished()
	w.Sim.SetDeletionLag(1000)
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `commit = false`))
	cli.MustRun("apply", "-auto-approve")
	cli.MustRun("destroy", "-auto-approve")
	cli.Configure(w.Submission() + w.Block(`data "msstore_flight_submission_status" "test"`) +
		acctest.Block(`output "seen"`, "value = data.msstore_flight_submission_status.test.submission_id"))
	cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
	has(t, cli, "submission_id", published)
	cli.MustRun("apply", "-auto-approve")
	acctest.Says(t, cli.MustRun("output", "seen"), published)
}

// What an import writes of a rollout is what a configuration may say, however the rollout ended.
func TestImportGeneratesConfigurationOfEveryRollout(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.GeneratedConfiguration)
	for name, rollout := range map[string]storesim.Rollout{
		"live":      {Percentage: 20},
		"live at 0": {Percentage: 0},
		"halted":    {Percentage: 0, Status: "PackageRolloutStopped"},
		"finalized": {Percentage: 100, Status: "PackageRolloutComplete"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t)
			rollout.Enabled = true
			w.Publish(storesim.Published{Packages: []storesim.Package{release("app.msix", "1.0.0.0")}, Rollout: &rollout})
			cli := w.ServedCLI(w.Config(acctest.Import(address, w.ApplicationID+"/"+w.FlightID)))
			acctest.Says(t, cli.MustRun("plan", "-generate-config-out=generated.tf"), "1 to import, 0 to add, 0 to change, 0 to destroy")
			w.OnlyReads()
		})
	}
}
