package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// fleet is a Store with several flights of one application, each with a published
// submission, and a configuration that releases to all of them.
type fleet struct {
	*acctest.World
	flights map[string]string
	cli     *acctest.CLI
}

func newFleet(t *testing.T, flights int, options storesim.Options) *fleet {
	t.Helper()
	f := &fleet{World: acctest.NewWith(t, options), flights: map[string]string{}}
	for i := range flights {
		name := fmt.Sprintf("flight-%02d", i)
		f.flights[name] = f.Sim.AddFlight(f.ApplicationID, storesim.Flight{FriendlyName: name})
		f.FlightID = f.flights[name]
		f.Publish(storesim.Published{})
	}
	f.release("1.0.0.0")
	return f
}

// release builds the package anew.
func (f *fleet) release(version string) { f.Package("app.msix", manifest(version)) }

// serve configures and serves the provider with more arguments. watched adds a rollout
// and three data sources to each submission.
func (f *fleet) serve(more acctest.Arguments, watched bool) {
	config := f.ProviderArguments().With(more).Block(acctest.Provider) + acctest.Arguments{
		"for_each": f.flights, "application_id": f.ApplicationID, "flight_id": "${each.value}",
		"packages":        []any{acctest.Arguments{"source": f.Package("app.msix", manifest("1.0.0.0"))}},
		"package_rollout": acctest.Arguments{"initial_percentage": 10}, "wait_for": "publish", "active_rollout_policy": "finalize",
	}.Block(acctest.Submission)
	if watched {
		const each = "for_each = msstore_flight_submission.test"
		config += acctest.BlockOf("each.value", acctest.Rollout, each, "percentage = 10")
		for _, name := range []string{"msstore_flight_submission_status", "msstore_certification_reports", "msstore_package_rollout"} {
			config += acctest.BlockOf("each.value", fmt.Sprintf(`data %q "test"`, name), each)
		}
	}
	f.cli = f.ServedCLI(config)
}

// costs runs a command and counts its requests to the Store by operation. Looks at
// the status, which depend on the Store's speed, and the upload are not counted.
func (f *fleet) costs(args ...string) map[storesim.Operation]int {
	f.Sim.ResetRequests()
	f.cli.MustRun(args...)
	counted := map[storesim.Operation]int{}
	for _, r := range f.Sim.Requests() {
		switch r.Operation {
		case storesim.GetSubmissionStatus, storesim.PutBlob, storesim.PutBlock, storesim.PutBlockList, storesim.GetBlob, storesim.GetBlobProperties:
		default:
			counted[r.Operation]++
		}
	}
	return counted
}

func sum(counted map[storesim.Operation]int) int {
	total := 0
	for _, n := range counted {
		total += n
	}
	return total
}

// A flight with a published submission gets the next one by seven requests besides
// looks at its status. The plan has asked for three of them before, and the CLI
// plans once more in the apply's process.
func TestRequestsOfOneSubmission(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, storesim.Options{})
	f.cli = f.ServedCLI(f.Submission(acctest.Packages(f.Package("app.msix", manifest("1.0.0.0"))), `wait_for = "publish"`))

	look := map[storesim.Operation]int{storesim.GetApplication: 1, storesim.ListFlights: 1, storesim.GetSubmission: 1}
	if diff := cmp.Diff(look, f.costs("plan", "-out=tfplan")); diff != "" {
		t.Errorf("requests of the plan, -want +got:\n%s", diff)
	}
	submit := map[storesim.Operation]int{
		storesim.GetApplication: 1, storesim.ListFlights: 1, storesim.GetSubmission: 2,
		storesim.CreateSubmission: 1, storesim.UpdateSubmission: 1, storesim.CommitSubmission: 1,
	}
	if diff := cmp.Diff(submit, f.costs("apply", "tfplan")); diff != "" {
		t.Errorf("requests of the apply, -want +got:\n%s", diff)
	}
	if n := sum(submit); n > 8 {
		t.Errorf("a submission costs %d requests, want at most 8", n)
	}
	if diff := cmp.Diff(map[storesim.Operation]int{storesim.ListFlights: 1}, f.costs("plan", "-detailed-exitcode")); diff != "" {
		t.Errorf("requests of a plan without changes, -want +got:\n%s", diff)
	}
}

