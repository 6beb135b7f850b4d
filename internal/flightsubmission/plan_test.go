package flightsubmission_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

// before expects a value on the left side of a plan's arrow.
type before struct {
	at   tfjsonpath.Path
	want knownvalue.Check
}

func (b before) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, c := range req.Plan.ResourceChanges {
		if c.Address != address {
			continue
		}
		got, err := tfjsonpath.Traverse(c.Change.Before, b.at)
		if err == nil {
			err = b.want.CheckValue(got)
		}
		if err != nil {
			resp.Error = fmt.Errorf("%s before the change: %w", b.at, err)
		}
		return
	}
	resp.Error = fmt.Errorf("%s is not in the plan", address)
}

func after(at tfjsonpath.Path, want knownvalue.Check) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(address, at, want)
}

func unknownAfter(at tfjsonpath.Path) plancheck.PlanCheck {
	return plancheck.ExpectUnknownValue(address, at)
}

// member is the path of a member of the first package.
func member(name string) tfjsonpath.Path {
	return tfjsonpath.New("packages").AtSliceIndex(0).AtMapKey(name)
}

// A rebuilt file is an in-place change that shows what goes and what comes, and
// that it takes another submission.
func TestRebuiltFileInPlan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rebuilt msixtest.Manifest
		version string
	}{
		"with another version":  {msixtest.Manifest{Version: "1.1.0.0"}, "1.1.0.0"},
		"with the same version": {msixtest.Manifest{Seed: 7}, "1.0.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			source := w.Package("app.msix", msixtest.Manifest{})
			config := w.Submission(acctest.Packages(source), `wait_for = "publish"`)
			published := ""
			w.Run(t,
				acctest.Step{Config: config, Check: func() { published, _ = w.LastPublished() }},
				acctest.Step{
					PreConfig: func() {
						w.Package("app.msix", c.rebuilt)
						w.Sim.ResetRequests()
					},
					Config: config, PlanOnly: true, NonEmptyPlan: true,
					PlanChecks: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
						before{member("version"), knownvalue.StringExact("1.0.0.0")},
						after(member("version"), knownvalue.StringExact(c.version)),
						before{member("sha256"), knownvalue.StringExact(sum(msixtest.Manifest{}))},
						after(member("sha256"), knownvalue.StringExact(sum(c.rebuilt))),
						after(member("file_name"), knownvalue.StringExact("app.msix")),
						before{tfjsonpath.New("submission_id"), knownvalue.StringFunc(func(id string) error { return equals(id, published) })},
						unknownAfter(tfjsonpath.New("submission_id")),
						unknownAfter(tfjsonpath.New("status")),
						unknownAfter(tfjsonpath.New("flight_packages")),
					},
				},
				acctest.Step{
					PreConfig: func() {
						w.OnlyReads()
						w.Package("app.msix", msixtest.Manifest{})
					},
					Config: config, PlanChecks: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
				},
			)
		})
	}
}

func equals(got, want string) error {
	if got != want {
		return fmt.Errorf("%q, want %q", got, want)
	}
	return nil
}

// A draft is changed in place: its id is known, its status will be told.
func TestDraftInPlan(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	draft := ""
	known := knownvalue.StringFunc(func(id string) error { return equals(id, draft) })
	w.Run(t,
		acctest.Step{
			Config: w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `commit = false`),
			Check:  func() { draft, _ = w.Pending() },
		},
		acctest.Step{
			Config: w.Submission(acctest.Packages(w.Package("next.msix", msixtest.Manifest{Version: "2.0.0.0"})), `commit = false`),
			PlanChecks: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				after(tfjsonpath.New("submission_id"), known), unknownAfter(tfjsonpath.New("status")),
			},
		},
		acctest.Step{
			Config: w.Submission(acctest.Packages(w.Package("next.msix", msixtest.Manifest{Version: "2.0.0.0"})), `wait_for = "publish"`),
			PlanChecks: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				after(tfjsonpath.New("submission_id"), known), unknownAfter(tfjsonpath.New("status")),
			},
			StateChecks: isPublished(),
		},
	)
	holds(t, w, "next.msix 2.0.0.0")
}

