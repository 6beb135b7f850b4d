package flightsubmission_test

import (
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// Of notes that are stored nowhere only the version tells whether they changed.
func TestWriteOnlyNotes(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Ephemeral)
	w := acctest.Published(t)
	packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{}))
	config := func(text, version string) string {
		return w.Submission(packages, `wait_for = "publish"`,
			`notes_for_certification_wo = "`+text+`"`, `notes_for_certification_wo_version = `+version)
	}
	told := func(text string, submissions int) func() {
		return func() {
			if _, s := w.LastPublished(); s.Notes != text {
				t.Errorf("notes: %q, want %q", s.Notes, text)
			}
			events(t, w, storesim.EventCreated, submissions)
		}
	}
	w.Run(t,
		acctest.Step{Config: config("user: one", "1"), Check: told("user: one", 1)},
		acctest.Step{Config: config("user: two", "1"), PlanChecks: acctest.Planned(address, plancheck.ResourceActionNoop), Check: told("user: one", 1)},
		acctest.Step{Config: config("user: two", "2"), PlanChecks: acctest.Planned(address, plancheck.ResourceActionUpdate), Check: told("user: two", 2)},
		// The notes of a submission that is past its commit have done their work.
		acctest.Step{Config: w.Submission(packages, `wait_for = "publish"`), Check: told("user: two", 2)},
	)
	events(t, w, storesim.EventUploaded, 1)
}

// Version 0 would be the same as none.
func TestWriteOnlyNotesHaveAVersion(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	_, got := w.Protocol().Plan(typeName, flight(w).With(arguments{"notes_for_certification_wo": "user: one", "notes_for_certification_wo_version": 0}))
	check{
		attribute: "notes_for_certification_wo_version", summary: "Invalid value", says: []string{"notes_for_certification_wo_version must be 1 or more, got 0."},
	}.judge(t, got, false)
}

// An import cannot know by which argument the notes were given: they are in the
// state until the next apply, or an import of open notes would not be empty.
func TestImportedNotes(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Publish(storesim.Published{
		Packages: []storesim.Package{{FileName: "app.msix", Content: msixtest.Package(msixtest.Manifest{})}}, Notes: "notes",
	})
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `notes_for_certification = "notes"`)
	cli := w.ServedCLI(config)
	cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
	// They may be those of a write-only argument.
	has(t, cli, "notes_for_certification", nil)
	cli.Steps(t, acctest.Step{Config: config, PlanChecks: []plancheck.PlanCheck{
		plancheck.ExpectKnownValue(address, tfjsonpath.New("status"), knownvalue.StringExact("Published")),
	}})
	events(t, w, storesim.EventCreated, 0)
}

// What an import takes for the Store's package by its version is not uploaded for
// a change of something else, now or later.
func TestImportedPackagesAreNotUploaded(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]string{
		"at once":                       {`notes_for_certification = "other"`},
		"after an apply without change": {``, `notes_for_certification = "other"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t)
			w.Publish(storesim.Published{Packages: []storesim.Package{{FileName: "app.msix", Content: msixtest.Package(msixtest.Manifest{})}}})
			packages := acctest.Packages(w.Package("app.msix", msixtest.Manifest{Seed: 1}))
			cli := w.ServedCLI(w.Submission(packages, `wait_for = "publish"`))
			cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
			for _, argument := range steps {
				cli.Configure(w.Submission(packages, `wait_for = "publish"`, argument))
				cli.MustRun("apply", "-auto-approve")
			}
			cli.NoChanges()
			events(t, w, storesim.EventCreated, 1)
			events(t, w, storesim.EventUploaded, 0)
			holds(t, w, "app.msix 1.0.0.0")
		})
	}
}

// With a digest in the configuration the file need not be there, but if it is, its
// version tells whether an imported package is this one.
func TestImportWithGivenDigest(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	w.Publish(storesim.Published{Packages: []storesim.Package{{FileName: "app.msix", Content: msixtest.Package(msixtest.Manifest{})}}})
	path := w.Package("app.msix", msixtest.Manifest{})
	cli := w.ServedCLI(w.Submission(`packages = [{ source = "` + path + `", sha256 = "` + sum(msixtest.Manifest{}) + `" }]`))
	cli.MustRun("import", address, w.ApplicationID+"/"+w.FlightID)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	acctest.Says(t, cli.MustRun("plan"), "1 to change")
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	cli.MustRun("apply", "-auto-approve")
	cli.NoChanges()
	w.OnlyReads()
}
