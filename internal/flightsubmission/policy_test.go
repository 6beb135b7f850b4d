package flightsubmission_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// What the policies refuse is refused while planning and tested there.

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
			run(t, w, resource.TestStep{
				Config:            w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `pending_submission_policy = "replace"`, `wait_for = "publish"`),
				ConfigStateChecks: status("Published"),
			})
			holds(t, w, "app.msix 1.0.0.0")
			events(t, w, storesim.EventDeleted, 1)
		})
	}
}

func TestAdoptPending(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "abandoned.msix"}}, Notes: "left over"})
	run(t, w, resource.TestStep{
		Config: w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `pending_submission_policy = "adopt"`, `wait_for = "publish"`),
		ConfigStateChecks: []statecheck.StateCheck{
			value("status", knownvalue.StringExact("Published")), value("submission_id", knownvalue.StringExact(id)),
		},
	})
	holds(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventDeleted, 0)
}

func TestActiveRollout(t *testing.T) {
	t.Parallel()
	for policy, want := range map[string]string{"finalize": "PackageRolloutComplete", "halt": "PackageRolloutStopped"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t)
			old := w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 100}})
			run(t, w, resource.TestStep{
				Config: w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `active_rollout_policy = "`+policy+`"`, `wait_for = "publish"`),
			})
			if s, _ := w.Sim.Submission(w.ApplicationID, w.FlightID, old); s.Rollout.Status != want {
				t.Errorf("the old rollout is %+v", s.Rollout)
			}
			holds(t, w, "app.msix 1.0.0.0")
		})
	}
}
