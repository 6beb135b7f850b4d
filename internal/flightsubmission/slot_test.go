package flightsubmission_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// Right after a commit the Store may still show a draft. What is in it can be
// changed no more, and a state that says otherwise would ship the old package.
func TestChangeRightAfterCommit(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.SetCommitLag(1000)
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "none"`)
	cli := w.ServedCLI(config)
	cli.MustRun("apply", "-auto-approve")
	id, _ := w.Pending()
	w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.0"})
	acctest.Says(t, cli.MustFail("apply", "-auto-approve"), "being processed", id, "CommitStarted")
	events(t, w, storesim.EventCommitted, 1)

	w.Sim.SetCommitLag(0)
	w.AdvanceTo(id, storesim.StatusPublished)
	cli.Configure(strings.Replace(config, `"none"`, `"publish"`, 1))
	cli.MustRun("apply", "-auto-approve")
	settled(t, w, "app.msix 1.1.0.0")
}

// A draft that is committed in Partner Center before an interrupted apply could
// change it does not pass for the changed one.
func TestCommittedBeforeTheChange(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	source := w.Package("app.msix", msixtest.Manifest{})
	cli := w.ServedCLI(w.Submission(acctest.Packages(source), `commit = false`))
	cli.MustRun("apply", "-auto-approve")
	id, _ := w.Pending()

	next := w.Package("next.msix", msixtest.Manifest{Version: "1.1.0.0"})
	cli.Configure(w.Submission(acctest.Packages(next), `commit = false`))
	refused := w.Sim.Inject(storesim.Fault{Operation: storesim.UpdateSubmission, Times: -1, Action: storesim.Refuse{Status: 400, Code: "InvalidParameterValue"}})
	cli.MustFail("apply", "-auto-approve")
	refused.Remove()
	w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusPublished)

	cli.Configure(w.Submission(acctest.Packages(next), `wait_for = "publish"`))
	cli.MustRun("apply", "-auto-approve")
	settled(t, w, "next.msix 1.1.0.0")
}

// A deleted draft keeps the slot for a moment.
func TestReplaceWhileTheSlotLags(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.SetDeletionLag(2)
	w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	w.Run(t, acctest.Step{
		Config:      w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `pending_submission_policy = "replace"`, `wait_for = "publish"`),
		StateChecks: isPublished(),
	})
	settled(t, w, "app.msix 1.0.0.0")
}

// The Store makes no other submission for a flight whose first one was deleted.
func TestReplaceFirstDraft(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "abandoned.msix"}}, Notes: "left over"})
	w.Run(t, acctest.Step{
		Config:      w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `pending_submission_policy = "replace"`, `wait_for = "publish"`),
		StateChecks: isPublished(),
	})
	if published, s := w.LastPublished(); published != id || s.Notes != "" {
		t.Errorf("published %s with %+v, want the first draft %s overwritten", published, s, id)
	}
	holds(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventDeleted, 0)
}

// Nothing is deleted for a submission that the live rollout forbids anyway.
func TestRolloutIsJudgedBeforeTheDraftGoes(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `pending_submission_policy = "replace"`))
	cli.MustRun("plan", "-out=plan")
	published, _ := w.LastPublished()
	w.Sim.SetRollout(published, storesim.Rollout{Enabled: true, Percentage: 10, Status: "PackageRolloutInProgress"})
	acctest.Says(t, cli.MustFail("apply", "plan"), "Gradual rollout is still live")
	events(t, w, storesim.EventDeleted, 0)
}

// Packages that are no longer given leave a draft again.
func TestPackagesLeaveADraft(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	w.Run(t,
		acctest.Step{Config: w.Submission(packages, `commit = false`)},
		acctest.Step{
			Config: w.Submission(`commit = false`), PlanChecks: acctest.Planned(address, plancheck.ResourceActionUpdate),
			Check: func() {
				if _, s := w.Pending(); len(s.Packages) != 1 || s.Packages[0].FileName != "old.msix" || s.Packages[0].FileStatus != "Uploaded" {
					t.Errorf("the draft has %+v", s.Packages)
				}
			},
		},
		acctest.Step{Config: w.Submission(`wait_for = "publish"`)},
	)
	holds(t, w, "old.msix 0.9.0.0")
}

// What an adopted draft was to get is not what the configuration says.
func TestAdoptWithoutPackages(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "abandoned.msix"}}})
	w.Run(t, acctest.Step{Config: w.Submission(`pending_submission_policy = "adopt"`, `wait_for = "publish"`)})
	holds(t, w, "old.msix 0.9.0.0")
}

// An upload URL is good for a day, also for a draft that was imported.
func TestImportExpiredDraft(t *testing.T) {
	t.Parallel()
	w := acctest.NewWith(t, storesim.Options{UploadURLLifetime: time.Minute})
	w.Publish(storesim.Published{})
	old := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`))
	cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
	cli.MustRun("apply", "-auto-approve")
	events(t, w, storesim.EventDeleted, 1)
	if published, _ := w.LastPublished(); published == old {
		t.Error("the old draft was used")
	}
	settled(t, w, "app.msix 1.0.0.0")
}

// What was uploaded to one URL is not behind another.
func TestUploadURLIsRenewed(t *testing.T) {
	t.Parallel()
	w := acctest.NewWith(t, storesim.Options{UploadURLLifetime: 20 * time.Hour})
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	cli := w.ServedCLI(w.Submission(packages, `commit = false`))
	cli.MustRun("apply", "-auto-approve")
	id, _ := w.Pending()
	w.Sim.RenewUploadURL(id)
	cli.Configure(w.Submission(packages, `wait_for = "publish"`))
	cli.MustRun("apply", "-auto-approve")
	settled(t, w, "app.msix 1.0.0.0")
}

// A draft of Partner Center is refused before anything is tried.
func TestDraftOfThePortal(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{InPortal: true})
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))))
	cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
	acctest.Says(t, cli.MustFail("plan"), "Pending flight submission was made in Partner Center", id)
	w.OnlyReads()
}
