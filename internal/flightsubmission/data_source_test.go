package flightsubmission_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// theDataSources reads one submission through all three of them.
func theDataSources(w *acctest.World, argument string) string {
	config := ""
	for _, kind := range []string{"msstore_flight_submission", "msstore_flight_submission_status", "msstore_certification_reports"} {
		config += w.Block(fmt.Sprintf(`data %q "test"`, kind), argument)
	}
	return config
}

func shown(kind, attribute string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data."+kind+".test", tfjsonpath.New(attribute), check)
}

// Without submission_id it is the pending submission, else the last published one.
func TestDataSourcesFindTheSubmission(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	published, _ := w.LastPublished()
	ids := func(id, status string) []statecheck.StateCheck {
		return []statecheck.StateCheck{
			shown("msstore_flight_submission", "submission_id", knownvalue.StringExact(id)),
			shown("msstore_flight_submission", "status", knownvalue.StringExact(status)),
			shown("msstore_flight_submission_status", "submission_id", knownvalue.StringExact(id)),
			shown("msstore_flight_submission_status", "status", knownvalue.StringExact(status)),
			shown("msstore_certification_reports", "submission_id", knownvalue.StringExact(id)),
		}
	}
	var pending string
	w.Run(t,
		acctest.Step{Config: w.Config(theDataSources(w, "")), StateChecks: ids(published, "Published")},
		acctest.Step{
			PreConfig: func() { pending = w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{}) },
			Config:    w.Config(theDataSources(w, "")),
			StateChecks: []statecheck.StateCheck{
				shown("msstore_flight_submission_status", "submission_id", knownvalue.StringFunc(func(id string) error {
					return mustBe(id, pending)
				})),
				shown("msstore_flight_submission_status", "status", knownvalue.StringExact("PendingCommit")),
			},
		},
		acctest.Step{
			Config:      w.Config(theDataSources(w, `submission_id = "`+published+`"`)),
			StateChecks: ids(published, "Published"),
		},
	)
	w.OnlyReads()
}

func TestDataSourcesOfAFailedSubmission(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusCertificationFailed, storesim.StatusDetails{
		Errors:   []storesim.StatusDetail{{Code: "Other", Details: "It crashes."}},
		Warnings: []storesim.StatusDetail{{Code: "PackageValidationWarning", Details: "It is large."}},
		CertificationReports: []storesim.CertificationReport{
			{Date: time.Date(2026, 6, 17, 21, 29, 44, 0, time.UTC), ReportURL: "https://partner.example/report"},
		},
	})
	errs := knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
		"code": knownvalue.StringExact("Other"), "details": knownvalue.StringExact("It crashes."),
	})})
	warnings := knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
		"code": knownvalue.StringExact("PackageValidationWarning"), "details": knownvalue.StringExact("It is large."),
	})})
	reports := knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
		"date": knownvalue.StringExact("2026-06-17T21:29:44Z"), "report_url": knownvalue.StringExact("https://partner.example/report"),
	})})
	w.Run(t, acctest.Step{
		Config: w.Config(theDataSources(w, "")),
		StateChecks: []statecheck.StateCheck{
			shown("msstore_flight_submission", "status_details", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"errors": errs, "warnings": warnings, "certification_reports": reports,
			})),
			shown("msstore_flight_submission_status", "errors", errs),
			shown("msstore_flight_submission_status", "warnings", warnings),
			shown("msstore_certification_reports", "reports", reports),
		},
	})
	w.OnlyReads()
}

func TestDataSourceShowsTheSettings(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	from := time.Date(2027, 1, 31, 9, 0, 0, 0, time.UTC)
	w.Publish(storesim.Published{
		Rollout: &storesim.Rollout{Percentage: 12.5}, Notes: "look here", PublishMode: "SpecificDate", PublishDate: from,
		MandatoryUpdate: true, MandatoryUpdateDate: from,
	})
	plain := func(attribute string, check knownvalue.Check) statecheck.StateCheck {
		return shown("msstore_flight_submission", attribute, check)
	}
	config := w.Config(theDataSources(w, ""))
	w.Run(t,
		acctest.Step{Config: config, StateChecks: []statecheck.StateCheck{
			plain("package_rollout", knownvalue.ObjectExact(map[string]knownvalue.Check{"percentage": knownvalue.Float64Exact(12.5)})),
			plain("mandatory_update", knownvalue.ObjectExact(map[string]knownvalue.Check{"effective_date": knownvalue.StringExact("2027-01-31T09:00:00Z")})),
			plain("target_publish_mode", knownvalue.StringExact("SpecificDate")),
			plain("target_publish_date", knownvalue.StringExact("2027-01-31T09:00:00Z")),
			plain("notes_for_certification", knownvalue.StringExact("look here")),
			plain("flight_packages", knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"file_name": knownvalue.StringExact("old.msix"), "version": knownvalue.StringExact("0.9.0.0"), "file_status": knownvalue.StringExact("Uploaded"),
			})})),
		}},
		acctest.Step{
			PreConfig: func() { w.Publish(storesim.Published{}) },
			Config:    config,
			StateChecks: []statecheck.StateCheck{
				plain("package_rollout", knownvalue.Null()), plain("mandatory_update", knownvalue.Null()), plain("target_publish_date", knownvalue.Null()),
				plain("notes_for_certification", knownvalue.Null()), plain("target_publish_mode", knownvalue.StringExact("Immediate")),
			},
		},
	)
	w.OnlyReads()
}

func TestDataSourceErrors(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	// A flight whose first draft was deleted has nothing to show.
	draft, _ := w.Pending()
	w.Sim.DeleteInPortal(draft)
	w.Run(t,
		acctest.Step{Config: w.Config(theDataSources(w, "")), ExpectError: []string{"Flight has no submission"}},
		acctest.Step{Config: w.Config(theDataSources(w, `submission_id = "1"`)), ExpectError: []string{"404 Not Found"}},
	)
	w.OnlyReads()
}

// The resource and the data sources about it share one request.
func TestDataSourcesShareTheRequest(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`)
	cli := w.ServedCLI(config)
	cli.MustRun("apply", "-auto-approve")
	id, _ := w.LastPublished()
	cli.Configure(config + theDataSources(w, `submission_id = "`+id+`"`))
	w.Sim.ResetRequests()
	cli.NoChanges()
	if n := w.Sim.Count(storesim.GetSubmission, storesim.GetSubmissionStatus); n != 1 {
		t.Errorf("the submission was read %d times", n)
	}
}

func mustBe(got, want string) error {
	if got != want {
		return fmt.Errorf("it is %s, not %s", got, want)
	}
	return nil
}
