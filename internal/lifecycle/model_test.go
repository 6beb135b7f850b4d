package lifecycle_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// file is a package file that the configuration names.
type file struct{ name, path, digest string }

// machine is one world with one resource in it, and the model: what the user
// wants, and what may excuse that an apply fails.
type machine struct {
	ctx    context.Context
	dir    string
	sim    *storesim.Sim
	core   *core
	app    string
	flight string

	built   int // packages built so far; each build has a version of its own
	files   map[string]file
	notes   string
	draft   bool
	waitFor string
	policy  string

	// armed is how many failures of a stage were asked for.
	armed     int
	injection *storesim.Injection
}

func newMachine(t *rapid.T, dir string) *machine {
	sim, err := storesim.Start(storesim.Options{AccessTokens: []string{acctest.Token}})
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{ctx: context.Background(), dir: dir, sim: sim, files: map[string]file{}, waitFor: "publish", policy: "fail"}
	m.app = sim.AddApplication(storesim.Application{})
	m.flight = sim.AddFlight(m.app, storesim.Flight{})
	if rapid.Bool().Draw(t, "published before") {
		old := msixtest.Package(msixtest.Manifest{Version: "0.9.0.0"})
		sim.AddPublishedSubmission(m.app, m.flight, storesim.Published{Packages: []storesim.Package{{FileName: "old.msix", Content: old}}})
	}
	m.core, err = newCore(m.ctx, map[string]string{"endpoint": sim.URL(), "access_token": acctest.Token, "poll_interval": "1ms"})
	if err != nil {
		t.Fatal(err)
	}
	m.build(t, "x64")
	return m
}

