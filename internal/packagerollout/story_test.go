package packagerollout_test

import (
	"slices"
	"strings"
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

// version is the package file of the story in another version.
func version(w *acctest.World, v string) func() {
	return func() { w.Package("app.msix", msixtest.Manifest{Version: v}) }
}

// The draft that comes with a flight has an ID before the apply that publishes it and begins its rollout.
func TestRolloutOfADraftThatTheApplyPublishes(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	source := w.Package("app.msix", msixtest.Manifest{Version: "1.0.0.0"})
	cli := w.ServedCLI(both{source: source, percentage: 10, submission: `wait_for = "publish"`}.config(w))
	out := cli.MustRun("apply", "-auto-approve")
	acctest.Says(t, out, "2 added")
	if strings.Contains(out, "has to wait") {
		t.Errorf("the plan does not know that the apply publishes the draft:\n%s", out)
	}
	cli.MustRun("plan", "-detailed-exitcode")
}

// TestStory takes a submission and its rollout through three versions, in one
// configuration whose percentages come from one variable.
func TestStory(t *testing.T) {
	t.Parallel()
	for name, waiting := range map[string]string{"submission waits": "publish", "rollout waits": "commit"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			source := w.Package("app.msix", msixtest.Manifest{Version: "1.0.0.0"})
			config := func(percentage float64, state string) string {
				return both{
					source: source, percentage: percentage,
					submission: `wait_for = "` + waiting + `"`, rollout: `state = "` + state + `"` + "\n  wait_for_publication = true",
				}.config(w)
			}
			onlyRollout := []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				plancheck.ExpectKnownValue(submission, tfjsonpath.New("submission_id"), knownvalue.NotNull()),
			}
			movesOn := []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
				plancheck.ExpectUnknownValue(address, tfjsonpath.New("submission_id")),
			}
			same := []statecheck.StateCheck{statecheck.CompareValuePairs(address, tfjsonpath.New("submission_id"), submission, tfjsonpath.New("submission_id"), compare.ValuesSame())}
			w.Run(t,
				acctest.Step{Config: config(10, "active"), StateChecks: append(same, status(inProgress)...)},
				acctest.Step{Config: config(50, "active"), PlanChecks: onlyRollout, StateChecks: append(same, status(inProgress)...)},
				acctest.Step{Config: config(50, "finalized"), PlanChecks: onlyRollout, StateChecks: append(same, status(complete)...)},
				acctest.Step{
					PreConfig: version(w, "2.0.0.0"),
					Config:    config(5, "active"), PlanChecks: movesOn, StateChecks: append(same, status(inProgress)...),
				},
				acctest.Step{Config: config(5, "halted"), PlanChecks: onlyRollout, StateChecks: append(same, status(stopped)...)},
				acctest.Step{
					PreConfig: version(w, "3.0.0.0"),
					Config:    config(5, "active"), PlanChecks: movesOn, StateChecks: append(same, status(inProgress)...),
				},
			)
			if got, want := changes(w), []string{"updated 50", "finalized", "halted"}; !slices.Equal(got, want) {
				t.Errorf("the rollouts were %q, want %q", got, want)
			}
			if got := len(w.Sim.Events(storesim.EventCommitted)); got != 3 {
				t.Errorf("%d commits", got)
			}
			if p := w.Sim.PublishedPackages(w.ApplicationID, w.FlightID); len(p) != 1 || p[0].Version != "3.0.0.0" {
				t.Errorf("the flight has %+v", p)
			}
		})
	}
}

// TestActiveRolloutPolicy ships a new package while the old one's rollout is live.
func TestActiveRolloutPolicy(t *testing.T) {
	t.Parallel()
	for policy, tt := range map[string]struct {
		status     string
		percentage float64
		says       string
	}{
		"finalize": {complete, 100, "everybody in the flight gets its packages"},
		"halt":     {stopped, 0, "the testers who have its packages keep them, nobody else gets them"},
	} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			b := both{
				source: w.Package("app.msix", msixtest.Manifest{}), percentage: 10,
				submission: `wait_for = "publish"` + "\n  active_rollout_policy = \"" + policy + `"`,
			}
			cli := w.ServedCLI(b.config(w))
			cli.MustRun("apply", "-auto-approve")
			first, _ := w.LastPublished()
			version(w, "2.0.0.0")()
			b.percentage = 20
			cli.Configure(b.config(w))
			acctest.Says(t, cli.MustRun("plan", "-out=plan"), tt.says, "before the new submission is made", "2 to change", "0 to destroy")
			cli.MustRun("apply", "plan")
			second, _ := w.LastPublished()
			is(t, w, first, tt.status, tt.percentage)
			is(t, w, second, inProgress, 20)
			cli.NoChanges()
		})
	}
}

func TestActiveRolloutPolicyFail(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	b := both{source: w.Package("app.msix", msixtest.Manifest{}), percentage: 10, submission: `wait_for = "publish"`}
	w.Run(t,
		acctest.Step{Config: b.config(w)},
		acctest.Step{
			PreConfig:   func() { version(w, "2.0.0.0")(); w.Sim.ResetRequests() },
			Config:      b.config(w),
			ExpectError: []string{"Gradual rollout is still live"},
		},
		acctest.Step{PreConfig: func() { w.OnlyReads(); version(w, "1.0.0.0")() }, Config: b.config(w)},
	)
}

// What is meant for the old submission must not hit the new one unnoticed.
func TestFinalStateMeetsNewSubmission(t *testing.T) {
	t.Parallel()
	for state, says := range map[string]string{
		"finalized": "once it is published, everybody in the flight gets its packages",
		"halted":    "only testers who already have its packages keep them",
	} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			b := both{source: w.Package("app.msix", msixtest.Manifest{}), percentage: 10, rollout: `state = "` + state + `"`}
			cli := w.ServedCLI(b.config(w))
			acctest.Says(t, cli.MustRun("plan"), says, "active_rollout_policy decides about a rollout that is live now")
		})
	}
}

// TestSharedRequests counts what a refresh of both resources and the data source
// asks the Store for the one submission that they refer to.
func TestSharedRequests(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	config := both{source: w.Package("app.msix", msixtest.Manifest{}), percentage: 10, submission: `wait_for = "publish"`}.config(w) +
		acctest.BlockOf(submission, `data "msstore_package_rollout" "test"`)
	cli := w.ServedCLI(config)
	cli.MustRun("apply", "-auto-approve")
	w.Sim.ResetRequests()
	cli.NoChanges()
	if n := w.Sim.Count(storesim.GetSubmission); n != 1 {
		t.Errorf("the submission was read %d times", n)
	}
	if n := w.Sim.Count(storesim.GetPackageRollout); n != 0 {
		t.Errorf("the rollout was read by itself %d times", n)
	}
}

// Raising a rollout is one look and one request.
func TestApplyCosts(t *testing.T) {
	t.Parallel()
	w, _, cli := raising(t)
	w.Sim.ResetRequests()
	cli.MustRun("apply", "plan")
	if look, change, all := w.Sim.Count(storesim.GetSubmission), w.Sim.Count(storesim.UpdatePackageRollout), w.Sim.Count(); look != 1 || change != 1 || all != 2 {
		t.Errorf("%d looks, %d changes, %d requests", look, change, all)
	}
}
