package flightsubmission_test

import (
	"regexp"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestWaitFor(t *testing.T) {
	t.Parallel()
	for goal, want := range map[string]string{"none": "CommitStarted", "commit": "PreProcessing", "certification": "Release", "publish": "Published"} {
		t.Run(goal, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "`+goal+`"`))
			cli.MustRun("apply", "-auto-approve")
			has(t, cli, "status", want)
			cli.NoChanges()
		})
	}
}

// badDay are the reasons for a failure that the Store gives.
var badDay = storesim.StatusDetail{Code: "PackageValidationFailed", Details: "the logo is upside down"}

// told checks what a failure's error holds: the Store's status, code, text, the report
// if the submission got as far as to the testers, and what its support asks for.
func told(t *testing.T, stage, out string) {
	t.Helper()
	acctest.Says(t, out, "Flight submission failed: "+stage, badDay.Code+": "+badDay.Details, "correlation id: ")
	reported := stage != "CommitFailed" && stage != "PreProcessingFailed"
	if got := regexp.MustCompile(`Certification\s+report\s+of\s[^:]*:[^:]*:\s+https://\S+/report/1\s`).MatchString(out); got != reported {
		t.Errorf("the report is told: %t, want %t\n%s", got, reported, out)
	}
}

// TestFailingStage fails each stage, first of a create and then of an update, and
// applies again.
func TestFailingStage(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"CommitFailed", "PreProcessingFailed", "CertificationFailed", "ReleaseFailed", "PublishFailed"} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			cli := w.ServedCLI("")
			for _, version := range []string{"1.0.0.0", "1.1.0.0"} {
				cli.Configure(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{Version: version})), `wait_for = "publish"`))
				fails(t, w, cli, stage)
				cli.MustRun("apply", "-auto-approve")
				settled(t, w, "app.msix "+version)
				cli.NoChanges()
			}
			events(t, w, storesim.EventDeleted, 2)
		})
	}
}

// fails applies once while a stage fails.
func fails(t *testing.T, w *acctest.World, cli *acctest.CLI, stage string) {
	t.Helper()
	w.Sim.FailAt(stage, badDay)
	out := cli.MustFail("apply", "-auto-approve")
	told(t, stage, out)
}

func TestFailingStageOnNewFlight(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`))
	fails(t, w, cli, "CertificationFailed")
	cli.MustRun("apply", "-auto-approve")
	settled(t, w, "app.msix 1.0.0.0")
}

func TestFailureBeyondTheGoal(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	cli := w.ServedCLI(w.Submission(packages, `wait_for = "none"`))
	cli.MustRun("apply", "-auto-approve")
	has(t, cli, "status", "CommitStarted")
	// The apply was green; the Store's refusal comes later and is put right by the next one.
	id, _ := w.Pending()
	w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, "CertificationFailed")
	cli.Configure(w.Submission(packages, `wait_for = "publish"`))
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	settled(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventCommitted, 2)
}

// TestWaitRunsOutOfTime lets the waits of a create and of an update run out: that is
// a warning, and the next apply goes on waiting.
func TestWaitRunsOutOfTime(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.ServedCLI("")
	for i, version := range []string{"1.0.0.0", "1.1.0.0"} {
		packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{Version: version}))
		w.Sim.Hold("Certification")
		cli.Configure(w.Submission(packages, `wait_for = "publish"`, `timeouts = { create = "5s", update = "5s" }`))
		acctest.Says(t, cli.MustRun("apply", "-auto-approve"),
			"Warning: Flight submission has not reached its goal yet", "Its last known status is Certification", "The next apply continues to wait.")
		w.Sim.Release("Certification")
		cli.Configure(w.Submission(packages, `wait_for = "publish"`))
		acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "0 added, 1 changed")
		settled(t, w, "app.msix "+version)
		events(t, w, storesim.EventCreated, i+1)
		events(t, w, storesim.EventCommitted, i+1)
	}
}

// What the Store says of a submission that it accepts is told by the apply that
// follows it: warnings, and errors that do not have their status yet.
func TestRemarksOfTheStore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status  string
		details storesim.StatusDetails
		says    []string
	}{
		"a warning": {
			"Certification",
			storesim.StatusDetails{Warnings: []storesim.StatusDetail{{Code: "SalesUnsupportedWarning", Details: "Not sold in some markets."}}},
			[]string{"Warning: Store warns about the flight submission", "SalesUnsupportedWarning: Not sold in some markets.", "Check pricing and availability"},
		},
		"an error while the Store processes": {
			"CommitStarted",
			storesim.StatusDetails{Errors: []storesim.StatusDetail{badDay}},
			[]string{"Warning: Flight submission has not reached its goal yet", badDay.Code + ": " + badDay.Details, "Correct the package as the details say"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
			cli := w.ServedCLI(w.Submission(packages, `wait_for = "none"`))
			cli.MustRun("apply", "-auto-approve")
			id, _ := w.Pending()
			w.Sim.Hold("CommitStarted")
			w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, c.status, c.details)
			cli.Configure(w.Submission(packages, `wait_for = "publish"`, `timeouts = { update = "5s" }`))
			acctest.Says(t, cli.MustRun("apply", "-auto-approve"), append(c.says, "https://partner.microsoft.com/dashboard/products/")...)
		})
	}
}

func TestCommitLag(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.SetCommitLag(6)
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	cli := w.ServedCLI(w.Submission(packages, `wait_for = "none"`))
	cli.MustRun("apply", "-auto-approve")
	cli.NoChanges()
	cli.Configure(w.Submission(packages, `wait_for = "publish"`))
	cli.MustRun("apply", "-auto-approve")
	settled(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventCommitted, 1)
}

func TestSkippedStages(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.SkipStages("PreProcessing", "Release", "PendingPublication")
	w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`)).MustRun("apply", "-auto-approve")
	settled(t, w, "app.msix 1.0.0.0")
}

func TestManualRestsAtRelease(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `target_publish_mode = "Manual"`, `wait_for = "certification"`))
	cli.MustRun("apply", "-auto-approve")
	has(t, cli, "status", "Release")
	publishNow(w)
	cli.NoChanges()
	settled(t, w, "app.msix 1.0.0.0")
}
