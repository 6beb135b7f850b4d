package lifecycle_test

import (
	"context"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// By default 10 sequences run, the same each time, so that what fails was brought by a change. -rapid.checks asks for more
// of them, and -rapid.seed=0 for others.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "10", "rapid.seed": "1"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	p := acctest.StartProtocol(t)
	rapid.Check(t, func(r *rapid.T) {
		w := acctest.New(t)
		defer w.Sim.Close()
		m := newMachine(r, p, w)
		r.Repeat(m.actions())
		m.calm(r)
		m.violations(r)
	})
}

func (m *machine) violations(t *rapid.T) {
	if v := m.sim.Violations(); len(v) > 0 {
		t.Fatalf("violations: %q", v)
	}
}

// apply runs an apply and checks what must hold after it.
func (m *machine) apply(t *rapid.T) {
	obstacle, before := m.obstacle(), m.count()
	err := m.core.apply(m.ctx, m.arguments())
	if err != nil && strings.Contains(err.Error(), "bug:") {
		t.Fatalf("%v", err)
	}
	if m.injection != nil {
		if m.injection.Hits() > 0 {
			obstacle = "the network is disturbed"
		}
		m.injection.Remove()
		m.injection = nil
	}
	m.checkOnce(t, before)
	if err != nil {
		m.forget()
		if obstacle == "" {
			t.Fatalf("apply failed without an obstacle: %v", err)
		}
		t.Logf("apply failed because %s: %v", obstacle, err)
		return
	}
	m.check(t, before)
}

// kill runs an apply whose provider and CLI are killed during a request: nothing
// gets through any more, and the state is that of before.
func (m *machine) kill(t *rapid.T) {
	operation := rapid.SampledFrom([]storesim.Operation{
		storesim.GetSubmission, storesim.CreateSubmission, storesim.UpdateSubmission, storesim.PutBlockList, storesim.CommitSubmission,
		storesim.DeleteSubmission, storesim.GetSubmissionStatus, storesim.FinalizePackageRollout,
	}).Draw(t, "operation")
	hang := storesim.Hang{AfterEffect: rapid.Bool().Draw(t, "after")}
	hanging := m.sim.Inject(storesim.Fault{Operation: operation, Skip: rapid.IntRange(0, 3).Draw(t, "skip"), Action: hang})
	state, count := *m.core, m.count()
	ctx, cancel := context.WithCancel(m.ctx)
	var cut *storesim.Injection
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-hanging.Reached():
			cut = m.sim.Inject(storesim.Fault{Times: -1, Action: storesim.DropBefore{}})
			cancel()
		case <-ctx.Done():
		}
	}()
	err := m.core.apply(ctx, m.arguments())
	cancel()
	<-ended
	hanging.Remove()
	hanging.Release()
	if cut != nil {
		cut.Remove()
	}
	if err != nil && strings.Contains(err.Error(), "bug:") {
		t.Fatalf("%v", err)
	}
	m.checkOnce(t, count)
	*m.core = state
	m.forget()
}

// counts is what was there before an apply.
type counts struct {
	commits, writes, applied int
	// isStored tells that the flight has what is wanted, or will have it.
	isStored bool
}

func (m *machine) count() counts {
	pending, _ := m.pending()
	last, released := m.published()
	isStored := released && !m.draft && m.matches(last) || pending.ID != "" && underWay(pending) && m.matches(pending) && m.unspent() == 0
	return counts{commits: m.commits(), writes: m.commits() + len(m.sim.Events(storesim.EventUpdated)), applied: m.core.applied, isStored: isStored}
}

// commits is how many were made by the API.
func (m *machine) commits() int {
	return len(slices.DeleteFunc(m.sim.Events(storesim.EventCommitted), func(e storesim.Event) bool { return e.Detail == "portal" }))
}

// checkOnce is what must hold after any apply, whatever came of it.
func (m *machine) checkOnce(t *rapid.T, before counts) {
	now := m.count()
	if made := now.commits - before.commits; made > 1 || made > 0 && before.isStored {
		t.Fatalf("%d commits, of what the flight had already: %t", made, before.isStored)
	}
	if now.writes > before.writes {
		m.imported = false
	}
}

// check is what must hold after an apply that went well.
func (m *machine) check(t *rapid.T, before counts) {
	s, ok := m.submission(m.core.submissionID())
	if !ok {
		t.Fatalf("the state has the submission %q, which is not in the Store", m.core.submissionID())
	}
	if flight, _ := m.sim.Flight(m.app, m.flight); flight.PendingSubmissionID != s.ID && flight.LastPublishedSubmissionID != s.ID {
		t.Fatalf("submission %s is neither pending nor published: %+v", s.ID, flight)
	}
	if difference := m.difference(s) + m.rolloutDifference(s); difference != "" {
		t.Fatalf("submission %s (%s): %s", s.ID, s.Status, difference)
	}
	// A new submission inherits nothing that is not wanted.
	if m.commits() > before.commits {
		if s.Rollout.Enabled != (m.rollout > 0) || m.rollout > 0 && int(s.Rollout.Percentage) != m.rollout {
			t.Fatalf("the rollout is %+v, not %d", s.Rollout, m.rollout)
		}
		if s.Notes != m.wantedNotes() {
			t.Fatalf("the notes are %q, not %q", s.Notes, m.wantedNotes())
		}
	}
	if s.Status == storesim.StatusPendingCommit && !m.draft {
		t.Fatalf("submission %s was not committed", s.ID)
	}
	if m.goal() == "publish" && !m.draft && s.Status != storesim.StatusPublished {
		t.Fatalf("submission %s is %s", s.ID, s.Status)
	}
	if m.core.applied > before.applied {
		delete(m.others, s.ID)
	}
	if same, err := m.core.noChange(m.ctx, m.arguments()); err != nil || !same {
		t.Fatalf("the plan after the apply is not empty (%v)", err)
	}
}

// calm takes everything out of the way that only people can, and insists on what
// is wanted.
func (m *machine) calm(t *rapid.T) {
	s, found := m.pending()
	switch {
	case found && !underWay(s) && (s.InPortal || s.EditedInPortal):
		m.sim.DeleteInPortal(s.ID)
	case found && underWay(s):
		m.sim.PublishNow(s.ID)
		for range 10 {
			if status := m.sim.Advance(s.ID); status == storesim.StatusPublished || strings.HasSuffix(status, "Failed") {
				break
			}
		}
	}
	m.draft, m.mode, m.waitFor, m.policy, m.ending = false, "Immediate", "publish", "replace", "finalize"
	m.lagging = false
	m.sim.SetCommitLag(0)
	m.sim.SetDeletionLag(0)
	var err error
	for range 2 + m.unspent() {
		before := m.count()
		if err = m.core.apply(m.ctx, m.arguments()); err == nil {
			m.check(t, before)
			if last, _ := m.published(); !m.own(last) {
				t.Fatalf("testers have submission %s, and the state %s", last.ID, m.core.submissionID())
			}
			return
		}
	}
	t.Fatalf("two undisturbed applies do not put it right: %v", err)
}
