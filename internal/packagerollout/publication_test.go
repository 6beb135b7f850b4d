package packagerollout_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// The requested rollout stays in the state until the submission is published, without a diff meanwhile,
// and the first apply after the publication requests it.
func TestRequestedPercentageStaysInState(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		// A request may be taken back until then.
		before    []string
		requested string
		status    string
		changes   []string
	}{
		"raise":    {[]string{percentage(20), `state = "halted"`}, percentage(50), inProgress, []string{"updated 50"}},
		"halt":     {nil, `state = "halted"`, stopped, []string{"halted"}},
		"finalize": {nil, `state = "finalized"`, complete, []string{"finalized"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := pending(t, 10)
			var steps []acctest.Step
			for _, requested := range append(tt.before, tt.requested) {
				steps = append(steps, acctest.Step{Config: rolloutOf(w, id, requested), StateChecks: status(notStarted)})
			}
			w.Run(t, append(steps,
				acctest.Step{
					PreConfig:   func() { w.OnlyReads(); w.AdvanceTo(id, storesim.StatusPublished) },
					Config:      rolloutOf(w, id, tt.requested),
					PlanChecks:  acctest.Planned(address, plancheck.ResourceActionUpdate),
					StateChecks: status(tt.status),
				},
			)...)
			if got := changes(w); !slices.Equal(got, tt.changes) {
				t.Errorf("the rollout was %q, want %q", got, tt.changes)
			}
		})
	}
}

// A submission that starts with the requested percentage leaves nothing
// to do once it is published.
func TestRequestedPercentageIsReachedByItself(t *testing.T) {
	t.Parallel()
	w, id := pending(t, 10)
	w.Run(t,
		acctest.Step{Config: rolloutOf(w, id, percentage(10)), StateChecks: status(notStarted)},
		acctest.Step{PreConfig: func() { w.AdvanceTo(id, storesim.StatusPublished) }, Config: rolloutOf(w, id, percentage(10)), PlanOnly: true},
	)
	w.OnlyReads()
}

// A plan that was made before the publication is applied after it. What it knew
// must not become unknown then.
func TestPublishedBeforeTheApply(t *testing.T) {
	t.Parallel()
	w, id := pending(t, 10)
	cli := w.ServedCLI(rolloutOf(w, id, percentage(50)))
	cli.MustRun("apply", "-auto-approve")
	cli.Configure(rolloutOf(w, id, percentage(50), `deletion_policy = "halt"`))
	cli.MustRun("plan", "-out=plan")
	w.AdvanceTo(id, storesim.StatusPublished)
	cli.MustRun("apply", "plan")
	is(t, w, id, inProgress, 50)
	cli.NoChanges()
}

func TestWaitingRequestIsAnnounced(t *testing.T) {
	t.Parallel()
	w, id := pending(t, 10)
	cli := w.ServedCLI(rolloutOf(w, id, percentage(50)))
	says := []string{"is not published yet (status Certification)", "The state records the requested percentage, 50 %", "the next apply after the publication requests it"}
	acctest.Says(t, cli.MustRun("plan"), says...)
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), says...)
	cli.NoChanges()
}

func TestWaitForPublication(t *testing.T) {
	t.Parallel()
	w, id := pending(t, 10)
	w.Run(t, acctest.Step{
		Config: rolloutOf(w, id, percentage(50), "wait_for_publication = true"),
		StateChecks: append(status(inProgress),
			value("fallback_submission_id", knownvalue.NotNull()), value("percentage", knownvalue.Float64Exact(50))),
	})
	is(t, w, id, inProgress, 50)
}

// A wait that runs out of time is a warning, and the next apply continues to wait.
func TestWaitTimesOut(t *testing.T) {
	t.Parallel()
	w, id := pending(t, 10)
	w.Sim.Hold(storesim.StatusCertification)
	cli := w.ServedCLI(rolloutOf(w, id, percentage(50), "wait_for_publication = true", `timeouts = { create = "5s", update = "1m" }`))
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "the next apply continues to wait", "ran out of time", "1 added")
	acctest.Says(t, cli.MustRun("plan"), "1 to change")
	w.Sim.Release(storesim.StatusCertification)
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "1 changed")
	is(t, w, id, inProgress, 50)
	cli.NoChanges()
}

