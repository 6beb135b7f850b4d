package lifecycle_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"pgregory.net/rapid"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// file is a package file that the configuration names.
type file struct {
	name, path, digest string
	content            []byte
}

// machine is one world with one resource in it, and the model: what the user
// wants, and what may excuse that an apply fails.
type machine struct {
	ctx    context.Context
	dir    string
	sim    *storesim.Sim
	core   *terraformCore
	app    string
	flight string
	first  string // the draft that came with the flight, empty if it was published

	built   int // packages built so far; each build has a version of its own
	files   map[string]file
	older   []file // what files were before, in the order in which they were built
	keep    int    // keep_previous_packages
	notes   string
	secret  int    // notes_for_certification_wo_version in place of notes, 0 for none
	mode    string // target_publish_mode
	rollout int    // initial_percentage, 0 for none
	draft   bool
	waitFor string
	policy  string // pending_submission_policy
	ending  string // active_rollout_policy

	// imported says that the state was imported and nothing was written since: it
	// does not know the notes.
	imported bool
	// others are the submissions that somebody else published and no apply has taken
	// over.
	others map[string]bool
	// unseen are the submissions of whose commit the state does not know: while the
	// Store lags it calls them drafts.
	unseen  map[string]bool
	lagging bool
	// losing are the submissions that the Store publishes without their packages.
	losing map[string]bool
	// armed is how many failures of a stage were asked for.
	armed     int
	injection *storesim.Injection
}

func newMachine(t *rapid.T, p *acctest.Protocol, w *acctest.World) *machine {
	m := &machine{
		ctx: context.Background(), dir: w.Dir, sim: w.Sim, app: w.ApplicationID, flight: w.FlightID, core: newCore(p, w),
		files: map[string]file{}, losing: map[string]bool{}, others: map[string]bool{}, unseen: map[string]bool{},
		mode: "Immediate", waitFor: "publish", policy: "fail", ending: "fail",
	}
	if rapid.Bool().Draw(t, "published before") {
		w.Publish(storesim.Published{})
	}
	flight, _ := m.sim.Flight(m.app, m.flight)
	m.first = flight.PendingSubmissionID
	m.build(t, "x64")
	return m
}

// pack makes a package of a version that nobody has had.
func (m *machine) pack(architecture string) file {
	m.built++
	content := msixtest.Package(msixtest.Manifest{Version: fmt.Sprintf("1.%d.0.0", m.built), Architecture: architecture})
	sum := sha256.Sum256(content)
	return file{name: architecture + ".msix", digest: hex.EncodeToString(sum[:]), content: content}
}

