package examples_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// root is where the examples are, seen from this package.
const root = "../../../examples"

// Who copies the first example of a page needs nothing that another page has. A query has no block for it.
func TestFirstExamplesNameTheSourceOfTheProvider(t *testing.T) {
	t.Parallel()
	for kind, file := range map[string]string{"data-sources": "data-source.tf", "resources": "resource.tf", "functions": "function.tf", "actions": "action.tf"} {
		for _, path := range find(t, kind, "*", file) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), `"terraform-msstore/msstore"`) {
				t.Errorf("%s does not say where its provider is from", path)
			}
		}
	}
}

// directories are those that hold a configuration for any CLI. Imports, actions and
// queries have tests of their own.
func directories(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if entry.Name() == "actions" {
			return fs.SkipDir
		}
		if err == nil && strings.HasSuffix(path, ".tf") && !slices.Contains(found, filepath.Dir(path)) {
			found = append(found, filepath.Dir(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// newWorld has what the examples are about: packages, and a flight whose published
// submission is rolling out.
func newWorld(t *testing.T) *acctest.World {
	t.Helper()
	w := acctest.New(t)
	w.Publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 10}})
	w.Package("Contoso_x64.msix", msixtest.Manifest{})
	w.Package("Contoso_arm64.msix", msixtest.Manifest{Architecture: "arm64"})
	return w
}

// An example is validated, applied, followed by an empty plan, and destroyed.
// A live rollout of the flight would block a submission, so that only the examples
// that are about rollouts find one.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, dir := range directories(t) {
		t.Run(filepath.ToSlash(strings.TrimPrefix(dir, root)), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if !strings.Contains(dir, "package_rollout") {
				finalize(w)
			}
			cli := serve(t, w, dir)
			withoutImports(t, cli)
			cli.MustRun("validate")
			cli.MustRun("apply", "-auto-approve")
			cli.NoChanges()
			publish(w)
			cli.MustRun("destroy", "-auto-approve")
		})
	}
}

// serve prepares a copy of a directory for the CLI, with what the world has in the place of what the examples name, and with
// values for the variables of all examples.
func serve(t *testing.T, w *acctest.World, dir string) *acctest.CLI {
	t.Helper()
	packages := filepath.ToSlash(w.Dir)
	cli := w.ServedCLI("")
	cli.Export(w.Environment())
	cli.Export(acctest.Environment{
		"TF_VAR_application_id":    w.ApplicationID,
		"TF_VAR_flight_id":         w.FlightID,
		"TF_VAR_group_ids":         `["1152921504606962205"]`,
		"TF_VAR_package":           packages + "/Contoso_x64.msix",
		"TF_VAR_packages":          `["` + packages + `/Contoso_x64.msix"]`,
		"TF_VAR_rings":             `[{name="canary",group_ids=["1"]},{name="early",group_ids=["2"],soak="48h"},{name="everyone",group_ids=["3"]}]`,
		"TF_VAR_package_directory": packages,
	})
	if err := os.CopyFS(cli.Dir, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	copied, err := filepath.Glob(filepath.Join(cli.Dir, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range copied {
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, []byte(inWorld(w, text)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return cli
}

// finalize ends the rollout of what the flight has.
func finalize(w *acctest.World) {
	id, _ := w.LastPublished()
	w.Sim.SetRollout(id, storesim.Rollout{Enabled: true, Percentage: 100, Status: "PackageRolloutComplete"})
}

// publish lets everything that was committed reach the testers: what is under way
// cannot be destroyed.
func publish(w *acctest.World) {
	for _, e := range w.Sim.Events(storesim.EventCommitted) {
		w.AdvanceTo(e.SubmissionID, storesim.StatusPublished)
	}
}

// withoutImports removes the examples of imports, which refer to objects that do not exist.
func withoutImports(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	imports, err := filepath.Glob(filepath.Join(cli.Dir, "import-*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range imports {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// Everything that has a page has an example.
func TestEverythingHasAnExample(t *testing.T) {
	t.Parallel()
	documented, err := filepath.Glob("../../../docs/*/*.md")
	if err != nil || len(documented) == 0 {
		t.Fatalf("no documentation: %v", err)
	}
	for _, page := range documented {
		kind, name := filepath.Base(filepath.Dir(page)), strings.TrimSuffix(filepath.Base(page), ".md")
		if kind == "guides" {
			continue
		}
		if kind != "functions" {
			name = "msstore_" + name
		}
		if examples, _ := filepath.Glob(filepath.Join(root, kind, name, "*.*")); len(examples) == 0 {
			t.Errorf("%s has no example in %s/%s/%s", page, root, kind, name)
		}
	}
}

// An example's own tests pass, with the provider mocked.
func TestExamplesOwnTests(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Mocks)
	found, err := filepath.Glob(filepath.Join(root, "*", "tests"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no tests were found: %v", err)
	}
	for _, tests := range found {
		dir := filepath.Dir(tests)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			cli := serve(t, w, dir)
			acctest.Says(t, cli.MustRun("test"), "0 failed.")
			if n := w.Sim.Count(); n != 0 {
				t.Errorf("%d requests reached the Store", n)
			}
		})
	}
}
