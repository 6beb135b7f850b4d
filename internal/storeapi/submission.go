package storeapi

import (
	"context"
	"errors"
	"time"
)

// Submission is a flight submission [store-api 4.1].
type Submission struct {
	Ref                    SubmissionRef
	Status                 Status
	StatusDetails          StatusDetails
	FlightPackages         []FlightPackage
	PackageDeliveryOptions PackageDeliveryOptions
	FileUploadURL          UploadURL
	TargetPublishMode      string
	TargetPublishDate      time.Time
	NotesForCertification  string
}

// FlightPackage is a package of a flight submission [store-api 4.1].
type FlightPackage struct {
	ID                    string
	FileName              string
	FileStatus            string
	Version               string
	Architecture          string
	TargetPlatform        string
	MinimumDirectXVersion string
	MinimumSystemRAM      string
	Languages             []string
	Capabilities          []string
	TargetDeviceFamilies  []string
}

// The values of FlightPackage.FileStatus [store-api 4.1].
const (
	FileStatusNone          = "None"
	FileStatusPendingUpload = "PendingUpload"
	FileStatusUploaded      = "Uploaded"
	FileStatusPendingDelete = "PendingDelete"
)

// PackageDeliveryOptions say how the packages of a submission reach customers [store-api 4.1].
type PackageDeliveryOptions struct {
	PackageRollout               PackageRollout
	IsMandatoryUpdate            bool
	MandatoryUpdateEffectiveDate time.Time
}

// Submission reads a submission.
func (c *Client) Submission(ctx context.Context, ref SubmissionRef) (*Submission, error) {
	return nil, errors.ErrUnsupported
}

// SubmissionStatus reads the status of a submission.
func (c *Client) SubmissionStatus(ctx context.Context, ref SubmissionRef) (*SubmissionStatus, error) {
	return nil, errors.ErrUnsupported
}

// CreateSubmission makes a submission of a flight.
func (c *Client) CreateSubmission(ctx context.Context, flight *Flight) (*Submission, error) {
	return nil, errors.ErrUnsupported
}

// UpdateSubmission replaces a submission's settable members.
func (c *Client) UpdateSubmission(ctx context.Context, submission *Submission) (*Submission, error) {
	return nil, errors.ErrUnsupported
}

// CommitSubmission commits a submission.
func (c *Client) CommitSubmission(ctx context.Context, ref SubmissionRef) (Status, error) {
	return StatusNone, errors.ErrUnsupported
}

// DeleteSubmission deletes a submission.
func (c *Client) DeleteSubmission(ctx context.Context, ref SubmissionRef) error {
	return errors.ErrUnsupported
}