// A published submission without a live rollout can change no more: a refresh of any
// number of them costs the list of flights alone, of which a page holds a hundred.
func TestRequestsOfSettledFlights(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 1, storesim.Options{})
	for i := range 119 {
		id := f.Sim.AddFlight(f.ApplicationID, storesim.Flight{})
		f.Sim.AddPublishedSubmission(f.ApplicationID, id, storesim.Published{Packages: []storesim.Package{{FileName: "app.msix"}}})
		f.flights[fmt.Sprint("settled ", i)] = id
	}
	delete(f.flights, "flight-00")
	f.cli = f.ServedCLI(f.Config(acctest.Arguments{
		"for_each": f.flights, "application_id": f.ApplicationID, "flight_id": "${each.value}",
	}.Block(acctest.Submission)))
	f.cli.MustRun("apply", "-auto-approve")
	if diff := cmp.Diff(map[storesim.Operation]int{storesim.ListFlights: 2}, f.costs("plan", "-detailed-exitcode")); diff != "" {
		t.Errorf("requests of a plan without changes, -want +got:\n%s", diff)
	}
}

// guide is where the table is shown to users.
const guide = "../../templates/guides/request-economy.md"

func TestRequestTable(t *testing.T) {
	t.Parallel()
	one, many := 1, 30
	rows := []struct {
		name string
		cost map[int]int
	}{
		{"Create, until published", map[int]int{}},
		{"Refresh with a rollout and three data sources", map[int]int{}},
		{"Plan without changes", map[int]int{}},
		{"Update, until published", map[int]int{}},
		{"Destroy", map[int]int{}},
	}
	for _, flights := range []int{one, many} {
		f := newFleet(t, flights, storesim.Options{})
		f.serve(nil, true)
		rows[0].cost[flights] = sum(f.costs("apply", "-auto-approve"))
		rows[1].cost[flights] = sum(f.costs("apply", "-auto-approve", "-refresh-only"))
		rows[2].cost[flights] = sum(f.costs("plan", "-detailed-exitcode"))
		if n := rows[2].cost[flights]; n > flights+1 {
			t.Errorf("a plan without changes of %d flights costs %d requests", flights, n)
		}
		f.release("1.1.0.0")
		rows[3].cost[flights] = sum(f.costs("apply", "-auto-approve"))
		rows[4].cost[flights] = sum(f.costs("destroy", "-auto-approve"))
	}
	var table strings.Builder
	fmt.Fprintf(&table, "| Operation | %d flight | %d flights |\n|---|---|---|\n", one, many)
	for _, row := range rows {
		fmt.Fprintf(&table, "| %s | %d | %d |\n", row.name, row.cost[one], row.cost[many])
	}
	t.Logf("requests to the Store:\n%s", table.String())
	page, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), table.String()) {
		t.Errorf("%s does not hold this table:\n%s", guide, table.String())
	}
}

// The Store's minute is a second here, and so is the provider's: 1,200 requests a
// minute are 20 a second. The plan uses a part of the minute up, of which the apply,
// a provider of its own, learns from one refusal.
func TestSubmissionsSideBySideUnderTheThrottle(t *testing.T) {
	t.Parallel()
	start := time.Now()
	f := newFleet(t, 5, storesim.Options{Now: func() time.Time { return start.Add(60 * time.Since(start)) }})
	f.serve(acctest.Arguments{"requests_per_minute": 1200}, false)
	f.Sim.SetThrottle(20, false)
	out := f.cli.MustRun("apply", "-auto-approve")
	acctest.Says(t, out, "5 added")
	refused := 0
	for _, r := range f.Sim.Requests() {
		if r.Status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused > 1 {
		t.Errorf("%d requests were refused, want at most the first", refused)
	}
	if n := len(f.Sim.Events(storesim.EventCommitted)); n != 5 {
		t.Errorf("%d submissions were committed, want 5", n)
	}
}
