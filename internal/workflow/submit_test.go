package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func TestSubmit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openShop()
		o := s.submit(t.Context(), t)
		if o.err != nil || len(o.warnings) > 0 {
			t.Fatalf("%v %v", o.err, o.warnings)
		}
		want := []string{opFlight, opCreate, opUpdate, opUpload, opCommit, opStatus, opSubmission}
		if diff := cmp.Diff(want, s.calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if got := o.last(); got.Submission.Status != storeapi.StatusPublished || !got.Record.Complete || got.Record.Committed.IsZero() {
			t.Errorf("saved %+v", got)
		}
	})
}

// Ctrl-C ends an apply soon, wherever it is, and nothing that was made is lost.
func TestSubmitIsCancelled(t *testing.T) {
	t.Parallel()
	for _, at := range []string{opFlight, opSubmission, opCreate, opUpdate, opUpload, opCommit, opStatus} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := openShop()
				ctx, cancel := context.WithCancel(t.Context())
				var cancelled time.Time
				s.before = func(ctx context.Context, operation string) error {
					if operation == at && cancelled.IsZero() {
						cancelled = time.Now()
						cancel()
					}
					if cancelled.IsZero() {
						return nil
					}
					// From now on nobody answers.
					<-ctx.Done()
					return ctx.Err()
				}
				o := s.submit(ctx, t)
				if took := time.Since(cancelled); took > 10*time.Second {
					t.Errorf("it took %s after the cancellation", took)
				}
				if s.count(opCommit) > 0 && at != opCommit {
					if o.err != nil || len(o.warnings) != 1 || o.last().Record.Committed.IsZero() {
						t.Errorf("after the commit: error %v, warnings %v", o.err, o.warnings)
					}
				} else if !errors.Is(o.err, context.Canceled) {
					t.Errorf("error %v", o.err)
				}
				if made := s.flight.PendingSubmissionID; made != "" && o.last().Submission.Ref.SubmissionID != made {
					t.Errorf("submission %s is lost", made)
				}
			})
		})
	}
}

// A wait that is cancelled between two looks ends at once.
func TestWaitIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openShop()
		s.course = []storeapi.Status{storeapi.StatusCertification}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		o := s.submit(ctx, t)
		if o.err != nil || len(o.warnings) != 1 || !strings.Contains(o.warnings[0].Detail, "Certification") {
			t.Errorf("error %v, warnings %v", o.err, o.warnings)
		}
		if took := time.Since(start); took != time.Hour {
			t.Errorf("it took %s", took)
		}
	})
}

// A URL that has expired is tried once more if the Store has another one by now.
func TestUploadURLRenewed(t *testing.T) {
	t.Parallel()
	for name, renewed := range map[string]bool{"another URL": true, "the same URL": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := openShop()
				s.before = func(_ context.Context, operation string) error {
					if operation != opUpload || len(s.uploads) > 1 {
						return nil
					}
					if renewed {
						s.submissions["2"].FileUploadURL = uploadURL("renewed", 48*time.Hour)
					}
					return fmt.Errorf("uploading: %w", blob.ErrExpired)
				}
				o := s.submit(t.Context(), t)
				if renewed {
					if o.err != nil || len(s.uploads) != 2 || !strings.Contains(s.uploads[1], "/renewed?") {
						t.Errorf("uploads to %q, %v", s.uploads, o.err)
					}
					if left := time.Until(o.last().Record.UploadUntil); left < 40*time.Hour {
						t.Errorf("the record says that the URL is good for %s", left)
					}
					return
				}
				if o.err == nil || !strings.Contains(o.err.Error(), "Upload URL of the draft has expired") || s.count(opCommit) > 0 {
					t.Errorf("error %v after %q", o.err, s.calls)
				}
			})
		})
	}
}

// Before the first byte of another archive leaves, the old one is forgotten.
func TestOldUploadIsForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openShop()
		current := s.draft()
		current.Record.Uploaded = map[string]string{"app.msix": "old"}
		var saved []workflow.Result
		s.before = func(_ context.Context, operation string) error {
			if operation == opUpload {
				if len(saved) == 0 || saved[len(saved)-1].Record.Uploaded != nil {
					t.Error("the state still says that the old archive is there")
				}
			}
			return nil
		}
		_, err := s.workflow().Submit(t.Context(), desired(t), current, workflow.ContinueSubmission, func(r workflow.Result) { saved = append(saved, r) })
		if err != nil || saved[len(saved)-1].Record.Uploaded["app.msix"] != planned {
			t.Errorf("%v, record %+v", err, saved[len(saved)-1].Record)
		}
	})
}

