package flightsubmission_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// patience bounds what must end by itself, and only then is a failure.
const patience = 2 * time.Minute

// attempt is an apply that is going to be interrupted.
type attempt struct {
	*acctest.World

	// cli starts a provider that can be killed; served is the same
	// without one, for all that comes before and after.
	cli, served *acctest.CLI
	// policy rewrites the configuration with another pending_submission_policy.
	policy func(name string)
	// before is the submission that the state knows, empty for none; made is how
	// many submissions were made by then; want is what the flight is to have.
	before string
	made   int
	want   string
}

// attempts are all of them, planned and ready to be applied.
var attempts = map[string]func(t *testing.T) attempt{
	"create": func(t *testing.T) attempt {
		t.Helper()
		return ready(t, acctest.Published(t), false, "fail")
	},
	"create in place of a draft and a rollout": func(t *testing.T) attempt {
		t.Helper()
		w := acctest.New(t)
		w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 20}})
		w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Notes: "left over"})
		return ready(t, w, false, "replace", `active_rollout_policy = "finalize"`)
	},
	"update": func(t *testing.T) attempt {
		t.Helper()
		return ready(t, acctest.Published(t), true, "fail", `active_rollout_policy = "halt"`, `package_rollout = { initial_percentage = 10 }`)
	},
}

func ready(t *testing.T, w *acctest.World, update bool, policy string, arguments ...string) attempt {
	t.Helper()
	a := attempt{World: w, want: "app.msix 1.0.0.0"}
	source := w.Package("app.msix", msixtest.Manifest{})
	config := func(policy string) string {
		return w.Submission(append(arguments, acctest.Packages(source), `wait_for = "publish"`, fmt.Sprintf("pending_submission_policy = %q", policy))...)
	}
	a.cli = w.CLI(config(policy))
	a.served = a.cli.Served()
	a.policy = func(name string) { a.cli.Configure(config(name)) }
	if update {
		a.served.MustRun("apply", "-auto-approve")
		a.before, _ = w.LastPublished()
		w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.0"})
		a.want = "app.msix 1.1.0.0"
	}
	a.made = len(w.Sim.Events(storesim.EventCreated))
	a.served.MustRun("plan", "-out=tfplan")
	w.Sim.ResetRequests()
	return a
}

// moment is a request of an apply, the nth of its operation from 0: before it takes
// effect, or after.
type moment struct {
	operation storesim.Operation
	nth       int
	after     bool
}

func (m moment) String() string { return fmt.Sprintf("%s %d/after=%t", m.operation, m.nth+1, m.after) }

func (m moment) fault() storesim.Fault {
	return storesim.Fault{Operation: m.operation, Skip: m.nth, Action: storesim.Hang{AfterEffect: m.after}}
}

// moments are those of an apply that nothing disturbs. For what only reads, before
// and after are the same; so are the looks of a wait.
func moments(t *testing.T, begin func(*testing.T) attempt) []moment {
	t.Helper()
	a := begin(t)
	a.served.MustRun("apply", "tfplan")
	var all []moment
	var last storesim.Operation
	seen := map[storesim.Operation]int{}
	for _, r := range a.Sim.Requests() {
		m := moment{operation: r.Operation, nth: seen[r.Operation]}
		seen[r.Operation]++
		if r.Operation == last {
			continue
		}
		last = r.Operation
		all = append(all, m)
		if r.Method != http.MethodGet {
			m.after = true
			all = append(all, m)
		}
	}
	return all
}

// interrupt runs a command, and acts as soon as a request hangs.
func interrupt(t *testing.T, cli *acctest.CLI, hanging *storesim.Injection, act func(command *os.Process), args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := cli.Command(ctx, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		t.Fatalf("it ended before it came to the request: %v\n%s", err, out.String())
	case <-hanging.Reached():
	}
	act(cmd.Process)
	// The request still hangs: whoever ends now does not wait for its reply.
	if err := <-ended; ctx.Err() != nil {
		t.Fatalf("it did not end: %v\n%s", err, out.String())
	}
	hanging.Release()
	return out.String()
}

// settled checks that the flight has one submission with the right package, and
// that nothing blocks the next.
func settled(t *testing.T, w *acctest.World, want string) {
	t.Helper()
	holds(t, w, want)
	if flight, _ := w.Sim.Flight(w.ApplicationID, w.FlightID); flight.PendingSubmissionID != "" {
		t.Errorf("something is still pending: %+v", flight)
	}
}

// knows checks which submission is in the state: the one that the attempt made, else
// the one from before.
func (a attempt) knows(t *testing.T, out string) {
	t.Helper()
	id := a.before
	if drafts := a.Sim.Events(storesim.EventCreated); len(drafts) > a.made {
		id = drafts[len(drafts)-1].SubmissionID
	}
	if id == "" {
		return
	}
	if state := read(t, a.cli, "terraform.tfstate"); !strings.Contains(state, id) {
		t.Errorf("the state does not know submission %s:\n%s\n%s", id, out, state)
	}
}

