package flightsubmission_test

import (
	"bytes"
	"context"
	"fmt"
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

// changing are the requests of an apply in the order in which they come. The
// flight is read while planning too.
var changing = []storesim.Operation{
	storesim.GetFlight, storesim.CreateSubmission, storesim.UpdateSubmission, storesim.PutBlock, storesim.PutBlockList,
	storesim.CommitSubmission, storesim.GetSubmissionStatus,
}

// release returns a configuration of version 1.0.0.0 and what makes it 1.1.0.0.
func release(w *acctest.World, policy string) (config string, update func()) {
	config = w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`, `pending_submission_policy = "`+policy+`"`)
	return config, func() { w.Package("app.msix", msixtest.Manifest{Version: "1.1.0.0"}) }
}

// interrupt applies, and acts as soon as the operation hangs.
func interrupt(t *testing.T, w *acctest.World, cli *acctest.CLI, hang storesim.Hang, at storesim.Operation, act func(apply *os.Process)) (string, *storesim.Injection) {
	t.Helper()
	fault := storesim.Fault{Operation: at, Times: -1, Action: hang}
	if at == storesim.GetFlight {
		// Of a Ctrl-C while it plans, the CLI does not tell its providers.
		fault.Skip = 1
	}
	injection := w.Sim.Inject(fault)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := cli.Command(ctx, "apply", "-auto-approve", "-refresh=false")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for injection.Hits() == 0 {
		select {
		case err := <-ended:
			t.Fatalf("the apply ended before %s: %v\n%s", at, err, out.String())
		case <-time.After(time.Millisecond):
		}
	}
	act(cmd.Process)
	// The request still hangs: whoever ends now does not wait for its reply.
	if err := <-ended; ctx.Err() != nil {
		t.Fatalf("the apply did not end: %v\n%s", err, out.String())
	}
	return out.String(), injection
}

// settled checks that the flight has one submission with the right package, and
// that nothing blocks the next.
func settled(t *testing.T, w *acctest.World, want string) {
	t.Helper()
	holds(t, w, want)
	if flight, _ := w.Sim.Flight(w.ApplicationID, w.FlightID); flight.PendingSubmissionID != "" {
		t.Errorf("something is still pending: %+v", flight)
	}
	w.NoViolations()
}

func TestCtrlC(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"create", "update"} {
		for _, at := range changing {
			for _, after := range []bool{false, true} {
				if kind == "update" && !after {
					continue // What did not take effect is the same as in a create.
				}
				t.Run(fmt.Sprintf("%s/%s/after=%t", kind, at, after), func(t *testing.T) {
					t.Parallel()
					w := acctest.Published(t)
					config, update := release(w, "fail")
					cli := w.CLI(config)
					served := cli.Served()
					want := "app.msix 1.0.0.0"
					if kind == "update" {
						served.MustRun("apply", "-auto-approve")
						update()
						want = "app.msix 1.1.0.0"
					}
					out, injection := interrupt(t, w, cli, storesim.Hang{AfterEffect: after}, at, func(apply *os.Process) {
						if err := apply.Signal(os.Interrupt); err != nil {
							t.Error(err)
						}
					})
					injection.Remove()
					injection.Release()
					drafts := w.Sim.Events(storesim.EventCreated)
					if len(drafts) > 0 && at != storesim.GetFlight {
						// What was made is in the state, so that nothing is lost.
						if state := read(t, cli, "terraform.tfstate"); !strings.Contains(state, drafts[len(drafts)-1].SubmissionID) {
							t.Errorf("the state does not know the draft:\n%s\n%s", out, state)
						}
					}
					served.MustRun("apply", "-auto-approve")
					settled(t, w, want)
					acctest.Says(t, served.MustRun("plan"), "No changes.")
				})
			}
		}
	}
}

func TestProviderKilled(t *testing.T) {
	t.Parallel()
	for _, at := range changing {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/after=%t", at, after), func(t *testing.T) {
				t.Parallel()
				w := acctest.Published(t)
				config, _ := release(w, "fail")
				cli := w.CLI(config)
				_, injection := interrupt(t, w, cli, storesim.Hang{AfterEffect: after}, at, func(*os.Process) { cli.KillProvider() })
				injection.Remove()
				injection.Release()
				cli = cli.Served()
				flight, _ := w.Sim.Flight(w.ApplicationID, w.FlightID)
				pending, _ := w.Sim.Submission(w.ApplicationID, w.FlightID, flight.PendingSubmissionID)
				switch {
				case flight.PendingSubmissionID == "":
					cli.MustRun("apply", "-auto-approve")
				case pending.Status == storesim.StatusPendingCommit:
					// The state was lost with the process: the next apply explains the draft
					// and offers the policy that continues with it.
					out, err := cli.Run("apply", "-auto-approve")
					if err == nil {
						t.Errorf("a stranger's draft was taken:\n%s", out)
					}
					acctest.Says(t, out, flight.PendingSubmissionID, "left over from an interrupted run", `"adopt"`)
					adopting, _ := release(w, "adopt")
					cli.Configure(adopting)
					cli.MustRun("apply", "-auto-approve")
					events(t, w, storesim.EventCreated, 1)
				default:
					out, err := cli.Run("apply", "-auto-approve")
					if err == nil {
						t.Errorf("a submission under way was taken:\n%s", out)
					}
					acctest.Says(t, out, flight.PendingSubmissionID, "being processed", "import it with the ID")
					w.AdvanceTo(flight.PendingSubmissionID, storesim.StatusCertification)
					cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
					cli.MustRun("apply", "-auto-approve")
					events(t, w, storesim.EventCreated, 1)
					events(t, w, storesim.EventCommitted, 1)
				}
				settled(t, w, "app.msix 1.0.0.0")
			})
		}
	}
}

func read(t *testing.T, cli *acctest.CLI, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(cli.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