func TestStoreTakesOverOtherThings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openShop()
		s.reply = func(r *storeapi.Submission) { r.TargetPublishMode = "Manual" }
		o := s.submit(t.Context(), t)
		if o.err == nil || !strings.Contains(o.err.Error(), `the publish mode is "Manual", not "Immediate"`) || s.count(opUpload)+s.count(opCommit) > 0 {
			t.Errorf("error %v after %q", o.err, s.calls)
		}
	})
}

// What follows the commit.
func TestAfterTheCommit(t *testing.T) {
	t.Parallel()
	unreadable := &storeapi.Error{StatusCode: 503, Message: "try later"}
	for name, tt := range map[string]struct {
		course []storeapi.Status
		// after changes the world at the first look after the commit.
		after         func(s *shop) error
		failOn        string
		says, warning string
		status        storeapi.Status
	}{
		"a commit without effect": {
			course: []storeapi.Status{storeapi.StatusPendingCommit},
			says:   "accepted the commit but did not act on it", status: storeapi.StatusPendingCommit,
		},
		"a failure": {
			course: []storeapi.Status{storeapi.StatusPreProcessing, storeapi.StatusCertificationFailed},
			says:   "Flight submission failed: CertificationFailed", status: storeapi.StatusCertificationFailed,
		},
		"it cannot be read": {
			failOn: opSubmission, after: func(*shop) error { return unreadable },
			warning: "could not be read after its commit", status: storeapi.StatusPublished,
		},
		"it is read as failed": {
			failOn: opSubmission, after: func(s *shop) error {
				s.submissions["2"].Status, s.submissions["2"].CorrelationID = storeapi.StatusPublishFailed, "c0ffee"
				return nil
			},
			says: "c0ffee", status: storeapi.StatusPublishFailed,
		},
		"it is read as it was": {
			failOn: opSubmission, after: func(s *shop) error {
				s.submissions["2"].Status = storeapi.StatusPublishing
				return nil
			},
			status: storeapi.StatusPublished,
		},
		"it is gone": {
			failOn: opStatus, after: func(s *shop) error {
				delete(s.submissions, "2")
				return nil
			},
			says: "Flight submission is gone", status: storeapi.StatusCommitStarted,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := openShop()
				if tt.course != nil {
					s.course = tt.course
				}
				s.before = func(_ context.Context, operation string) error {
					if operation == tt.failOn && s.count(opCommit) > 0 {
						return tt.after(s)
					}
					return nil
				}
				o := s.submit(t.Context(), t)
				switch {
				case (tt.says == "") != (o.err == nil), tt.says != "" && !strings.Contains(o.err.Error(), tt.says):
					t.Errorf("error %v, want %q", o.err, tt.says)
				case tt.warning == "" && len(o.warnings) > 0, tt.warning != "" && (len(o.warnings) != 1 || !strings.Contains(o.warnings[0].Summary, tt.warning)):
					t.Errorf("warnings %v, want %q", o.warnings, tt.warning)
				}
				if got := o.last().Submission.Status; got != tt.status {
					t.Errorf("saved %s, want %s", got, tt.status)
				}
				if s.count(opCommit) != 1 {
					t.Errorf("%d commits", s.count(opCommit))
				}
			})
		})
	}
}

// The slot is judged as it is, not as a first read of the flight had it.
func TestSlotChangesHandsMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openShop()
		s.flight.PendingSubmissionID = "gone"
		s.before = func(_ context.Context, operation string) error {
			if operation == opFlight && s.count(opFlight) == 2 {
				s.add("9", storeapi.StatusCertification)
			}
			return nil
		}
		o := s.submit(t.Context(), t)
		if o.err == nil || !strings.Contains(o.err.Error(), "Submission 9") || !strings.Contains(o.err.Error(), "being processed") || s.count(opCreate) > 0 {
			t.Errorf("error %v after %q", o.err, s.calls)
		}
	})
}

// The flight may name a submission that is gone for a while.
func TestSlotLags(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openShop()
		s.flight.PendingSubmissionID = "gone"
		if o := s.submit(t.Context(), t); o.err != nil || s.count(opFlight) != 2 || s.count(opCreate) != 1 {
			t.Errorf("error %v after %q", o.err, s.calls)
		}
	})
}

