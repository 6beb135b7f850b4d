package flightsubmission_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// ids are the published packages' ids by file name.
func ids(w *acctest.World) map[string]string {
	byName := map[string]string{}
	for _, p := range w.Sim.PublishedPackages(w.ApplicationID, w.FlightID) {
		byName[p.FileName] = p.ID
	}
	return byName
}

// Only what changed is uploaded; the rest keeps its place in the Store.
func TestOnlyTheRebuiltPackageIsUploaded(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	build := func(name, architecture, version string) string {
		return w.Package(name, msixtest.Manifest{Architecture: architecture, Version: version})
	}
	packages := acctest.Packages(build("x64.msix", "x64", "1.0.0.0"), build("arm.msix", "arm64", "1.0.0.0"))
	cli := w.ServedCLI(w.Submission(packages, `wait_for = "publish"`))
	cli.MustRun("apply", "-auto-approve")
	before := ids(w)

	build("arm.msix", "arm64", "1.1.0.0")
	cli.MustRun("apply", "-auto-approve")
	holds(t, w, "x64.msix 1.0.0.0", "arm.msix 1.1.0.0")
	after := ids(w)
	if after["x64.msix"] != before["x64.msix"] || after["arm.msix"] == before["arm.msix"] {
		t.Errorf("ids before %v, after %v", before, after)
	}
	var sizes []int
	for _, upload := range w.Sim.Events(storesim.EventUploaded) {
		size, err := strconv.Atoi(upload.Detail)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, size)
	}
	// The packages are of one size, so that an archive of one has half of it.
	if len(sizes) != 2 || sizes[1]*2 > sizes[0]+100 {
		t.Errorf("archives of %v bytes", sizes)
	}

	cli.Configure(w.Submission(packages, `target_publish_mode = "Manual"`, `wait_for = "certification"`))
	cli.MustRun("apply", "-auto-approve")
	events(t, w, storesim.EventUploaded, 2)
	events(t, w, storesim.EventCreated, 3)
	publishNow(w)
	if diff := ids(w); diff["x64.msix"] != after["x64.msix"] || diff["arm.msix"] != after["arm.msix"] {
		t.Errorf("ids before %v, after %v", after, diff)
	}
}

func TestFileNameBeyondASCII(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Run(t, acctest.Step{
		Config: w.Submission(acctest.Packages(w.Package("Prüfung 検査.msix", msixtest.Manifest{})), `wait_for = "publish"`),
	})
	holds(t, w, "Prüfung 検査.msix 1.0.0.0")
}

// After keep_previous_packages the flight has a name twice; the name alone stands
// for the newer one.
func TestKeepNewestOfAName(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	old := func(version string) storesim.Package {
		return storesim.Package{FileName: "app.msix", Content: msixtest.Package(msixtest.Manifest{Version: version})}
	}
	w.Publish(storesim.Published{Packages: []storesim.Package{old("1.10.0.0"), old("1.9.0.0")}})
	w.Run(t, acctest.Step{Config: w.Submission(`packages = [{ file_name = "app.msix" }]`, `wait_for = "publish"`)})
	holds(t, w, "app.msix 1.10.0.0")
}

// A GUID is the same in capitals.
func TestFlightIDInCapitals(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `commit = false`)
	capitals := strings.ReplaceAll(config, w.FlightID, strings.ToUpper(w.FlightID))
	w.Run(t,
		acctest.Step{Config: capitals},
		acctest.Step{Config: config, PlanChecks: acctest.Planned(address, plancheck.ResourceActionUpdate)},
		acctest.Step{Config: strings.Replace(capitals, `commit = false`, `wait_for = "publish"`, 1), PlanChecks: acctest.Planned(address, plancheck.ResourceActionUpdate)},
	)
	events(t, w, storesim.EventCreated, 1)
	holds(t, w, "app.msix 1.0.0.0")
}

// The Store remembers each full package name with its content.
func TestRebuiltUnderTheSameVersion(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "publish"`))
	cli.MustRun("apply", "-auto-approve")
	w.Package("app.msix", msixtest.Manifest{Seed: 1})
	acctest.Says(t, cli.MustRun("plan"), "Package was built again under the same version", "still the version 1.0.0.0")
	w.Package("app.msix", msixtest.Manifest{Seed: 1, Version: "1.0.1.0"})
	if out := cli.MustRun("plan"); strings.Contains(out, "built again") {
		t.Errorf("a warning without reason:\n%s", out)
	}
}
