package examples_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// week is a configuration that runs once a day. What was submitted on one day is published before the next.
type week struct {
	*acctest.World

	cli   *acctest.CLI
	start time.Time
	// today is the number of days since start.
	today int
}

func newWeek(t *testing.T, example string) *week {
	t.Helper()
	w := newWorld(t)
	finalize(w)
	// published_at is the machine's time. Each run is a little later than a whole number of days after it.
	return &week{World: w, cli: serve(t, w, filepath.Join(root, example)), start: time.Now().Add(time.Hour), today: -1}
}

// submit is the run that submits a version. The next one, which sees it published, is the first of the week.
func (w *week) submit(t *testing.T) string {
	t.Helper()
	out := w.run(t)
	w.today = -1
	return out
}

// run is the run of the next day, and a second plan that finds nothing to do.
func (w *week) run(t *testing.T, variables ...string) string {
	t.Helper()
	publish(w.World)
	w.today++
	arguments := []string{"-var=now=" + w.now().Format(time.RFC3339)}
	for _, v := range variables {
		arguments = append(arguments, "-var="+v)
	}
	out := w.cli.MustRun(append([]string{"apply", "-auto-approve"}, arguments...)...)
	if plan, err := w.cli.Run(append([]string{"plan", "-detailed-exitcode"}, arguments...)...); err != nil {
		t.Errorf("the second plan of day %d is not empty: %v\n%s", w.today, err, plan)
	}
	return out
}

func (w *week) now() time.Time { return w.start.AddDate(0, 0, w.today) }

// fails has the field report crashes of a version.
func (w *week) fails(version string) {
	w.Sim.AddFailureHits(w.ApplicationID, storesim.FailureHit{
		PackageName: "Contoso.Sample", PackageVersion: version, FailureName: "CRASH", EventCount: 6, DeviceCount: 6,
	})
}

// rollout is how far the rollout of the flight's last submission is.
func (w *week) rollout() string {
	_, s := w.LastPublished()
	return fmt.Sprintf("%s %g", strings.TrimPrefix(s.Rollout.Status, "PackageRollout"), s.Rollout.Percentage)
}

// The stages are 1 % for a day, 10 % and 50 % for two days each, and 100 %.
func TestStagedRolloutMovesThroughAWeek(t *testing.T) {
	t.Parallel()
	w := newWeek(t, "staged-rollout")
	acctest.Says(t, w.submit(t), "Rollout has to wait for the publication", `rollout = "1 %"`)
	for day, want := range []string{
		"InProgress 1", "InProgress 10", "InProgress 10", "InProgress 50", "InProgress 50",
		"Complete 100", "Complete 100", "Complete 100",
	} {
		w.run(t)
		if got := w.rollout(); got != want {
			t.Errorf("day %d: the rollout is %s, want %s", day, got, want)
		}
	}
	w.submitted(t, 1)
}

// A rollout is held while the version fails, and catches up when that is tolerated.
func TestStagedRolloutIsHeldByFailures(t *testing.T) {
	t.Parallel()
	w := newWeek(t, "staged-rollout")
	w.submit(t)
	w.run(t)
	w.run(t)
	w.fails("1.0.0.0")
	for range 4 {
		acctest.Says(t, w.run(t), "Version 1.0.0.0 failed 6 times. The rollout stays at 10 %.")
		if got := w.rollout(); got != "InProgress 10" {
			t.Errorf("day %d: the rollout is %s", w.today, got)
		}
	}
	if out := w.run(t, "tolerated_failures=6"); strings.Contains(out, "failed 6 times") {
		t.Errorf("what is tolerated is warned of:\n%s", out)
	}
	if got := w.rollout(); got != "Complete 100" {
		t.Errorf("the rollout is %s", got)
	}
}

// Whoever halts a rollout, by the variable or in Partner Center: the next runs leave it halted, and the next version begins
// with the first stage.
func TestStagedRolloutStaysHalted(t *testing.T) {
	t.Parallel()
	for name, halt := range map[string]func(*testing.T, *week){
		"by the variable": func(t *testing.T, w *week) {
			t.Helper()
			acctest.Says(t, w.run(t, "halt=true"), `rollout = "halted"`)
		},
		"in Partner Center": func(_ *testing.T, w *week) {
			id, _ := w.LastPublished()
			w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Status: "PackageRolloutStopped"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeek(t, "staged-rollout")
			w.submit(t)
			w.run(t)
			w.run(t)
			halt(t, w)
			for range 3 {
				w.run(t)
				if got := w.rollout(); got != "Stopped 0" {
					t.Errorf("day %d: the rollout is %s", w.today, got)
				}
			}
			w.Package("Contoso_x64.msix", msixtest.Manifest{Version: "2.0.0.0"})
			w.submit(t)
			w.run(t)
			if got := w.rollout(); got != "InProgress 1" {
				t.Errorf("the rollout of the next version is %s", got)
			}
		})
	}
}

