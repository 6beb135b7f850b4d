package flightsubmission_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// scene is a flight of its own in the world's Store, in some state.
type scene struct {
	*acctest.World
	flightID string
}

// newScene makes a flight with the published package old.msix.
func newScene(w *acctest.World) scene {
	s := scene{World: w, flightID: w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})}
	s.publish(storesim.Published{})
	return s
}

func (s scene) publish(p storesim.Published) string {
	p.Packages = []storesim.Package{{FileName: "old.msix", Content: msixtest.Package(msixtest.Manifest{Version: "1.0.0.0"})}}
	return s.Sim.AddPublishedSubmission(s.ApplicationID, s.flightID, p)
}

// draft adds an abandoned draft.
func (s scene) draft(d storesim.Draft) string {
	if d.Packages == nil {
		d.Packages = []storesim.Package{{FileName: "abandoned.msix", Content: msixtest.Package(msixtest.Manifest{Version: "1.1.0.0"})}}
	}
	return s.Sim.AddDraft(s.ApplicationID, s.flightID, d)
}

// stopped adds a pending submission of this status.
func (s scene) stopped(status string) string {
	id := s.draft(storesim.Draft{})
	if status == storesim.StatusCanceled {
		s.Sim.Cancel(id)
	} else {
		s.Sim.SetStatus(s.ApplicationID, s.flightID, id, status)
	}
	return id
}

// submission are the arguments that name the scene's flight, with a policy of
// each kind; empty ones are left out.
func (s scene) submission(pending, rollout string) arguments {
	// What was published is published at once, so that there is something to submit.
	a := arguments{"application_id": s.ApplicationID, "flight_id": s.flightID, "target_publish_mode": "Manual"}
	if pending != "" {
		a["pending_submission_policy"] = pending
	}
	if rollout != "" {
		a["active_rollout_policy"] = rollout
	}
	return a
}

var pendingPolicies = []string{"fail", "replace", "adopt"}

// forbidden are configurations that the state of the Store does not allow.
func forbidden(_ *testing.T, w *acctest.World) []check {
	const nowhere = "00000000-0000-4000-8000-000000000000"
	draft, failed, cancelled := newScene(w), newScene(w), newScene(w)
	draftID := draft.draft(storesim.Draft{})
	failedID := failed.stopped(storesim.StatusCertificationFailed)
	cancelledID := cancelled.stopped(storesim.StatusCanceled)
	adopted, resting := newScene(w), newScene(w)
	adopted.draft(storesim.Draft{})
	bare := scene{World: w, flightID: w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})}
	restingID := resting.stopped(storesim.StatusRelease)
	list := []check{
		{
			name: "an unknown application", arguments: flight(w).With(arguments{"application_id": "9NBLGGH4ZZZZ"}),
			attribute: "application_id", summary: "Application not found", says: []string{"9NBLGGH4ZZZZ", "Store ID of 12 characters", "not the package identity name"},
		},
		{
			name: "an unknown flight", arguments: flight(w).With(arguments{"flight_id": nowhere}),
			attribute: "flight_id", summary: "Package flight not found", says: []string{w.ApplicationID, nowhere, "Partner Center"},
		},
		{
			name: "a draft, fail", arguments: draft.submission("", ""),
			attribute: "pending_submission_policy", summary: "Flight already has a pending submission",
			says: []string{"Submission " + draftID, draft.flightID, `"adopt"`, `"replace"`, "create_before_destroy", "products/" + w.ApplicationID + "/submissions/" + draftID},
		},
		{
			name: "a failed submission, fail", arguments: failed.submission("fail", ""),
			attribute: "pending_submission_policy", summary: "Flight has a failed submission",
			says: []string{"Submission " + failedID, failed.flightID, "CertificationFailed", `"replace"`},
		},
		{
			name: "a cancelled submission, fail", arguments: cancelled.submission("fail", ""),
			attribute: "pending_submission_policy", summary: "Flight has a failed submission",
			says: []string{"Submission " + cancelledID, "Canceled", `"replace"`},
		},
		{
			name: "a submission that waits for its publication", arguments: resting.submission("replace", ""),
			attribute: "flight_id", summary: "Flight submission is being processed",
			says: []string{"Submission " + restingID, "Release", "Publish or cancel it in Partner Center"},
		},
		{
			name: "a package that the adopted draft was never given", attribute: "packages[0].file_name", summary: "Flight has no such package",
			arguments: adopted.submission("adopt", "").With(arguments{"packages": []any{arguments{"file_name": "abandoned.msix"}}}),
			says:      []string{adopted.flightID, `"abandoned.msix"`, "Set source"},
		},
		{
			name: "a new flight without packages", arguments: bare.submission("", ""),
			attribute: "packages", summary: "Flight submission has no packages", says: []string{bare.flightID, "Set packages", "commit = false"},
		},
	}
	return append(append(list, occupied(w)...), rollingOut(w)...)
}

