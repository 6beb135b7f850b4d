package flightsubmission_test

import (
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// HCP Terraform plans and applies on different machines: what survives is the
// configuration, the package files beside it, and the saved plan.
func TestSavedPlanAppliedInAnotherDirectory(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.CLI(w.Submission(`packages = [{ source = "${path.module}/app.msix" }]`, `wait_for = "publish"`))
	msixtest.WritePackage(t, cli.Dir, "app.msix", msixtest.Manifest{})
	cli.MustRun("plan", "-out=plan")
	other := cli.Copy()
	acctest.Says(t, other.MustRun("apply", "plan"), "1 added")
	holds(t, w, "app.msix 1.0.0.0")
}

// The CLI plans again when it applies and refuses a plan that differs; nothing
// that a provider gets to know then tells this from a first plan.
func TestFileChangedBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.CLI(w.Submission(`packages = [{ source = "${path.module}/app.msix" }]`))
	msixtest.WritePackage(t, cli.Dir, "app.msix", msixtest.Manifest{})
	cli.MustRun("plan", "-out=plan")
	msixtest.WritePackage(t, cli.Dir, "app.msix", msixtest.Manifest{Seed: 1})
	w.Sim.ResetRequests()
	acctest.Says(t, cli.MustFail("apply", "plan"), "inconsistent final plan", ".packages[0].sha256: was cty.StringVal(")
	w.OnlyReads()
}

// A given digest stands for the file while planning; the upload checks it.
func TestFileIsNotTheOneWithTheGivenDigest(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.CLI(w.Submission(`packages = [{ source = "${path.module}/app.msix", sha256 = "` +
		"0000000000000000000000000000000000000000000000000000000000000000" + `" }]`))
	cli.MustRun("plan", "-out=plan")
	msixtest.WritePackage(t, cli.Dir, "app.msix", msixtest.Manifest{})
	acctest.Says(t, cli.MustFail("apply", "plan"), "Package file is not the one that was planned", "app.msix")
	events(t, w, storesim.EventCommitted, 0)
	events(t, w, storesim.EventUploaded, 0)
}

// Between a plan and its apply the flight may change. The apply looks again, and
// refuses before it touches anything.
func TestSlotChangesAfterThePlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		mine   bool // a draft of this configuration's own is there while planning
		change func(w *acctest.World)
		says   []string
	}{
		"a draft": {
			change: func(w *acctest.World) { w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{}) },
			says:   []string{"Flight already has a pending submission", `"adopt"`},
		},
		"a draft of Partner Center": {
			change: func(w *acctest.World) { w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{InPortal: true}) },
			says:   []string{"Pending flight submission was made in Partner Center"},
		},
		"a submission in certification": {
			change: func(w *acctest.World) {
				id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
				w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusCertification)
			},
			says: []string{"Flight submission is being processed", "Certification"},
		},
		"a live rollout": {
			change: func(w *acctest.World) { w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 10}}) },
			says:   []string{"Gradual rollout is still live", `"finalize"`},
		},
		"the draft was committed": {
			mine: true,
			change: func(w *acctest.World) {
				id, _ := w.Pending()
				w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusCommitStarted)
			},
			says: []string{"Flight submission is being processed", "CommitStarted"},
		},
		"the draft failed": {
			mine: true,
			change: func(w *acctest.World) {
				id, _ := w.Pending()
				w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusCommitFailed)
			},
			says: []string{"Flight submission failed: CommitFailed", "The next apply replaces this submission"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			cli := w.ServedCLI("")
			if test.mine {
				cli.Configure(w.Submission(acctest.Packages(w.Package("draft.msix", msixtest.Manifest{})), `commit = false`))
				cli.MustRun("apply", "-auto-approve")
			}
			cli.Configure(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.0"}))))
			cli.MustRun("plan", "-out=plan")
			test.change(w)
			before := len(w.Sim.Events(storesim.EventUpdated, storesim.EventDeleted, storesim.EventCreated, storesim.EventUploaded, storesim.EventCommitted))
			acctest.Says(t, cli.MustFail("apply", "plan"), test.says...)
			after := w.Sim.Events(storesim.EventUpdated, storesim.EventDeleted, storesim.EventCreated, storesim.EventUploaded, storesim.EventCommitted)
			if len(after) != before {
				t.Errorf("the Store was changed: %+v", after[before:])
			}
		})
	}
}

// What a plan says of a draft holds while the Store reads its packages: the apply
// compares them, and tells what has become of the draft.
func TestAdoptedDraftIsCommittedAfterThePlan(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	draft := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "app.msix"}}})
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `pending_submission_policy = "adopt"`))
	acctest.Says(t, cli.MustRun("plan", "-out=plan"), `submission_id = "`+draft+`"`)
	w.Sim.SetStatus(w.ApplicationID, w.FlightID, draft, storesim.StatusCommitStarted)
	out := cli.MustFail("apply", "plan")
	// Nothing was uploaded for it.
	acctest.Says(t, out, "Flight has changed since the plan", draft)
	events(t, w, storesim.EventUploaded, 0)
}

// The same is said while planning where it is there already, for a resource that
// has published before.
func TestSlotIsTakenBeforeThePlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(w *acctest.World)
		says   []string
	}{
		"a draft": {
			func(w *acctest.World) { w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{}) },
			[]string{"Flight already has a pending submission"},
		},
		"a draft of Partner Center": {
			func(w *acctest.World) { w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{InPortal: true}) },
			[]string{"Pending flight submission was made in Partner Center"},
		},
		"a failed submission": {
			func(w *acctest.World) {
				id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
				w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusCertificationFailed)
			},
			[]string{"Flight has a failed submission"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`)
			cli := w.ServedCLI(config)
			cli.MustRun("apply", "-auto-approve")
			test.change(w)
			w.Sim.ResetRequests()
			cli.NoChanges()
			w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.0"})
			acctest.Says(t, cli.MustFail("plan"), test.says...)
			w.OnlyReads()
		})
	}
}

// A plan may lie for hours: what it promises of a draft that grows old must still
// hold when it is applied.
func TestPlanOfAnOldDraft(t *testing.T) {
	t.Parallel()
	w := acctest.NewWith(t, storesim.Options{UploadURLLifetime: 4 * time.Hour})
	w.Publish(storesim.Published{})
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("one.msix", msixtest.Manifest{})), `commit = false`))
	cli.MustRun("apply", "-auto-approve")
	draft, _ := w.Pending()
	cli.Configure(w.Submission(acctest.Packages(w.Package("two.msix", msixtest.Manifest{Version: "2.0.0.0"})), `wait_for = "publish"`))
	acctest.Says(t, cli.MustRun("plan", "-out=plan"), "submission_id = \""+draft+"\" -> (known after apply)")
	cli.MustRun("apply", "plan")
	// There is time enough after all.
	if published, _ := w.LastPublished(); published != draft {
		t.Errorf("published %s, want the draft %s", published, draft)
	}
	settled(t, w, "two.msix 2.0.0.0")
}