// build makes the next version of the package for an architecture.
func (m *machine) build(t *rapid.T, architecture string) {
	f := m.pack(architecture)
	f.path = filepath.Join(m.dir, fmt.Sprintf("build-%d", m.built), f.name)
	if err := os.MkdirAll(filepath.Dir(f.path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.path, f.content, 0o600); err != nil {
		t.Fatal(err)
	}
	if before, ok := m.files[architecture]; ok {
		m.older = append(m.older, before)
	}
	m.files[architecture] = f
}

// goal is what wait_for says: nobody waits for what a person has to publish.
func (m *machine) goal() string {
	if m.mode == "Manual" && m.waitFor == "publish" {
		return "certification"
	}
	return m.waitFor
}

// arguments is the configuration that the model stands for.
func (m *machine) arguments() acctest.Arguments {
	var packages []any
	for _, f := range m.wanted() {
		packages = append(packages, acctest.Arguments{"source": f.path})
	}
	a := acctest.Arguments{
		"application_id": m.app, "flight_id": m.flight, "packages": packages, "keep_previous_packages": m.keep, "commit": !m.draft,
		"pending_submission_policy": m.policy, "active_rollout_policy": m.ending, "target_publish_mode": m.mode,
	}
	if !m.draft {
		a["wait_for"] = m.goal()
	}
	if m.rollout > 0 {
		a["package_rollout"] = acctest.Arguments{"initial_percentage": m.rollout}
	}
	switch {
	case m.secret > 0:
		a["notes_for_certification_wo"], a["notes_for_certification_wo_version"] = m.wantedNotes(), m.secret
	case m.notes != "":
		a["notes_for_certification"] = m.notes
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

// wantedNotes are the notes for certification, secret or not.
func (m *machine) wantedNotes() string {
	if m.secret > 0 {
		return fmt.Sprintf("secret %d", m.secret)
	}
	return m.notes
}

// pending is the submission that occupies the flight's slot, if one does.
func (m *machine) pending() (storesim.Submission, bool) {
	flight, _ := m.sim.Flight(m.app, m.flight)
	return m.submission(flight.PendingSubmissionID)
}

// published is the flight's last published submission, if there is one.
func (m *machine) published() (storesim.Submission, bool) {
	flight, _ := m.sim.Flight(m.app, m.flight)
	return m.submission(flight.LastPublishedSubmissionID)
}

func (m *machine) submission(id string) (storesim.Submission, bool) {
	if id == "" {
		return storesim.Submission{}, false
	}
	s, found := m.sim.Submission(m.app, m.flight, id)
	return s, found && !s.Deleted
}

// own tells whether the state knows the submission.
func (m *machine) own(s storesim.Submission) bool {
	return s.ID != "" && s.ID == m.core.submissionID()
}

func underWay(s storesim.Submission) bool {
	return s.Status != storesim.StatusPendingCommit && !failed(s)
}

func failed(s storesim.Submission) bool {
	return strings.HasSuffix(s.Status, "Failed") || s.Status == storesim.StatusCanceled
}

func rolloutLive(r storesim.Rollout) bool { return r.Enabled && r.Status == "PackageRolloutInProgress" }

// difference says what of the configuration the submission does not have, empty for
// nothing. Notes that are not wanted have done their work once they are committed.
func (m *machine) difference(s storesim.Submission) string {
	done := s.Status != storesim.StatusPendingCommit || m.imported
	if want := m.wantedNotes(); s.Notes != want && (want != "" || !done) {
		return fmt.Sprintf("the notes are %q, not %q", s.Notes, want)
	}
	if s.PublishMode != m.mode {
		return fmt.Sprintf("the publish mode is %s, not %s", s.PublishMode, m.mode)
	}
	if s.MandatoryUpdate {
		return "the update is mandatory"
	}
	return m.packageDifference(s)
}

// rolloutDifference says what of the wanted rollout the submission does not have. The
// state's submission, once committed, leaves its rollout to others; what somebody
// else has published counts only where it keeps packages from testers.
func (m *machine) rolloutDifference(s storesim.Submission) string {
	same := s.Rollout.Enabled == (m.rollout > 0) && (m.rollout == 0 || int(s.Rollout.Percentage) == m.rollout)
	switch {
	case same, m.own(s) && !m.others[s.ID] && s.Status != storesim.StatusPendingCommit:
		return ""
	case s.Status == storesim.StatusPublished && (m.rollout > 0 || !rolloutLive(s.Rollout)):
		return ""
	}
	return fmt.Sprintf("the rollout is %+v, not %d", s.Rollout, m.rollout)
}

// matches tells whether a submission is what is wanted, so that nothing has to be
// submitted.
func (m *machine) matches(s storesim.Submission) bool {
	return m.difference(s) == "" && m.rolloutDifference(s) == ""
}

// packageDifference compares the bytes that the Store has, in packages or in the
// uploaded archive, with the wanted files. Of each architecture as many more stay as
// are to be kept.
func (m *machine) packageDifference(s storesim.Submission) string {
	uploaded, _ := m.sim.Archive(s.ID)
	more := map[string]string{} // architectures
	leaving := map[string]int{} // by architecture
	for _, p := range s.Packages {
		if p.FileStatus == "PendingDelete" {
			leaving[p.Architecture]++
		} else {
			more[p.FileName+" "+cmp.Or(p.SHA256, uploaded[p.FileName])] = p.Architecture
		}
	}
	for _, f := range m.wanted() {
		if _, ok := more[f.name+" "+f.digest]; !ok {
			return fmt.Sprintf("it lacks %s %s: %q", f.name, f.digest, more)
		}
		delete(more, f.name+" "+f.digest)
	}
	kept := map[string]int{}
	for _, architecture := range more {
		kept[architecture]++
	}
	// What the Store has not read yet has no architecture, and was never there to keep.
	for _, architecture := range []string{"", "x64", "arm64", "x86"} {
		if n := kept[architecture]; n > 0 && architecture == "" || n != min(m.keep, n+leaving[architecture]) {
			return fmt.Sprintf("%d packages of %s are kept: %q", n, architecture, more)
		}
	}
	return ""
}

// forget notes that the state does not know of the commit of what is under way.
func (m *machine) forget() {
	if s, found := m.pending(); found && underWay(s) {
		m.unseen[s.ID] = true
	}
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

// obstacle says what stands in the way of an apply, empty for nothing. A lost state
// and a killed run are none, unless they leave a draft that may be a stranger's.
func (m *machine) obstacle() string {
	s, found := m.pending()
	own := found && m.own(s)
	last, released := m.published()
	isPublished := released && (!m.draft || m.own(last)) && m.matches(last)
	isPortals := found && !underWay(s) && (s.InPortal || s.EditedInPortal)
	// The flight comes with an empty draft that belongs to nobody.
	isForeign := found && !own && (released || failed(s) || len(s.Packages) > 0)
	switch {
	case m.unspent() > 0:
		return "a stage fails"
	case found && underWay(s) && m.lagging && m.unseen[s.ID]:
		return "the Store still calls the submission a draft"
	case found && m.losing[s.ID]:
		return "the Store loses packages"
	case own && isPortals:
		return "the draft is Partner Center's"
	case own && underWay(s) && m.core.tainted:
		return "a submission under way cannot be replaced"
	case own && underWay(s) && !m.matches(s):
		return "the submission before is under way"
	case isPublished:
		return ""
	case found && underWay(s) && !m.matches(s):
		return "another submission is under way"
	case found && underWay(s):
		return ""
	case isPortals:
		return "the draft is Partner Center's"
	case isForeign && m.policy == "fail":
		return "the policy forbids it"
	case released && rolloutLive(last.Rollout) && m.ending == "fail":
		return "the rollout is live"
	}
	return ""
}
