package workflow_test

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// The operations of a shop.
const (
	opEndRollout                               = "FinalizePackageRollout"
	opFlight, opSubmission, opStatus, opCreate = "Flight", "Submission", "SubmissionStatus", "CreateSubmission"
	opUpdate, opUpload, opCommit, opDelete     = "UpdateSubmission", "Upload", "CommitSubmission", "DeleteSubmission"
)

// shop is a Store with one flight. What is read is a copy, as from the wire. Once a
// submission is past its processing, its packages have ids and versions.
type shop struct {
	workflow.Store
	mu          sync.Mutex
	flight      storeapi.Flight
	submissions map[string]*storeapi.Submission
	added       int
	// course is what each read of the status comes to; the last status stays.
	course []storeapi.Status
	// versions are those in the uploaded files by file name, "1.0.0.0" unless given.
	versions map[string]string
	// calls are the operations so far; before may refuse one, or hold it up.
	calls  []string
	before func(ctx context.Context, operation string) error
	// uploads are the URLs that something was uploaded to.
	uploads []string
	// reply changes what an update answers, made what a creation does.
	reply, made func(*storeapi.Submission)
	// bare is an error that a creation returns with nothing but the new id.
	bare error
}

// planned is the digest that the plan shows; the uploads of a shop read nothing.
const planned = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// openShop has a published submission "1".
func openShop() *shop {
	s := &shop{submissions: map[string]*storeapi.Submission{}, course: []storeapi.Status{storeapi.StatusPublished}}
	s.flight = storeapi.Flight{ApplicationID: ref.ApplicationID, ID: ref.FlightID, LastPublishedSubmissionID: "1"}
	s.add("1", storeapi.StatusPublished)
	return s
}

// add makes a submission, with an upload URL that is good for a day.
func (s *shop) add(id string, status storeapi.Status) *storeapi.Submission {
	submission := &storeapi.Submission{
		Ref: ref.Submission(id), Status: status, FileUploadURL: uploadURL(id, 24*time.Hour), TargetPublishMode: storeapi.PublishImmediate,
	}
	submission.PackageDeliveryOptions.PackageRollout.Status = storeapi.RolloutNotStarted
	s.submissions[id] = submission
	s.added++
	if status != storeapi.StatusPublished {
		s.flight.PendingSubmissionID = id
	}
	return submission
}

func uploadURL(name string, left time.Duration) storeapi.UploadURL {
	return storeapi.NewUploadURL("https://blob.example/" + name + "?sig=s&se=" + time.Now().Add(left).UTC().Format("2006-01-02T15:04:05Z"))
}

// publish makes the submission the one that was published last.
func (s *shop) publish(id string) {
	submission := s.submissions[id]
	submission.Status = storeapi.StatusPublished
	s.flight.LastPublishedSubmissionID = id
	if s.flight.PendingSubmissionID == id {
		s.flight.PendingSubmissionID = ""
	}
}

// process gives the packages of a submission what the Store gives them.
func (s *shop) process(submission *storeapi.Submission) {
	submission.FlightPackages = slices.DeleteFunc(slices.Clone(submission.FlightPackages), func(p storeapi.FlightPackage) bool {
		return p.FileStatus == storeapi.FileStatusPendingDelete
	})
	for i := range submission.FlightPackages {
		if p := &submission.FlightPackages[i]; p.ID == "" {
			p.ID, p.FileStatus, p.Version = submission.Ref.SubmissionID+"-"+p.FileName, storeapi.FileStatusUploaded, cmp.Or(s.versions[p.FileName], "1.0.0.0")
		}
	}
}

func (s *shop) enter(ctx context.Context, operation string) error {
	s.mu.Lock()
	s.calls = append(s.calls, operation)
	s.mu.Unlock()
	if s.before != nil {
		return s.before(ctx, operation)
	}
	return nil
}

func (s *shop) count(operation string) int {
	n := 0
	for _, call := range s.calls {
		if call == operation {
			n++
		}
	}
	return n
}

func (s *shop) Flight(ctx context.Context, _ storeapi.FlightRef) (*storeapi.Flight, error) {
	if err := s.enter(ctx, opFlight); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return new(s.flight), nil
}

func (s *shop) Submission(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.Submission, error) {
	if err := s.enter(ctx, opSubmission); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.look(ref)
}

func (s *shop) look(ref storeapi.SubmissionRef) (*storeapi.Submission, error) {
	found, ok := s.submissions[ref.SubmissionID]
	if !ok {
		return nil, &storeapi.Error{StatusCode: 404}
	}
	read := *found
	read.FlightPackages = slices.Clone(found.FlightPackages)
	return &read, nil
}

func (s *shop) SubmissionStatus(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.SubmissionStatus, error) {
	if err := s.enter(ctx, opStatus); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.look(ref); err != nil {
		return nil, err
	}
	found := s.submissions[ref.SubmissionID]
	found.Status = s.course[0]
	if len(s.course) > 1 {
		s.course = s.course[1:]
	}
	if found.Status.Reached(storeapi.StatusPreProcessing) {
		s.process(found)
	}
	if found.Status == storeapi.StatusPublished {
		s.publish(ref.SubmissionID)
	}
	return &storeapi.SubmissionStatus{Status: found.Status, StatusDetails: found.StatusDetails}, nil
}