// build makes the next version of the package for an architecture.
func (m *machine) build(t *rapid.T, architecture string) {
	m.built++
	content := msixtest.Package(msixtest.Manifest{Version: fmt.Sprintf("1.%d.0.0", m.built), Architecture: architecture})
	sum := sha256.Sum256(content)
	f := file{name: architecture + ".msix", digest: hex.EncodeToString(sum[:])}
	f.path = filepath.Join(m.dir, fmt.Sprintf("%p-%d", m, m.built), f.name)
	if err := os.MkdirAll(filepath.Dir(f.path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	m.files[architecture] = f
}

// arguments is the configuration that the model stands for.
func (m *machine) arguments() attributes {
	text := func(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
	list, _ := m.core.object.AttributeTypes["packages"].(tftypes.List)
	element, _ := list.ElementType.(tftypes.Object)
	var packages []tftypes.Value
	for _, f := range m.wanted() {
		p := map[string]tftypes.Value{}
		for name, kind := range element.AttributeTypes {
			p[name] = tftypes.NewValue(kind, nil)
		}
		p["source"] = text(f.path)
		packages = append(packages, tftypes.NewValue(element, p))
	}
	a := attributes{
		"application_id": text(m.app), "flight_id": text(m.flight),
		"packages": tftypes.NewValue(list, packages),
		"commit":   tftypes.NewValue(tftypes.Bool, !m.draft), "pending_submission_policy": text(m.policy),
	}
	if !m.draft {
		a["wait_for"] = text(m.waitFor)
	}
	if m.notes != "" {
		a["notes_for_certification"] = text(m.notes)
	}
	return a
}

func (m *machine) wanted() []file {
	var files []file
	for _, architecture := range []string{"x64", "arm64", "x86"} {
		if f, ok := m.files[architecture]; ok {
			files = append(files, f)
		}
	}
	return files
}

// submission is the one that occupies the flight's slot, if one does.
func (m *machine) pending() (storesim.Submission, bool) {
	flight, _ := m.sim.Flight(m.app, m.flight)
	if flight.PendingSubmissionID == "" {
		return storesim.Submission{}, false
	}
	return m.sim.Submission(m.app, m.flight, flight.PendingSubmissionID)
}

// unspent is how many of the failures of a stage are still to come.
func (m *machine) unspent() int {
	spent := 0
	for _, e := range m.sim.Events(storesim.EventStatus) {
		if strings.HasSuffix(e.Detail, "Failed") {
			spent++
		}
	}
	return m.armed - spent
}

// excused tells whether something stands in the way of an apply.
func (m *machine) excused() bool {
	s, found := m.pending()
	blocked := found && (s.InPortal || s.EditedInPortal)
	busy := found && s.Status != storesim.StatusPendingCommit && !strings.HasSuffix(s.Status, "Failed") && s.Status != storesim.StatusCanceled
	// A draft or failed submission that the state does not know is refused by the policy.
	foreign := found && s.ID != m.core.text("submission_id") && m.policy == "fail"
	return m.unspent() > 0 || blocked || busy || foreign
}

// apply runs an apply and checks what must hold after it.
func (m *machine) apply(t *rapid.T) {
	excused := m.excused()
	err := m.core.apply(m.ctx, m.arguments())
	if err != nil && strings.Contains(err.Error(), "bug:") {
		t.Fatalf("%v", err)
	}
	if m.injection != nil {
		excused = excused || m.injection.Hits() > 0
		m.injection.Remove()
		m.injection = nil
	}
	if err != nil {
		if !excused {
			t.Fatalf("apply failed without an excuse: %v", err)
		}
		t.Logf("apply failed, excused: %v", err)
		return
	}
	m.check(t)
}

// check is what must hold after an apply that went well.
func (m *machine) check(t *rapid.T) {
	id := m.core.text("submission_id")
	s, ok := m.sim.Submission(m.app, m.flight, id)
	if !ok || s.Deleted {
		t.Fatalf("the state has the submission %q, which is not in the Store", id)
	}
	if flight, _ := m.sim.Flight(m.app, m.flight); flight.PendingSubmissionID != id && flight.LastPublishedSubmissionID != id {
		t.Fatalf("submission %s is neither pending nor published: %+v", id, flight)
	}
	if s.Notes != m.notes {
		t.Fatalf("the notes are %q, not %q", s.Notes, m.notes)
	}
	m.checkPackages(t, s)
	if s.Status == storesim.StatusPendingCommit && !m.draft {
		t.Fatalf("submission %s was not committed", id)
	}
	if m.waitFor == "publish" && !m.draft && s.Status != storesim.StatusPublished {
		t.Fatalf("submission %s is %s", id, s.Status)
	}
	if same, err := m.core.noChange(m.ctx, m.arguments()); err != nil || !same {
		t.Fatalf("the plan after the apply is not empty (%v)", err)
	}
}

// checkPackages compares the bytes that the Store has, in packages or in the
// uploaded archive, with the wanted files.
func (m *machine) checkPackages(t *rapid.T, s storesim.Submission) {
	uploaded, _ := m.sim.Archive(s.ID)
	var got, want []string
	for _, p := range s.Packages {
		switch {
		case p.FileStatus == "PendingDelete":
		case p.SHA256 != "":
			got = append(got, p.FileName+" "+p.SHA256)
		default:
			got = append(got, p.FileName+" "+uploaded[p.FileName])
		}
	}
	for _, f := range m.wanted() {
		want = append(want, f.name+" "+f.digest)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("submission %s (%s) has the packages %q, want %q", s.ID, s.Status, got, want)
	}
}

// calm takes everything out of the way that only people can.
func (m *machine) calm(t *rapid.T) {
	s, found := m.pending()
	switch {
	case !found:
	case s.Status == storesim.StatusPendingCommit && (s.InPortal || s.EditedInPortal):
		m.sim.DeleteInPortal(s.ID)
	case s.Status == storesim.StatusPendingCommit, strings.HasSuffix(s.Status, "Failed"), s.Status == storesim.StatusCanceled:
		if s.InPortal || s.EditedInPortal {
			m.sim.DeleteInPortal(s.ID)
		}
	default:
		for range 10 {
			status := m.sim.Advance(s.ID)
			if status == storesim.StatusPublished || strings.HasSuffix(status, "Failed") {
				break
			}
		}
	}
	m.draft, m.waitFor, m.policy = false, "publish", "replace"
	var err error
	for range 2 + m.unspent() {
		if err = m.core.apply(m.ctx, m.arguments()); err == nil {
			m.check(t)
			return
		}
	}
	t.Fatalf("two undisturbed applies do not put it right: %v", err)
}

// checks is how many sequences run by default; -rapid.checks asks for more.
const checks = "20"

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", checks); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t, dir)
		defer m.sim.Close()
		t.Repeat(map[string]func(*rapid.T){
			"":                m.violations,
			"apply":           m.apply,
			"apply once more": m.apply,
			"build": func(t *rapid.T) {
				m.build(t, rapid.SampledFrom([]string{"x64", "arm64", "x86"}).Draw(t, "architecture"))
			},
			"drop a package": m.dropPackage,
			"change notes": func(t *rapid.T) {
				m.notes = rapid.SampledFrom([]string{"", "look here", "look there"}).Draw(t, "notes")
			},
			"change commit": func(t *rapid.T) { m.draft = rapid.Bool().Draw(t, "draft") },
			"change waiting": func(t *rapid.T) {
				m.waitFor = rapid.SampledFrom([]string{"none", "commit", "certification", "publish"}).Draw(t, "goal")
			},
			"change policy":  func(t *rapid.T) { m.policy = rapid.SampledFrom([]string{"fail", "replace", "adopt"}).Draw(t, "policy") },
			"destroy":        m.destroy,
			"import":         m.importAgain,
			"time passes":    m.timePasses,
			"fail a stage":   m.failStage,
			"edit in portal": m.editInPortal,
			"cancel":         m.cancel,
			"delete":         m.deleteInPortal,
			"disturb":        m.disturb,
		})
		m.calm(t)
		m.violations(t)
	})
}

