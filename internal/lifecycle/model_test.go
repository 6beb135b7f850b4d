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
	older   []file // what files were before, in the order in which they were built
	notes   string
	mode    string // target_publish_mode
	rollout int    // initial_percentage, 0 for none
	draft   bool
	waitFor string
	policy  string // pending_submission_policy
	ending  string // active_rollout_policy

	// imported says that the state was imported and nothing was applied since: it
	// does not know yet which bytes the submission's packages have.
	imported bool

	// armed is how many failures of a stage were asked for.
	armed     int
	injection *storesim.Injection
	// deletionLag is how many looks a deleted submission goes on to occupy the flight.
	deletionLag int
}

func newMachine(t *rapid.T, dir string) *machine {
	sim, err := storesim.Start(storesim.Options{AccessTokens: []string{acctest.Token}})
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{ctx: context.Background(), dir: dir, sim: sim, files: map[string]file{}, mode: "Immediate", waitFor: "publish", policy: "fail", ending: "fail"}
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
	if before, ok := m.files[architecture]; ok {
		m.older = append(m.older, before)
	}
	m.files[architecture] = f
}

// revert goes back to a package that was there before.
func (m *machine) revert(t *rapid.T) {
	if len(m.older) == 0 {
		t.Skip("nothing was there before")
	}
	f := rapid.SampledFrom(m.older).Draw(t, "file")
	m.files[strings.TrimSuffix(f.name, ".msix")] = f
}

// goal is what wait_for says: nobody waits for what a person has to publish.
func (m *machine) goal() string {
	if m.mode == "Manual" && m.waitFor == "publish" {
		return "certification"
	}
	return m.waitFor
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
		"active_rollout_policy": text(m.ending), "target_publish_mode": text(m.mode),
	}
	if !m.draft {
		a["wait_for"] = text(m.goal())
	}
	if m.rollout > 0 {
		kind, _ := m.core.object.AttributeTypes["package_rollout"].(tftypes.Object)
		a["package_rollout"] = tftypes.NewValue(kind, map[string]tftypes.Value{"initial_percentage": tftypes.NewValue(tftypes.Number, m.rollout)})
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
	s, found := m.sim.Submission(m.app, m.flight, flight.PendingSubmissionID)
	return s, found && !s.Deleted
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
	own := found && s.ID == m.core.text("submission_id")
	blocked := found && (s.InPortal || s.EditedInPortal)
	// Nothing can be done about what is under way but to wait for it, if it is ours and
	// what is wanted.
	busy := found && underWay(s) && (!own || m.imported || m.core.tainted || m.draft || m.lacks(s) != "")
	// A draft or failed submission that the state does not know is refused by the policy.
	foreign := found && !own && m.policy == "fail"
	return m.unspent() > 0 || blocked || busy || foreign || m.rollingOut()
}

func underWay(s storesim.Submission) bool {
	return s.Status != storesim.StatusPendingCommit && !strings.HasSuffix(s.Status, "Failed") && s.Status != storesim.StatusCanceled
}

// rollingOut tells whether a live rollout stops the next submission.
func (m *machine) rollingOut() bool {
	flight, _ := m.sim.Flight(m.app, m.flight)
	s, found := m.sim.Submission(m.app, m.flight, flight.LastPublishedSubmissionID)
	return found && m.ending == "fail" && s.Rollout.Enabled && s.Rollout.Status == "PackageRolloutInProgress"
}

// lacks says what of the configuration the submission does not have, empty for
// nothing.
func (m *machine) lacks(s storesim.Submission) string {
	if s.Notes != m.notes {
		return fmt.Sprintf("the notes are %q, not %q", s.Notes, m.notes)
	}
	if s.PublishMode != m.mode {
		return fmt.Sprintf("the publish mode is %s, not %s", s.PublishMode, m.mode)
	}
	return m.lacksPackages(s)
}

// apply runs an apply and checks what must hold after it.
func (m *machine) apply(t *rapid.T) {
	excused, commits := m.excused(), len(m.sim.Events(storesim.EventCommitted))
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
	m.imported = false
	m.check(t, commits)
}

