package packagerollout_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// Replies and requests that get lost change nothing about the outcome.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	for operation, tt := range map[storesim.Operation]struct {
		wish    string
		status  string
		left    float64
		changes []string
	}{
		storesim.UpdatePackageRollout:   {percentage(50), inProgress, 50, []string{"updated 50"}},
		storesim.HaltPackageRollout:     {`state = "halted"`, stopped, 0, []string{"halted"}},
		storesim.FinalizePackageRollout: {`state = "finalized"`, complete, 100, []string{"finalized"}},
	} {
		for name, action := range map[string]storesim.Action{
			"request lost": storesim.DropBefore{}, "reply lost": storesim.DropAfter{}, "error after the effect": storesim.ErrorAfter{},
		} {
			t.Run(string(operation)+"/"+name, func(t *testing.T) {
				t.Parallel()
				w, id := live(t, 10)
				var fault *storesim.Injection
				run(t, w,
					resource.TestStep{Config: rolloutOf(w, id, percentage(10))},
					resource.TestStep{
						PreConfig:         func() { fault = w.Sim.Inject(storesim.Fault{Operation: operation, Action: action}) },
						Config:            rolloutOf(w, id, tt.wish),
						ConfigStateChecks: status(tt.status),
					},
				)
				if fault.Hits() != 1 {
					t.Errorf("the fault hit %d requests", fault.Hits())
				}
				is(t, w, id, tt.status, tt.left)
				if got := changes(w); !slices.Equal(got, tt.changes) {
					t.Errorf("the rollout was %q, want %q", got, tt.changes)
				}
			})
		}
	}
}

// An operation that keeps failing leaves the state as it was; the next apply does it.
func TestOutage(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	var outage *storesim.Injection
	run(t, w,
		resource.TestStep{Config: rolloutOf(w, id, percentage(10))},
		resource.TestStep{
			PreConfig: func() {
				outage = w.Sim.Inject(storesim.Fault{Operation: storesim.UpdatePackageRollout, Times: -1, Action: storesim.Refuse{}})
			},
			Config:      rolloutOf(w, id, percentage(50)),
			ExpectError: phrase("503 Service Unavailable"),
		},
		resource.TestStep{PreConfig: func() { outage.Remove() }, Config: rolloutOf(w, id, percentage(50)), ConfigStateChecks: status(inProgress)},
	)
	is(t, w, id, inProgress, 50)
}

// A percentage that no binary fraction hits is the same in a configuration as in
// the Store, however the state got to know it.
func TestDecimalPercentage(t *testing.T) {
	t.Parallel()
	w, id := live(t, 33.3)
	cli := w.ServedCLI(rolloutOf(w, id, percentage(33.3)) + `
import {
  to = ` + address + `
  id = "` + w.ApplicationID + "/" + w.FlightID + `"
}
`)
	acctest.Says(t, cli.MustRun("plan", "-out=plan"), "1 to import, 0 to add, 0 to change")
	cli.MustRun("apply", "plan")
	w.OnlyReads()

	w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 66.6, Status: inProgress})
	cli.Configure(rolloutOf(w, id, percentage(66.6)))
	acctest.Says(t, cli.MustRun("plan"), "No changes")
}

// What was changed in Partner Center is seen by the refresh.
func TestDrift(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	run(t, w,
		resource.TestStep{Config: rolloutOf(w, id, percentage(10))},
		resource.TestStep{
			PreConfig:         func() { w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 80, Status: inProgress}) },
			Config:            rolloutOf(w, id, percentage(10)),
			ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{value("percentage", knownvalue.Float64Exact(10))},
		},
		resource.TestStep{
			PreConfig:        func() { w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 80, Status: inProgress}) },
			Config:           rolloutOf(w, id, percentage(80)),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
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
			run(t, w,
				resource.TestStep{Config: rolloutOf(w, id, percentage(100))},
				resource.TestStep{
					PreConfig:   func() { w.Sim.SetRollout(id, tt.rollout) },
					Config:      rolloutOf(w, id, percentage(100)),
					PlanOnly:    true,
					ExpectError: phrase(tt.says),
				},
				// Accepted, it is no change.
				resource.TestStep{Config: rolloutOf(w, id, percentage(100), `state = "`+state+`"`), ConfigPlanChecks: planned(plancheck.ResourceActionNoop)},
			)
			w.OnlyReads()
		})
	}
}

// Between the plan and the apply somebody was quicker.
func TestHaltedBeforeTheApply(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	cli := w.ServedCLI(rolloutOf(w, id, percentage(10)))
	cli.MustRun("apply", "-auto-approve")
	cli.Configure(rolloutOf(w, id, percentage(50)))
	cli.MustRun("plan", "-out=plan")
	// The apply has looked at the rollout before the request is on its way.
	w.Sim.Before(func(r storesim.Request) {
		if r.Operation == storesim.UpdatePackageRollout {
			w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Status: stopped})
		}
	})
	out, err := cli.Run("apply", "plan")
	if err == nil {
		t.Error("the apply went through")
	}
	acctest.Says(t, out, "Rollout is halted", "409 Conflict")
}

func TestAlreadyRaisedBeforeTheApply(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	cli := w.ServedCLI(rolloutOf(w, id, percentage(10)))
	cli.MustRun("apply", "-auto-approve")
	cli.Configure(rolloutOf(w, id, percentage(50)))
	cli.MustRun("plan", "-out=plan")
	w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 50, Status: inProgress})
	cli.MustRun("apply", "plan")
	acctest.Says(t, cli.MustRun("plan"), "No changes")
	w.OnlyReads()
}

func TestStoreDoesNotLower(t *testing.T) {
	t.Parallel()
	w, id := live(t, 50)
	w.Sim.Inject(storesim.Fault{Operation: storesim.UpdatePackageRollout, Action: storesim.Refuse{Status: 409, Code: "InvalidState", Message: "lower"}})
	run(t, w,
		resource.TestStep{Config: rolloutOf(w, id, percentage(20)), ExpectError: phrase("Store does not lower the rollout percentage")},
		resource.TestStep{Config: rolloutOf(w, id, percentage(50))},
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
	acctest.Says(t, cli.MustRun("plan"), "stands at 100 %", "the testers who have its packages keep them, nobody else gets them, and it cannot be resumed",
		"The others stay with submission "+first, "next submission starts with the packages of the halted one")
}

// Credentials that are known only after an apply leave the provider without a
// client. What is in the state stays as it is.
func TestProviderThatIsNotConfiguredYet(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	config := rolloutOf(w, id, percentage(10))
	later := strings.Replace(config, strconv.Quote(acctest.Token), "terraform_data.token.output", 1) + `
resource "terraform_data" "token" {
  input = "` + acctest.Token + `"
}
`
	run(t, w,
		resource.TestStep{Config: config},
		resource.TestStep{
			Config: later,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionNoop),
			}},
		},
	)
	w.OnlyReads()
}
