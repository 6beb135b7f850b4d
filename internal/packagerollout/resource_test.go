package packagerollout_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestLife(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	w.Run(t,
		acctest.Step{
			Config: rolloutOf(w, id, percentage(10)),
			StateChecks: []statecheck.StateCheck{
				value("status", knownvalue.StringExact(inProgress)), value("state", knownvalue.StringExact("active")),
				value("wait_for_publication", knownvalue.Bool(false)), value("deletion_policy", knownvalue.StringExact("abandon")),
				value("fallback_submission_id", knownvalue.Null()),
			},
		},
		acctest.Step{Config: rolloutOf(w, id, percentage(62.5)), PlanChecks: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
			plancheck.ExpectUnknownValue(address, tfjsonpath.New("status")),
			// The others' packages stay the same.
			plancheck.ExpectKnownValue(address, tfjsonpath.New("fallback_submission_id"), knownvalue.Null()),
		}},
		acctest.Step{Config: rolloutOf(w, id, percentage(20)), PlanChecks: acctest.Planned(address, plancheck.ResourceActionUpdate)},
		acctest.Step{Config: rolloutOf(w, id, percentage(0))},
		acctest.Step{Config: rolloutOf(w, id, percentage(100)), StateChecks: status(inProgress)},
	)
	is(t, w, id, inProgress, 100)
	if got, want := changes(w), []string{"updated 62.5", "updated 20", "updated 0", "updated 100"}; !slices.Equal(got, want) {
		t.Errorf("the rollout was %q, want %q", got, want)
	}
}

func TestEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end    string
		status string
		left   float64
	}{
		"finalized": {end: `state = "finalized"`, status: complete, left: 100},
		"halted":    {end: `state = "halted"`, status: stopped, left: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := live(t, 100)
			w.Run(t,
				acctest.Step{Config: rolloutOf(w, id, percentage(100)), StateChecks: status(inProgress)},
				acctest.Step{Config: rolloutOf(w, id, tt.end), StateChecks: status(tt.status)},
				// The percentage has no meaning any more and may come and go.
				acctest.Step{Config: rolloutOf(w, id, tt.end, percentage(30)), StateChecks: status(tt.status)},
			)
			is(t, w, id, tt.status, tt.left)
			if got := changes(w); !slices.Equal(got, []string{name}) {
				t.Errorf("the rollout was %q", got)
			}
		})
	}
}

