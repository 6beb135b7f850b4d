package storeapi

import "time"

// Status is where a submission is on its way into the Store [store-api 5.1].
type Status string

// The values of Status [store-api 5.1].
const (
	StatusNone                Status = "None"
	StatusCanceled            Status = "Canceled"
	StatusPendingCommit       Status = "PendingCommit"
	StatusCommitStarted       Status = "CommitStarted"
	StatusCommitFailed        Status = "CommitFailed"
	StatusPreProcessing       Status = "PreProcessing"
	StatusPreProcessingFailed Status = "PreProcessingFailed"
	StatusCertification       Status = "Certification"
	StatusCertificationFailed Status = "CertificationFailed"
	StatusRelease             Status = "Release"
	StatusReleaseFailed       Status = "ReleaseFailed"
	StatusPendingPublication  Status = "PendingPublication"
	StatusPublishing          Status = "Publishing"
	StatusPublishFailed       Status = "PublishFailed"
	StatusPublished           Status = "Published"
)

// Failed says whether the submission will not get any further.
func (s Status) Failed() bool { return false }

// Reached says whether the submission is at goal or beyond it.
func (s Status) Reached(goal Status) bool { return false }

// SubmissionStatus is a submission's status with its explanation [store-api 3.3].
type SubmissionStatus struct {
	Status        Status
	StatusDetails StatusDetails
}

// StatusDetails explain a submission's status [store-api 4.1].
type StatusDetails struct {
	Errors               []StatusDetail
	Warnings             []StatusDetail
	CertificationReports []CertificationReport
}

// StatusDetail is one error or warning [store-api 5.4].
type StatusDetail struct {
	Code    string
	Details string
}

// CertificationReport points to a report of the certification.
type CertificationReport struct {
	Date      time.Time
	ReportURL string
}
