package storesim

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Request is a request as it reached the simulator.
type Request struct {
	// Operation is empty for a path that the service does not have.
	Operation Operation
	Method    string
	// Path is as sent, without the query.
	Path   string
	Query  url.Values
	Header http.Header
	// Body is nil for what is uploaded to the blob endpoint; BodySize is in bytes.
	Body     []byte
	BodySize int
	// Status is what was replied, 0 if the connection was closed without a reply.
	Status int
	// EffectTaken says whether the Store accepted and did what was asked, be the reply what it may.
	EffectTaken bool
	// Fault names the injected action that hit the request.
	Fault string
	// CorrelationID is the reply's MS-CorrelationId.
	CorrelationID string
}

// EventKind says what an [Event] is.
type EventKind string

// The kinds of events.
const (
	EventFlightCreated    EventKind = "flight created"
	EventFlightDeleted    EventKind = "flight deleted"
	EventCreated          EventKind = "submission created"
	EventUpdated          EventKind = "submission updated"
	EventUploaded         EventKind = "archive uploaded"
	EventCommitted        EventKind = "submission committed"
	EventDeleted          EventKind = "submission deleted"
	EventStatus           EventKind = "status"
	EventRolloutUpdated   EventKind = "rollout updated"
	EventRolloutHalted    EventKind = "rollout halted"
	EventRolloutFinalized EventKind = "rollout finalized"
	// EventRefused is a request to change something that the state of the Store did not allow.
	EventRefused EventKind = "refused"
)

// Event is something that happened in the Store.
type Event struct {
	Kind                                  EventKind
	ApplicationID, FlightID, SubmissionID string
	// Detail is the new status, the percentage, "portal", or for a refusal the operation with status and reason.
	Detail string
	// LostMembers are members that the service sent beyond the documented ones and that an update did not send back. The
	// service tolerates that [store-api 4.1].
	LostMembers []string
}

// Submission is a snapshot of a submission.
type Submission struct {
	ApplicationID, FlightID, ID string
	// Status is the true one, even while replies lag behind.
	Status  string
	Details StatusDetails
	// InPortal: made in Partner Center. EditedInPortal: touched there. Deleted: gone, by either way.
	InPortal, EditedInPortal, Deleted bool
	Packages                          []Package
	Rollout                           Rollout
	MandatoryUpdate                   bool
	// Dates are zero when they are not set.
	MandatoryUpdateDate time.Time
	PublishMode         string
	PublishDate         time.Time
	Notes               string
	UploadURL           string
}

// FlightState is a snapshot of a flight.
type FlightState struct {
	ID, FriendlyName                               string
	GroupIDs                                       []string
	RankHigherThan                                 string
	PendingSubmissionID, LastPublishedSubmissionID string
	Deleted                                        bool
}

// Requests lists the requests in the order in which they came, those to the blob endpoint included.
func (s *Sim) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Request, len(s.requests))
	for i, r := range s.requests {
		list[i] = r.clone()
	}
	return list
}

// Count says how many requests of the operations came, with or without effect. Without operations it counts all.
func (s *Sim) Count(operations ...Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if len(operations) == 0 || slices.Contains(operations, r.Operation) {
			n++
		}
	}
	return n
}

// ResetRequests forgets the requests so far.
func (s *Sim) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Events lists what happened since the start, of the given kinds or, without any, of all. Seeds are no events.
func (s *Sim) Events(kinds ...EventKind) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Event
	for _, e := range s.events {
		if len(kinds) == 0 || slices.Contains(kinds, e.Kind) {
			list = append(list, e)
		}
	}
	return list
}

// Violations lists what a careful client never does: send its bearer token to the blob endpoint, commit again what was
// committed, upload an archive after the commit, ask for a path that the service does not have.
func (s *Sim) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Submission gives a snapshot of a submission, and whether there is one of this id in the flight. Deleted ones are there
// still, marked as such.
func (s *Sim) Submission(applicationID, flightID, submissionID string) (Submission, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.mustFlight(applicationID, flightID)
	sub, ok := s.submissions[submissionID]
	if !ok || sub.flight != f {
		return Submission{}, false
	}
	return sub.snapshot(), true
}

// Flight gives a snapshot of a flight, and whether there is one of this id. A deleted one is there still, marked as such.
func (s *Sim) Flight(applicationID, flightID string) (FlightState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.mustApplication(applicationID).flight(flightID)
	if f == nil {
		return FlightState{}, false
	}
	state := FlightState{
		ID: f.id, FriendlyName: f.friendlyName, GroupIDs: slices.Clone(f.groupIDs), RankHigherThan: f.rankHigherThan(), Deleted: f.deleted,
	}
	if f.pending != nil {
		state.PendingSubmissionID = f.pending.id
	}
	if last := f.lastPublished(); last != nil {
		state.LastPublishedSubmissionID = last.id
	}
	return state, true
}

// PublishedPackages lists the packages of the flight's last published submission, with the digests of their contents.
func (s *Sim) PublishedPackages(applicationID, flightID string) []Package {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.mustFlight(applicationID, flightID).lastPublished()
	if last == nil {
		return nil
	}
	return last.snapshot().Packages
}

func (sub *submission) snapshot() Submission {
	snapshot := Submission{
		ApplicationID: sub.flight.application.seed.ID, FlightID: sub.flight.id, ID: sub.id,
		Status: sub.status,
		Details: StatusDetails{
			Errors:               slices.Clone(sub.details.Errors),
			Warnings:             slices.Clone(sub.details.Warnings),
			CertificationReports: slices.Clone(sub.details.CertificationReports),
		},
		InPortal: sub.inPortal, EditedInPortal: sub.edited, Deleted: sub.deleted,
		Rollout:         sub.rollout,
		MandatoryUpdate: sub.mandatory, MandatoryUpdateDate: sub.mandatoryDate,
		PublishMode: sub.publishMode, PublishDate: sub.publishDate,
		Notes: sub.notes, UploadURL: sub.uploadURL,
	}
	for _, p := range sub.packages {
		snapshot.Packages = append(snapshot.Packages, p.Package)
	}
	return snapshot
}

func (r *Request) clone() Request {
	c := *r
	c.Header, c.Body = r.Header.Clone(), bytes.Clone(r.Body)
	return c
}

func (s *Sim) event(e Event) { s.events = append(s.events, e) }

func (sub *submission) event(kind EventKind, detail string) Event {
	return Event{
		Kind: kind, ApplicationID: sub.flight.application.seed.ID, FlightID: sub.flight.id, SubmissionID: sub.id, Detail: detail,
	}
}

func (s *Sim) submissionEvent(kind EventKind, sub *submission, detail string) {
	s.event(sub.event(kind, detail))
}

// refuse lists as an event that a request to change something was refused, and passes the refusal on.
func (s *Sim) refuse(c *call, refused *reply) *reply {
	s.event(Event{
		Kind: EventRefused, ApplicationID: c.applicationID, FlightID: c.flightID, SubmissionID: c.submissionID,
		Detail: fmt.Sprintf("%s %d %s", c.request.Operation, refused.status, refused.body),
	})
	return refused
}

func (s *Sim) violation(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}
