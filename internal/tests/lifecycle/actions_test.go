package lifecycle_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// actions are what happens: what the user does, what others do in Partner Center,
// and what the world does to both. The one without a name checks what always holds.
func (m *machine) actions() map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){
		"":                m.violations,
		"apply":           m.apply,
		"apply once more": m.apply,
		"apply, killed":   m.kill,
		"destroy":         m.destroy,
		"import":          m.importAgain,
		"lose the state":  m.loseState,
		"lag":             m.lag,
		"time passes":     m.timePasses,
		"fail a stage":    m.failStage,
		"lose packages":   m.losePackages,
		"disturb":         m.disturb,
		"rename": func(t *rapid.T) {
			m.sim.RenameFlight(m.app, m.flight, rapid.StringMatching("[a-z]{3}").Draw(t, "name"))
		},
		"press publish":    m.pressPublish,
		"publish another":  m.publishAnother,
		"publish the same": m.publishSame,
		"draft another":    m.draftAnother,
		"edit a draft":     m.editDraft,
		"submit a draft":   m.submitDraft,
		"cancel":           m.cancel,
		"delete":           m.deleteInPortal,
		"end the rollout":  m.endRollout,
	}
	maps.Copy(all, m.edits())
	return all
}

// edits are changes of the configuration.
func (m *machine) edits() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"build": func(t *rapid.T) {
			m.build(t, rapid.SampledFrom([]string{"x64", "arm64", "x86"}).Draw(t, "architecture"))
		},
		"revert":         m.revert,
		"drop a package": m.dropPackage,
		"change notes": func(t *rapid.T) {
			m.notes = rapid.SampledFrom([]string{"", "look here", "look there"}).Draw(t, "notes")
			m.secret = rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "version")
		},
		"change keeping": func(t *rapid.T) { m.keep = rapid.SampledFrom([]int{0, 0, 1}).Draw(t, "previous packages") },
		"change commit":  func(t *rapid.T) { m.draft = rapid.Bool().Draw(t, "draft") },
		"change waiting": func(t *rapid.T) {
			m.waitFor = rapid.SampledFrom([]string{"none", "commit", "certification", "publish"}).Draw(t, "goal")
		},
		"change policy":  func(t *rapid.T) { m.policy = rapid.SampledFrom([]string{"fail", "replace", "adopt"}).Draw(t, "policy") },
		"change rollout": func(t *rapid.T) { m.rollout = rapid.SampledFrom([]int{0, 0, 10, 50}).Draw(t, "percentage") },
		"change ending": func(t *rapid.T) {
			m.ending = rapid.SampledFrom([]string{"fail", "finalize", "halt"}).Draw(t, "policy")
		},
		"change mode": func(t *rapid.T) { m.mode = rapid.SampledFrom([]string{"Immediate", "Manual"}).Draw(t, "mode") },
	}
}

// revert goes back to a package that was there before.
func (m *machine) revert(t *rapid.T) {
	if len(m.older) == 0 {
		t.Skip("nothing was there before")
	}
	f := m.older[rapid.IntRange(0, len(m.older)-1).Draw(t, "file")]
	m.files[strings.TrimSuffix(f.name, ".msix")] = f
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
	s, found := m.pending()
	own := found && m.own(s)
	excused := m.injection != nil || own && (underWay(s) || s.InPortal || s.EditedInPortal)
	if err := m.core.destroy(m.ctx); err != nil {
		if !excused {
			t.Fatalf("destroy failed without an excuse: %v", err)
		}
		return
	}
	m.imported = false
	if now, found := m.pending(); found && own && now.ID == s.ID {
		if _, released := m.published(); released || now.Status != storesim.StatusPendingCommit || len(now.Packages) > 0 {
			t.Fatalf("submission %s is destroyed and still there: %+v", s.ID, now)
		}
	}
}

// importAgain is what somebody does whose state was lost.
func (m *machine) importAgain(t *rapid.T) {
	_, pending := m.pending()
	_, published := m.published()
	if !pending && !published {
		t.Skip("nothing to import")
	}
	excused := m.injection != nil
	if err := m.core.importState(m.ctx, m.app+"/"+m.flight); err != nil && !excused {
		t.Fatalf("import: %v", err)
	}
	m.imported = true
	m.forget()
	delete(m.others, m.core.submissionID())
}

func (m *machine) loseState(*rapid.T) {
	m.core.state, m.core.private, m.core.tainted = tftypes.NewValue(m.core.object, nil), nil, false
	m.imported = false
	m.forget()
}

func (m *machine) lag(t *rapid.T) {
	lag := rapid.IntRange(0, 3).Draw(t, "after commits")
	m.lagging = m.lagging || lag > 0
	m.sim.SetCommitLag(lag)
	m.sim.SetDeletionLag(rapid.IntRange(0, 3).Draw(t, "after deletions"))
}

func (m *machine) timePasses(t *rapid.T) {
	s := m.needPending(t, underWay)
	for range rapid.IntRange(1, 6).Draw(t, "stages") {
		m.sim.Advance(s.ID)
	}
}

// needPending is the pending submission, if it is one of that kind.
func (m *machine) needPending(t *rapid.T, kind func(storesim.Submission) bool) storesim.Submission {
	s, found := m.pending()
	if !found || !kind(s) {
		t.Skip("none is pending")
	}
	return s
}

func isDraft(s storesim.Submission) bool { return s.Status == storesim.StatusPendingCommit }

// needRoom skips unless somebody may make another submission: the slot is free, or
// holds the flight's first draft that nobody has touched.
func (m *machine) needRoom(t *rapid.T) {
	last, _ := m.published()
	s, found := m.pending()
	touched := slices.ContainsFunc(m.sim.Events(storesim.EventUpdated, storesim.EventCommitted), func(e storesim.Event) bool { return e.SubmissionID == s.ID })
	if found && (s.ID != m.first || touched) || rolloutLive(last.Rollout) {
		t.Skip("there is no room")
	}
}

