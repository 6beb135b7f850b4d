package storesim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Statuses of a submission [store-api 5.1].
const (
	StatusNone                = "None"
	StatusCanceled            = "Canceled"
	StatusPendingCommit       = "PendingCommit"
	StatusCommitStarted       = "CommitStarted"
	StatusCommitFailed        = "CommitFailed"
	StatusPreProcessing       = "PreProcessing"
	StatusPreProcessingFailed = "PreProcessingFailed"
	StatusCertification       = "Certification"
	StatusCertificationFailed = "CertificationFailed"
	StatusRelease             = "Release"
	StatusReleaseFailed       = "ReleaseFailed"
	StatusPendingPublication  = "PendingPublication"
	StatusPublishing          = "Publishing"
	StatusPublishFailed       = "PublishFailed"
	StatusPublished           = "Published"
)

// StatusDetails are the errors, warnings and reports of a submission.
type StatusDetails struct {
	Errors, Warnings     []StatusDetail
	CertificationReports []CertificationReport
}

// StatusDetail is an error or a warning; codes are in [store-api 5.4].
type StatusDetail struct {
	Code, Details string
}

// CertificationReport says where a report of the certification is.
type CertificationReport struct {
	Date      time.Time
	ReportURL string
}

// failure is a failure that waits for a submission to get there.
type failure struct {
	status  string
	details []StatusDetail
}

// failedFrom is which stage ends in which failure [store-api 5.2].
var failedFrom = map[string]string{
	StatusCommitStarted: StatusCommitFailed,
	StatusPreProcessing: StatusPreProcessingFailed,
	StatusCertification: StatusCertificationFailed,
	StatusRelease:       StatusReleaseFailed,
	StatusPublishing:    StatusPublishFailed,
}

// Hold has every submission that gets to a status stay there until Release.
func (s *Sim) Hold(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[status] = true
}

// Release ends Hold.
func (s *Sim) Release(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, status)
}

// SkipStages has submissions pass through statuses without being seen there [store-api 5.3]. Each call replaces the set.
func (s *Sim) SkipStages(statuses ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped = map[string]bool{}
	for _, status := range statuses {
		s.skipped[status] = true
	}
}

// SetCommitLag has the first n reads of a submission or its status after an accepted commit still see PendingCommit
// [store-api 5.3].
func (s *Sim) SetCommitLag(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commitLag = n
}

// FailAt has the next submission that is committed fail: CommitFailed, PreProcessingFailed, CertificationFailed, ReleaseFailed
// or PublishFailed, with the given errors or else a fitting one. From the certification on there is a report, too. Several
// calls make as many submissions fail, one after the other.
func (s *Sim) FailAt(status string, details ...StatusDetail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, newFailure(status, details))
}

// WarnNext gives the next submission that is committed warnings, which never block it [store-api 5.4].
func (s *Sim) WarnNext(warnings ...StatusDetail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warnings = append(s.warnings, warnings...)
}

func newFailure(status string, details []StatusDetail) failure {
	known := false
	for _, failed := range failedFrom {
		known = known || failed == status
	}
	if !known {
		panic("storesim: no submission fails at " + status)
	}
	if len(details) == 0 {
		details = []StatusDetail{{Code: "Other", Details: "The submission failed at " + strings.TrimSuffix(status, "Failed") + "."}}
	}
	return failure{status, details}
}

func (s *Sim) nextFailure() *failure {
	if len(s.failures) == 0 {
		return nil
	}
	next := s.failures[0]
	s.failures = s.failures[1:]
	return &next
}

// observe moves a submission on because its status is being read.
func (s *Sim) observe(sub *submission) {
	if s.opts.StageDuration > 0 || sub.lag > 0 {
		return
	}
	if sub.shown && !s.held[sub.status] {
		s.step(sub)
	}
	sub.shown = true
}

// settle moves every pending submission on as far as the clock says.
func (s *Sim) settle() {
	if s.opts.StageDuration <= 0 {
		return
	}
	for _, app := range s.applications {
		for _, f := range app.flights {
			if f.pending != nil {
				s.settleSubmission(f.pending)
			}
		}
	}
}