func (s *shop) PackageRollout(_ context.Context, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return new(s.submissions[ref.SubmissionID].PackageDeliveryOptions.PackageRollout), nil
}

func (s *shop) FinalizePackageRollout(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error) {
	if err := s.enter(ctx, opEndRollout); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rollout := &s.submissions[ref.SubmissionID].PackageDeliveryOptions.PackageRollout
	rollout.Status = storeapi.RolloutComplete
	return new(*rollout), nil
}

func (s *shop) CreateSubmission(ctx context.Context, _ *storeapi.Flight) (*storeapi.Submission, error) {
	if err := s.enter(ctx, opCreate); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight.PendingSubmissionID != "" && s.submissions[s.flight.PendingSubmissionID] != nil {
		return nil, &storeapi.Error{StatusCode: 409}
	}
	draft := s.add(strconv.Itoa(s.added+1), storeapi.StatusPendingCommit)
	if published := s.submissions[s.flight.LastPublishedSubmissionID]; published != nil {
		draft.FlightPackages = slices.Clone(published.FlightPackages)
	}
	if s.bare != nil {
		return &storeapi.Submission{Ref: draft.Ref}, s.bare
	}
	read, err := s.look(draft.Ref)
	if s.made != nil {
		s.made(read)
	}
	return read, err
}

func (s *shop) UpdateSubmission(ctx context.Context, submission *storeapi.Submission) (*storeapi.Submission, error) {
	if err := s.enter(ctx, opUpdate); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.submissions[submission.Ref.SubmissionID] = new(*submission)
	reply, err := s.look(submission.Ref)
	if s.reply != nil {
		s.reply(reply)
	}
	return reply, err
}

func (s *shop) CommitSubmission(ctx context.Context, ref storeapi.SubmissionRef) (storeapi.Status, error) {
	if err := s.enter(ctx, opCommit); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.submissions[ref.SubmissionID].Status != storeapi.StatusPendingCommit {
		return "", &storeapi.Error{StatusCode: 409}
	}
	s.submissions[ref.SubmissionID].Status = storeapi.StatusCommitStarted
	return storeapi.StatusCommitStarted, nil
}

func (s *shop) DeleteSubmission(ctx context.Context, ref storeapi.SubmissionRef) error {
	if err := s.enter(ctx, opDelete); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.submissions, ref.SubmissionID)
	s.flight.PendingSubmissionID = ""
	return nil
}

func (s *shop) upload(ctx context.Context, url storeapi.UploadURL, _ *archive.Archive) error {
	s.mu.Lock()
	s.uploads = append(s.uploads, url.Reveal())
	s.mu.Unlock()
	return s.enter(ctx, opUpload)
}

func (s *shop) workflow() *workflow.Workflow {
	return &workflow.Workflow{Store: s, Upload: s.upload, PollInterval: 30 * time.Second, Logger: slog.New(slog.DiscardHandler)}
}

// outcome is all that an apply leaves.
type outcome struct {
	saved    []workflow.Tracked
	warnings []*workflow.Problem
	err      error
}

func (o outcome) last() *workflow.Tracked { return &o.saved[len(o.saved)-1] }

// submit creates what a configuration of one package asks for.
func (s *shop) submit(ctx context.Context, t *testing.T) outcome {
	t.Helper()
	return s.apply(ctx, desired(t), nil)
}

// apply brings about what is desired, from a state that knows a submission or none.
func (s *shop) apply(ctx context.Context, d workflow.Desired, tracked *workflow.Tracked) outcome {
	return applyWith(ctx, s.workflow(), d, tracked)
}

func applyWith(ctx context.Context, w *workflow.Workflow, d workflow.Desired, tracked *workflow.Tracked) outcome {
	var o outcome
	o.warnings, o.err = w.Submit(ctx, d, tracked, func(now workflow.Tracked) {
		now.Submission = now.Submission.Clone()
		o.saved = append(o.saved, now)
	})
	return o
}

func desired(t *testing.T) workflow.Desired {
	t.Helper()
	return workflow.Desired{
		Flight: ref.FlightRef, Commit: true, WaitFor: workflow.GoalPublish, PendingPolicy: workflow.PendingFail, RolloutPolicy: workflow.RolloutFail,
		Content: workflow.Content{PublishMode: "Immediate", Packages: []workflow.Package{{
			Source: msixtest.WriteFile(t, t.TempDir(), "app.msix", []byte("bytes")), FileName: "app.msix", SHA256: planned, Version: "1.0.0.0",
		}}},
	}
}

// draft is a state that knows the draft "2", in which the package is not yet.
func (s *shop) draft() *workflow.Tracked {
	draft := s.add("2", storeapi.StatusPendingCommit)
	return &workflow.Tracked{
		Submission: draft.Clone(),
		Record:     workflow.Record{SubmissionID: "2", UploadUntil: time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)},
	}
}