func (m *machine) failStage(t *rapid.T) {
	m.sim.FailAt(rapid.SampledFrom([]string{"CommitFailed", "PreProcessingFailed", "CertificationFailed", "ReleaseFailed", "PublishFailed"}).Draw(t, "stage"),
		storesim.StatusDetail{Code: "Other", Details: "a bad day"})
	m.armed++
}

func (m *machine) losePackages(t *rapid.T) {
	s := m.needPending(t, func(storesim.Submission) bool { _, found := m.published(); return found })
	m.sim.LosePackages(s.ID)
	m.losing[s.ID] = true
}

func (m *machine) pressPublish(t *rapid.T) {
	s := m.needPending(t, func(s storesim.Submission) bool { return s.Status == storesim.StatusRelease })
	m.sim.PublishNow(s.ID)
}

// publishAnother has somebody publish packages that nobody here wants, or such that
// were wanted before.
func (m *machine) publishAnother(t *rapid.T) {
	m.needRoom(t)
	f := m.pack("x64")
	if len(m.older) > 0 && rapid.Bool().Draw(t, "an older one") {
		f = m.older[rapid.IntRange(0, len(m.older)-1).Draw(t, "file")]
	}
	m.publish(t, []file{f})
}

func (m *machine) publishSame(t *rapid.T) {
	m.needRoom(t)
	m.publish(t, m.wanted())
}

func (m *machine) publish(t *rapid.T, files []file) {
	seed := storesim.Published{
		Notes:       rapid.SampledFrom([]string{"", m.wantedNotes(), "of somebody else"}).Draw(t, "notes"),
		PublishMode: rapid.SampledFrom([]string{m.mode, "Immediate", "Manual"}).Draw(t, "mode"),
		InPortal:    rapid.Bool().Draw(t, "in portal"),
	}
	if rapid.Bool().Draw(t, "with a rollout") {
		seed.Rollout = &storesim.Rollout{Percentage: 30}
	}
	for _, f := range files {
		seed.Packages = append(seed.Packages, storesim.Package{FileName: f.name, Content: f.content})
	}
	m.others[m.sim.AddPublishedSubmission(m.app, m.flight, seed)] = true
}

func (m *machine) draftAnother(t *rapid.T) {
	m.needRoom(t)
	draft := storesim.Draft{InPortal: rapid.Bool().Draw(t, "in portal"), Notes: "of somebody else"}
	if rapid.Bool().Draw(t, "with a package") {
		f := m.pack("x64")
		draft.Packages = []storesim.Package{{FileName: f.name, Content: f.content}}
	}
	m.sim.AddDraft(m.app, m.flight, draft)
}

func (m *machine) editDraft(t *rapid.T) {
	s := m.needPending(t, isDraft)
	var edit storesim.PortalEdit
	switch rapid.SampledFrom([]string{"nothing", "notes", "mode", "rollout", "packages"}).Draw(t, "edit") {
	case "notes":
		if m.secret == 0 { // No state has secret notes, so their change shows by the version only.
			edit.Notes = new("of somebody else")
		}
	case "mode":
		edit.PublishMode = new("Manual")
	case "rollout":
		edit.Rollout = &storesim.Rollout{Enabled: true, Percentage: 30}
	case "packages":
		for _, p := range s.Packages[:min(1, len(s.Packages))] {
			edit.RemovePackages = append(edit.RemovePackages, p.FileName)
		}
	}
	m.sim.EditInPortal(s.ID, edit)
}

func (m *machine) submitDraft(t *rapid.T) {
	s := m.needPending(t, func(s storesim.Submission) bool {
		return isDraft(s) && slices.ContainsFunc(s.Packages, func(p storesim.Package) bool { return p.FileStatus == "Uploaded" })
	})
	m.sim.SubmitInPortal(s.ID)
}

func (m *machine) cancel(t *rapid.T) {
	m.sim.Cancel(m.needPending(t, underWay).ID)
}

func (m *machine) deleteInPortal(t *rapid.T) {
	m.sim.DeleteInPortal(m.needPending(t, func(storesim.Submission) bool { return true }).ID)
}

func (m *machine) endRollout(t *rapid.T) {
	s, found := m.published()
	if !found || !rolloutLive(s.Rollout) {
		t.Skip("no rollout is live")
	}
	s.Rollout.Status = rapid.SampledFrom([]string{"PackageRolloutComplete", "PackageRolloutStopped"}).Draw(t, "status")
	m.sim.SetRollout(s.ID, s.Rollout)
}

// disturb loses or refuses one of the next requests.
func (m *machine) disturb(t *rapid.T) {
	if m.injection != nil {
		m.injection.Remove()
	}
	m.injection = m.sim.Inject(storesim.Fault{
		Operation: rapid.SampledFrom([]storesim.Operation{
			storesim.GetFlight, storesim.ListFlights, storesim.GetSubmission, storesim.CreateSubmission, storesim.UpdateSubmission, storesim.CommitSubmission,
			storesim.DeleteSubmission, storesim.GetSubmissionStatus, storesim.PutBlock, storesim.PutBlockList,
		}).Draw(t, "operation"),
		Times: rapid.IntRange(1, 8).Draw(t, "times"),
		Action: rapid.SampledFrom([]storesim.Action{
			storesim.DropBefore{}, storesim.DropAfter{}, storesim.Refuse{Status: 503}, storesim.ErrorAfter{Status: 503}, storesim.Truncate{}, storesim.EmptyBody{}, storesim.HTMLBody{},
		}).Draw(t, "action"),
	})
}
