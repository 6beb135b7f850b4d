// Package acctest lets tests run the whole provider through the real Terraform
// CLI against a local Store.
package acctest

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// Token is the access token that provider blocks of tests use.
const Token = "acceptance-test-token"

// World is a local Store with one application and one flight, and a folder for
// package files.
type World struct {
	Sim           *storesim.Sim
	ApplicationID string
	FlightID      string
	// Dir is where package files go.
	Dir string

	tb testing.TB
}

// New starts a Store whose flight is brand-new: it has its empty first draft and
// no published submission.
func New(tb testing.TB) *World {
	tb.Helper()
	return NewWith(tb, storesim.Options{})
}

// NewWith is New with other options of the simulator. At its end the test fails if
// the Store met something that no client may do.
func NewWith(tb testing.TB, options storesim.Options) *World {
	tb.Helper()
	options.AccessTokens = append(options.AccessTokens, Token)
	sim, err := storesim.Start(options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(sim.Close)
	w := &World{Sim: sim, Dir: tb.TempDir(), tb: tb}
	tb.Cleanup(w.wellBehaved)
	w.ApplicationID = sim.AddApplication(storesim.Application{})
	w.FlightID = sim.AddFlight(w.ApplicationID, storesim.Flight{})
	return w
}

// Paged runs a test with a Store that links the pages of its lists, and with one that
// leaves it to its clients to count them out.
func Paged(t *testing.T, test func(t *testing.T, w *World)) {
	t.Helper()
	for name, link := range map[string]func(string) string{
		"with links":    nil,
		"without links": func(string) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := New(t)
			w.Sim.SetNextLink(link)
			test(t, w)
		})
	}
}

// Published starts a Store whose flight has a published submission with the
// package old.msix of version 0.9.0.0.
func Published(tb testing.TB) *World {
	tb.Helper()
	w := New(tb)
	w.Publish(storesim.Published{})
	return w
}

// Publish gives the flight a published submission, by default with old.msix.
func (w *World) Publish(p storesim.Published) (submissionID string) {
	if p.Packages == nil {
		p.Packages = []storesim.Package{{FileName: "old.msix", Content: msixtest.Package(msixtest.Manifest{Version: "0.9.0.0"})}}
	}
	return w.Sim.AddPublishedSubmission(w.ApplicationID, w.FlightID, p)
}

// Package writes a package file and returns its path with forward slashes, as
// configurations have it.
func (w *World) Package(name string, m msixtest.Manifest) string {
	w.tb.Helper()
	return filepath.ToSlash(msixtest.WritePackage(w.tb, w.Dir, name, m))
}

// File writes any file, likewise.
func (w *World) File(name string, content []byte) string {
	w.tb.Helper()
	return filepath.ToSlash(msixtest.WriteFile(w.tb, w.Dir, name, content))
}

// Config is a configuration of the provider block of this world and the given blocks.
func (w *World) Config(blocks ...string) string {
	return w.ProviderArguments().Block(Provider) + strings.Join(blocks, "")
}

// ProviderArguments are those of the provider block of [World.Config].
func (w *World) ProviderArguments() Arguments {
	return Arguments{"endpoint": w.Sim.URL(), "access_token": Token, "poll_interval": "1ms", "requests_per_minute": 0}
}

// Calling is a configuration that calls functions. It has a provider block only if the
// CLI configures the provider for that.
func (w *World) Calling(config string) string {
	w.tb.Helper()
	required := Block("terraform", `required_providers {`, `  msstore = { source = "terraform-msstore/msstore" }`, `}`)
	if Has(w.tb, BareFunctions) {
		return required + config
	}
	return required + w.Config(config)
}

// Submission is a configuration of the block [Submission] with the given further
// arguments.
func (w *World) Submission(arguments ...string) string {
	return w.Config(w.Block(Submission, arguments...))
}

// Block is a [Block] about the world's flight.
func (w *World) Block(header string, arguments ...string) string {
	return Block(header, append([]string{fmt.Sprintf("application_id = %q", w.ApplicationID), fmt.Sprintf("flight_id = %q", w.FlightID)}, arguments...)...)
}

// Packages is the packages argument for local files.
func Packages(sources ...string) string {
	var b strings.Builder
	b.WriteString("packages = [")
	for _, s := range sources {
		fmt.Fprintf(&b, "{ source = %q },", s)
	}
	b.WriteString("]")
	return b.String()
}

// Server makes the provider, in the process of the test.
func Server(surroundings provider.Surroundings) (tfprotov6.ProviderServer, error) {
	return provider.Server(provider.NewIn("test", isolated(surroundings))())
}

// isolated hides the machine's environment variables, unless the test brings
// some, and makes retries immediate.
func isolated(surroundings provider.Surroundings) provider.Surroundings {
	if surroundings.LookupEnv == nil {
		surroundings.LookupEnv = func(string) (string, bool) { return "", false }
	}
	if surroundings.RetryDelay == 0 {
		surroundings.RetryDelay = time.Millisecond
	}
	return surroundings
}

// Pending is the flight's pending submission; it fails the test if there is none.
func (w *World) Pending() (string, storesim.Submission) {
	w.tb.Helper()
	flight, _ := w.Sim.Flight(w.ApplicationID, w.FlightID)
	return w.submission(flight.PendingSubmissionID, "pending")
}

// LastPublished is the flight's last published submission; it fails the test if
// there is none.
func (w *World) LastPublished() (string, storesim.Submission) {
	w.tb.Helper()
	flight, _ := w.Sim.Flight(w.ApplicationID, w.FlightID)
	return w.submission(flight.LastPublishedSubmissionID, "published")
}

func (w *World) submission(id, kind string) (string, storesim.Submission) {
	w.tb.Helper()
	s, ok := w.Sim.Submission(w.ApplicationID, w.FlightID, id)
	if !ok {
		w.tb.Fatalf("the flight has no %s submission", kind)
	}
	return id, s
}

// AdvanceTo moves a submission on until it has this status.
func (w *World) AdvanceTo(submissionID, status string) {
	w.tb.Helper()
	for range 10 {
		if w.Sim.Advance(submissionID) == status {
			return
		}
	}
	w.tb.Fatalf("submission %s never gets to %s", submissionID, status)
}

// OnlyReads fails the test if anything but a read reached the Store since the
// requests were reset.
func (w *World) OnlyReads() {
	w.tb.Helper()
	for _, r := range w.Sim.Requests() {
		if !slices.Contains([]string{"GET", "HEAD"}, r.Method) {
			w.tb.Errorf("%s %s was sent (%s)", r.Method, r.Path, r.Operation)
		}
	}
}

// wellBehaved fails the test if a request did what no client may do, or did not
// send back untouched what the client does not know.
func (w *World) wellBehaved() {
	for _, v := range w.Sim.Violations() {
		w.tb.Errorf("violation: %s", v)
	}
	for _, e := range w.Sim.Events(storesim.EventUpdated) {
		if e.LostMembers != nil {
			w.tb.Errorf("an update of submission %s lost %v", e.SubmissionID, e.LostMembers)
		}
	}
}