// occupied are slots that no policy frees.
func occupied(w *acctest.World) []check {
	var list []check
	for _, status := range []string{
		storesim.StatusCommitStarted, storesim.StatusPreProcessing, storesim.StatusCertification, storesim.StatusPublishing,
	} {
		s := newScene(w)
		id := s.stopped(status)
		for _, policy := range pendingPolicies {
			list = append(list, check{
				name: status + ", " + policy, arguments: s.submission(policy, ""),
				attribute: "flight_id", summary: "Flight submission is being processed",
				says: []string{"Submission " + id, s.flightID, status, "Wait until it is published, or cancel it in Partner Center"},
			})
		}
	}
	made := newScene(w)
	id := made.draft(storesim.Draft{InPortal: true})
	first := scene{World: w, flightID: w.Sim.AddFlight(w.ApplicationID, storesim.Flight{MadeInPortal: true})}
	for _, policy := range pendingPolicies {
		list = append(list, check{
			name: "a draft of the portal, " + policy, arguments: made.submission(policy, ""),
			attribute: "flight_id", summary: "Pending flight submission was made in Partner Center",
			says: []string{"Submission " + id, made.flightID, "The API can neither change nor delete it", "Delete it in Partner Center"},
		}, check{
			name: "the first draft of a flight of the portal, " + policy, arguments: first.submission(policy, ""),
			attribute: "flight_id", summary: "Pending flight submission was made in Partner Center",
			says: []string{first.flightID, "Delete it in Partner Center"},
		})
	}
	empty := scene{World: w, flightID: w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})}
	empty.draft(storesim.Draft{})
	list = append(list, check{
		name: "a package of the draft that is replaced", attribute: "packages[0].file_name", summary: "Flight has no such package",
		arguments: empty.submission("replace", "").With(arguments{"packages": []any{arguments{"file_name": "abandoned.msix"}}}),
		says:      []string{empty.flightID, `"abandoned.msix"`},
	})
	return list
}

// rollingOut are flights whose rollout is live.
func rollingOut(w *acctest.World) []check {
	var list []check
	for name, rollout := range map[string]storesim.Rollout{
		"a rollout in progress":        {Percentage: 12.5},
		"a rollout to everybody":       {Percentage: 100},
		"a rollout that did not start": {Enabled: true, Percentage: 10, Status: "PackageRolloutNotStarted"},
	} {
		s := scene{World: w, flightID: w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})}
		id := s.publish(storesim.Published{Rollout: &rollout})
		list = append(list, check{
			name: name + ", fail", arguments: s.submission("", ""),
			attribute: "active_rollout_policy", summary: "Gradual rollout is still live",
			says: []string{id, s.flightID, `"finalize"`, `"halt"`, "finalized or halted"},
		})
	}
	return list
}

func TestForbiddenByTheStore(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	checks := forbidden(t, w)
	w.Sim.ResetRequests()
	refuses(t, w, checks)
}

// What a policy is going to do is said while planning, where it cannot be undone.
func TestNotices(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	draft, failed := newScene(w), newScene(w)
	draftID := draft.draft(storesim.Draft{})
	failedID := failed.stopped(storesim.StatusPreProcessingFailed)
	rollout := scene{World: w, flightID: w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})}
	rolloutID := rollout.publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 12.5}})
	var many []string
	for i := range 26 {
		many = append(many, w.Package(string(rune('a'+i))+".msix", msixtest.Manifest{Version: "1.0." + string(rune('1'+i%9)) + string(rune('1'+i/9)) + ".0"}))
	}
	w.Sim.ResetRequests()
	for _, c := range []check{
		{
			name: "a draft, replace", arguments: draft.submission("replace", ""),
			attribute: "pending_submission_policy", summary: "Pending flight submission will be deleted",
			says: []string{"Submission " + draftID, draft.flightID, "PendingCommit"},
		},
		{
			name: "a failed submission, replace", arguments: failed.submission("replace", ""),
			attribute: "pending_submission_policy", summary: "Pending flight submission will be deleted",
			says: []string{"Submission " + failedID, failed.flightID, "PreProcessingFailed"},
		},
		{
			name: "a failed submission, adopt", arguments: failed.submission("adopt", ""),
			attribute: "pending_submission_policy", summary: "Pending flight submission will be deleted",
			says: []string{"Submission " + failedID, "PreProcessingFailed", "These packages are lost: abandoned.msix"},
		},
		{
			name: "a draft with packages, adopt", arguments: draft.submission("adopt", ""),
			attribute: "pending_submission_policy", summary: "Packages of the pending draft will be removed",
			says: []string{draftID, "abandoned.msix"},
		},
		{
			name: "what is published already", arguments: newScene(w).submission("", "").With(arguments{"target_publish_mode": nil}),
			attribute: "flight_id", summary: "Flight already has this submission", says: []string{"Published", "Nothing is submitted"},
		},
		{
			name: "a live rollout, finalize", arguments: rollout.submission("", "finalize"),
			attribute: "active_rollout_policy", summary: "Live rollout will be finalized",
			says: []string{rolloutID, rollout.flightID, "12.5 %", "everybody in the flight gets its packages"},
		},
		{
			name: "a live rollout, halt", arguments: rollout.submission("", "halt"),
			attribute: "active_rollout_policy", summary: "Live rollout will be halted",
			says: []string{rolloutID, rollout.flightID, "12.5 %", "the testers who have its packages keep them", "cannot be resumed"},
		},
		{
			name: "26 packages", arguments: flight(w).With(arguments{"packages": sources(many...)}),
			attribute: "packages", summary: "Many packages", says: []string{"26 packages", "more than 25"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			planned, got := w.Protocol().Plan(typeName, c.arguments)
			c.judge(t, got, true)
			if planned.IsNull() {
				t.Error("there is no plan")
			}
		})
	}
	w.OnlyReads()
}