// submitted checks how many submissions there were.
func (w *week) submitted(t *testing.T, want int) {
	t.Helper()
	if n := len(w.Sim.Events(storesim.EventCommitted)); n != want {
		t.Errorf("%d submissions, want %d", n, want)
	}
}

// haveRings publishes what is under way, and checks which version the testers of each ring have then.
func (w *week) haveRings(t *testing.T, when string, want map[string]string) {
	t.Helper()
	publish(w.World)
	have := map[string]string{}
	for _, e := range w.Sim.Events(storesim.EventFlightCreated) {
		flight, _ := w.Sim.Flight(w.ApplicationID, e.FlightID)
		for _, p := range w.Sim.PublishedPackages(w.ApplicationID, e.FlightID) {
			have[flight.FriendlyName] += p.Version
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s: the versions of the rings (-want +got):\n%s", when, diff)
	}
}

// The soak times are 24 hours in the first ring and 48 in the second.
func TestRingsPromoteThroughAWeek(t *testing.T) {
	t.Parallel()
	w := newWeek(t, "rings")
	const first, second = "1.0.0.0", "2.0.0.0"
	for day, want := range []map[string]string{
		{"canary": first},                 // The flights are made; the first ring gets the version.
		{"canary": first},                 // Seen there for the first time.
		{"canary": first, "early": first}, // Soaked for a day: the second ring gets it.
		{"canary": first, "early": first},
		{"canary": first, "early": first},
		{"canary": first, "early": first, "everyone": first},  // Soaked for two days: the last ring gets it.
		{"canary": second, "early": first, "everyone": first}, // There is a new version.
		{"canary": second, "early": first, "everyone": first},
		{"canary": second, "early": second, "everyone": first},
	} {
		if want["canary"] == second {
			w.Package("Contoso_x64.msix", msixtest.Manifest{Version: second})
		}
		w.run(t)
		w.haveRings(t, fmt.Sprintf("day %d", day), want)
	}
	w.submitted(t, 5)
}

// Failures in one ring keep the version from the next, and from no ring that has it.
func TestRingsAreHeldByFailures(t *testing.T) {
	t.Parallel()
	w := newWeek(t, "rings")
	w.run(t)
	w.run(t)
	w.run(t)
	w.fails("1.0.0.0")
	for range 4 {
		acctest.Says(t, w.run(t), "Version 1.0.0.0 failed 6 times, so no further ring gets it.")
		w.haveRings(t, fmt.Sprintf("day %d", w.today), map[string]string{"canary": "1.0.0.0", "early": "1.0.0.0"})
	}
	w.Package("Contoso_x64.msix", msixtest.Manifest{Version: "2.0.0.0"})
	for range 8 {
		w.run(t)
	}
	w.haveRings(t, "the mended version", map[string]string{"canary": "2.0.0.0", "early": "2.0.0.0", "everyone": "2.0.0.0"})
}

// A version that comes while a ring has another one under way waits for that, and then begins in the first ring.
func TestRingsBeginTheNextVersionInTheFirst(t *testing.T) {
	t.Parallel()
	w := newWeek(t, "rings")
	w.run(t)
	w.run(t)
	w.run(t) // The second ring's submission is under way from here on.
	w.Package("Contoso_x64.msix", msixtest.Manifest{Version: "2.0.0.0"})
	acctest.Says(t, w.cli.MustFail("apply", "-auto-approve", "-var=now="+w.now().Format(time.RFC3339)), "Flight submission is being processed", `ring["early"]`)
	w.run(t)
	w.haveRings(t, "when nothing was under way any more", map[string]string{"canary": "2.0.0.0", "early": "1.0.0.0"})
}

// A flight that has the name of a ring already is imported, as the guide says. Otherwise there are two of the name, and every plan
// after that tells what to do.
func TestRingsFindAFlightOfTheSameName(t *testing.T) {
	t.Parallel()
	for name, imported := range map[string]bool{"imported": true, "overlooked": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeek(t, "rings")
			id := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "canary", GroupIDs: []string{"1"}})
			if imported {
				block := acctest.Import(`msstore_flight.ring["canary"]`, w.ApplicationID+"/"+id)
				if err := os.WriteFile(filepath.Join(w.cli.Dir, "import.tf"), []byte(block), 0o600); err != nil {
					t.Fatal(err)
				}
				acctest.Says(t, w.run(t), "1 imported, 3 added")
				return
			}
			acctest.Says(t, w.cli.MustRun("apply", "-auto-approve"), "Flight of this name already exists", id)
			acctest.Says(t, w.cli.MustFail("plan"), "The application has several flights with the name of a ring.")
		})
	}
}
