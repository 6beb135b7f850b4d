package faultmatrix_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// slot is one request of an undisturbed run: the nth, from 0, of its operation.
type slot struct {
	scenario  string
	operation storesim.Operation
	nth       int
}

// incident is one case: what happens to a slot of a scenario, and what must
// become of it.
type incident struct {
	scenario
	slot
	failure
	times int
	want  outcome
}

func (c incident) String() string {
	name := fmt.Sprintf("%s/%s %d/%s", c.scenario.name, c.operation, c.nth+1, c.failure.name)
	if c.times > 1 {
		name += ", again and again"
	}
	return strings.ReplaceAll(name, " ", "_")
}

// TestMatrix runs a sample, or with MSSTORE_FAULTS=all the whole matrix.
func TestMatrix(t *testing.T) {
	t.Parallel()
	var all []incident
	for _, s := range scenarios() {
		slots, want := s.undisturbed(t)
		for _, at := range slots {
			all = append(all, incidents(s, at, want)...)
		}
	}
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
		if err := tf.apply(s.before(w)); err != nil {
			t.Fatal(err)
		}
	}
	return seen, tf, s.disturbed(w)
}

// undisturbed runs the scenario without any trouble: its slots and the outcome
// that every case must come to are taken from there.
func (s scenario) undisturbed(t *testing.T) (slots []slot, want outcome) {
	t.Helper()
	w, tf, config := s.stage(t, provider.Surroundings{})
	w.Sim.ResetRequests()
	if err := tf.apply(config); err != nil {
		t.Fatal(err)
	}
	seen := map[storesim.Operation]int{}
	for _, r := range w.Sim.Requests() {
		slots = append(slots, slot{s.name, r.Operation, seen[r.Operation]})
		seen[r.Operation]++
	}
	want = w.observe()
	if len(want.Wrongs) > 0 {
		t.Fatalf("wrong even without trouble: %s", want.Wrongs)
	}
	return slots, want
}

// incidents are all that can happen to a slot.
func incidents(s scenario, at slot, want outcome) []incident {
	var all []incident
	for _, f := range failures() {
		all = append(all, incident{s, at, f, 1, want})
		if !f.passing {
			all = append(all, incident{s, at, f, stubborn, want})
		}
	}
	return all
}

// run lets it happen and checks what comes of it.
func (c incident) run(t *testing.T) {
	t.Helper()
	surroundings := provider.Surroundings{}
	if _, hangs := c.action.(storesim.Hang); hangs {
		surroundings.AttemptTimeout = patience
	}
	w, tf, config := c.stage(t, surroundings)
	injection := w.Sim.Inject(storesim.Fault{Operation: c.operation, Skip: c.nth, Times: c.times, Action: c.action})
	first := tf.apply(config)
	injection.Remove()
	if injection.Hits() == 0 {
		t.Fatalf("nothing happened, as if the requests were others than in the undisturbed run: %v", first)
	}
	if first != nil || cmp.Diff(c.want, w.observe()) != "" {
		if err := tf.apply(config); err != nil {
			t.Fatalf("the next apply failed: %v\n\nthe first: %v", err, first)
		}
	}
	if diff := cmp.Diff(c.want, w.observe()); diff != "" {
		t.Errorf("outcome (-undisturbed +this):\n%s\nfirst apply: %v", diff, first)
	}
	tf.settled(config)
	for _, e := range w.Sim.Events(storesim.EventCreated) {
		submission, _ := w.Sim.Submission(e.ApplicationID, e.FlightID, e.SubmissionID)
		if _, signature, signed := strings.Cut(submission.UploadURL, "&sig="); signed && strings.Contains(tf.said.String(), signature) {
			t.Error("the upload URL was shown to the user")
		}
	}
}
