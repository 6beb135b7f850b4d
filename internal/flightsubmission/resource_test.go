package flightsubmission_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const address = "msstore_flight_submission.test"

func value(attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(attribute), check)
}

func isPublished() []statecheck.StateCheck {
	return []statecheck.StateCheck{value("status", knownvalue.StringExact("Published"))}
}

// holds checks what the flight's testers get: file names with versions.
func holds(t *testing.T, w *acctest.World, want ...string) {
	t.Helper()
	var got []string
	for _, p := range w.Sim.PublishedPackages(w.ApplicationID, w.FlightID) {
		got = append(got, p.FileName+" "+p.Version)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the flight has %q, want %q", got, want)
	}
}

func events(t *testing.T, w *acctest.World, kind storesim.EventKind, want int) {
	t.Helper()
	if got := len(w.Sim.Events(kind)); got != want {
		t.Errorf("%d times %q, want %d", got, kind, want)
	}
}

// publishNow publishes the flight's resting submission in Partner Center.
func publishNow(w *acctest.World) {
	id, _ := w.Pending()
	w.Sim.PublishNow(id)
	w.AdvanceTo(id, storesim.StatusPublished)
}

func TestCreateOnPublishedFlight(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Run(t, acctest.Step{
		Config: w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`),
		StateChecks: []statecheck.StateCheck{
			value("status", knownvalue.StringExact("Published")),
			value("submission_id", knownvalue.StringRegexp(regexp.MustCompile(`^\d{19}$`))),
			value("flight_packages", knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"file_name": knownvalue.StringExact("app.msix"), "file_status": knownvalue.StringExact("Uploaded"),
				"version": knownvalue.StringExact("1.0.0.0"), "id": knownvalue.NotNull(),
			})})),
		},
	})
	holds(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventCreated, 1)
	events(t, w, storesim.EventCommitted, 1)
}

func TestCreateOnNewFlight(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	first, _ := w.Pending()
	w.Run(t, acctest.Step{
		Config:      w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`),
		StateChecks: []statecheck.StateCheck{value("submission_id", knownvalue.StringExact(first))},
	})
	holds(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventCreated, 0)
	events(t, w, storesim.EventDeleted, 0)
}

func TestSeveralPackagesAndABundle(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	bundle := w.File("all.msixbundle", msixtest.Bundle(msixtest.BundleManifest{
		Version: "2.0.0.0", Packages: []msixtest.Manifest{{Architecture: "x64"}, {Architecture: "arm64"}},
	}))
	w.Run(t, acctest.Step{
		Config: w.Submission(acctest.Packages(
			w.Package("app_x64.msix", msixtest.Manifest{}), w.Package("app_x86.msix", msixtest.Manifest{Architecture: "x86"}), bundle), `wait_for = "publish"`),
	})
	holds(t, w, "app_x64.msix 1.0.0.0", "app_x86.msix 1.0.0.0", "all.msixbundle 2.0.0.0")
}

func TestNextVersion(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`)
	id := statecheck.CompareValue(compare.ValuesDiffer())
	w.Run(t,
		acctest.Step{Config: config, StateChecks: []statecheck.StateCheck{id.AddStateValue(address, tfjsonpath.New("submission_id"))}},
		acctest.Step{
			// The same path, another content: what a build pipeline does.
			PreConfig:   func() { w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.0"}) },
			Config:      config,
			PlanChecks:  acctest.Planned(address, plancheck.ResourceActionUpdate),
			StateChecks: []statecheck.StateCheck{id.AddStateValue(address, tfjsonpath.New("submission_id"))},
		},
	)
	holds(t, w, "app.msix 1.1.0.0")
	events(t, w, storesim.EventCreated, 2)
	events(t, w, storesim.EventUploaded, 2)
}

func TestNothingIsUploadedForOtherNotes(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	w.Run(t,
		acctest.Step{Config: w.Submission(packages, `wait_for = "publish"`)},
		acctest.Step{
			Config: w.Submission(packages, `wait_for = "publish"`, `notes_for_certification = "Press the red button."`),
			Check: func() {
				if _, s := w.LastPublished(); s.Notes != "Press the red button." {
					t.Errorf("notes: %q", s.Notes)
				}
			},
		},
		acctest.Step{
			// The notes of a submission that is past its commit have done their work.
			Config: w.Submission(packages, `wait_for = "publish"`),
			Check:  func() { events(t, w, storesim.EventCreated, 2) },
		},
		acctest.Step{
			// Omitted notes are cleared: the copy would keep them.
			Config: w.Submission(packages, `wait_for = "publish"`, `mandatory_update = { effective_date = "2099-01-31T09:00:00Z" }`),
			Check: func() {
				if _, s := w.LastPublished(); s.Notes != "" {
					t.Errorf("notes: %q", s.Notes)
				}
			},
		},
	)
	holds(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventCreated, 3)
	events(t, w, storesim.EventUploaded, 1)
}

func TestPackagesOmittedStay(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Run(t, acctest.Step{Config: w.Submission(`notes_for_certification = "Only notes."`, `wait_for = "publish"`)})
	holds(t, w, "old.msix 0.9.0.0")
	events(t, w, storesim.EventUploaded, 0)
}

func TestPackageKeptByName(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Run(t, acctest.Step{
		Config: w.Submission(fmt.Sprintf(`packages = [{ file_name = "old.msix" }, { source = %q }]`, w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`),
		StateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue(address, tfjsonpath.New("packages").AtSliceIndex(0).AtMapKey("version"), knownvalue.StringExact("0.9.0.0")),
		},
	})
	holds(t, w, "old.msix 0.9.0.0", "app.msix 1.0.0.0")
}

