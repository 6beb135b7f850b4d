package storeapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/wirejson"
)

// Submission is a flight submission [store-api 4.1]. It keeps what the Store sent besides these members, at every level,
// and [Client.UpdateSubmission] sends that back untouched.
type Submission struct {
	Ref           SubmissionRef
	Status        Status        `wire:"status"`
	StatusDetails StatusDetails `wire:"statusDetails"`
	// FlightPackages is the whole set. A package that the Store has may not be left out of an update: mark it
	// FileStatusPendingDelete [store-api 6.1].
	FlightPackages         []FlightPackage        `wire:"flightPackages"`
	PackageDeliveryOptions PackageDeliveryOptions `wire:"packageDeliveryOptions"`
	// FileUploadURL is zero for submissions made in Partner Center, which the API cannot change [store-api 4.1, 5.6].
	FileUploadURL UploadURL `wire:"fileUploadUrl"`
	// TargetPublishMode is one of the Publish constants.
	TargetPublishMode string `wire:"targetPublishMode"`
	// TargetPublishDate is in UTC; zero if it is not set.
	TargetPublishDate     time.Time `wire:"targetPublishDate"`
	NotesForCertification string    `wire:"notesForCertification,always"`
	// CorrelationID is what the Store's support asks for when this is not what it should be.
	CorrelationID string

	overlay
}

// The values of TargetPublishMode [store-api 5.5].
const (
	PublishImmediate    = "Immediate"
	PublishManual       = "Manual"
	PublishSpecificDate = "SpecificDate"
)

// Clone gives a deep copy: a change of one does not show in the other.
func (s *Submission) Clone() *Submission {
	if s == nil {
		return nil
	}
	clone := *s
	details := &clone.StatusDetails
	details.Errors, details.Warnings = slices.Clone(details.Errors), slices.Clone(details.Warnings)
	details.CertificationReports = slices.Clone(details.CertificationReports)
	clone.FlightPackages = slices.Clone(s.FlightPackages)
	for i := range clone.FlightPackages {
		p := &clone.FlightPackages[i]
		p.Languages, p.Capabilities = slices.Clone(p.Languages), slices.Clone(p.Capabilities)
		p.TargetDeviceFamilies = slices.Clone(p.TargetDeviceFamilies)
	}
	return &clone
}

func (s *Submission) named(r *request, about identity, got reply) {
	s.Ref, s.CorrelationID = r.ref, got.correlationID
	if s.Ref.SubmissionID == "" { // It is a new one.
		s.Ref.SubmissionID = about.ID
	}
}

// Submission reads a submission. It is a shared read, see [WithMaxAge].
func (c *Client) Submission(ctx context.Context, ref SubmissionRef) (*Submission, error) {
	r := submissionRequest(readSubmission, http.MethodGet, ref)
	return share[Submission](ctx, c, r)
}

// SubmissionStatus reads where a submission is. It always asks the Store. A status that is not the one of a shared read
// ends the life of everything read of the flight, because a publication changes the flight as well.
func (c *Client) SubmissionStatus(ctx context.Context, ref SubmissionRef) (*SubmissionStatus, error) {
	r := submissionRequest(readStatus, http.MethodGet, ref, "status")
	status, err := send[SubmissionStatus](ctx, c, r)
	if err != nil {
		return nil, err
	}
	whole := submissionRequest(readSubmission, http.MethodGet, ref)
	_, known, writes := c.reads.find(whole.readKey())
	if len(known.items) > 0 && known.writes == writes {
		before, err := decodeReply[SubmissionStatus](&r, known.items[0])
		if err != nil || before.Status != status.Status {
			c.reads.forget(ref.FlightRef)
		}
	}
	return status, nil
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
		send:  func(ctx context.Context) (*Submission, error) { return c.makeSubmission(ctx, &r) },
		look:  func(ctx context.Context) (*Submission, error) { return c.newPending(ctx, flight) },
		again: func(err error) int {
			e, ok := errors.AsType[*Error](err)
			switch {
			case ok && e.isWithoutBase():
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
func (c *Client) makeSubmission(ctx context.Context, r *request) (*Submission, error) {
	made, err := send[Submission](ctx, c, *r)
	if hasStatus(err, http.StatusInternalServerError) || hasStatus(err, http.StatusGatewayTimeout) {
		r.query = url.Values{"isMinimalResponse": {"true"}}
	}
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
	body, err := wirejson.Encode(submission)
	if err != nil {
		return nil, newError(&r, err)
	}
	r.body = body
	defer c.reads.writing(submission.Ref.FlightRef)()
	return send[Submission](ctx, c, r)
}

// DeleteSubmission deletes a draft or failed submission; one that does not exist is deleted already. The error satisfies
// [IsConflict] if the submission is too far on its way [store-api 5.2]. The flight may show the submission for a while
// longer; [Client.CreateSubmission] allows for that.
func (c *Client) DeleteSubmission(ctx context.Context, ref SubmissionRef) error {
	defer c.reads.writing(ref.FlightRef)()
	return c.remove(ctx, submissionRequest(deleteSubmission, http.MethodDelete, ref))
}