func TestWaitForASubmissionThatFails(t *testing.T) {
	t.Parallel()
	w, id := pending(t, 10)
	w.Run(t,
		acctest.Step{
			PreConfig: func() {
				w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusCertificationFailed, storesim.StatusDetails{
					Errors: []storesim.StatusDetail{{Code: "Other", Details: "It crashes."}},
				})
			},
			Config:      rolloutOf(w, id, percentage(50), "wait_for_publication = true"),
			ExpectError: []string{"Other: It crashes."},
		},
		// Without waiting there is nothing to fail.
		acctest.Step{Config: rolloutOf(w, id, percentage(50)), StateChecks: status(notStarted)},
	)
	w.OnlyReads()
}

// The submission moves on by itself between applies; the rollout follows when it can.
func TestSubmissionThatIsNotAwaited(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	source := w.Package("app.msix", msixtest.Manifest{})
	w.Sim.Hold(storesim.StatusCertification)
	config := func(p float64) string { return both{source: source, percentage: p}.config(w) }
	w.Run(t,
		acctest.Step{Config: config(10), StateChecks: status(notStarted)},
		acctest.Step{Config: config(30), StateChecks: status(notStarted)},
		acctest.Step{
			PreConfig: func() {
				id, _ := w.Pending()
				w.AdvanceTo(id, storesim.StatusPublished)
			},
			Config:      config(30),
			PlanChecks:  acctest.Planned(address, plancheck.ResourceActionUpdate),
			StateChecks: status(inProgress),
		},
	)
	if got := changes(w); !slices.Equal(got, []string{"updated 30"}) {
		t.Errorf("the rollout was %q", got)
	}
}

// The rollout of a submission that failed is handed on to the one that replaces it.
func TestSubmissionThatFailed(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.FailAt(storesim.StatusCertificationFailed)
	config := func(goal string) string {
		return both{source: w.Package("app.msix", msixtest.Manifest{}), percentage: 10, submission: `wait_for = "` + goal + `"`}.config(w)
	}
	var failed string
	w.Run(t,
		acctest.Step{Config: config("commit"), StateChecks: status(notStarted)},
		acctest.Step{
			PreConfig: func() {
				failed, _ = w.Pending()
				w.AdvanceTo(failed, storesim.StatusCertificationFailed)
			},
			Config:      config("publish"),
			PlanChecks:  acctest.Planned(address, plancheck.ResourceActionUpdate),
			StateChecks: status(inProgress),
		},
	)
	if s, _ := w.Sim.Submission(w.ApplicationID, w.FlightID, failed); !s.Deleted {
		t.Errorf("the failed submission is %s", s.Status)
	}
}

// Right after the commit the submission still looks like a draft.
func TestWaitThroughALaggingCommit(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.SetCommitLag(5)
	config := both{
		source: w.Package("app.msix", msixtest.Manifest{}), percentage: 10, submission: `wait_for = "none"`, rollout: "wait_for_publication = true",
	}.config(w)
	w.Run(t, acctest.Step{Config: config, StateChecks: status(inProgress)})
}

// A draft may still get a rollout, so that nothing is refused before its commit.
func TestDraft(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{})
	w.Run(t,
		acctest.Step{Config: rolloutOf(w, id, percentage(10)), StateChecks: status(notStarted)},
		acctest.Step{
			PreConfig:   func() { w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, storesim.StatusCertification) },
			Config:      rolloutOf(w, id, percentage(10)),
			ExpectError: []string{"Submission has no gradual rollout"},
		},
		acctest.Step{Config: rolloutOf(w, id, `state = "finalized"`), StateChecks: []statecheck.StateCheck{value("state", knownvalue.StringExact("finalized"))}},
	)
	w.OnlyReads()
}