func TestAnotherFlightReplaces(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	other := *w
	other.FlightID = newScene(w).flightID
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	w.Run(t,
		acctest.Step{Config: w.Submission(packages, `wait_for = "publish"`)},
		acctest.Step{
			Config: other.Submission(packages, `wait_for = "publish"`),
			PlanChecks: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionReplace), unknownAfter(tfjsonpath.New("submission_id")),
			},
			StateChecks: isPublished(),
		},
	)
	holds(t, &other, "app.msix 1.0.0.0")
}

// TestChangeOfStateOnly changes what the Store knows nothing of or takes no more: each plan keeps the submission, each apply reads at most.
func TestChangeOfStateOnly(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id := ""
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	steps := []acctest.Step{{
		Config: w.Submission(packages, `wait_for = "publish"`, `package_rollout = { initial_percentage = 5 }`,
			`mandatory_update = { effective_date = "2027-01-31T09:00:00Z" }`),
		Check: func() { id, _ = w.LastPublished() },
	}}
	then := func(arguments ...string) {
		steps = append(steps, acctest.Step{
			PreConfig: w.Sim.ResetRequests,
			Config:    w.Submission(append(arguments, packages)...),
			PlanChecks: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				after(tfjsonpath.New("submission_id"), knownvalue.StringFunc(func(got string) error { return equals(got, id) })),
				after(tfjsonpath.New("status"), knownvalue.StringExact("Published")),
				after(member("version"), knownvalue.StringExact("1.0.0.0")),
			},
			Check: w.OnlyReads,
		})
	}
	rollout, mandatory := `package_rollout = { initial_percentage = 5 }`, `mandatory_update = { effective_date = "2027-01-31T09:00:00Z" }`
	then(`wait_for = "none"`, rollout, mandatory, `timeouts = { create = "9m" }`)
	then(rollout, mandatory, `pending_submission_policy = "replace"`, `active_rollout_policy = "halt"`)
	then(mandatory, `package_rollout = { initial_percentage = 50 }`)
	then(`mandatory_update = { effective_date = "2027-01-31T10:00:00+01:00" }`)
	w.Run(t, steps...)
}

// Where files lie, and in which order they are given, is the configuration's own
// affair.
func TestMovedFilesAreNoChange(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	app, arm := msixtest.Manifest{}, msixtest.Manifest{Architecture: "arm64"}
	moved := t.TempDir()
	w.Run(t,
		acctest.Step{Config: w.Submission(acctest.Packages(w.Package("app.msix", app), w.Package("arm.msix", arm)), `wait_for = "publish"`)},
		acctest.Step{
			PreConfig: w.Sim.ResetRequests,
			Config: w.Submission(acctest.Packages(
				msixtest.WritePackage(t, moved, "arm.msix", arm), msixtest.WritePackage(t, moved, "app.msix", app)), `wait_for = "publish"`),
			PlanChecks: []plancheck.PlanCheck{after(tfjsonpath.New("status"), knownvalue.StringExact("Published"))},
		},
	)
	w.OnlyReads()
}

// Waiting longer for what is under way goes on with it, by reads.
func TestWaitingLongerInPlan(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	known := ""
	w.Run(t,
		acctest.Step{Config: w.Submission(packages), Check: func() { known, _ = w.Pending() }},
		acctest.Step{
			PreConfig: w.Sim.ResetRequests,
			Config:    w.Submission(packages, `wait_for = "publish"`),
			PlanChecks: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				after(tfjsonpath.New("submission_id"), knownvalue.StringFunc(func(id string) error { return equals(id, known) })),
				unknownAfter(tfjsonpath.New("status")),
			},
			StateChecks: isPublished(),
		},
	)
	w.OnlyReads()
}
