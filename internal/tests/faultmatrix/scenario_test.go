package faultmatrix_test

import (
	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// scenario is something that is applied.
type scenario struct {
	name string
	// seed puts into the Store what was there before; nil leaves the new flight as
	// it is.
	seed func(w *acctest.World)
	// before is applied first, undisturbed; nil for nothing.
	before func(w *acctest.World) configuration
	// disturbed is what is applied then.
	disturbed func(w *acctest.World) configuration
}

// scenarios together make every request that the provider's resources can make to
// change something.
func scenarios() []scenario {
	return append(submissionScenarios(), rolloutScenarios()...)
}

func submissionScenarios() []scenario {
	published := func(w *acctest.World) { w.Publish(storesim.Published{Notes: "of the last release"}) }
	return []scenario{
		{
			name: "create", seed: published,
			disturbed: release("1.0.0.0", arguments{"notes_for_certification": "new", "wait_for": "publish"}),
		},
		{
			name:      "create in a new flight",
			disturbed: release("1.0.0.0", nil),
		},
		{
			name: "create in place of a draft and a rollout",
			seed: func(w *acctest.World) {
				w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 20}})
				w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Notes: "left over"})
			},
			disturbed: release("1.0.0.0", arguments{"pending_submission_policy": "replace", "active_rollout_policy": "finalize"}),
		},
		{
			name: "update", seed: published,
			before: release("1.0.0.0", arguments{
				"package_rollout": arguments{"initial_percentage": 10}, "wait_for": "publish",
			}),
			disturbed: release("1.1.0.0", arguments{"active_rollout_policy": "halt"}),
		},
		{
			name: "update of a draft", seed: published,
			before:    release("1.0.0.0", arguments{"commit": false}),
			disturbed: release("1.1.0.0", arguments{"notes_for_certification": "new"}),
		},
		{
			name: "destroy of a draft", seed: published,
			before:    release("1.0.0.0", arguments{"commit": false}),
			disturbed: nothing,
		},
		{
			name:      "destroy of the first draft",
			before:    release("1.0.0.0", arguments{"commit": false}),
			disturbed: nothing,
		},
	}
}

func rolloutScenarios() []scenario {
	live := func(w *acctest.World) {
		w.Publish(storesim.Published{})
		w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 20}})
	}
	return []scenario{
		{name: "rollout", seed: live, disturbed: rollout(arguments{"percentage": 40})},
		{name: "rollout goes up", seed: live, before: rollout(arguments{"percentage": 40}), disturbed: rollout(arguments{"percentage": 80})},
		{name: "rollout halts", seed: live, before: rollout(arguments{"percentage": 40}), disturbed: rollout(arguments{"state": "halted"})},
		{name: "rollout is finalized", seed: live, before: rollout(arguments{"percentage": 40}), disturbed: rollout(arguments{"state": "finalized"})},
		{name: "destroy halts", seed: live, before: rollout(arguments{"percentage": 20, "deletion_policy": "halt"}), disturbed: nothing},
		{name: "destroy finalizes", seed: live, before: rollout(arguments{"percentage": 20, "deletion_policy": "finalize"}), disturbed: nothing},
		{name: "flight with a release and its rollout", disturbed: everything(true)},
		{name: "destroy of a flight with a draft", before: everything(false), disturbed: nothing},
	}
}

func nothing(*acctest.World) configuration { return nil }

// release submits the package app.msix of a version.
func release(version string, more arguments) func(*acctest.World) configuration {
	return func(w *acctest.World) configuration {
		return configuration{{submissionType, submission(w, version).With(more)}}
	}
}

func submission(w *acctest.World, version string) arguments {
	source := w.Package("app.msix", msixtest.Manifest{Version: version})
	return arguments{"application_id": w.ApplicationID, "flight_id": w.FlightID, "packages": []arguments{{"source": source}}}
}

// rollout manages the rollout of the submission that was published last.
func rollout(more arguments) func(*acctest.World) configuration {
	return func(w *acctest.World) configuration {
		id, _ := w.LastPublished()
		return configuration{{rolloutType, arguments{"application_id": w.ApplicationID, "flight_id": w.FlightID, "submission_id": id}.With(more)}}
	}
}

// everything makes a flight with a submission and, if that is committed, its
// rollout.
func everything(commit bool) func(*acctest.World) configuration {
	return func(w *acctest.World) configuration {
		flight := arguments{"application_id": w.ApplicationID, "friendly_name": "insiders", "group_ids": []string{"1152921504606962205"}}
		release := submission(w, "1.0.0.0").With(arguments{
			"flight_id": "${msstore_flight.test.flight_id}", "commit": commit, "package_rollout": arguments{"initial_percentage": 25},
		})
		c := configuration{{flightType, flight}, {submissionType, release}}
		if commit {
			c = append(c, resource{rolloutType, arguments{
				"application_id": w.ApplicationID, "flight_id": "${msstore_flight.test.flight_id}",
				"submission_id": "${msstore_flight_submission.test.submission_id}", "percentage": 50, "wait_for_publication": true,
			}})
		}
		return c
	}
}
