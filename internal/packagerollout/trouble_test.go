package packagerollout_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// A percentage that no binary fraction hits is the same in a configuration as in
// the Store, however the state got to know it.
func TestDecimalPercentage(t *testing.T) {
	t.Parallel()
	w, id := live(t, 33.3)
	cli := w.ServedCLI(rolloutOf(w, id, percentage(33.3)) + acctest.Import(address, w.ApplicationID+"/"+w.FlightID))
	acctest.Says(t, cli.MustRun("plan", "-out=plan"), "1 to import, 0 to add, 0 to change")
	cli.MustRun("apply", "plan")
	w.OnlyReads()

	w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 66.6, Status: inProgress})
	cli.Configure(rolloutOf(w, id, percentage(66.6)))
	cli.NoChanges()
}

// What was changed in Partner Center is seen by the refresh.
func TestDrift(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	w.Run(t,
		acctest.Step{Config: rolloutOf(w, id, percentage(10))},
		acctest.Step{
			PreConfig:   func() { w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 80, Status: inProgress}) },
			Config:      rolloutOf(w, id, percentage(10)),
			PlanChecks:  acctest.Planned(address, plancheck.ResourceActionUpdate),
			StateChecks: []statecheck.StateCheck{value("percentage", knownvalue.Float64Exact(10))},
		},
		acctest.Step{
			PreConfig:  func() { w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 80, Status: inProgress}) },
			Config:     rolloutOf(w, id, percentage(80)),
			PlanChecks: acctest.Planned(address, plancheck.ResourceActionNoop),
		},
	)
	is(t, w, id, inProgress, 80)
}

func TestOneWayDrift(t *testing.T) {
	t.Parallel()
	for state, tt := range map[string]struct {
		rollout storesim.Rollout
		says    string
	}{
		"halted":    {storesim.Rollout{Enabled: true, Status: stopped}, "was halted, by Terraform or in Partner Center: the testers who have its packages keep them"},
		"finalized": {storesim.Rollout{Enabled: true, Percentage: 100, Status: complete}, "was finalized, by Terraform or in Partner Center: everybody in the flight gets its packages"},
	} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			w, id := live(t, 100)
			w.Run(t,
				acctest.Step{Config: rolloutOf(w, id, percentage(100))},
				acctest.Step{
					PreConfig:   func() { w.Sim.SetRollout(id, tt.rollout) },
					Config:      rolloutOf(w, id, percentage(100)),
					PlanOnly:    true,
					ExpectError: []string{tt.says},
				},
				// Accepted, it is no change.
				acctest.Step{Config: rolloutOf(w, id, percentage(100), `state = "`+state+`"`), PlanChecks: acctest.Planned(address, plancheck.ResourceActionNoop)},
			)
			w.OnlyReads()
		})
	}
}

// Between the plan and the apply somebody was quicker.
func TestHaltedBeforeTheApply(t *testing.T) {
	t.Parallel()
	w, id, cli := raising(t)
	// The apply has looked at the rollout before the request is on its way.
	w.Sim.Before(func(r storesim.Request) {
		if r.Operation == storesim.UpdatePackageRollout {
			w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Status: stopped})
		}
	})
	acctest.Says(t, cli.MustFail("apply", "plan"), "Rollout is halted", "409 Conflict")
}

func TestAlreadyRaisedBeforeTheApply(t *testing.T) {
	t.Parallel()
	w, id, cli := raising(t)
	w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 50, Status: inProgress})
	cli.MustRun("apply", "plan")
	cli.NoChanges()
	w.OnlyReads()
}

func TestStoreDoesNotLower(t *testing.T) {
	t.Parallel()
	w, id := live(t, 50)
	w.Sim.Inject(storesim.Fault{Operation: storesim.UpdatePackageRollout, Action: storesim.Refuse{Status: 409, Code: "InvalidState", Message: "lower"}})
	w.Run(t,
		acctest.Step{Config: rolloutOf(w, id, percentage(20)), ExpectError: []string{"Store does not lower the rollout percentage"}},
		acctest.Step{Config: rolloutOf(w, id, percentage(50))},
	)
	is(t, w, id, inProgress, 50)
}

// Messages say who has which packages after a halt, and never call 100 % finalized.
func TestMessages(t *testing.T) {
	t.Parallel()
	w, first := live(t, 10)
	w.Sim.SetRollout(first, storesim.Rollout{Enabled: true, Percentage: 100, Status: complete})
	id := w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 100}})
	cli := w.ServedCLI(rolloutOf(w, id, percentage(100)))
	cli.MustRun("apply", "-auto-approve")
	cli.Configure(rolloutOf(w, id, `state = "halted"`))
	acctest.Says(t, cli.MustRun("plan"), "is at 100 %", "the testers who have its packages keep them, nobody else gets them, and it cannot be resumed",
		"The others stay with submission "+first, "next submission starts with the packages of the halted one")
}

// Credentials that are known only after an apply leave the provider without a
// client. What is in the state stays as it is.
func TestProviderThatIsNotConfiguredYet(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	config := rolloutOf(w, id, percentage(10))
	w.Run(t,
		acctest.Step{Config: config},
		acctest.Step{Config: w.TokenLater(config), PlanChecks: acctest.Planned(address, plancheck.ResourceActionNoop)},
	)
	w.OnlyReads()
}
