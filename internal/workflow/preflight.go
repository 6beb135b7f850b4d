package workflow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Findings are what a look at the Store tells about a plan.
type Findings struct {
	// Problems are errors: the apply would fail.
	Problems []*Problem
	// Notices are warnings: the apply does what the user should know beforehand,
	// unless there are problems.
	Notices []*Problem
}

// Preflight checks a planned submission against the Store, with nothing but
// reads. An empty id is one that is not known yet, as is a package without a
// name; of an undecided change only what holds in any case is checked. current is
// nil when the state knows no submission. owned tells of a submission whether
// this configuration manages it all the same, because the plan of a replacement
// does not name what it replaces. The error is of the look itself, not of the
// plan.
func (w *Workflow) Preflight(ctx context.Context, d Desired, current *Current, change Change, owned func(submissionID string) bool) (*Findings, error) {
	found := &Findings{}
	if d.Flight.ApplicationID == "" {
		return found, nil
	}
	if err := w.checkIdentity(ctx, d, found); err != nil || len(found.Problems) > 0 || d.Flight.FlightID == "" {
		return found, err
	}
	flight, err := w.Store.Flight(ctx, d.Flight)
	if storeapi.IsNotFound(err) {
		found.Problems = append(found.Problems, &Problem{
			Attribute: []any{"flight_id"}, Summary: "Package flight not found",
			Detail: fmt.Sprintf("Application %s has no flight %s. The ID of a flight is the GUID in its Partner Center address; "+
				"the data source msstore_flights lists the flights of an application.", d.Flight.ApplicationID, d.Flight.FlightID),
			Err: err,
		})
		return found, nil
	}
	if err != nil || change == Undecided {
		return found, err
	}
	var base string
	if change == NewSubmission {
		checkRebuilt(d, current, found)
		base, err = w.checkSlot(ctx, d, flight, current, owned, found)
	} else {
		base, err = w.checkDraft(ctx, current, found)
	}
	if err != nil || len(found.Problems) > 0 || base == "" && change != NewSubmission {
		return found, err
	}
	checkNotEmpty(d, flight, found)
	return found, w.checkKept(ctx, d, base, found)
}

