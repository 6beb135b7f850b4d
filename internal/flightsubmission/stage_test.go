package flightsubmission_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

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
			run(t, w, resource.TestStep{
				Config:            w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "`+goal+`"`),
				ConfigStateChecks: status(want),
				Check: theStore(func() {
					if want != "Published" {
						id, _ := w.Pending()
						w.Sim.Cancel(id) // so that the test's destroy can clean up
					}
				}),
				// The cancellation is what the next plan puts right.
				ExpectNonEmptyPlan: want != "Published",
			})
		})
	}
}

var stages = []string{"CommitFailed", "PreProcessingFailed", "CertificationFailed", "ReleaseFailed", "PublishFailed"}

// told is what a failure's error must hold: the Store's status, code, text and,
// where there is one, the report.
func told(stage string) *regexp.Regexp {
	text := `(?s)` + stage + `.*PackageValidationFailed:\s+the\s+logo\s+is\s+upside\s+down`
	if stage == "CertificationFailed" {
		text += `.*Certification\s+report\s+of.*https://`
	}
	return regexp.MustCompile(text)
}

func TestFailingStageInCreate(t *testing.T) {
	t.Parallel()
	for _, stage := range stages {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			w.Sim.FailAt(stage, storesim.StatusDetail{Code: "PackageValidationFailed", Details: "the logo is upside down"})
			config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`)
			run(t, w,
				resource.TestStep{Config: config, ExpectError: told(stage)},
				resource.TestStep{Config: config, ConfigStateChecks: status("Published")},
			)
			holds(t, w, "app.msix 1.0.0.0")
			events(t, w, storesim.EventDeleted, 1)
		})
	}
}

func TestFailingStageOnNewFlight(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Sim.FailAt("CertificationFailed", storesim.StatusDetail{Code: "PackageValidationFailed", Details: "the logo is upside down"})
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`)
	run(t, w,
		resource.TestStep{Config: config, ExpectError: told("CertificationFailed")},
		resource.TestStep{Config: config, ConfigStateChecks: status("Published")},
	)
	holds(t, w, "app.msix 1.0.0.0")
}

func TestFailingStageInUpdate(t *testing.T) {
	t.Parallel()
	for _, stage := range stages {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`)
			run(t, w,
				resource.TestStep{Config: config},
				resource.TestStep{
					PreConfig: func() {
						w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.0"})
						w.Sim.FailAt(stage, storesim.StatusDetail{Code: "PackageValidationFailed", Details: "the logo is upside down"})
					},
					Config:      config,
					ExpectError: told(stage),
				},
				resource.TestStep{Config: config, ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), ConfigStateChecks: status("Published")},
			)
			holds(t, w, "app.msix 1.1.0.0")
		})
	}
}

func TestFailureBeyondTheGoal(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "none"`)
	run(t, w,
		resource.TestStep{Config: config, ConfigStateChecks: status("CommitStarted")},
		resource.TestStep{
			// The apply was green; the Store's refusal comes later and is put right by the next one.
			PreConfig: func() { id, _ := w.Pending(); w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, "CertificationFailed") },
			Config:    w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			ConfigStateChecks: status("Published"),
		},
	)
	events(t, w, storesim.EventCommitted, 2)
}

func TestWaitRunsOutOfTime(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.Hold("Certification")
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	run(t, w,
		resource.TestStep{
			Config:             w.Submission(packages, `wait_for = "publish"`, `timeouts = { create = "5s" }`),
			ConfigStateChecks:  status("Certification"),
			ExpectNonEmptyPlan: true,
		},
		resource.TestStep{
			PreConfig:         func() { w.Sim.Release("Certification") },
			Config:            w.Submission(packages, `wait_for = "publish"`),
			ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
			ConfigStateChecks: status("Published"),
		},
	)
	events(t, w, storesim.EventCreated, 1)
	events(t, w, storesim.EventCommitted, 1)
}

func TestCommitLag(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.SetCommitLag(6)
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	run(t, w,
		resource.TestStep{Config: w.Submission(packages, `wait_for = "none"`)},
		resource.TestStep{Config: w.Submission(packages, `wait_for = "publish"`), ConfigStateChecks: status("Published")},
	)
	events(t, w, storesim.EventCommitted, 1)
}

func TestSkippedStages(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.SkipStages("PreProcessing", "Release", "PendingPublication")
	run(t, w, resource.TestStep{
		Config:            w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`),
		ConfigStateChecks: status("Published"),
	})
}

func TestManualRestsAtRelease(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `target_publish_mode = "Manual"`, `wait_for = "certification"`)
	run(t, w,
		resource.TestStep{Config: config, ConfigStateChecks: status("Release")},
		resource.TestStep{PreConfig: func() { publishNow(w) }, Config: config, ConfigStateChecks: status("Published")},
	)
}