// What is done already is neither an error nor a request.
func TestAlreadyDone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rollout  storesim.Rollout
		argument string
	}{
		"percentage": {storesim.Rollout{Percentage: 25}, percentage(25)},
		"halted":     {storesim.Rollout{Enabled: true, Status: stopped}, `state = "halted"`},
		"finalized":  {storesim.Rollout{Enabled: true, Percentage: 100, Status: complete}, `state = "finalized"`},
		// Everybody has the packages of a submission without a rollout.
		"finalized without a rollout": {storesim.Rollout{Status: notStarted}, `state = "finalized"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t)
			id := w.Publish(storesim.Published{Rollout: &tt.rollout})
			w.Run(t, acctest.Step{Config: rolloutOf(w, id, tt.argument)})
			w.OnlyReads()
		})
	}
}

func TestNoWayBack(t *testing.T) {
	t.Parallel()
	halted, finalized := storesim.Rollout{Enabled: true, Status: stopped}, storesim.Rollout{Enabled: true, Percentage: 100, Status: complete}
	for name, tt := range map[string]struct {
		rollout     storesim.Rollout
		state, want string
		refusal     string
	}{
		"halted to active":    {halted, `state = "halted"`, percentage(10), "Rollout is halted"},
		"halted to finalized": {halted, `state = "halted"`, `state = "finalized"`, "the testers who have its packages keep them, nobody else gets them"},
		"finalized to active": {finalized, `state = "finalized"`, percentage(100), "Rollout is finalized"},
		"finalized to halted": {finalized, `state = "finalized"`, `state = "halted"`, "everybody in the flight gets its packages, and that cannot be undone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t)
			id := w.Publish(storesim.Published{Rollout: &tt.rollout})
			w.Run(t,
				acctest.Step{Config: rolloutOf(w, id, tt.state)},
				acctest.Step{Config: rolloutOf(w, id, tt.want), PlanOnly: true, ExpectError: []string{tt.refusal}},
				acctest.Step{Config: rolloutOf(w, id, tt.state)},
			)
			w.OnlyReads()
		})
	}
}

func TestSubmissionWithoutRollout(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	id := w.Publish(storesim.Published{})
	w.Run(t,
		acctest.Step{Config: rolloutOf(w, id, percentage(10)), ExpectError: []string{"was submitted without a gradual rollout"}},
		acctest.Step{Config: rolloutOf(w, id, `state = "halted"`), ExpectError: []string{"Submission has no gradual rollout"}},
	)
	w.OnlyReads()
}

func TestInvalidConfiguration(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	w.Run(t,
		acctest.Step{Config: rolloutOf(w, id), ExpectError: []string{"Percentage is missing"}},
		acctest.Step{Config: rolloutOf(w, id, `state = "active"`), ExpectError: []string{"Percentage is missing"}},
		acctest.Step{Config: rolloutOf(w, id, percentage(100.5)), ExpectError: []string{"percentage must be 0 to 100, got 100.5."}},
		acctest.Step{Config: rolloutOf(w, id, `state = "paused"`), ExpectError: []string{`state must be active, halted or finalized, got "paused".`}},
		acctest.Step{Config: rolloutOf(w, "latest", percentage(10)), ExpectError: []string{"must be a submission ID"}},
		acctest.Step{Config: rolloutOf(w, "1", percentage(10)), ExpectError: []string{"Flight submission not found"}},
	)
	w.OnlyReads()
}

// Without a request: what concerns the state alone.
func TestStateOnlyChanges(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	w.Run(t,
		acctest.Step{Config: rolloutOf(w, id, percentage(10))},
		acctest.Step{
			Config: rolloutOf(w, id, percentage(10), `deletion_policy = "halt"`, `wait_for_publication = true`, `timeouts = { update = "1m", read = "2m" }`),
			PlanChecks: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
			},
			StateChecks: []statecheck.StateCheck{value("deletion_policy", knownvalue.StringExact("halt"))},
		},
		acctest.Step{Config: rolloutOf(w, id, percentage(10))},
	)
	w.OnlyReads()
}

func TestDeletionPolicy(t *testing.T) {
	t.Parallel()
	for policy, tt := range map[string]struct {
		status     string
		percentage float64
		plan, says string
	}{
		"abandon":  {inProgress, 40, "", "It stays live"},
		"halt":     {stopped, 0, "when this resource is destroyed: the testers who have its packages keep them, nobody else gets them", ""},
		"finalize": {complete, 100, "when this resource is destroyed: everybody in the flight gets its packages", ""},
	} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			w, id := live(t, 40)
			cli := w.ServedCLI(rolloutOf(w, id, percentage(40), `deletion_policy = "`+policy+`"`))
			cli.MustRun("apply", "-auto-approve")
			is(t, w, id, inProgress, 40)
			acctest.Says(t, cli.MustRun("plan", "-destroy"), tt.plan)
			acctest.Says(t, cli.MustRun("destroy", "-auto-approve"), tt.says, "1 destroyed")
			is(t, w, id, tt.status, tt.percentage)
		})
	}
}

// Destroying what has ended or was never live is no error.
func TestDestroyNothingLive(t *testing.T) {
	t.Parallel()
	for policy, rollout := range map[string]storesim.Rollout{
		"halt":     {Enabled: true, Percentage: 100, Status: complete},
		"finalize": {Enabled: true, Status: stopped},
		"abandon":  {Enabled: true, Status: stopped},
	} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			w, id := live(t, 10)
			config := rolloutOf(w, id, percentage(10), `deletion_policy = "`+policy+`"`)
			cli := w.ServedCLI(config)
			cli.MustRun("apply", "-auto-approve")
			w.Sim.SetRollout(id, rollout)
			acctest.Says(t, cli.MustRun("destroy", "-auto-approve", "-refresh=false"), "1 destroyed")
			is(t, w, id, rollout.Status, rollout.Percentage)
			w.OnlyReads()
		})
	}
}

// A rollout that was ended in Partner Center is refused by the plan that the CLI makes
// before it destroys. The text names both ways out, and both work.
func TestDestroyWhatWasEndedInPartnerCenter(t *testing.T) {
	t.Parallel()
	for name, destroy := range map[string]func(cli *acctest.CLI) string{
		"without a refresh": func(cli *acctest.CLI) string { return cli.MustRun("destroy", "-auto-approve", "-refresh=false") },
		"warned only": func(cli *acctest.CLI) string {
			cli.Export(acctest.Environment{"MSSTORE_PLAN_CHECKS": "warn"})
			return cli.MustRun("destroy", "-auto-approve")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := live(t, 10)
			cli := w.ServedCLI(rolloutOf(w, id, percentage(10)))
			cli.MustRun("apply", "-auto-approve")
			w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Status: stopped})
			acctest.Says(t, cli.MustFail("destroy", "-auto-approve"), "Rollout is halted", "terraform destroy -refresh=false", "MSSTORE_PLAN_CHECKS=warn")
			acctest.Says(t, destroy(cli), "1 destroyed")
		})
	}
}

func TestDestroyAfterTheSubmissionIsGone(t *testing.T) {
	t.Parallel()
	w, id := pending(t, 10)
	config := rolloutOf(w, id, percentage(10), `deletion_policy = "halt"`)
	cli := w.ServedCLI(config)
	cli.MustRun("apply", "-auto-approve")
	w.Sim.DeleteInPortal(id)
	acctest.Says(t, cli.MustRun("destroy", "-auto-approve", "-refresh=false"), "1 destroyed")
}

// A rollout goes with its submission. The next submission's is another one.
func TestSubmissionGone(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.Hold(storesim.StatusCertification)
	config := func(goal string) string {
		return both{source: w.Package("app.msix", msixtest.Manifest{}), percentage: 10, submission: `wait_for = "` + goal + `"`}.config(w)
	}
	w.Run(t,
		acctest.Step{Config: config("commit"), StateChecks: status(notStarted)},
		acctest.Step{
			PreConfig: func() {
				id, _ := w.Pending()
				w.Sim.DeleteInPortal(id)
				w.Sim.Release(storesim.StatusCertification)
			},
			Config:      config("publish"),
			PlanChecks:  acctest.Planned(address, plancheck.ResourceActionCreate),
			StateChecks: status(inProgress),
		},
	)
}

func TestImport(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rollout   storesim.Rollout
		arguments []string
	}{
		"active":    {storesim.Rollout{Percentage: 30}, []string{percentage(30)}},
		"halted":    {storesim.Rollout{Enabled: true, Status: stopped}, []string{`state = "halted"`}},
		"finalized": {storesim.Rollout{Enabled: true, Percentage: 100, Status: complete}, []string{`state = "finalized"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t)
			id := w.Publish(storesim.Published{Rollout: &tt.rollout})
			flight := w.ApplicationID + "/" + w.FlightID
			cli := w.ServedCLI(rolloutOf(w, id, tt.arguments...))
			cli.MustRun("apply", "-auto-approve")
			cli.VerifyImport(t, address, flight+"/"+id)
			cli.VerifyImport(t, address, flight)
			cli.RefusesImport(t, address, "beta", "must have the form")
			cli.NoChanges()
			w.OnlyReads()
		})
	}
}