func TestSettings(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Run(t, acctest.Step{
		Config: w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})),
			`package_rollout     = { initial_percentage = 12.5 }`,
			`mandatory_update    = { effective_date = "2099-03-04T05:06:07+01:00" }`,
			`target_publish_mode = "SpecificDate"`,
			`target_publish_date = "2099-01-02T03:04:05Z"`,
			`wait_for            = "certification"`),
		Check: func() {
			_, s := w.Pending()
			if !s.Rollout.Enabled || s.Rollout.Percentage != 12.5 {
				t.Errorf("rollout: %+v", s.Rollout)
			}
			if s.PublishMode != "SpecificDate" || s.PublishDate.Format("2006-01-02T15:04:05Z") != "2099-01-02T03:04:05Z" {
				t.Errorf("publishing: %s %s", s.PublishMode, s.PublishDate)
			}
			if !s.MandatoryUpdate || s.MandatoryUpdateDate.UTC().Format("2006-01-02T15:04:05Z") != "2099-03-04T04:06:07Z" {
				t.Errorf("mandatory: %t %s", s.MandatoryUpdate, s.MandatoryUpdateDate)
			}
			publishNow(w)
		},
	})
}

func TestRolloutIsNotInherited(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 30, Status: "PackageRolloutComplete"}})
	w.Run(t, acctest.Step{
		Config: w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`),
		Check: func() {
			if _, s := w.LastPublished(); s.Rollout.Enabled {
				t.Errorf("rollout: %+v", s.Rollout)
			}
		},
	})
}

func TestDraftIsChangedInPlaceAndCommittedLater(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	one, two := acctest.Packages(w.Package("one.msix", msixtest.Manifest{})), acctest.Packages(w.Package("two.msix", msixtest.Manifest{Version: "2.0.0.0"}))
	id := statecheck.CompareValue(compare.ValuesSame())
	still := func(status string) []statecheck.StateCheck {
		return []statecheck.StateCheck{id.AddStateValue(address, tfjsonpath.New("submission_id")), value("status", knownvalue.StringExact(status))}
	}
	w.Run(t,
		acctest.Step{Config: w.Submission(one, `commit = false`), StateChecks: still("PendingCommit")},
		acctest.Step{Config: w.Submission(two, `commit = false`), PlanChecks: acctest.Planned(address, plancheck.ResourceActionUpdate), StateChecks: still("PendingCommit")},
		acctest.Step{
			Config:      w.Submission(two, `commit = false`, `notes_for_certification = "notes"`),
			StateChecks: still("PendingCommit"),
			Check:       func() { events(t, w, storesim.EventUploaded, 2) },
		},
		acctest.Step{
			Config:      w.Submission(two, `wait_for = "publish"`, `notes_for_certification = "notes"`),
			StateChecks: still("Published"),
		},
	)
	holds(t, w, "two.msix 2.0.0.0")
	events(t, w, storesim.EventCreated, 1)
	events(t, w, storesim.EventUploaded, 2)
	events(t, w, storesim.EventCommitted, 1)
}

func TestDestroyDraft(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Run(t, acctest.Step{Config: w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `commit = false`)})
	events(t, w, storesim.EventDeleted, 1)
	if flight, _ := w.Sim.Flight(w.ApplicationID, w.FlightID); flight.PendingSubmissionID != "" {
		t.Errorf("the draft is still there: %+v", flight)
	}
}

// The first draft of a flight cannot be replaced once it is deleted, so that it
// is emptied, and the flight is as it was.
func TestDestroyFirstDraft(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	first, _ := w.Pending()
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `commit = false`, `notes_for_certification = "notes"`)
	w.Run(t, acctest.Step{Config: config})
	id, s := w.Pending()
	if id != first || len(s.Packages) != 0 || s.Notes != "" {
		t.Errorf("the draft is not as it was: %+v", s)
	}
	w.Run(t, acctest.Step{Config: config, StateChecks: []statecheck.StateCheck{value("submission_id", knownvalue.StringExact(first))}})
	events(t, w, storesim.EventDeleted, 0)
}

func TestDestroyInCertification(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.Hold("Certification")
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})))
	w.Run(t,
		acctest.Step{Config: config},
		acctest.Step{Config: w.Config(), ExpectError: []string{"being processed", "Cancel it in Partner Center"}},
		acctest.Step{
			PreConfig: func() { id, _ := w.Pending(); w.Sim.Cancel(id) },
			Config:    w.Config(),
		},
	)
}