func (m *machine) violations(t *rapid.T) {
	if v := m.sim.Violations(); len(v) > 0 {
		t.Fatalf("violations: %q", v)
	}
}

func (m *machine) dropPackage(t *rapid.T) {
	if len(m.files) < 2 {
		t.Skip("the last one stays")
	}
	for _, architecture := range []string{"x86", "arm64", "x64"} {
		if _, ok := m.files[architecture]; ok {
			delete(m.files, architecture)
			return
		}
	}
}

func (m *machine) destroy(t *rapid.T) {
	excused := m.excused()
	if err := m.core.destroy(m.ctx); err != nil && !excused && m.injection == nil {
		t.Fatalf("destroy failed without an excuse: %v", err)
	}
}

// importAgain is what somebody does whose state was lost.
func (m *machine) importAgain(t *rapid.T) {
	flight, _ := m.sim.Flight(m.app, m.flight)
	if flight.PendingSubmissionID == "" && flight.LastPublishedSubmissionID == "" {
		t.Skip("nothing to import")
	}
	if err := m.core.importState(m.ctx, m.app+"/"+m.flight); err != nil && m.injection == nil {
		t.Fatalf("import: %v", err)
	}
}

func (m *machine) timePasses(t *rapid.T) {
	s, found := m.pending()
	if !found || s.Status == storesim.StatusPendingCommit {
		t.Skip("nothing moves by itself")
	}
	for range rapid.IntRange(1, 6).Draw(t, "stages") {
		m.sim.Advance(s.ID)
	}
}

func (m *machine) failStage(t *rapid.T) {
	m.sim.FailAt(rapid.SampledFrom([]string{"CommitFailed", "PreProcessingFailed", "CertificationFailed", "ReleaseFailed", "PublishFailed"}).Draw(t, "stage"),
		storesim.StatusDetail{Code: "Other", Details: "a bad day"})
	m.armed++
}

func (m *machine) editInPortal(t *rapid.T) {
	s, found := m.pending()
	if !found || s.Status != storesim.StatusPendingCommit {
		t.Skip("no draft")
	}
	m.sim.EditInPortal(s.ID)
}

func (m *machine) cancel(t *rapid.T) {
	s, found := m.pending()
	if !found || s.Status == storesim.StatusPendingCommit {
		t.Skip("nothing to cancel")
	}
	m.sim.Cancel(s.ID)
}

func (m *machine) deleteInPortal(t *rapid.T) {
	s, found := m.pending()
	if !found {
		t.Skip("nothing to delete")
	}
	m.sim.DeleteInPortal(s.ID)
}

// disturb loses or refuses one of the next requests.
func (m *machine) disturb(t *rapid.T) {
	if m.injection != nil {
		m.injection.Remove()
	}
	m.injection = m.sim.Inject(storesim.Fault{
		Operation: rapid.SampledFrom([]storesim.Operation{
			storesim.GetFlight, storesim.GetSubmission, storesim.CreateSubmission, storesim.UpdateSubmission, storesim.CommitSubmission,
			storesim.DeleteSubmission, storesim.GetSubmissionStatus, storesim.PutBlock, storesim.PutBlockList,
		}).Draw(t, "operation"),
		Times: rapid.IntRange(1, 8).Draw(t, "times"),
		Action: rapid.SampledFrom([]storesim.Action{
			storesim.DropBefore{}, storesim.DropAfter{}, storesim.Refuse{Status: 503}, storesim.ErrorAfter{Status: 503}, storesim.Truncate{}, storesim.EmptyBody{}, storesim.HTMLBody{},
		}).Draw(t, "action"),
	})
}
