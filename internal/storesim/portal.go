package storesim

import (
	"fmt"
	"slices"
	"time"
)

// SetStatus puts a pending submission into any status of [store-api 5.1], with errors, warnings and reports that replace
// those it has. A status beyond PreProcessing takes the packages in, as they are; Published frees the flight's slot.
func (s *Sim) SetStatus(applicationID, flightID, submissionID, status string, details ...StatusDetails) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustFlight(applicationID, flightID)
	sub := s.mustPending(submissionID)
	sub.touched, sub.lag = true, 0
	if status != StatusPendingCommit && !sub.committed {
		s.commit(sub)
	}
	switch status {
	case StatusCertification, StatusRelease, StatusPendingPublication, StatusPublishing, StatusPublished:
		if errs := s.process(sub); errs != nil {
			panic(fmt.Sprintf("storesim: submission %s cannot be processed: %v", sub.id, errs))
		}
	}
	for _, d := range details {
		sub.details = d
	}
	s.enter(sub, status)
}

// Advance moves a submission on by one stage, whatever StageDuration and Hold say, and returns its status. It rests where its
// publish mode says, and fails where FailAt said.
func (s *Sim) Advance(submissionID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.mustSubmission(submissionID)
	sub.lag = 0
	s.step(sub)
	return sub.status
}

// Cancel cancels a pending submission, which any time before it is published can be done [store-api 5.2]. It stays in the slot.
func (s *Sim) Cancel(submissionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.mustPending(submissionID)
	sub.lag = 0
	s.enter(sub, StatusCanceled)
}

// DeleteInPortal deletes a pending submission, whoever made it and whatever its status.
func (s *Sim) DeleteInPortal(submissionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.mustPending(submissionID)
	s.remove(sub)
	s.submissionEvent(EventDeleted, sub, "portal")
}

// PortalEdit is what somebody changes of a draft in Partner Center; nil members stay as they are.
type PortalEdit struct {
	Notes, PublishMode *string
	PublishDate        *time.Time
	Rollout            *Rollout
	MandatoryFrom      *time.Time
	// RemovePackages are the file names of packages that go.
	RemovePackages []string
}

// EditInPortal touches a draft that the API made, after which the API can neither change, delete nor commit it [store-api 5.6].
func (s *Sim) EditInPortal(submissionID string, edits ...PortalEdit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.mustPending(submissionID)
	sub.edited, sub.touched = true, true
	for _, edit := range edits {
		edit.apply(sub)
	}
	s.submissionEvent(EventUpdated, sub, "portal")
}

func (e PortalEdit) apply(sub *submission) {
	if e.Notes != nil {
		sub.notes = *e.Notes
	}
	if e.PublishMode != nil {
		sub.publishMode = *e.PublishMode
	}
	if e.PublishDate != nil {
		sub.publishDate = *e.PublishDate
	}
	if e.Rollout != nil {
		sub.rollout.Enabled, sub.rollout.Percentage = e.Rollout.Enabled, e.Rollout.Percentage
	}
	if e.MandatoryFrom != nil {
		sub.mandatory, sub.mandatoryDate = true, *e.MandatoryFrom
	}
	sub.packages = slices.DeleteFunc(sub.packages, func(p *storePackage) bool { return slices.Contains(e.RemovePackages, p.FileName) })
}

// SubmitInPortal submits a draft that the API made. It goes without the packages that the API added, as has been seen
// [store-api 5.6].
func (s *Sim) SubmitInPortal(submissionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.mustPending(submissionID)
	sub.edited, sub.touched = true, true
	sub.packages = slices.DeleteFunc(sub.packages, (*storePackage).waiting)
	for _, p := range sub.packages {
		p.FileStatus = uploaded
	}
	s.commit(sub)
	s.submissionEvent(EventCommitted, sub, "portal")
	s.enter(sub, StatusCommitStarted)
}

// LosePackages has a pending submission published with the packages of the submission before it, as several teams have
// seen in 2025 [store-api 5.3].
func (s *Sim) LosePackages(submissionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustPending(submissionID).losesPackages = true
}

// PublishNow presses the button that the API lacks: a submission that rests because of its publish mode moves on with the
// next step [store-api 5.5].
func (s *Sim) PublishNow(submissionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustPending(submissionID).publishNow = true
}

// SetRollout changes the gradual rollout of a submission. Members are taken as they are, except that an empty
// FallbackSubmissionID keeps the present one.
func (s *Sim) SetRollout(submissionID string, rollout Rollout) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub := s.mustSubmission(submissionID)
	defaultTo(&rollout.Status, rolloutNotStarted)
	defaultTo(&rollout.FallbackSubmissionID, sub.rollout.FallbackSubmissionID)
	sub.rollout = rollout
	s.submissionEvent(EventRolloutUpdated, sub, "portal")
}

// UnsupportedApplication has the application use a feature that the API does not support, upon which every request that
// names it is refused [store-api 2.2, 10].
func (s *Sim) UnsupportedApplication(applicationID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustApplication(applicationID).unsupported = true
}

// RenameFlight changes a flight's friendly name, which only the portal can do [store-api 3.2].
func (s *Sim) RenameFlight(applicationID, flightID, friendlyName string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustFlight(applicationID, flightID).friendlyName = friendlyName
}

// DeleteFlightInPortal deletes a flight with all that it has.
func (s *Sim) DeleteFlightInPortal(applicationID, flightID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.mustFlight(applicationID, flightID)
	if f.pending != nil {
		f.pending.deleted = true
		f.pending = nil
	}
	f.delete()
	s.event(Event{Kind: EventFlightDeleted, ApplicationID: applicationID, FlightID: f.id, Detail: "portal"})
}

func (s *Sim) mustPending(id string) *submission {
	sub := s.mustSubmission(id)
	if sub.flight.pending != sub {
		panic(fmt.Sprintf("storesim: submission %s is not pending but %s", id, sub.status))
	}
	return sub
}