func (s *Sim) settleSubmission(sub *submission) {
	for sub == sub.flight.pending {
		due := sub.since.Add(s.opts.StageDuration)
		if due.After(s.now()) {
			return
		}
		if s.held[sub.status] || !s.step(sub) {
			// What rests goes on from the moment when it may, and does not make up for the time that it rested.
			sub.since = s.now().Add(-s.opts.StageDuration)
			return
		}
		sub.since = due
	}
}

// shownStatus is the status that a reply says, which lags behind now and then [store-api 5.1, 5.3].
func (s *Sim) shownStatus(sub *submission) string {
	switch {
	case sub.silent:
		sub.silent = false
		return ""
	case sub.lag > 0:
		sub.lag--
		return StatusPendingCommit
	default:
		return sub.status
	}
}

// step moves a submission on by one stage, or by more where stages are skipped, and says whether it moved.
func (s *Sim) step(sub *submission) bool {
	moved := false
	for {
		next := s.leave(sub)
		if next == "" {
			return moved
		}
		s.enter(sub, next)
		moved = true
		if !s.skipped[next] {
			return true
		}
	}
}

// leave does what happens at the end of a stage and gives the next one, or "" if the submission rests [store-api 5.2, 5.5].
func (s *Sim) leave(sub *submission) string {
	failed := failedFrom[sub.status]
	if sub.failure != nil && sub.failure.status == failed {
		s.fail(sub, sub.failure.details)
		return failed
	}
	switch sub.status {
	case StatusCommitStarted:
		if errs := s.ingest(sub); errs != nil {
			s.fail(sub, errs)
			return failed
		}
		return StatusPreProcessing
	case StatusPreProcessing:
		if errs := s.process(sub); errs != nil {
			s.fail(sub, errs)
			return failed
		}
		return StatusCertification
	case StatusCertification:
		return StatusRelease
	case StatusRelease:
		return sub.afterRelease()
	case StatusPendingPublication:
		if s.now().Before(sub.publishDate) && !sub.publishNow {
			return ""
		}
		return StatusPublishing
	case StatusPublishing:
		return StatusPublished
	default:
		return ""
	}
}

// afterRelease is where the publish mode counts: nothing in the API presses "publish now" [store-api 5.5].
func (sub *submission) afterRelease() string {
	switch {
	case sub.publishMode == modeManual && !sub.publishNow:
		return ""
	case sub.publishMode == modeSpecificDate:
		return StatusPendingPublication
	default:
		return StatusPublishing
	}
}

// fail adds errors, and a report if the submission got as far as testers.
func (s *Sim) fail(sub *submission, errs []StatusDetail) {
	sub.details.Errors = append(slices.Clone(sub.details.Errors), errs...)
	if sub.status == StatusCommitStarted || sub.status == StatusPreProcessing {
		return
	}
	number := strconv.Itoa(len(sub.details.CertificationReports) + 1)
	sub.details.CertificationReports = append(sub.details.CertificationReports, CertificationReport{
		Date:      s.now().Truncate(time.Second),
		ReportURL: "https://partner.microsoft.com/dashboard/products/" + sub.flight.application.seed.ID + "/submissions/" + sub.id + "/report/" + number,
	})
}

// enter begins a stage.
func (s *Sim) enter(sub *submission, status string) {
	sub.status, sub.since, sub.shown = status, s.now(), false
	if status == StatusPublished {
		sub.publish()
	}
	s.submissionEvent(EventStatus, sub, status)
}

// publish frees the flight's slot and starts the gradual rollout [store-api 8].
func (sub *submission) publish() {
	f := sub.flight
	if last := f.lastPublished(); sub.losesPackages && last != nil {
		sub.packages = nil
		for _, p := range last.packages {
			sub.packages = append(sub.packages, new(*p))
		}
	}
	if sub.rollout.Enabled {
		sub.rollout.Status = rolloutInProgress
		if last := f.lastPublished(); last != nil {
			sub.rollout.FallbackSubmissionID = last.id
		}
	}
	f.pending = nil
	f.published = append(f.published, sub)
}