// checkDraft finds out whether a draft can still be changed. It returns its id,
// or nothing if the submission is no draft any more.
func (w *Workflow) checkDraft(ctx context.Context, current *Current, found *Findings) (base string, err error) {
	s, err := w.Store.Submission(ctx, current.Ref)
	if storeapi.IsNotFound(err) || err == nil && current.corrected(s).Status != storeapi.StatusPendingCommit {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if problem := outOfReach(s, true); problem != nil {
		found.Problems = append(found.Problems, problem)
	}
	return s.Ref.SubmissionID, nil
}

// checkNotEmpty refuses to commit the draft of a new flight as it comes: empty.
func checkNotEmpty(d Desired, flight *storeapi.Flight, found *Findings) {
	if d.Commit && d.Packages == nil && flight.LastPublishedSubmissionID == "" {
		found.Problems = append(found.Problems, noPackages(d.Flight.String()))
	}
}

// checkRebuilt warns of other bytes under a version that the Store has had.
func checkRebuilt(d Desired, current *Current, found *Findings) {
	if current == nil || current.Status == storeapi.StatusPendingCommit {
		return
	}
	for i, p := range d.Packages {
		before := current.before(p.FileName)
		if before != nil && p.Version != "" && before.Version == p.Version && !sameBytes(*before, p) {
			found.Notices = append(found.Notices, &Problem{
				Attribute: []any{"packages", i, "source"},
				Summary:   "Package was built again under the same version",
				Detail: fmt.Sprintf("%s has other content than before and still the version %s. The Store is known to refuse that, even after the earlier "+
					"package is gone. Raise the version in the package's manifest.", p.FileName, p.Version),
			})
		}
	}
}

// checkIdentity compares what the packages say of themselves with the application.
func (w *Workflow) checkIdentity(ctx context.Context, d Desired, found *Findings) error {
	app, err := w.Store.Application(ctx, d.Flight.ApplicationID)
	if storeapi.IsNotFound(err) {
		found.Problems = append(found.Problems, &Problem{
			Attribute: []any{"application_id"}, Summary: "Application not found",
			Detail: fmt.Sprintf("The Store knows no application %s for this account. Its ID is the Store ID of 12 characters that "+
				"Partner Center shows under Product identity, not the package identity name.", d.Flight.ApplicationID),
			Err: err,
		})
		return nil
	}
	if err != nil {
		return err
	}
	for i, p := range d.Packages {
		if p.Manifest == nil {
			continue
		}
		if app.PackageIdentityName != "" && p.Manifest.Name != app.PackageIdentityName {
			found.Problems = append(found.Problems, foreign(i, p, "identity name", p.Manifest.Name, app.PackageIdentityName, app.ID))
		}
		if app.PublisherName != "" && p.Manifest.Publisher != app.PublisherName {
			found.Problems = append(found.Problems, foreign(i, p, "publisher", p.Manifest.Publisher, app.PublisherName, app.ID))
		}
	}
	return nil
}

func foreign(index int, p Package, what, got, want, applicationID string) *Problem {
	return &Problem{
		Attribute: []any{"packages", index, "source"},
		Summary:   "Package belongs to another application",
		Detail: fmt.Sprintf("The manifest of %s gives the %s %q, but application %s has %q. "+
			"Associate the project with the application and build the package again.", p.FileName, what, got, applicationID, want),
	}
}

// checkSlot foretells what claim will meet. It returns the submission whose
// packages the new one starts with: the draft that is used, else the last
// published one, of which a new draft is a copy [store-api 6.1]. It is empty if
// there is neither.
func (w *Workflow) checkSlot(
	ctx context.Context, d Desired, flight *storeapi.Flight, current *Current, owned func(string) bool, found *Findings,
) (base string, err error) {
	if id := flight.PendingSubmissionID; id != "" {
		pending, err := w.Store.Submission(ctx, d.Flight.Submission(id))
		if storeapi.IsNotFound(err) {
			return flight.LastPublishedSubmissionID, nil
		}
		if err != nil {
			return "", err
		}
		own := current.is(pending.Ref) || owned(id)
		do, problem := judge(flight, current.corrected(pending), d, own, time.Now())
		switch {
		case problem != nil:
			found.Problems = append(found.Problems, problem)
			return "", nil
		case do == useIt:
			return id, nil
		case !own && len(pending.FlightPackages) > 0:
			found.Notices = append(found.Notices, &Problem{
				Attribute: []any{"pending_submission_policy"},
				Summary:   "Pending flight submission will be deleted",
				Detail:    fmt.Sprintf("%s (%s) is deleted before the new submission is made.", capital(pending.Ref), pending.Status),
			})
		}
	}
	return flight.LastPublishedSubmissionID, w.checkRollout(ctx, d, flight, found)
}

// checkRollout foretells what endRollout will meet.
func (w *Workflow) checkRollout(ctx context.Context, d Desired, flight *storeapi.Flight, found *Findings) error {
	if flight.LastPublishedSubmissionID == "" {
		return nil
	}
	published := d.Flight.Submission(flight.LastPublishedSubmissionID)
	rollout, err := w.Store.PackageRollout(ctx, published)
	if err != nil || !live(*rollout) {
		return err
	}
	switch d.RolloutPolicy {
	case RolloutFail:
		found.Problems = append(found.Problems, rolloutBlocks(published, *rollout))
	case RolloutFinalize:
		found.Notices = append(found.Notices, &Problem{
			Attribute: []any{"active_rollout_policy"}, Summary: "Live rollout will be finalized",
			Detail: fmt.Sprintf("The rollout of %s stands at %s %%. It is finalized before the new submission is made: everybody in the flight gets its packages.",
				published, formatPercentage(rollout.Percentage)),
		})
	case RolloutHalt:
		found.Notices = append(found.Notices, &Problem{
			Attribute: []any{"active_rollout_policy"}, Summary: "Live rollout will be halted",
			Detail: fmt.Sprintf("The rollout of %s stands at %s %%. It is halted before the new submission is made: who has its packages keeps them, "+
				"nobody else gets them, and it cannot be resumed. The new submission starts with the packages of the halted one.",
				published, formatPercentage(rollout.Percentage)),
		})
	}
	return nil
}

// checkKept finds the packages that are named without a source and that the
// submission to start with does not have. A package without a name is one that is
// not known yet.
func (w *Workflow) checkKept(ctx context.Context, d Desired, base string, found *Findings) error {
	kept := func(p Package) bool { return p.Source == "" && p.FileName != "" }
	if !slices.ContainsFunc(d.Packages, kept) {
		return nil
	}
	var existing []storeapi.FlightPackage
	if base != "" {
		s, err := w.Store.Submission(ctx, d.Flight.Submission(base))
		if err != nil {
			return err
		}
		existing = s.FlightPackages
	}
	for i, p := range d.Packages {
		if kept(p) && Newest(existing, p.FileName).ID == "" {
			found.Problems = append(found.Problems, missingPackage(i, p, d.Flight))
		}
	}
	return nil
}
