package flightsubmission_test

import (
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// release is a published package of this version, under this name.
func release(name, version string) storesim.Package {
	return storesim.Package{FileName: name, Content: msixtest.Package(msixtest.Manifest{Version: version})}
}

// Somebody else publishes another submission of the flight: the plan shows the
// difference by attribute, and one apply puts it right.
func TestSuperseded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		other storesim.Published
		shows []string
	}{
		"another version": {
			other: storesim.Published{Packages: []storesim.Package{release("app.msix", "2.0.0.0")}},
			shows: []string{"packages", `"2.0.0.0" -> "1.0.0.0"`},
		},
		"another package besides": {
			other: storesim.Published{Packages: []storesim.Package{release("app.msix", "1.0.0.0"), release("other.msix", "1.2.0.0")}},
			shows: []string{"packages", `"other.msix"`},
		},
		"another publish mode": {
			other: storesim.Published{Packages: []storesim.Package{release("app.msix", "1.0.0.0")}, PublishMode: "Manual"},
			shows: []string{`target_publish_mode`, `"Manual" -> "Immediate"`},
		},
		"a mandatory update": {
			other: storesim.Published{
				Packages:        []storesim.Package{release("app.msix", "1.0.0.0")},
				MandatoryUpdate: true, MandatoryUpdateDate: time.Date(2027, 1, 2, 3, 4, 5, 600, time.UTC),
			},
			shows: []string{"mandatory_update", "2027-01-02T03:04:05Z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`))
			cli.MustRun("apply", "-auto-approve")
			other := w.Publish(test.other)
			acctest.Says(t, cli.MustRun("plan"), append(test.shows, "0 to add, 1 to change", other)...)
			acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
			settled(t, w, "app.msix 1.0.0.0")
			cli.NoChanges()
		})
	}
}

// A submission of the same content is taken over, without a word or a write.
func TestSupersededByTheSame(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`, `notes_for_certification = "Ours."`))
	cli.MustRun("apply", "-auto-approve")
	other := w.Publish(storesim.Published{Packages: []storesim.Package{release("app.msix", "1.0.0.0")}, Notes: "Ours."})
	w.Sim.ResetRequests()
	cli.NoChanges()
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "0 added, 0 changed, 0 destroyed")
	has(t, cli, "submission_id", other)
	w.OnlyReads()
}

// A live rollout that nobody here asks for keeps the packages from testers, whether
// the state has followed the submission or was lost.
func TestSupersededByTheSameInARollout(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	config := []string{acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`}
	cli := w.ServedCLI(w.Submission(config...))
	cli.MustRun("apply", "-auto-approve")
	w.Publish(storesim.Published{Packages: []storesim.Package{release("app.msix", "1.0.0.0")}, Rollout: &storesim.Rollout{Percentage: 30}})
	for range 2 { // The refresh that finds it is not the only one that tells.
		cli.MustRun("apply", "-refresh-only", "-auto-approve")
		acctest.Says(t, cli.MustFail("plan"), "Gradual rollout is still live", "active_rollout_policy")
	}
	cli.Configure(w.Submission(append(config, `package_rollout = { initial_percentage = 30 }`)...))
	cli.NoChanges()
	cli.Configure(w.Submission(append(config, `active_rollout_policy = "finalize"`)...))
	cli.MustRun("apply", "-auto-approve")
	settled(t, w, "app.msix 1.0.0.0")
	cli.NoChanges()
}