func TestRemove(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		make func(s *shop)
		// what is left of submission 2: nothing, an emptied draft, or the whole
		deleted, emptied bool
		says             string
	}{
		"a draft":          {make: func(s *shop) { s.add("2", storeapi.StatusPendingCommit) }, deleted: true},
		"failed":           {make: func(s *shop) { s.add("2", storeapi.StatusCertificationFailed) }, deleted: true},
		"gone":             {make: func(*shop) {}, deleted: true},
		"published":        {make: func(s *shop) { s.add("2", storeapi.StatusPublished) }, says: "Published flight submission stays in the Store"},
		"in certification": {make: func(s *shop) { s.add("2", storeapi.StatusCertification) }, says: "being processed"},
		"of the portal":    {make: func(s *shop) { s.add("2", storeapi.StatusPendingCommit).FileUploadURL = storeapi.UploadURL{} }, says: "made in Partner Center"},
		"the first draft": {make: func(s *shop) {
			s.add("2", storeapi.StatusPendingCommit).FlightPackages = []storeapi.FlightPackage{{FileName: "app.msix", FileStatus: "PendingUpload"}}
			s.flight.LastPublishedSubmissionID = ""
		}, emptied: true},
		"the first submission, failed": {make: func(s *shop) {
			s.add("2", storeapi.StatusCommitFailed)
			s.flight.LastPublishedSubmissionID = ""
		}, deleted: true},
		"cancelled and history": {make: func(s *shop) {
			s.add("2", storeapi.StatusCanceled)
			s.before = func(_ context.Context, operation string) error {
				if operation == opDelete {
					return &storeapi.Error{StatusCode: 409}
				}
				return nil
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop()
			tt.make(s)
			warning, err := s.workflow().Remove(t.Context(), ref.Submission("2"), workflow.Record{SubmissionID: "2"})
			said := fmt.Sprint(warning, err)
			if tt.says == "" && (warning != nil || err != nil) || !strings.Contains(said, tt.says) {
				t.Errorf("it says %s, want %q", said, tt.says)
			}
			left, there := s.submissions["2"]
			if there == tt.deleted {
				t.Errorf("left: %v", slices.Sorted(maps.Keys(s.submissions)))
			}
			if tt.emptied && (len(left.FlightPackages) > 0 || s.count(opUpdate) != 1) {
				t.Errorf("the draft has %+v", left.FlightPackages)
			}
		})
	}
}

// A commit that the Store does not show yet counts all the same.
func TestRemoveRightAfterCommit(t *testing.T) {
	t.Parallel()
	s := openShop()
	s.add("2", storeapi.StatusPendingCommit)
	_, err := s.workflow().Remove(t.Context(), ref.Submission("2"), workflow.Record{SubmissionID: "2", Committed: time.Now()})
	if err == nil || !strings.Contains(err.Error(), "being processed") || s.count(opDelete) > 0 {
		t.Errorf("error %v after %q", err, s.calls)
	}
}

// An imported submission has no record until it is looked at.
func TestLearn(t *testing.T) {
	t.Parallel()
	s := openShop()
	draft, published := s.add("2", storeapi.StatusPendingCommit), s.submissions["1"]
	published.FlightPackages = []storeapi.FlightPackage{{ID: "11", FileName: "app.msix", FileStatus: "Uploaded"}}
	if r := (workflow.Record{}).Learn(draft); r.SubmissionID != "2" || r.Complete || r.UploadUntil.IsZero() {
		t.Errorf("of a draft: %+v", r)
	}
	if r := (workflow.Record{}).Learn(published); r.SubmissionID != "1" || !r.Complete || len(r.Digests) > 0 {
		t.Errorf("of a published submission: %+v", r)
	}
	// The reply to the commit may have been lost.
	uploaded := workflow.Record{SubmissionID: "1", Complete: true, Uploaded: map[string]string{"app.msix": "aa"}}
	if r := uploaded.Learn(published); r.Digests["11"] != "aa" {
		t.Errorf("of what was uploaded: %+v", r)
	}
	uploaded.Complete = false
	if r := uploaded.Learn(published); len(r.Digests) > 0 {
		t.Errorf("of what was committed by others: %+v", r)
	}
}