// What was imported is what the configuration says, before the publication too.
func TestImportThenPlan(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*testing.T, float64) (*acctest.World, string){"live": live, "pending": pending} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := prepare(t, 30)
			cli := w.ServedCLI(rolloutOf(w, id, percentage(30)))
			cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
			cli.NoChanges()
			w.OnlyReads()
		})
	}
}

func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Identity)
	w, id := live(t, 30)
	cli := w.ServedCLI(rolloutOf(w, id, percentage(30)))
	cli.MustRun("apply", "-auto-approve")
	cli.VerifyImportByIdentity(t, address)
}

func TestDataSource(t *testing.T) {
	t.Parallel()
	w, first := live(t, 30)
	w.Sim.SetRollout(first, storesim.Rollout{Enabled: true, Percentage: 100, Status: complete})
	second := w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 12.5}})
	plain := w.Publish(storesim.Published{})
	read := func(argument string) string {
		return w.Config(w.Block(`data "msstore_package_rollout" "test"`, argument))
	}
	shows := func(id, status string, has bool, percentage float64, fallback knownvalue.Check) []statecheck.StateCheck {
		var checks []statecheck.StateCheck
		for attribute, check := range map[string]knownvalue.Check{
			"submission_id": knownvalue.StringExact(id), "status": knownvalue.StringExact(status), "is_package_rollout": knownvalue.Bool(has),
			"percentage": knownvalue.Float64Exact(percentage), "fallback_submission_id": fallback,
		} {
			checks = append(checks, dataValue(attribute, check))
		}
		return checks
	}
	w.Run(t,
		acctest.Step{
			Config:      read(`submission_id = "` + second + `"`),
			StateChecks: shows(second, inProgress, true, 12.5, knownvalue.StringExact(first)),
		},
		acctest.Step{Config: read(""), StateChecks: shows(plain, notStarted, false, 0, knownvalue.Null())},
		acctest.Step{Config: read(`submission_id = "1"`), ExpectError: []string{"404 Not Found"}},
	)
	w.OnlyReads()
}