// TestCtrlC needs no provider of its own: the CLI tells one of a Ctrl-C by a request,
// wherever it runs.
func TestCtrlC(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"create in place of a draft and a rollout", "update"} {
		for _, at := range moments(t, attempts[kind]) {
			t.Run(strings.ReplaceAll(fmt.Sprintf("%s/%s", kind, at), " ", "_"), func(t *testing.T) {
				t.Parallel()
				press := ctrlC(t)
				a := attempts[kind](t)
				out := interrupt(t, a.served, a.Sim.Inject(at.fault()), press, "apply", "tfplan")
				a.knows(t, out)
				a.served.MustRun("apply", "-auto-approve")
				settled(t, a.World, a.want)
				a.served.NoChanges()
			})
		}
	}
}

func ctrlC(t *testing.T) (press func(*os.Process)) {
	t.Helper()
	acctest.RequiresUnix(t)
	return func(command *os.Process) {
		if err := command.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
	}
}

// A Store that has fallen silent keeps nobody: the last look after a Ctrl-C has a
// deadline of its own.
func TestCtrlCWhenNothingAnswers(t *testing.T) {
	t.Parallel()
	press := ctrlC(t)
	a := attempts["create"](t)
	hanging := a.Sim.Inject(moment{operation: storesim.CommitSubmission, after: true}.fault())
	out := interrupt(t, a.cli, hanging, func(command *os.Process) {
		a.Sim.Inject(storesim.Fault{Times: -1, Action: storesim.Hang{}})
		press(command)
	}, "apply", "tfplan")
	a.knows(t, out)
}

// victims are what is killed when a request hangs, and of how many moments one is
// tried. A provider that outlives its terraform notices that nobody listens.
var victims = map[string]struct {
	each int
	kill func(t *testing.T, a attempt, terraform *os.Process, hanging *storesim.Injection)
}{
	"provider": {1, func(t *testing.T, a attempt, _ *os.Process, hanging *storesim.Injection) {
		t.Helper()
		a.cli.KillProvider()
		leaves(t, hanging)
	}},
	"terraform": {3, func(t *testing.T, a attempt, terraform *os.Process, hanging *storesim.Injection) {
		t.Helper()
		t.Cleanup(a.cli.KillProvider)
		if err := terraform.Kill(); err != nil {
			t.Error(err)
		}
		leaves(t, hanging)
	}},
	"both": {3, func(t *testing.T, a attempt, terraform *os.Process, hanging *storesim.Injection) {
		t.Helper()
		if err := terraform.Kill(); err != nil {
			t.Error(err)
		}
		a.cli.KillProvider()
		leaves(t, hanging)
	}},
}

// leaves waits until the Store has noticed that nobody waits for its reply any more. A
// request that is let go before takes effect.
func leaves(t *testing.T, hanging *storesim.Injection) {
	t.Helper()
	select {
	case <-hanging.Left():
	case <-time.After(patience):
		t.Error("the provider goes on")
	}
}

func TestKilled(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"create", "update"} {
		all := moments(t, attempts[kind])
		for name, victim := range victims {
			for i, at := range all {
				// The victims take turns.
				if (i+len(name))%victim.each != 0 {
					continue
				}
				t.Run(strings.ReplaceAll(fmt.Sprintf("%s/%s/%s", name, kind, at), " ", "_"), func(t *testing.T) {
					t.Parallel()
					a := attempts[kind](t)
					hanging := a.Sim.Inject(at.fault())
					interrupt(t, a.cli, hanging, func(terraform *os.Process) { victim.kill(t, a, terraform, hanging) }, "apply", "tfplan")
					a.recover(t)
					settled(t, a.World, a.want)
				})
			}
		}
	}
}

// recover applies again after a state was lost with the provider. Only a draft asks
// for a decision: it may be a stranger's.
func (a attempt) recover(t *testing.T) {
	t.Helper()
	flight, _ := a.Sim.Flight(a.ApplicationID, a.FlightID)
	id := flight.PendingSubmissionID
	pending, _ := a.Sim.Submission(a.ApplicationID, a.FlightID, id)
	if id != "" && pending.Status == storesim.StatusPendingCommit {
		acctest.Says(t, a.served.MustFail("apply", "-auto-approve"), id, "is a draft that this resource does not manage", `"adopt"`)
		a.policy("adopt")
	}
	a.served.MustRun("apply", "-auto-approve")
	if id == "" {
		return
	}
	events(t, a.World, storesim.EventCreated, a.made+1)
	events(t, a.World, storesim.EventCommitted, a.made+1)
	a.served.NoChanges()
}

func read(t *testing.T, cli *acctest.CLI, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(cli.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