// A stranger's pending submission is no drift.
func TestPendingOfAStranger(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`))
	cli.MustRun("apply", "-auto-approve")
	w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{release("other.msix", "2.0.0.0")}})
	cli.NoChanges()
}

// What was edited in Partner Center is a difference in the plan.
func TestDraftEditedInPartnerCenter(t *testing.T) {
	t.Parallel()
	date := time.Date(2027, 5, 6, 7, 8, 9, 0, time.UTC)
	for name, test := range map[string]struct {
		edit  storesim.PortalEdit
		shows []string
	}{
		"notes":            {storesim.PortalEdit{Notes: new("theirs")}, []string{"notes_for_certification"}},
		"publish mode":     {storesim.PortalEdit{PublishMode: new("SpecificDate"), PublishDate: &date}, []string{"target_publish_mode", "2027-05-06T07:08:09Z"}},
		"rollout":          {storesim.PortalEdit{Rollout: &storesim.Rollout{Enabled: true, Percentage: 30}}, []string{"package_rollout", "30"}},
		"mandatory update": {storesim.PortalEdit{MandatoryFrom: &date}, []string{"mandatory_update", "2027-05-06T07:08:09Z"}},
		"packages":         {storesim.PortalEdit{RemovePackages: []string{"app.msix"}}, []string{"packages", `"app.msix"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
			cli := w.ServedCLI(w.Submission(packages, `commit = false`, `notes_for_certification = "ours"`))
			cli.MustRun("apply", "-auto-approve")
			id, _ := w.Pending()
			w.Sim.EditInPortal(id, test.edit)
			acctest.Says(t, cli.MustRun("plan"), append(test.shows, "0 to add, 1 to change, 0 to destroy")...)
			// Only Partner Center can delete it. One apply puts the flight right afterwards.
			w.Sim.DeleteInPortal(id)
			cli.Configure(w.Submission(packages, `wait_for = "publish"`))
			cli.MustRun("apply", "-auto-approve")
			settled(t, w, "app.msix 1.0.0.0")
			cli.NoChanges()
		})
	}
}

// Submitted in Partner Center, a draft loses the packages that the API added.
func TestDraftSubmittedInPartnerCenter(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `commit = false`)
	cli := w.ServedCLI(config)
	cli.MustRun("apply", "-auto-approve")
	id, _ := w.Pending()
	w.Sim.SubmitInPortal(id)
	cli.Configure(strings.Replace(config, `commit = false`, `wait_for = "publish"`, 1))
	acctest.Says(t, cli.MustFail("plan"), "being processed", id, "https://partner.microsoft.com/dashboard/products/"+w.ApplicationID+"/submissions/"+id)
	w.AdvanceTo(id, storesim.StatusPublished)
	acctest.Says(t, cli.MustRun("plan"), "packages", `"old.msix"`, "0 to add, 1 to change")
	cli.MustRun("apply", "-auto-approve")
	settled(t, w, "app.msix 1.0.0.0")
	cli.NoChanges()
}

// The Store has been seen to accept a submission and to publish the old packages.
func TestPublishedWithoutItsPackages(t *testing.T) {
	t.Parallel()
	for name, goal := range map[string]string{"while it is awaited": "publish", "later": "certification"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "`+goal+`"`))
			w.Sim.Before(func(r storesim.Request) {
				if r.Operation == storesim.GetSubmissionStatus && len(w.Sim.Events(storesim.EventCommitted)) == 1 {
					if flight, _ := w.Sim.Flight(w.ApplicationID, w.FlightID); flight.PendingSubmissionID != "" {
						w.Sim.LosePackages(flight.PendingSubmissionID)
					}
				}
			})
			out, err := cli.Run("apply", "-auto-approve")
			if goal == "publish" {
				if err == nil {
					t.Errorf("it went through:\n%s", out)
				}
				acctest.Says(t, out, "Store published other packages than were submitted", "app.msix 1.0.0.0")
			} else {
				id, _ := w.Pending()
				w.AdvanceTo(id, storesim.StatusPublished)
				acctest.Says(t, cli.MustRun("plan"), "Store published other packages than were submitted", "app.msix 1.0.0.0", "1 to change")
			}
			cli.MustRun("apply", "-auto-approve")
			cli.Configure(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`))
			cli.MustRun("apply", "-auto-approve")
			settled(t, w, "app.msix 1.0.0.0")
			cli.NoChanges()
		})
	}
}

// A flight that is gone leaves the state.
func TestFlightDeleted(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`))
	cli.MustRun("apply", "-auto-approve")
	w.Sim.DeleteFlightInPortal(w.ApplicationID, w.FlightID)
	acctest.Says(t, cli.MustFail("plan"), "Package flight not found", w.FlightID)
	cli.Configure(w.Config())
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "Resources: 0 added")
}
