package storesim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Values of the members of a submission [store-api 4.1].
const (
	pendingUpload = "PendingUpload"
	uploaded      = "Uploaded"
	pendingDelete = "PendingDelete"

	modeImmediate    = "Immediate"
	modeManual       = "Manual"
	modeSpecificDate = "SpecificDate"
)

// submission is a flight submission, from its creation on; deleted ones stay, so that snapshots show them.
type submission struct {
	id     string
	flight *flight
	// inPortal: made in Partner Center. edited: made through the API and then touched there [store-api 5.6].
	inPortal, edited bool
	// first: came with the flight [store-api 6.4]. touched: something has happened to it since.
	first, touched bool
	deleted        bool
	// losesPackages: what is published are the packages of the submission before.
	losesPackages bool

	status  string
	details StatusDetails
	// since is when the stage began; shown: a read of the status has seen it.
	since time.Time
	shown bool
	// lag is how many more reads see PendingCommit after the commit.
	lag int
	// silent: the next look sees no status.
	silent     bool
	committed  bool
	archive    []byte
	archiveErr error
	processed  bool
	publishNow bool
	failure    *failure

	packages      []*storePackage
	rollout       Rollout
	mandatory     bool
	mandatoryDate time.Time
	publishMode   string
	publishDate   time.Time
	notes         string
	uploadURL     string
}

// storePackage is a package entry with what the Store knows beyond its public members.
type storePackage struct {
	Package

	inner        []innerPackage
	minOSVersion string
}

// newSubmission makes an empty draft; it is in no slot yet.
func (s *Sim) newSubmission(f *flight, inPortal bool) *submission {
	sub := &submission{
		id:          s.newSubmissionID(),
		flight:      f,
		inPortal:    inPortal,
		status:      StatusPendingCommit,
		since:       s.now(),
		publishMode: modeImmediate,
		rollout:     Rollout{Status: rolloutNotStarted, FallbackSubmissionID: "0"},
	}
	s.submissions[sub.id] = sub
	if !inPortal {
		// A draft of the portal has no upload URL [store-api 4.1].
		sub.uploadURL = s.newUploadURL(sub, s.opts.UploadURLLifetime)
	}
	return sub
}

// cloneLast makes a draft as a copy of the last published submission: packages with their ids, publish mode, notes, mandatory
// update, and the rollout's switch and percentage, which start anew [store-api 6.1, 8]. What a halted rollout left is copied
// like any other.
func (s *Sim) cloneLast(f *flight, inPortal bool) *submission {
	sub := s.newSubmission(f, inPortal)
	last := f.lastPublished()
	if last == nil {
		return sub
	}
	for _, p := range last.packages {
		sub.packages = append(sub.packages, new(*p))
	}
	sub.rollout.Enabled, sub.rollout.Percentage = last.rollout.Enabled, last.rollout.Percentage
	sub.mandatory, sub.mandatoryDate = last.mandatory, last.mandatoryDate
	sub.publishMode, sub.publishDate, sub.notes = last.publishMode, last.publishDate, last.notes
	return sub
}

// SetForeignConflict has requests for a submission of another flight answered with 409, as the reference has it, instead of
// 404, as was seen [store-api 3.3].
func (s *Sim) SetForeignConflict(conflict bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.foreignConflict = conflict
}

// findSubmission finds the submission of a request or says how the service refuses it. One of another flight is as unknown as
// one that was deleted, unless SetForeignConflict says otherwise.
func (s *Sim) findSubmission(c *call) (*submission, *reply) {
	f, refused := s.findFlight(c)
	if refused != nil {
		return nil, refused
	}
	sub, ok := s.submissions[c.submissionID]
	switch {
	case ok && sub.flight != f && s.foreignConflict:
		return nil, invalidState("submissionId", "The submission "+c.submissionID+" is not one of the package flight "+f.id+".")
	case !ok || sub.flight != f || sub.deleted:
		return nil, notFound("submissionId", "The submission "+c.submissionID+" was not found.")
	default:
		return sub, nil
	}
}

func (s *Sim) getSubmission(c *call) *reply {
	sub, refused := s.findSubmission(c)
	if refused != nil {
		return refused
	}
	return jsonReply(http.StatusOK, s.submissionWire(sub, s.shownStatus(sub)))
}

func (s *Sim) getSubmissionStatus(c *call) *reply {
	sub, refused := s.findSubmission(c)
	if refused != nil {
		return refused
	}
	s.observe(sub)
	return jsonReply(http.StatusOK, sub.statusWire(s.shownStatus(sub)))
}

