package workflow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Plan is what an apply will do, as far as it can be known before.
type Plan struct {
	Decision

	// Problems are errors: the apply would fail.
	Problems []*Problem
	// Notices are warnings: the apply does what the user should know before.
	Notices []*Problem
}

// PlanOptions are what else a plan depends on.
type PlanOptions struct {
	// Undecided means that a value is not known yet that the decision depends on.
	// Then only what holds in any case is checked.
	Undecided bool
	// Owned tells of a submission whether the state knows it although t does not:
	// the plan of a replacement does not name the object that is replaced.
	Owned func(submissionID string) bool
	// ReadTimeout is how long the look at the Store may take, and ApplyTimeout the apply.
	ReadTimeout, ApplyTimeout time.Duration
}

// Plan decides what the apply will do and checks it against the Store, with
// nothing but reads. An empty id is one that is not known yet. t is nil when the
// state knows no submission. The error is one of the look itself.
//
// The CLI plans again while it applies, and another resource of the same flight may
// be about to fill a draft. The plan waits until that is done: it would take the
// draft for somebody else's.
func (w *Workflow) Plan(ctx context.Context, d Desired, t *Tracked, options PlanOptions) (*Plan, error) {
	plan := &Plan{}
	if d.Flight.ApplicationID == "" {
		return plan, nil
	}
	if d.Flight.FlightID != "" {
		unlock, err := w.flights.lock(ctx, d.Flight)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	ctx, cancel := context.WithTimeout(ctx, options.ReadTimeout)
	defer cancel()
	if err := w.checkIdentity(ctx, d, plan); err != nil || len(plan.Problems) > 0 || d.Flight.FlightID == "" {
		return plan, err
	}
	if options.Undecided {
		_, err := w.Store.Flight(ctx, d.Flight)
		return plan, plan.add(flightNotFound(d.Flight, err))
	}
	slot, err := w.slot(ctx, d.Flight, t, toPlan)
	if err != nil {
		return plan, plan.add(flightNotFound(d.Flight, err))
	}
	if t == nil && slot.Pending != nil && options.Owned(slot.Pending.Ref.SubmissionID) {
		if problem := outOfReach(slot.Pending, true); problem != nil {
			return plan, plan.add(tainted(slot.Pending, problem))
		}
		slot.Pending = nil // The object that is replaced deletes it first.
	}
	decision, problem := decide(slot, d, t, toPlan)
	if problem != nil {
		return plan, plan.add(problem)
	}
	if problem := stale(slot, decision, d, t); problem != nil {
		return plan, plan.add(problem)
	}
	plan.Decision = decision
	plan.Notices = slices.Concat(decision.notices(d, t), rebuilt(d, t), doubtful(decision, d, options))
	return plan, plan.add(checkComposition(decision, d, t))
}

// stale is the problem of a state that shows a draft which is none any more, or a
// submission under way that became another one than is desired. The plan that the
// CLI makes again while it applies a saved one starts from such a state, and must
// not promise less than the first.
func stale(slot *Slot, decision Decision, d Desired, t *Tracked) *Problem {
	if t == nil || t.is(decision.ref()) {
		return nil
	}
	s, pending := t.Submission, slot.Pending
	changed := outdated(Desired{Flight: s.Ref.FlightRef, PlannedSubmissionID: s.Ref.SubmissionID})
	switch {
	case s.Status == storeapi.StatusPublished || s.Status.Failed():
		return nil
	case s.Status != storeapi.StatusPendingCommit:
		if t.pastCommit(s) && t.matches(s, d) != matchNo {
			return changed
		}
	case pending == nil || !t.is(pending.Ref):
		return changed
	case pending.Status.Failed():
		return failure(pending)
	}
	return nil
}

// add takes a problem for a finding, and leaves other errors to the caller.
func (p *Plan) add(err error) error {
	if problem, ok := err.(*Problem); ok { //nolint:errorlint // A wrapped problem is not a finding of this plan.
		if problem != nil {
			p.Problems = append(p.Problems, problem)
		}
		return nil
	}
	return err
}

// checkComposition composes the submission as the apply will.
func checkComposition(decision Decision, d Desired, t *Tracked) error {
	if decision.Action != Create && decision.Action != Continue {
		return nil
	}
	draft := &storeapi.Submission{}
	if decision.Submission != nil {
		draft = decision.Submission.Clone()
	}
	if _, err := compose(d, draft, t.record(draft)); err != nil {
		return err
	}
	return checkNotEmpty(draft, d)
}

func flightNotFound(flight storeapi.FlightRef, err error) error {
	if !storeapi.IsNotFound(err) {
		return err
	}
	return &Problem{
		Attribute: []any{"flight_id"}, Summary: "Package flight not found",
		Detail: fmt.Sprintf("Application %s has no flight %s. The flight_id is the GUID in the flight's Partner Center address. "+
			"The data source msstore_flight finds a flight by its name.", flight.ApplicationID, flight.FlightID),
	}
}

// rebuilt warns of other bytes under a version that the Store has had.
func rebuilt(d Desired, t *Tracked) []*Problem {
	if t == nil || t.Submission.Status == storeapi.StatusPendingCommit {
		return nil
	}
	var notices []*Problem
	for i, p := range d.Packages {
		for _, e := range t.Submission.FlightPackages {
			digest := t.Record.Digests[e.ID]
			if e.FileName != p.FileName || p.Version == "" || e.Version != p.Version || p.SHA256 == "" || digest == "" || digest == p.SHA256 {
				continue
			}
			notices = append(notices, &Problem{
				Attribute: []any{"packages", i, "source"},
				Summary:   "Package was built again under the same version",
				Detail: fmt.Sprintf("%s has other content than before and still the version %s. The Store is known to refuse that, even after the earlier "+
					"package is gone. Raise the version in the package's manifest.", p.FileName, p.Version),
			})
		}
	}
	return notices
}

// checkIdentity compares what the packages say of themselves with the application.
func (w *Workflow) checkIdentity(ctx context.Context, d Desired, plan *Plan) error {
	app, err := w.Store.Application(ctx, d.Flight.ApplicationID)
	if storeapi.IsNotFound(err) {
		return plan.add(&Problem{
			Attribute: []any{"application_id"}, Summary: "Application not found",
			Detail: fmt.Sprintf("The Store has no application %s for this account. The application_id is the Store ID of 12 characters that "+
				"Partner Center shows under Product identity, not the package identity name.", d.Flight.ApplicationID),
		})
	}
	if err != nil {
		return err
	}
	for i, p := range d.Packages {
		if p.Manifest == nil {
			continue
		}
		for _, c := range []struct{ what, got, want string }{
			{"identity name", p.Manifest.Name, app.PackageIdentityName},
			{"publisher", p.Manifest.Publisher, app.PublisherName},
		} {
			if c.want == "" || c.got == c.want {
				continue
			}
			plan.Problems = append(plan.Problems, &Problem{
				Attribute: []any{"packages", i, "source"},
				Summary:   "Package belongs to another application",
				Detail: fmt.Sprintf("The manifest of %s has the %s %q, but application %s has %q. "+
					"Associate the project with the application and build the package again.", p.FileName, c.what, c.got, app.ID, c.want),
			})
		}
	}
	return nil
}
