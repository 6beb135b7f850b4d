package flightsubmission_test

import (
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// What the policies refuse is refused while planning and tested there.

// publishes applies a release with a policy, to its end.
func publishes(t *testing.T, w *acctest.World, policy string) {
	t.Helper()
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), policy, `wait_for = "publish"`))
	cli.MustRun("apply", "-auto-approve")
	settled(t, w, "app.msix 1.0.0.0")
	cli.NoChanges()
}

func TestReplacePending(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(w *acctest.World, id string){
		"a draft": func(*acctest.World, string) {},
		"a failed submission": func(w *acctest.World, id string) {
			w.Sim.SetStatus(w.ApplicationID, w.FlightID, id, "CertificationFailed")
		},
		"a cancelled submission": func(w *acctest.World, id string) { w.Sim.Cancel(id) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "abandoned.msix"}}})
			prepare(w, id)
			publishes(t, w, `pending_submission_policy = "replace"`)
			events(t, w, storesim.EventDeleted, 1)
		})
	}
}

func TestAdoptPending(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "abandoned.msix"}}, Notes: "left over"})
	publishes(t, w, `pending_submission_policy = "adopt"`)
	if published, _ := w.LastPublished(); published != id {
		t.Errorf("submission %s was published, not %s", published, id)
	}
	events(t, w, storesim.EventDeleted, 0)
}

func TestActiveRollout(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string]string{"finalize": "PackageRolloutComplete", "halt": "PackageRolloutStopped"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t)
			old := w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 100}})
			publishes(t, w, `active_rollout_policy = "`+policy+`"`)
			if s, _ := w.Sim.Submission(w.ApplicationID, w.FlightID, old); s.Rollout.Status != want {
				t.Errorf("the old rollout is %+v", s.Rollout)
			}
		})
	}
}
