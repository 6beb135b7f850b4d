package faultmatrix_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// request is one request of an undisturbed run: the nth, from 0, of its operation.
type request struct {
	scenario  string
	operation storesim.Operation
	nth       int
	// reads says that the request changes nothing.
	reads bool
}

// incident is one case: what happens to a request of a scenario, and what must
// become of it.
type incident struct {
	scenario
	request
	failure
	times int
	want  outcome
}

func (c incident) String() string {
	return strings.ReplaceAll(fmt.Sprintf("%s/%s %d/%s", c.scenario.name, c.operation, c.nth+1, c.what()), " ", "_")
}

// what names the failure, and that it lasts.
func (c incident) what() string {
	if c.times > 1 {
		return c.failure.name + ", again and again"
	}
	return c.failure.name
}

// TestMatrix runs a sample, or with MSSTORE_FAULTS=all the whole matrix.
func TestMatrix(t *testing.T) {
	t.Parallel()
	all := derive(t)
	selected := all
	if !testAll() {
		selected = sample(all)
	}
	t.Logf("%d cases of %d", len(selected), len(all))
	for _, c := range selected {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

// derive runs all scenarios without any trouble, side by side, and makes the cases of
// what they did. They are no subtests: whoever picks a case by its name needs them.
func derive(t *testing.T) []incident {
	t.Helper()
	all := scenarios()
	cases := make([][]incident, len(all))
	var group sync.WaitGroup
	for i, s := range all {
		group.Go(func() {
			requests, want := s.undisturbed(t)
			for _, at := range requests {
				cases[i] = append(cases[i], incidents(s, at, want)...)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return slices.Concat(cases...)
}

// testAll tells whether there is time for everything.
func testAll() bool { return os.Getenv("MSSTORE_FAULTS") == "all" }

// stage is a world with a terraform, at the point where the trouble begins.
func (s scenario) stage(t *testing.T, surroundings provider.Surroundings) (witness, *terraform, configuration) {
	t.Helper()
	w := acctest.New(t)
	if s.seed != nil {
		s.seed(w)
	}
	seen := newWitness(w)
	tf := start(t, w, surroundings)
	if s.before != nil {
		if _, err := tf.apply(s.before(w)); err != nil {
			t.Fatal(err)
		}
	}
	return seen, tf, s.disturbed(w)
}

// undisturbed runs the scenario without any trouble: its requests and the outcome
// that every case must come to are taken from there.
func (s scenario) undisturbed(t *testing.T) (requests []request, want outcome) {
	t.Helper()
	w, tf, config := s.stage(t, provider.Surroundings{})
	w.Sim.ResetRequests()
	if _, err := tf.apply(config); err != nil {
		t.Fatal(err)
	}
	seen := map[storesim.Operation]int{}
	for _, r := range w.Sim.Requests() {
		requests = append(requests, request{s.name, r.Operation, seen[r.Operation], r.Method == http.MethodGet})
		seen[r.Operation]++
	}
	want = w.observe()
	if len(want.Wrongs) > 0 {
		t.Fatalf("wrong even without trouble: %s", want.Wrongs)
	}
	return requests, want
}

// incidents are all that can happen to a request.
func incidents(s scenario, at request, want outcome) []incident {
	var all []incident
	for _, f := range failures() {
		if f.lag > 0 && at.operation != storesim.DeleteSubmission {
			continue
		}
		all = append(all, incident{s, at, f, 1, want})
		if !f.passing {
			all = append(all, incident{s, at, f, stubborn, want})
		}
	}
	return all
}

// begin lets it happen from now on, until end, which says whether it has.
func (c incident) begin(w witness) (end func() (happened bool)) {
	if c.lag > 0 {
		w.Sim.SetDeletionLag(c.lag * c.times)
		return func() bool {
			w.Sim.SetDeletionLag(0)
			return len(w.Sim.Events(storesim.EventDeleted)) > 0
		}
	}
	injection := w.Sim.Inject(storesim.Fault{Operation: c.operation, Skip: c.nth, Times: c.times, Action: c.action})
	return func() bool {
		injection.Remove()
		return injection.Hits() > 0
	}
}

// run lets it happen and checks what comes of it.
func (c incident) run(t *testing.T) {
	t.Helper()
	surroundings := provider.Surroundings{}
	if _, hangs := c.action.(storesim.Hang); hangs {
		surroundings.AttemptTimeout = patience
	}
	w, tf, config := c.stage(t, surroundings)
	end := c.begin(w)
	out, first := tf.apply(config)
	if !end() {
		t.Fatalf("nothing happened, as if the requests were others than in the undisturbed run: %v", first)
	}
	diff := cmp.Diff(c.want, w.observe())
	if first == nil && diff != "" && !strings.Contains(out, "Warning: ") {
		t.Errorf("the apply was green, and its outcome is not (-undisturbed +this):\n%s\n%s", diff, out)
	}
	if first != nil || diff != "" {
		if _, err := tf.apply(config); err != nil {
			t.Fatalf("the next apply failed: %v\n\nthe first: %v", err, first)
		}
		if diff := cmp.Diff(c.want, w.observe()); diff != "" {
			t.Errorf("outcome (-undisturbed +this):\n%s\nfirst apply: %v", diff, first)
		}
	}
	tf.settled(config)
	w.hidUploadURLs(t, tf.said.String())
}