// What stands in nobody's way is passed over in silence.
func TestNothingToSay(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	fresh := scene{World: w, flightID: w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})}
	finalized := scene{World: w, flightID: w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})}
	finalized.publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 100, Status: "PackageRolloutComplete", Enabled: true}})
	halted := scene{World: w, flightID: w.Sim.AddFlight(w.ApplicationID, storesim.Flight{})}
	halted.publish(storesim.Published{Rollout: &storesim.Rollout{Percentage: 10, Status: "PackageRolloutStopped", Enabled: true}})
	draft := newScene(w)
	draft.draft(storesim.Draft{Packages: []storesim.Package{}})
	var few []string
	for i := range 25 {
		few = append(few, w.Package(string(rune('a'+i))+".msix", msixtest.Manifest{Version: "1.0." + string(rune('1'+i%9)) + string(rune('1'+i/9)) + ".0"}))
	}
	some := arguments{"packages": sources(w.Package("app.msix", msixtest.Manifest{}))}
	w.Sim.ResetRequests()
	accepts(t, w, nil, map[string]arguments{
		"a published flight":          newScene(w).submission("", ""),
		"a brand-new flight, fail":    fresh.submission("fail", "").With(some),
		"a brand-new flight, replace": fresh.submission("replace", "").With(some),
		"a brand-new flight, adopt":   fresh.submission("adopt", "").With(some),
		"a new flight's draft":        fresh.submission("", "").With(arguments{"commit": false}),
		"packages not known yet":      fresh.submission("", "").With(arguments{"packages": unknown}),
		"an empty draft, adopt":       draft.submission("adopt", ""),
		"a finalized rollout":         finalized.submission("", "fail"),
		"a halted rollout":            halted.submission("", "fail"),
		"25 packages":                 flight(w).With(arguments{"packages": sources(few...)}),
		"a kept package":              newScene(w).submission("", "").With(arguments{"packages": []any{arguments{"file_name": "old.msix"}}}),
	})
}

// A draft takes packages for about a day.
func TestExpiredDraftCannotBeAdopted(t *testing.T) {
	t.Parallel()
	w := acctest.NewWith(t, storesim.Options{UploadURLLifetime: time.Minute})
	w.Publish(storesim.Published{})
	id := w.Sim.AddDraft(w.ApplicationID, w.FlightID, storesim.Draft{Packages: []storesim.Package{{FileName: "abandoned.msix"}}})
	source := arguments{"source": w.Package("app.msix", msixtest.Manifest{})}
	_, got := w.Protocol().Plan(typeName, flight(w).With(arguments{"pending_submission_policy": "adopt", "target_publish_mode": "Manual", "packages": []any{source}}))
	check{
		attribute: "pending_submission_policy", summary: "Pending flight submission can no longer be adopted",
		says: []string{id, "expires at ", `"replace"`},
	}.judge(t, got, false)
	_, refused := w.Protocol().Plan(typeName, flight(w).With(arguments{"pending_submission_policy": "fail", "packages": []any{source}}))
	check{
		attribute: "pending_submission_policy", summary: "Flight already has a pending submission", says: []string{id, `"replace"`},
	}.judge(t, refused, false)
	if strings.Contains(refused[0].Detail, `"adopt"`) {
		t.Errorf("it offers what it would refuse: %s", refused[0].Detail)
	}
	if slices.ContainsFunc(got, func(f acctest.Finding) bool { return strings.Contains(f.Detail, "sig=") }) {
		t.Errorf("the upload URL is shown: %+v", got)
	}
	w.OnlyReads()
}

// A Store that cannot be asked fails the plan, in its own words.
func TestStoreRefusesToTell(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	for _, operation := range []storesim.Operation{storesim.GetFlight, storesim.ListFlights} {
		w.Sim.Inject(storesim.Fault{Operation: operation, Times: -1, Action: storesim.Refuse{
			Status: http.StatusForbidden, Code: "Forbidden", Message: "The account has no access to this application.",
		}})
	}
	_, got := w.Protocol().Plan(typeName, flight(w))
	check{
		summary: "Error checking the plan against the Store",
		says:    []string{w.ApplicationID, w.FlightID, "403", "The account has no access to this application."},
	}.judge(t, got, false)
	w.OnlyReads()
}
