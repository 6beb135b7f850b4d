package flightsubmission_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/flightsubmission"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

const listed = "msstore_flight_submission"

// publishedAndPending is an application with three flights: the first has a published
// submission and a draft, the second its first draft, the third was published.
func publishedAndPending(t *testing.T) (w *acctest.World, others []string) {
	t.Helper()
	w = acctest.Published(t)
	w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "app.msix"}}})
	insiders := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "insiders"})
	staff := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "staff"})
	w.Sim.AddPublishedSubmission(w.ApplicationID, staff, storesim.Published{
		Packages: []storesim.Package{release("staff.msix", "1.0.0.0")}, Rollout: &storesim.Rollout{Percentage: 20},
	})
	return w, []string{insiders, staff}
}

func names(results []acctest.Found) string {
	var all []string
	for _, r := range results {
		all = append(all, r.Name)
	}
	return strings.Join(all, "; ")
}

func TestListResource(t *testing.T) {
	t.Parallel()
	w, others := publishedAndPending(t)
	pending, _ := w.Pending()
	published, _ := w.LastPublished()
	insiders, _ := w.Sim.Flight(w.ApplicationID, others[0])
	staff, _ := w.Sim.Flight(w.ApplicationID, others[1])
	ofBeta := fmt.Sprintf("beta, pending submission %s; beta, published submission %s", pending, published)
	ofAll := fmt.Sprintf("%s; insiders, pending submission %s; staff, published submission %s", ofBeta, insiders.PendingSubmissionID, staff.LastPublishedSubmissionID)
	p := w.Protocol()
	for _, test := range []struct {
		arguments map[string]any
		want      string
	}{
		{map[string]any{"application_id": w.ApplicationID}, ofAll},
		{map[string]any{"application_id": w.ApplicationID, "flight_id": w.FlightID}, ofBeta},
		{map[string]any{"application_id": w.ApplicationID, "flight_id": strings.ToUpper(w.FlightID)}, ofBeta},
	} {
		w.Sim.ResetRequests()
		results, failure := p.List(listed, test.arguments, 0)
		if got := names(results); failure != "" || got != test.want {
			t.Errorf("%v: got %s, want %s, %s", test.arguments, got, test.want, failure)
		}
		// The flights have named everything.
		if n := len(w.Sim.Requests()); n > 1 {
			t.Errorf("%v: %d requests", test.arguments, n)
		}
		included, failure := p.List(listed, test.arguments, 0, acctest.Including)
		if got := names(included); failure != "" || got != test.want {
			t.Errorf("%v: with resources %s, want %s, %s", test.arguments, got, test.want, failure)
		}
		for i, r := range results {
			if r.Resource != nil {
				t.Errorf("%s has its resource, unasked", r.Name)
			}
			for _, name := range []string{"application_id", "flight_id", "submission_id"} {
				if id, got := acctest.Text(t, r.Identity[name]), acctest.Text(t, included[i].Resource[name]); id != got || id == "null" {
					t.Errorf("%s has %s %s by identity and %s by resource", r.Name, name, id, got)
				}
			}
		}
	}
	w.OnlyReads()
}

// Results come one by one: nothing is read for those that nobody wants.
func TestListResourceStreams(t *testing.T) {
	t.Parallel()
	w, _ := publishedAndPending(t)
	all := map[string]any{"application_id": w.ApplicationID}
	for name, list := range map[string]func(p *acctest.Protocol) ([]acctest.Found, string){
		"limited": func(p *acctest.Protocol) ([]acctest.Found, string) {
			return p.List(listed, all, 0, acctest.Including, acctest.Limited(2))
		},
		"left": func(p *acctest.Protocol) ([]acctest.Found, string) {
			return p.List(listed, all, 2, acctest.Including)
		},
	} {
		w.Sim.ResetRequests()
		results, failure := list(w.Protocol())
		if reads := w.Sim.Count(storesim.GetSubmission); failure != "" || len(results) != 2 || reads != 2 {
			t.Errorf("%s: %d results by %d reads, %s", name, len(results), reads, failure)
		}
	}
}

// A flight may name a submission that was deleted a moment ago.
func TestListResourceWhileTheFlightLags(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	w.Sim.SetDeletionLag(1000)
	cli := w.ServedCLI(w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `commit = false`))
	cli.MustRun("apply", "-auto-approve")
	cli.MustRun("destroy", "-auto-approve")
	results, failure := w.Protocol().List(listed, map[string]any{"application_id": w.ApplicationID, "flight_id": w.FlightID}, 0, acctest.Including)
	if failure != "" || len(results) != 1 || !strings.Contains(results[0].Name, "published") {
		t.Errorf("got %s, %s", names(results), failure)
	}
}

