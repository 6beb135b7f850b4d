package flightsubmission_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestDeletedOutside(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	w.Run(t,
		resource.TestStep{Config: w.Submission(packages, `commit = false`)},
		resource.TestStep{
			PreConfig:         func() { id, _ := w.Pending(); w.Sim.DeleteInPortal(id) },
			Config:            w.Submission(packages, `wait_for = "publish"`),
			ConfigPlanChecks:  acctest.Planned(address, plancheck.ResourceActionCreate),
			ConfigStateChecks: status("Published"),
		},
	)
	holds(t, w, "app.msix 1.0.0.0")
}

func TestCancelledOutside(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.Hold("Certification")
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	w.Run(t,
		resource.TestStep{Config: w.Submission(packages)},
		resource.TestStep{
			PreConfig: func() {
				id, _ := w.Pending()
				w.Sim.Cancel(id)
				w.Sim.Release("Certification")
			},
			Config:            w.Submission(packages, `wait_for = "publish"`),
			ConfigPlanChecks:  acctest.Planned(address, plancheck.ResourceActionUpdate),
			ConfigStateChecks: status("Published"),
		},
	)
	holds(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventCommitted, 2)
}

func TestImport(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	path := w.Package("app.msix", msixtest.Manifest{})
	published := w.Publish(storesim.Published{
		Packages: []storesim.Package{{FileName: "app.msix", Content: msixtest.Package(msixtest.Manifest{})}}, Notes: "notes",
	})
	flight := w.ApplicationID + "/" + w.FlightID
	for name, id := range map[string]string{"flight": flight, "submission": flight + "/" + published} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.Run(t, resource.TestStep{
				Config:             w.Submission(acctest.Packages(path), `notes_for_certification = "notes"`),
				ResourceName:       address,
				ImportState:        true,
				ImportStateId:      id,
				ImportStatePersist: true,
				ImportStateCheck: func(states []*terraform.InstanceState) error {
					if got := states[0].Attributes["submission_id"]; got != published {
						return fmt.Errorf("imported %s", got)
					}
					return nil
				},
			}, resource.TestStep{
				Config: w.Submission(acctest.Packages(path), `notes_for_certification = "notes"`),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownValue(address, tfjsonpath.New("submission_id"), knownvalue.StringExact(published)),
					plancheck.ExpectKnownValue(address, tfjsonpath.New("status"), knownvalue.StringExact("Published")),
				}},
			})
		})
	}
	t.Cleanup(func() {
		for _, r := range w.Sim.Requests() {
			if !strings.EqualFold(r.Method, "GET") {
				t.Errorf("%s %s was sent", r.Method, r.Path)
			}
		}
	})
}

func TestImportDraft(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "app.msix"}}})
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`)
	w.Run(t,
		resource.TestStep{
			Config: config, ResourceName: address, ImportState: true, ImportStatePersist: true,
			ImportStateId: w.ApplicationID + "/" + w.FlightID,
		},
		resource.TestStep{
			Config:            config,
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectKnownValue(address, tfjsonpath.New("submission_id"), knownvalue.StringExact(id))}},
			ConfigStateChecks: status("Published"),
		},
	)
	holds(t, w, "app.msix 1.0.0.0")
}

// The Store reads the packages a while after the commit; an import before that
// learns their versions later, and goes on waiting instead of starting over.
func TestImportUnderWay(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	path := w.Package("app.msix", msixtest.Manifest{})
	config := w.Submission(acctest.Packages(path), `wait_for = "publish"`)
	cli := w.CLI(config)
	hanging := w.Sim.Inject(storesim.Fault{Operation: storesim.GetSubmissionStatus, Action: storesim.Hang{}})
	interrupt(t, cli, hanging, func(*os.Process) { cli.KillProvider() }, "apply", "-auto-approve")
	cli = cli.Served()
	cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
	id, _ := w.Pending()
	w.AdvanceTo(id, storesim.StatusCertification)
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "0 added, 1 changed")
	events(t, w, storesim.EventCommitted, 1)
	settled(t, w, "app.msix 1.0.0.0")
}
