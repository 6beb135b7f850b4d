package flightsubmission_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestDeletedOutside(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	cli := w.ServedCLI(w.Submission(packages, `commit = false`))
	cli.MustRun("apply", "-auto-approve")
	id, _ := w.Pending()
	w.Sim.DeleteInPortal(id)
	cli.Configure(w.Submission(packages, `wait_for = "publish"`))
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "1 added, 0 changed, 0 destroyed")
	settled(t, w, "app.msix 1.0.0.0")
	cli.NoChanges()
}

func TestCancelledOutside(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.Hold("Certification")
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	cli := w.ServedCLI(w.Submission(packages))
	cli.MustRun("apply", "-auto-approve")
	id, _ := w.Pending()
	w.Sim.Cancel(id)
	w.Sim.Release("Certification")
	cli.Configure(w.Submission(packages, `wait_for = "publish"`))
	acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
	settled(t, w, "app.msix 1.0.0.0")
	events(t, w, storesim.EventCommitted, 2)
	cli.NoChanges()
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
			cli := w.ServedCLI(w.Submission(acctest.Packages(path), `notes_for_certification = "notes"`))
			cli.MustRun("import", address, id)
			has(t, cli, "submission_id", published)
			// What only the configuration knows goes into the state, and nothing into the Store.
			acctest.Says(t, cli.MustRun("apply", "-auto-approve"), "0 added, 1 changed, 0 destroyed")
			has(t, cli, "submission_id", published)
			has(t, cli, "status", "Published")
			cli.NoChanges()
		})
	}
	t.Cleanup(w.OnlyReads)
}

func TestImportDraft(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "app.msix"}}})
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`))
	cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
	cli.MustRun("apply", "-auto-approve")
	has(t, cli, "submission_id", id)
	has(t, cli, "status", "Published")
	settled(t, w, "app.msix 1.0.0.0")
	cli.NoChanges()
}

// has checks an attribute of the submission in the state.
func has(t *testing.T, cli *acctest.CLI, attribute string, want any) {
	t.Helper()
	var state struct {
		Resources []struct {
			Mode, Type string
			Instances  []struct{ Attributes map[string]any }
		}
	}
	text := read(t, cli, "terraform.tfstate")
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Resources {
		if r.Mode == "managed" && r.Type == typeName && len(r.Instances) == 1 && r.Instances[0].Attributes[attribute] == want {
			return
		}
	}
	t.Errorf("%s is not %v:\n%s", attribute, want, text)
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
