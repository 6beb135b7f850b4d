package packagerollout_test

import (
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// The actions.
const (
	halt     = "msstore_halt_package_rollout"
	finalize = "msstore_finalize_package_rollout"
)

func of(w *acctest.World, submissionID string) arguments {
	a := arguments{"application_id": w.ApplicationID, "flight_id": w.FlightID}
	if submissionID != "" {
		a["submission_id"] = submissionID
	}
	return a
}

func TestEndActions(t *testing.T) {
	t.Parallel()
	for action, test := range map[string]struct {
		status   string
		event    string
		progress []string
		already  string
		other    string
		refusal  []string
	}{
		halt: {
			status: stopped, event: "halted",
			progress: []string{"is at 25 %", "is halted now", "the testers who have its packages keep them, nobody else gets them", `set state = "halted" in it`},
			already:  "was halted already; nothing was changed",
			other:    finalize,
			refusal:  []string{"Rollout is halted: ", "There is nothing left to finalize."},
		},
		finalize: {
			status: complete, event: "finalized",
			progress: []string{"is at 25 %", "is finalized now", "everybody in the flight gets its packages", `set state = "finalized" in it`},
			already:  "was finalized already; nothing was changed",
			other:    halt,
			refusal:  []string{"Rollout is finalized: ", "There is nothing left to halt."},
		},
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			w, id := live(t, 25)
			p := w.Protocol()
			progress, failure := p.Invoke(action, of(w, ""))
			if failure != "" || len(progress) != len(test.progress) {
				t.Fatalf("%q, %s", progress, failure)
			}
			for i, want := range test.progress {
				if !strings.Contains(progress[i], want) {
					t.Errorf("message %d does not say %q: %s", i, want, progress[i])
				}
			}
			s, _ := w.Sim.Submission(w.ApplicationID, w.FlightID, id)
			if s.Rollout.Status != test.status {
				t.Errorf("the rollout is %+v", s.Rollout)
			}

			progress, failure = p.Invoke(action, of(w, id))
			if text := strings.Join(progress, "\n"); failure != "" || !strings.Contains(text, test.already) || !strings.Contains(text, test.progress[3]) {
				t.Errorf("once more: %q, %s", progress, failure)
			}
			progress, failure = p.Invoke(test.other, of(w, id))
			for _, part := range test.refusal {
				if len(progress) > 0 || !strings.Contains(failure, part) {
					t.Errorf("the other end does not say %q: %q, %s", part, progress, failure)
				}
			}
			if got := strings.Join(changes(w), ", "); got != test.event {
				t.Errorf("the Store saw %q", got)
			}
		})
	}
}

func TestEndActionsRefuse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		world   func(t *testing.T) (w *acctest.World, submissionID string)
		failure string
	}{
		"nothing published": {
			func(t *testing.T) (*acctest.World, string) { t.Helper(); return acctest.New(t), "" },
			"Flight has no published submission: ",
		},
		"in certification": {
			func(t *testing.T) (*acctest.World, string) { t.Helper(); return pending(t, 10) },
			"Submission is not published: ",
		},
		"no rollout": {
			func(t *testing.T) (*acctest.World, string) { t.Helper(); return acctest.Published(t), "" },
			"Submission has no gradual rollout: ",
		},
		"not begun": {
			func(t *testing.T) (*acctest.World, string) {
				t.Helper()
				w, id := live(t, 10)
				w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 10, Status: notStarted})
				return w, ""
			},
			"Rollout has not begun yet: ",
		},
		"another submission": {
			func(t *testing.T) (*acctest.World, string) { t.Helper(); return acctest.Published(t), "7" },
			"404 Not Found",
		},
		"forbidden": {
			func(t *testing.T) (*acctest.World, string) {
				t.Helper()
				w, _ := live(t, 10)
				forbid(w, storesim.HaltPackageRollout)
				forbid(w, storesim.FinalizePackageRollout)
				return w, ""
			},
			"Error ending package rollout as ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, action := range []string{halt, finalize} {
				w, id := test.world(t)
				_, failure := w.Protocol().Invoke(action, of(w, id))
				if !strings.Contains(failure, test.failure) || strings.Contains(strings.ToLower(failure), "apply again") {
					t.Errorf("%s: %s", action, failure)
				}
				if did := strings.Join(changes(w), ", "); did != "" && did != "updated portal" {
					t.Errorf("%s: the Store saw %q", action, did)
				}
			}
		})
	}
}

// A reply that is lost is no reason to say that nothing was done.
func TestHaltActionLosesTheReply(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	w.Sim.Inject(storesim.Fault{Operation: storesim.HaltPackageRollout, Action: storesim.DropAfter{}})
	progress, failure := w.Protocol().Invoke(halt, of(w, id))
	if failure != "" || !strings.Contains(strings.Join(progress, "\n"), "is halted now") {
		t.Errorf("%q, %s", progress, failure)
	}
	is(t, w, id, stopped, 0)
}

func TestEndActionsAreValidated(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	p := w.Protocol()
	for _, action := range []string{halt, finalize} {
		if failure := p.ValidateAction(action, of(w, id)); failure != "" {
			t.Error(failure)
		}
		for argument, wrong := range map[string]string{"application_id": "Contoso.Sample", "flight_id": "beta", "submission_id": "last"} {
			failure := p.ValidateAction(action, of(w, id).With(arguments{argument: wrong}))
			if !strings.Contains(failure, argument) || !strings.Contains(failure, "must be") {
				t.Errorf("%s: %s = %v: %q", action, argument, wrong, failure)
			}
		}
		if progress, failure := acctest.StartProtocol(t).Invoke(action, of(w, id)); len(progress) > 0 || !strings.Contains(failure, "Provider is not configured") {
			t.Errorf("%q, %s", progress, failure)
		}
	}
}

// What the action says of the configuration is so: with the state that it names the
// plan is empty.
func TestHaltActionIsFollowedByTheConfiguration(t *testing.T) {
	t.Parallel()
	w, id := live(t, 10)
	cli := w.ServedCLI(rolloutOf(w, id, percentage(10)))
	cli.MustRun("apply", "-auto-approve")
	if _, failure := w.Protocol().Invoke(halt, of(w, "")); failure != "" {
		t.Fatal(failure)
	}
	acctest.Says(t, cli.MustFail("plan"), "Rollout is halted")
	cli.Configure(rolloutOf(w, id, percentage(10), `state = "halted"`))
	cli.NoChanges()
}

// The same by the CLI, where it knows actions. A rollout that its own configuration
// halts behind its back is refused by the next plan, which says what to write.
func TestHaltActionIsTriggered(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Actions)
	w, id := live(t, 10)
	trigger := `lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.msstore_halt_package_rollout.test]
    }
  }`
	config := func(arguments ...string) string {
		return rolloutOf(w, id, append(arguments, trigger)...) + acctest.Block(`action "msstore_halt_package_rollout" "test"`, w.Block("config"))
	}
	cli := w.ServedCLI(config(percentage(10)))
	cli.MustRun("apply", "-auto-approve")
	cli.Configure(config(percentage(20)))
	cli.MustRun("apply", "-auto-approve")
	is(t, w, id, stopped, 0)
	acctest.Says(t, strings.Join(cli.Refusals("plan"), " "), "Rollout is halted")
	cli.Steps(t, acctest.Step{Config: config(percentage(20), `state = "halted"`), Check: func() { is(t, w, id, stopped, 0) }})
}
