package workflow_test

import (
	"context"
	"errors"
	"fmt"
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
		want := []string{opFlight, opSubmission, opCreate, opUpdate, opUpload, opCommit, opStatus, opSubmission}
		if diff := cmp.Diff(want, s.calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if got := o.last(); got.Submission.Status != storeapi.StatusPublished || !got.Record.Settled || got.Record.Committed.IsZero() ||
			got.Record.Digests["2-app.msix"] != planned {
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
		tracked := s.draft()
		tracked.Record.Uploaded = map[string]string{"app.msix": "old"}
		var saved []workflow.Tracked
		s.before = func(_ context.Context, operation string) error {
			if operation == opUpload {
				if len(saved) == 0 || saved[len(saved)-1].Record.Uploaded != nil {
					t.Error("the state still says that the old archive is there")
				}
			}
			return nil
		}
		_, err := s.workflow().Submit(t.Context(), desired(t), tracked, func(now workflow.Tracked) { saved = append(saved, now) })
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
		if o.err == nil || !strings.Contains(o.err.Error(), `the publish mode is "Manual" instead of "Immediate"`) || s.count(opUpload)+s.count(opCommit) > 0 {
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
