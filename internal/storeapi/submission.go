package storeapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Submission is a flight submission [store-api 4.1]. It keeps what the Store sent besides these members, at every level,
// and [Client.UpdateSubmission] sends that back untouched.
type Submission struct {
	Ref           SubmissionRef
	Status        Status
	StatusDetails StatusDetails
	// FlightPackages is the whole set. A package that the Store has may not be left out of an update: mark it
	// FileStatusPendingDelete [store-api 6.1].
	FlightPackages         []FlightPackage
	PackageDeliveryOptions PackageDeliveryOptions
	// FileUploadURL is zero for submissions made in Partner Center, which the API cannot change [store-api 4.1, 5.6].
	FileUploadURL UploadURL
	// TargetPublishMode is one of the Publish constants.
	TargetPublishMode string
	// TargetPublishDate is in UTC; zero if it is not set.
	TargetPublishDate     time.Time
	NotesForCertification string
	// CorrelationID is what the Store's support asks for when this is not what it should be.
	CorrelationID string

	given object
}

// The values of TargetPublishMode [store-api 5.5].
const (
	PublishImmediate    = "Immediate"
	PublishManual       = "Manual"
	PublishSpecificDate = "SpecificDate"
)

const memberFileUploadURL = "fileUploadUrl"

func (s *Submission) kept() *object { return &s.given }

func (s *Submission) fields() []field {
	return []field{
		text("status", &s.Status),
		nested("statusDetails", &s.StatusDetails),
		list("flightPackages", &s.FlightPackages),
		nested("packageDeliveryOptions", &s.PackageDeliveryOptions),
		secret(memberFileUploadURL, &s.FileUploadURL),
		text("targetPublishMode", &s.TargetPublishMode),
		date("targetPublishDate", &s.TargetPublishDate),
		saidText("notesForCertification", &s.NotesForCertification),
	}
}

// decodeSubmission reads a submission. A zero ref.SubmissionID is filled in from the body.
func decodeSubmission(r *request, ref SubmissionRef, got reply) (*Submission, error) {
	s := Submission{Ref: ref, CorrelationID: got.correlationID}
	if err := decodeObject(got.body, &s); err != nil {
		return nil, undecodable(r, err)
	}
	if ref.SubmissionID == "" {
		if err := decodeFields(s.given, []field{text("id", &s.Ref.SubmissionID)}); err != nil {
			return nil, undecodable(r, err)
		}
		if s.Ref.SubmissionID == "" {
			return nil, undecodable(r, errNoID)
		}
	}
	// What is kept of the Store's text may be printed by a debugger's or a test's dump; the upload address may not.
	for i := range s.given {
		if strings.EqualFold(s.given[i].name, memberFileUploadURL) {
			s.given[i].value = nil
		}
	}
	return &s, nil
}

// decodeReply reads an object that is never sent back.
func decodeReply(r *request, got reply, fields []field) error {
	o, err := parseObject(got.body)
	if err == nil {
		err = decodeFields(o, fields)
	}
	if err != nil {
		return undecodable(r, err)
	}
	return nil
}

// Submission reads a submission. It is a shared read, see [WithMaxAge].
func (c *Client) Submission(ctx context.Context, ref SubmissionRef) (*Submission, error) {
	r := submissionRequest(readSubmission, http.MethodGet, ref)
	got, err := c.share(ctx, r, ref)
	if err != nil {
		return nil, err
	}
	return decodeSubmission(&r, ref, got)
}

// SubmissionStatus reads where a submission is. It always asks the Store. A status that is not the one of a shared read
// ends the life of everything read of the flight, because a publication changes the flight as well.
func (c *Client) SubmissionStatus(ctx context.Context, ref SubmissionRef) (*SubmissionStatus, error) {
	r := submissionRequest(readStatus, http.MethodGet, ref, "status")
	got, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	status := SubmissionStatus{CorrelationID: got.correlationID}
	if err := decodeObject(got.body, &status); err != nil {
		return nil, undecodable(&r, err)
	}
	if items := c.reads.peek(ctx, newReadKey(readSubmission, ref)); items != nil {
		if known, err := decodeSubmission(&r, ref, items[0]); err != nil || known.Status != status.Status {
			c.reads.forget(ref.FlightRef)
		}
	}
	return &status, nil
}

