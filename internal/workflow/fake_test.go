package workflow_test

import (
	"cmp"
	"context"
	"errors"
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

// The operations of a fakeStore.
const (
	opRollout, opUpdateRollout                 = "PackageRollout", "UpdatePackageRolloutPercentage"
	opHaltRollout, opEndRollout                = "HaltPackageRollout", "FinalizePackageRollout"
	opFlight, opSubmission, opStatus, opCreate = "Flight", "Submission", "SubmissionStatus", "CreateSubmission"
	opUpdate, opUpload, opCommit, opDelete     = "UpdateSubmission", "Upload", "CommitSubmission", "DeleteSubmission"
)

// fakeStore is a Store with one flight. What is read is a copy, as from the wire. Once a
// submission is past its processing, its packages have ids and versions; once it is
// published, its rollout is in progress.
type fakeStore struct {
	workflow.Store
	mu          sync.Mutex
	flight      storeapi.Flight
	submissions map[string]*storeapi.Submission
	added       int
	// course is what each read of the status comes to; the last status stays.
	course []storeapi.Status
	// lags has the submission itself keep its first status.
	lags bool
	// versions are those in the uploaded files by file name, "1.0.0.0" unless given.
	versions map[string]string
	// calls are the operations so far; before may refuse one, or hold it up.
	calls []string
	// looks are the times of the reads of the status.
	looks []time.Time
	// changes are what was asked for about rollouts, and what was deleted.
	changes []string
	before  func(ctx context.Context, operation string) error
	// uploads are the URLs that something was uploaded to.
	uploads []string
	// reply changes what an update answers, made what a creation does.
	reply, made func(*storeapi.Submission)
	// foreign has the application belong to somebody else; identity is what its packages are called and whose they are.
	foreign  bool
	identity string
	// committed is what a commit comes to, CommitStarted if empty, and doubt an error that stands beside it.
	committed storeapi.Status
	doubt     error
	// read changes what a read of a submission shows.
	read func(*storeapi.Submission)
	// bare is an error that a creation returns with nothing but the new id.
	bare error
	// apart is the rollout of a submission that does not tell it.
	apart *storeapi.PackageRollout
	// rounds has the Store take whole percentages only.
	rounds bool
}

// planned is the digest that the plan shows; the uploads of a fakeStore read nothing.
const planned = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// emptyStore has a flight without submissions.
func emptyStore() *fakeStore {
	return &fakeStore{
		submissions: map[string]*storeapi.Submission{}, course: []storeapi.Status{storeapi.StatusPublished},
		flight: storeapi.Flight{ApplicationID: ref.ApplicationID, ID: ref.FlightID},
	}
}

// publishedStore has a published submission "1".
func publishedStore() *fakeStore {
	s := emptyStore()
	s.add("1", storeapi.StatusPublished)
	s.flight.LastPublishedSubmissionID = "1"
	return s
}

// storeWith has one submission with this rollout.
func storeWith(status storeapi.Status, rollout storeapi.PackageRollout) *fakeStore {
	s := emptyStore()
	s.add(ref.SubmissionID, status).PackageDeliveryOptions.PackageRollout = rollout
	return s
}

// only is the submission of [storeWith].
func (s *fakeStore) only() *storeapi.Submission { return s.submissions[ref.SubmissionID] }

func (s *fakeStore) rollout() *storeapi.PackageRollout {
	return &s.only().PackageDeliveryOptions.PackageRollout
}

// refuse has operations fail, after something else has happened if it is not nil.
func (s *fakeStore) refuse(err error, meanwhile func(), operations ...string) {
	s.before = func(_ context.Context, operation string) error {
		if !slices.Contains(operations, operation) {
			return nil
		}
		if meanwhile != nil {
			meanwhile()
		}
		return err
	}
}

// add makes a submission, with an upload URL that is good for a day.
func (s *fakeStore) add(id string, status storeapi.Status) *storeapi.Submission {
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
func (s *fakeStore) publish(id string) {
	submission := s.submissions[id]
	submission.Status = storeapi.StatusPublished
	s.flight.LastPublishedSubmissionID = id
	if s.flight.PendingSubmissionID == id {
		s.flight.PendingSubmissionID = ""
	}
}

// process gives the packages of a submission what the Store gives them.
func (s *fakeStore) process(submission *storeapi.Submission) {
	submission.FlightPackages = slices.DeleteFunc(slices.Clone(submission.FlightPackages), func(p storeapi.FlightPackage) bool {
		return p.FileStatus == storeapi.FileStatusPendingDelete
	})
	for i := range submission.FlightPackages {
		if p := &submission.FlightPackages[i]; p.ID == "" {
			p.ID, p.FileStatus, p.Version = submission.Ref.SubmissionID+"-"+p.FileName, storeapi.FileStatusUploaded, cmp.Or(s.versions[p.FileName], "1.0.0.0")
		}
	}
}

func (s *fakeStore) enter(ctx context.Context, operation string) error {
	s.mu.Lock()
	s.calls = append(s.calls, operation)
	if operation == opStatus {
		s.looks = append(s.looks, time.Now())
	}
	s.mu.Unlock()
	if s.before != nil {
		return s.before(ctx, operation)
	}
	return nil
}

func (s *fakeStore) count(operation string) int {
	n := 0
	for _, call := range s.calls {
		if call == operation {
			n++
		}
	}
	return n
}

func (s *fakeStore) Application(_ context.Context, id string) (*storeapi.Application, error) {
	if s.foreign {
		return nil, &storeapi.Error{StatusCode: 404}
	}
	return &storeapi.Application{ID: id, PackageIdentityName: s.identity, PublisherName: s.identity}, nil
}

func (s *fakeStore) Flight(ctx context.Context, _ storeapi.FlightRef) (*storeapi.Flight, error) {
	if err := s.enter(ctx, opFlight); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return new(s.flight), nil
}

func (s *fakeStore) Submission(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.Submission, error) {
	if err := s.enter(ctx, opSubmission); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.look(ref)
	if err == nil && s.read != nil {
		s.read(found)
	}
	return found, err
}

func (s *fakeStore) look(ref storeapi.SubmissionRef) (*storeapi.Submission, error) {
	found, ok := s.submissions[ref.SubmissionID]
	if !ok {
		return nil, &storeapi.Error{StatusCode: 404}
	}
	read := *found
	read.FlightPackages = slices.Clone(found.FlightPackages)
	return &read, nil
}

func (s *fakeStore) SubmissionStatus(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.SubmissionStatus, error) {
	if err := s.enter(ctx, opStatus); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.look(ref); err != nil {
		return nil, err
	}
	found := s.submissions[ref.SubmissionID]
	status := s.course[0]
	if len(s.course) > 1 {
		s.course = s.course[1:]
	}
	if !s.lags {
		found.Status = status
	}
	if status.Reached(storeapi.StatusPreProcessing) {
		s.process(found)
	}
	if rollout := &found.PackageDeliveryOptions.PackageRollout; status == storeapi.StatusPublished && rollout.IsPackageRollout {
		rollout.Status = storeapi.RolloutInProgress
	}
	if found.Status == storeapi.StatusPublished {
		s.publish(ref.SubmissionID)
	}
	return &storeapi.SubmissionStatus{Status: status, StatusDetails: found.StatusDetails}, nil
}

func (s *fakeStore) PackageRollout(ctx context.Context, _ storeapi.SubmissionRef) (*storeapi.PackageRollout, error) {
	if err := s.enter(ctx, opRollout); err != nil {
		return nil, err
	}
	if s.apart == nil {
		return nil, errors.New("the submission tells its rollout")
	}
	return new(*s.apart), nil
}

func (s *fakeStore) UpdatePackageRolloutPercentage(ctx context.Context, ref storeapi.SubmissionRef, p float64) (*storeapi.PackageRollout, error) {
	if s.rounds {
		p = float64(int(p))
	}
	return s.change(ctx, ref, opUpdateRollout, func(r *storeapi.PackageRollout) { r.Percentage = p })
}

func (s *fakeStore) HaltPackageRollout(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error) {
	return s.change(ctx, ref, opHaltRollout, func(r *storeapi.PackageRollout) { r.Percentage, r.Status = 0, storeapi.RolloutStopped })
}

func (s *fakeStore) FinalizePackageRollout(ctx context.Context, ref storeapi.SubmissionRef) (*storeapi.PackageRollout, error) {
	return s.change(ctx, ref, opEndRollout, func(r *storeapi.PackageRollout) { r.Percentage, r.Status = 100, storeapi.RolloutComplete })
}

func (s *fakeStore) change(ctx context.Context, ref storeapi.SubmissionRef, operation string, change func(*storeapi.PackageRollout)) (*storeapi.PackageRollout, error) {
	asked := map[string]string{opHaltRollout: "halt", opEndRollout: "finalize"}[operation]
	if operation == opUpdateRollout {
		var wanted storeapi.PackageRollout
		change(&wanted)
		asked = "update " + strconv.FormatFloat(wanted.Percentage, 'f', -1, 64)
	}
	s.changes = append(s.changes, asked)
	if err := s.enter(ctx, operation); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rollout := &s.submissions[ref.SubmissionID].PackageDeliveryOptions.PackageRollout
	change(rollout)
	return new(*rollout), nil
}

func (s *fakeStore) CreateSubmission(ctx context.Context, _ *storeapi.Flight) (*storeapi.Submission, error) {
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

func (s *fakeStore) UpdateSubmission(ctx context.Context, submission *storeapi.Submission) (*storeapi.Submission, error) {
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

func (s *fakeStore) CommitSubmission(ctx context.Context, ref storeapi.SubmissionRef) (storeapi.Status, error) {
	if err := s.enter(ctx, opCommit); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.submissions[ref.SubmissionID].Status != storeapi.StatusPendingCommit {
		return "", &storeapi.Error{StatusCode: 409}
	}
	s.submissions[ref.SubmissionID].Status = cmp.Or(s.committed, storeapi.StatusCommitStarted)
	return s.submissions[ref.SubmissionID].Status, s.doubt
}

func (s *fakeStore) DeleteSubmission(ctx context.Context, ref storeapi.SubmissionRef) error {
	s.changes = append(s.changes, ref.SubmissionID)
	if err := s.enter(ctx, opDelete); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.submissions, ref.SubmissionID)
	s.flight.PendingSubmissionID = ""
	return nil
}

func (s *fakeStore) DeleteFlight(context.Context, storeapi.FlightRef) error {
	s.changes = append(s.changes, "flight")
	return nil
}

func (s *fakeStore) upload(ctx context.Context, url storeapi.UploadURL, _ *archive.Archive) error {
	s.mu.Lock()
	s.uploads = append(s.uploads, url.Reveal())
	s.mu.Unlock()
	return s.enter(ctx, opUpload)
}

func (s *fakeStore) workflow() *workflow.Workflow {
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
func (s *fakeStore) submit(ctx context.Context, t *testing.T) outcome {
	t.Helper()
	return s.apply(ctx, desired(t), nil)
}

// apply brings about what is desired, from a state that knows a submission or none.
func (s *fakeStore) apply(ctx context.Context, d workflow.Desired, tracked *workflow.Tracked) outcome {
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
func (s *fakeStore) draft() *workflow.Tracked {
	draft := s.add("2", storeapi.StatusPendingCommit)
	return &workflow.Tracked{
		Submission: draft.Clone(),
		Record:     workflow.Record{SubmissionID: "2", UploadUntil: time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)},
	}
}