// check is what must hold after an apply that went well; commits is how many there
// were before.
func (m *machine) check(t *rapid.T, commits int) {
	id := m.core.text("submission_id")
	s, ok := m.sim.Submission(m.app, m.flight, id)
	if !ok || s.Deleted {
		t.Fatalf("the state has the submission %q, which is not in the Store", id)
	}
	if flight, _ := m.sim.Flight(m.app, m.flight); flight.PendingSubmissionID != id && flight.LastPublishedSubmissionID != id {
		t.Fatalf("submission %s is neither pending nor published: %+v", id, flight)
	}
	if lacks := m.lacks(s); lacks != "" {
		t.Fatalf("submission %s (%s): %s", s.ID, s.Status, lacks)
	}
	// Once it was committed, a submission keeps the rollout that it was given.
	if now := len(m.sim.Events(storesim.EventCommitted)); now > commits || s.Status == storesim.StatusPendingCommit {
		if s.Rollout.Enabled != (m.rollout > 0) || m.rollout > 0 && int(s.Rollout.Percentage) != m.rollout {
			t.Fatalf("the rollout is %+v, not %d", s.Rollout, m.rollout)
		}
	}
	if s.Status == storesim.StatusPendingCommit && !m.draft {
		t.Fatalf("submission %s was not committed", id)
	}
	if m.goal() == "publish" && !m.draft && s.Status != storesim.StatusPublished {
		t.Fatalf("submission %s is %s", id, s.Status)
	}
	if same, err := m.core.noChange(m.ctx, m.arguments()); err != nil || !same {
		t.Fatalf("the plan after the apply is not empty (%v)", err)
	}
}

// lacksPackages compares the bytes that the Store has, in packages or in the
// uploaded archive, with the wanted files.
func (m *machine) lacksPackages(s storesim.Submission) string {
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
		return fmt.Sprintf("the packages are %q, not %q", got, want)
	}
	return ""
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
		m.sim.PublishNow(s.ID)
		for range 10 {
			status := m.sim.Advance(s.ID)
			if status == storesim.StatusPublished || strings.HasSuffix(status, "Failed") {
				break
			}
		}
	}
	m.draft, m.mode, m.waitFor, m.policy, m.ending = false, "Immediate", "publish", "replace", "finalize"
	m.sim.SetCommitLag(0)
	m.sim.SetDeletionLag(0)
	var err error
	for range 2 + m.unspent() {
		commits := len(m.sim.Events(storesim.EventCommitted))
		if err = m.core.apply(m.ctx, m.arguments()); err == nil {
			m.check(t, commits)
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
			"change rollout": func(t *rapid.T) { m.rollout = rapid.SampledFrom([]int{0, 0, 10, 50}).Draw(t, "percentage") },
			"change ending": func(t *rapid.T) {
				m.ending = rapid.SampledFrom([]string{"fail", "finalize", "halt"}).Draw(t, "policy")
			},
			"change mode": func(t *rapid.T) { m.mode = rapid.SampledFrom([]string{"Immediate", "Manual"}).Draw(t, "mode") },
			"revert":      m.revert,
			"lag": func(t *rapid.T) {
				m.sim.SetCommitLag(rapid.IntRange(0, 3).Draw(t, "after commits"))
				m.deletionLag = max(m.deletionLag, rapid.IntRange(0, 3).Draw(t, "after deletions"))
				m.sim.SetDeletionLag(m.deletionLag)
			},
			"publish in portal": m.publishInPortal,
			"destroy":           m.destroy,
			"import":            m.importAgain,
			"time passes":       m.timePasses,
			"fail a stage":      m.failStage,
			"edit in portal":    m.editInPortal,
			"cancel":            m.cancel,
			"delete":            m.deleteInPortal,
			"disturb":           m.disturb,
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
	id := m.core.text("submission_id")
	s, found := m.pending()
	excused := m.injection != nil || found && s.ID == id && (underWay(s) || s.InPortal || s.EditedInPortal)
	if err := m.core.destroy(m.ctx); err != nil {
		if !excused {
			t.Fatalf("destroy failed without an excuse: %v", err)
		}
		return
	}
	m.imported = false
	if s, found := m.pending(); found && s.ID == id {
		if flight, _ := m.sim.Flight(m.app, m.flight); flight.LastPublishedSubmissionID != "" || s.Status != storesim.StatusPendingCommit || len(s.Packages) > 0 {
			t.Fatalf("submission %s is destroyed and still there: %+v", id, s)
		}
	}
}

func (m *machine) publishInPortal(t *rapid.T) {
	s, found := m.pending()
	if !found || s.Status != storesim.StatusRelease {
		t.Skip("nothing waits for it")
	}
	m.sim.PublishNow(s.ID)
}

// importAgain is what somebody does whose state was lost.
func (m *machine) importAgain(t *rapid.T) {
	flight, _ := m.sim.Flight(m.app, m.flight)
	if flight.PendingSubmissionID == "" && flight.LastPublishedSubmissionID == "" {
		t.Skip("nothing to import")
	}
	m.imported = true
	// A flight may name a submission for a while that was deleted.
	excused := m.injection != nil || flight.PendingSubmissionID == "" && m.deletionLag > 0
	if err := m.core.importState(m.ctx, m.app+"/"+m.flight); err != nil && !excused {
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