// CreateSubmission makes a submission of a flight, as a copy of the one that was published last. The flight is to be
// given as it was read before, so that its pending submission at that time, perhaps deleted since, is not taken for the
// new one.
//
// If a reply is lost or says nothing certain, a pending submission that the flight did not have before is the one that
// was made. If ctx ends while the request is under way, the client looks for such a submission for some seconds and
// returns it together with the error, so that its id is not lost: both results may be non-nil, and the submission then
// may hold nothing but its Ref.
//
// A conflict right after a deletion is given half a minute, the 404 that follows the deletion of a flight's first
// submission [store-api 6.4] four.
func (c *Client) CreateSubmission(ctx context.Context, flight *Flight) (*Submission, error) {
	ref := flight.Ref()
	r := flightRequest(createSubmission, http.MethodPost, ref, "submissions")
	r.unpublished = flight.LastPublishedSubmissionID == ""
	defer c.reads.writing(ref)()

	return repeatPost(ctx, c, post[Submission]{
		tries: createTries,
		send:  func(ctx context.Context) (*Submission, error) { return c.makeSubmission(ctx, &r, ref) },
		look:  func(ctx context.Context) (*Submission, error) { return c.newPending(ctx, flight) },
		again: func(err error) int {
			e, ok := errors.AsType[*Error](err)
			switch {
			case ok && e.lacksBase():
				return baseTries
			case flight.PendingSubmissionID != "" && IsConflict(err):
				return deletionTries
			default:
				return 1
			}
		},
	})
}

// makeSubmission makes a submission by one request. If that takes the Store too long, the next one asks for a reply
// without the packages, with which it may manage, and the submission is read by itself [store-api 2.2, 3.3].
func (c *Client) makeSubmission(ctx context.Context, r *request, flight FlightRef) (*Submission, error) {
	got, err := c.send(ctx, *r)
	if err != nil {
		if hasStatus(err, http.StatusInternalServerError) || hasStatus(err, http.StatusGatewayTimeout) {
			r.query = url.Values{"isMinimalResponse": {"true"}}
		}
		return nil, err
	}
	made, err := decodeSubmission(r, flight.Submission(""), got)
	if err != nil || r.query == nil {
		return made, err
	}
	whole, err := c.Submission(WithMaxAge(ctx, 0), made.Ref)
	if err != nil {
		return made, err
	}
	return whole, nil
}

// newPending gives the flight's pending submission if it was not pending before, nil if there is none. A submission
// without an upload address was made by somebody in Partner Center [store-api 4.1].
func (c *Client) newPending(ctx context.Context, before *Flight) (*Submission, error) {
	ctx = WithMaxAge(ctx, 0)
	ref := before.Ref()
	now, err := c.Flight(ctx, ref)
	if err != nil {
		return nil, err
	}
	if now.PendingSubmissionID == "" || now.PendingSubmissionID == before.PendingSubmissionID {
		return nil, nil
	}
	pending := ref.Submission(now.PendingSubmissionID)
	submission, err := c.Submission(ctx, pending)
	if err != nil {
		return &Submission{Ref: pending}, err
	}
	if submission.FileUploadURL.IsZero() {
		return nil, nil
	}
	return submission, nil
}

// UpdateSubmission replaces what can be set of a submission and gives the Store's reply, which is to be compared with
// what was asked for: the Store has been seen to ignore members [store-api 8]. It is repeated freely.
func (c *Client) UpdateSubmission(ctx context.Context, submission *Submission) (*Submission, error) {
	r := submissionRequest(updateSubmission, http.MethodPut, submission.Ref)
	body, err := encodeObject(submission)
	if err != nil {
		return nil, newError(&r, err)
	}
	r.body = body
	defer c.reads.writing(submission.Ref.FlightRef)()
	got, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	return decodeSubmission(&r, submission.Ref, got)
}

// DeleteSubmission deletes a draft or failed submission; one that does not exist is deleted already. The error satisfies
// [IsConflict] if the submission is too far on its way [store-api 5.2]. The flight may show the submission for a while
// longer; [Client.CreateSubmission] allows for that.
func (c *Client) DeleteSubmission(ctx context.Context, ref SubmissionRef) error {
	defer c.reads.writing(ref.FlightRef)()
	return c.remove(ctx, submissionRequest(deleteSubmission, http.MethodDelete, ref))
}
