package storeapi

import (
	"slices"
	"strings"
	"time"
)

// Status is where a submission is on its way into the Store [store-api 5.1]. The Store may use values that are not
// listed here; they are neither failed nor reached. So is "", the status of a reply that has none, which says nothing of
// where the submission is [store-api 5.1].
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

// course is the order that a submission takes through its statuses [store-api 5.2].
var course = []Status{
	StatusPendingCommit, StatusCommitStarted, StatusPreProcessing, StatusCertification, StatusRelease,
	StatusPendingPublication, StatusPublishing, StatusPublished,
}

// Failed says whether the submission will get no further: one of the …Failed statuses or Canceled, which pollers tend to
// forget and then never stop polling [store-api 5.2].
func (s Status) Failed() bool {
	return s == StatusCanceled || strings.HasSuffix(string(s), "Failed")
}

// Reached says whether the submission is at goal or beyond it. Stages may be skipped from one poll to the next
// [store-api 5.3], so compare with Reached and never for equality. A failed, missing or unknown status has reached
// nothing, and a goal off the course from PendingCommit to Published is never reached.
func (s Status) Reached(goal Status) bool {
	want := slices.Index(course, goal)
	return want >= 0 && slices.Index(course, s) >= want
}

// committed says whether a submission with the status was certainly handed over to the Store.
func (s Status) committed() bool { return s.Failed() || s.Reached(StatusCommitStarted) }

// SubmissionStatus is a submission's status with its explanation [store-api 3.3].
type SubmissionStatus struct {
	// Status is empty if the Store sent none, as it does now and then right after a commit [store-api 5.1].
	Status        Status        `wire:"status"`
	StatusDetails StatusDetails `wire:"statusDetails"`
	// CorrelationID is what the Store's support asks for when this is not what it should be.
	CorrelationID string
}

func (s *SubmissionStatus) named(_ *request, _ identity, got reply) {
	s.CorrelationID = got.correlationID
}

// StatusDetails explain a submission's status [store-api 4.1].
type StatusDetails struct {
	// Errors may be there before the status says that the submission failed [store-api 5.4].
	Errors               []StatusDetail        `wire:"errors"`
	Warnings             []StatusDetail        `wire:"warnings"`
	CertificationReports []CertificationReport `wire:"certificationReports"`

	overlay
}

// StatusDetail is one error or warning: a code such as "MissingFiles" and a text [store-api 5.4].
type StatusDetail struct {
	Code    string `wire:"code"`
	Details string `wire:"details,text"`

	overlay
}

// CertificationReport points to a report of the certification [store-api 4.1].
type CertificationReport struct {
	// Date is in UTC; zero if the Store gave none.
	Date      time.Time `wire:"date"`
	ReportURL string    `wire:"reportUrl"`

	overlay
}