// What was published a moment ago may be named as the pending one as well.
func TestListResourceNamesNoneTwice(t *testing.T) {
	t.Parallel()
	got := flightsubmission.Titles([]storeapi.Flight{
		{FriendlyName: "a", PendingSubmissionID: "1", LastPublishedSubmissionID: "1"}, {FriendlyName: "b", PendingSubmissionID: "3", LastPublishedSubmissionID: "2"}, {},
	})
	if want := []string{"a, published submission 1", "b, pending submission 3", "b, published submission 2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestListResourceFails(t *testing.T) {
	t.Parallel()
	w, _ := publishedAndPending(t)
	all := map[string]any{"application_id": w.ApplicationID}
	p := acctest.StartProtocol(t)
	if results, failure := p.List(listed, all, 0); len(results) > 0 || !strings.Contains(failure, "Provider is not configured") {
		t.Errorf("without a configuration: %v, %q", results, failure)
	}
	p.Configure(w.ProviderArguments())
	refusal := w.Sim.Inject(storesim.Fault{Operation: storesim.GetSubmission, Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	if _, failure := p.List(listed, all, 0, acctest.Including); strings.Count(failure, "Error reading flight submission") != 1 {
		t.Errorf("a submission is refused: %q", failure)
	}
	refusal.Remove()
	refusal = w.Sim.Inject(storesim.Fault{Operation: storesim.GetSubmission, Times: -1, Action: storesim.Refuse{Status: http.StatusNotFound}})
	if _, failure := w.Protocol().List(listed, all, 0, acctest.Including); strings.Count(failure, "404 Not Found") != 1 {
		t.Errorf("a published submission is not there: %q", failure)
	}
	refusal.Remove()
	w.Sim.Inject(storesim.Fault{Operation: storesim.ListFlights, Times: -1, Action: storesim.Refuse{Status: http.StatusForbidden}})
	if results, failure := w.Protocol().List(listed, all, 0); len(results) > 0 || !strings.Contains(failure, "Error listing flight submissions") {
		t.Errorf("the flights are refused: %v, %q", results, failure)
	}
	for argument, wrong := range map[string]string{"application_id": "Contoso.Sample", "flight_id": "beta"} {
		failure := p.ValidateList(listed, map[string]any{"application_id": w.ApplicationID, argument: wrong})
		if !strings.Contains(failure, "must be the") {
			t.Errorf("a wrong %s is taken: %q", argument, failure)
		}
	}
}

// What a query includes is the state of an import, whose generated configuration
// plans without a change; TestGeneratedConfiguration has that of the CLI.
func TestListResourceGivesImports(t *testing.T) {
	t.Parallel()
	w, _ := publishedAndPending(t)
	p := w.Protocol()
	results, failure := p.List(listed, map[string]any{"application_id": w.ApplicationID}, 0, acctest.Including)
	if failure != "" || len(results) != 4 {
		t.Fatalf("%d results, %s", len(results), failure)
	}
	var ids []string
	for _, r := range results {
		id := strings.Join([]string{acctest.Text(t, r.Identity["application_id"]), acctest.Text(t, r.Identity["flight_id"]), acctest.Text(t, r.Identity["submission_id"])}, "/")
		imported := p.Import(listed, id)
		for name, value := range r.Resource {
			if name != "published_at" && !value.Equal(imported[name]) {
				t.Errorf("%s: %s is %v in the query and %v after an import", r.Name, name, value, imported[name])
			}
		}
		ids = append(ids, id)
	}
	w.OnlyReads()
	// This comes last, since it skips the test for CLIs that cannot.
	for _, id := range ids {
		cli := w.ServedCLI(w.Config(acctest.Import(address, id)))
		acctest.Says(t, cli.Generate(), "1 to import, 0 to add, 0 to change, 0 to destroy")
		w.OnlyReads()
	}
}

// listAll is a query for the submissions of the application.
func listAll(w *acctest.World, arguments ...string) string {
	config := acctest.Block("config", fmt.Sprintf("application_id = %q", w.ApplicationID))
	return acctest.Block(`list "msstore_flight_submission" "all"`, append(arguments, "provider = msstore", config)...)
}

// The same by the CLI, where it can query.
func TestQuery(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Lists)
	w, _ := publishedAndPending(t)
	cli := w.ServedCLI(w.Config())
	query := listAll(w, "include_resource = true")
	if err := os.WriteFile(filepath.Join(cli.Dir, "all.tfquery.hcl"), []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	out := cli.MustRun("query")
	if found := strings.Count(out, "list.msstore_flight_submission.all"); found != 4 {
		t.Errorf("%d submissions are found:\n%s", found, out)
	}
}

// What a query writes plans without a change.
func TestQueryGeneratesConfiguration(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Lists)
	w := acctest.New(t)
	w.Publish(storesim.Published{
		Packages: []storesim.Package{release("a.msix", "1.0.0.0"), release("b.msix", "2.0.0.0")}, Notes: "look", Rollout: &storesim.Rollout{Percentage: 20},
	})
	draft := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "insiders"})
	w.Sim.AddDraft(w.ApplicationID, draft, storesim.Draft{Packages: []storesim.Package{{FileName: "app.msix"}}})
	halted := w.Sim.AddFlight(w.ApplicationID, storesim.Flight{FriendlyName: "halted"})
	w.Sim.AddPublishedSubmission(w.ApplicationID, halted, storesim.Published{
		Packages: []storesim.Package{release("a.msix", "1.0.0.0")}, Rollout: &storesim.Rollout{Enabled: true, Status: "PackageRolloutStopped"},
	})
	cli := w.ServedCLI(w.Config())
	query := listAll(w)
	if err := os.WriteFile(filepath.Join(cli.Dir, "all.tfquery.hcl"), []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	acctest.Says(t, cli.MustRun("query", "-generate-config-out=found.tf"), "beta, published submission", "insiders, pending submission")
	if found := read(t, cli, "found.tf"); strings.Contains(found, "look") {
		t.Errorf("the notes are written, which may be write-only:\n%s", found)
	}
	acctest.Says(t, cli.MustRun("plan"), "3 to import, 0 to add, 0 to change, 0 to destroy")
	w.OnlyReads()
}