// createSubmission puts a copy of the last published submission into the flight's slot.
func (s *Sim) createSubmission(c *call) *reply {
	f, refused := s.findFlight(c)
	if refused != nil {
		return refused
	}
	last, pending := f.lastPublished(), f.occupant()
	switch {
	case pending != nil:
		return s.refuse(c, invalidState("submission", "The submission cannot be created: the package flight has the pending submission "+pending.id+"."))
	case last != nil && last.rollout.isLive():
		return s.refuse(c, invalidState("submission", "The submission cannot be created while the package rollout of submission "+last.id+" is in progress."))
	case last == nil && f.refusals != 0:
		f.refusals = max(f.refusals-1, -1)
		return s.refuse(c, &reply{status: http.StatusNotFound})
	}
	sub := s.cloneLast(f, false)
	f.pending = sub
	s.submissionEvent(EventCreated, sub, "")
	if strings.EqualFold(c.query.Get("isMinimalResponse"), "true") {
		return jsonReply(http.StatusCreated, sub.minimalWire())
	}
	return jsonReply(http.StatusCreated, s.submissionWire(sub, sub.status))
}

// apiMade refuses to touch what belongs to the portal [store-api 2.2, 5.6].
func (sub *submission) apiMade() *reply {
	if sub.inPortal || sub.edited {
		return refusal(http.StatusBadRequest, "InvalidOperation", "applicationSubmission",
			"Only submissions that were created through the API can be updated, deleted or committed through it.")
	}
	return nil
}

// updateSubmission replaces the settable members [store-api 4.2]; only a draft can be changed [store-api 5.2].
func (s *Sim) updateSubmission(c *call) *reply {
	sub, refused := s.findSubmission(c)
	if refused != nil {
		return refused
	}
	if refused := sub.apiMade(); refused != nil {
		return s.refuse(c, refused)
	}
	if sub.status != StatusPendingCommit {
		return s.refuse(c, invalidState("submission", "The submission cannot be updated in its current state, "+sub.status+"."))
	}
	update, refused := readUpdate(c.body)
	if refused != nil {
		return s.refuse(c, refused)
	}
	packages, refused := sub.updatePackages(update.FlightPackages)
	if refused != nil {
		return s.refuse(c, refused)
	}
	lost := s.lostMembers(sub, c.body)
	update.apply(sub)
	sub.packages = packages
	sub.touched = true
	event := sub.event(EventUpdated, "")
	event.LostMembers = lost
	s.event(event)
	return jsonReply(http.StatusOK, s.submissionWire(sub, sub.status))
}

// commitSubmission is not idempotent: a client in doubt has to read the status first [store-api 5.3].
func (s *Sim) commitSubmission(c *call) *reply {
	sub, refused := s.findSubmission(c)
	if refused != nil {
		return refused
	}
	if refused := sub.apiMade(); refused != nil {
		return s.refuse(c, refused)
	}
	if sub.committed {
		s.violation("submission %s was committed again after the service had accepted a commit", sub.id)
	}
	if sub.status != StatusPendingCommit {
		return s.refuse(c, invalidState("submissionId", "The submission cannot be committed in its current state, "+sub.status+"."))
	}
	s.commit(sub)
	sub.touched = true
	sub.lag, sub.silent = s.commitLag, s.omitOptionalMembers
	sub.failure = s.nextFailure()
	sub.details.Warnings = append(sub.details.Warnings, s.warnings...)
	s.warnings = nil
	s.submissionEvent(EventCommitted, sub, "")
	s.enter(sub, StatusCommitStarted)
	return jsonReply(http.StatusAccepted, map[string]string{"status": StatusCommitStarted})
}

// deletable are the states in which the API deletes a submission that it made [store-api 5.2]. That leaves Canceled
// open; a slot that nothing could free would be a dead end.
var deletable = []string{
	StatusPendingCommit, StatusCommitFailed, StatusPreProcessingFailed, StatusCertificationFailed,
	StatusReleaseFailed, StatusPublishFailed, StatusCanceled,
}

func (s *Sim) deleteSubmission(c *call) *reply {
	sub, refused := s.findSubmission(c)
	if refused != nil {
		return refused
	}
	if refused := sub.apiMade(); refused != nil {
		return s.refuse(c, refused)
	}
	if !slices.Contains(deletable, sub.status) {
		return s.refuse(c, invalidState("submissionId", "The submission cannot be deleted in its current state, "+sub.status+"."))
	}
	s.remove(sub)
	sub.flight.leaving, sub.flight.looks = sub, s.deletionLag
	s.submissionEvent(EventDeleted, sub, "")
	return &reply{status: http.StatusNoContent}
}

// remove frees the slot. A flight without anything published has nothing to copy then, and refuses for a while to create
// another submission [store-api 6.4]. To delete the portal's own first draft is the remedy there [store-api 5.6].
func (s *Sim) remove(sub *submission) {
	sub.deleted = true
	sub.flight.pending = nil
	if sub.flight.lastPublished() == nil && !sub.inPortal {
		sub.flight.refusals = s.recreateRefusals
	}
}
