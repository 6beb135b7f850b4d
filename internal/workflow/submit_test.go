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
		s := publishedStore()
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
				s := publishedStore()
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
		s := publishedStore()
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
				s := publishedStore()
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
		s := publishedStore()
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
		s := publishedStore()
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
		after         func(s *fakeStore) error
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
			failOn: opSubmission, after: func(*fakeStore) error { return unreadable },
			warning: "could not be read after its commit", status: storeapi.StatusPublished,
		},
		"it is read as failed": {
			failOn: opSubmission, after: func(s *fakeStore) error {
				s.submissions["2"].Status, s.submissions["2"].CorrelationID = storeapi.StatusPublishFailed, "c0ffee"
				return nil
			},
			says: "c0ffee", status: storeapi.StatusPublishFailed,
		},
		"it is read as it was": {
			failOn: opSubmission, after: func(s *fakeStore) error {
				s.submissions["2"].Status = storeapi.StatusPublishing
				return nil
			},
			status: storeapi.StatusPublished,
		},
		"it is gone": {
			failOn: opStatus, after: func(s *fakeStore) error {
				delete(s.submissions, "2")
				return nil
			},
			says: "Flight submission is gone", status: storeapi.StatusCommitStarted,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
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
		s := publishedStore()
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
		s := publishedStore()
		s.flight.PendingSubmissionID = "gone"
		if o := s.submit(t.Context(), t); o.err != nil || s.count(opFlight) != 2 || s.count(opCreate) != 1 {
			t.Errorf("error %v after %q", o.err, s.calls)
		}
	})
}

// What was uploaded for one draft is not behind the URL of the next, even if both
// URLs expire in the same second.
func TestUploadIsNotCarriedToAnotherDraft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		tracked := s.draft()
		tracked.Record.Uploaded = map[string]string{"app.msix": planned}
		s.submissions["2"].Status = storeapi.StatusCommitFailed
		s.submissions["2"].FlightPackages = []storeapi.FlightPackage{waits("app.msix")}
		o := s.apply(t.Context(), desired(t), tracked)
		if o.err != nil || s.count(opDelete) != 1 || len(s.uploads) != 1 || o.last().Record.Uploaded["app.msix"] != planned {
			t.Errorf("%v, uploads to %q after %q", o.err, s.uploads, s.calls)
		}
	})
}

// What was uploaded for a draft is not uploaded again for it.
func TestUploadIsNotRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		tracked := s.draft()
		tracked.Record.Uploaded = map[string]string{"app.msix": planned}
		s.submissions["2"].FlightPackages = []storeapi.FlightPackage{waits("app.msix")}
		o := s.apply(t.Context(), desired(t), tracked)
		if o.err != nil || s.count(opUpload)+s.count(opUpdate) > 0 || s.count(opCommit) != 1 {
			t.Errorf("%v after %q", o.err, s.calls)
		}
	})
}

// A package whose digest nobody knows is never taken for one that was uploaded.
func TestUploadWithoutDigest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		d := desired(t)
		d.Packages[0].SHA256 = ""
		if o := s.apply(t.Context(), d, nil); o.err != nil || s.count(opUpload) != 1 {
			t.Errorf("%v after %q", o.err, s.calls)
		}
	})
}

// A commit says nothing of another submission, which somebody has drafted since.
func TestCommitIsNotThatOfAnotherDraft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		tracked := s.draft()
		tracked.Record.Committed = time.Now()
		delete(s.submissions, "2")
		s.add("3", storeapi.StatusPendingCommit)
		d := desired(t)
		d.PendingPolicy = workflow.PendingReplace
		if o := s.apply(t.Context(), d, tracked); o.err != nil || s.submissions["3"] != nil || s.count(opDelete) != 1 {
			t.Errorf("%v after %q", o.err, s.calls)
		}
	})
}

// The reply to an update may leave the upload URL out.
func TestUploadURLIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		s.reply = func(r *storeapi.Submission) { r.FileUploadURL = storeapi.UploadURL{} }
		o := s.submit(t.Context(), t)
		if o.err != nil || len(s.uploads) != 1 || !strings.Contains(s.uploads[0], "/2?") {
			t.Errorf("%v, uploads to %q", o.err, s.uploads)
		}
		if until := o.last().Record.UploadUntil; until.IsZero() {
			t.Error("the record forgot until when the URL is good")
		}
	})
}

// The reply to an update may name another URL, behind which there is nothing.
func TestUploadURLChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		tracked := s.draft()
		tracked.Record.Uploaded = map[string]string{"app.msix": planned}
		s.reply = func(r *storeapi.Submission) { r.FileUploadURL = uploadURL("another", 48*time.Hour) }
		o := s.apply(t.Context(), desired(t), tracked)
		if o.err != nil || len(s.uploads) != 1 || !strings.Contains(s.uploads[0], "/another?") {
			t.Errorf("%v, uploads to %q", o.err, s.uploads)
		}
	})
}

// The Store has been seen to publish the packages of the submission before. It makes
// no difference how the draft came into the state.
func TestStorePublishesOldPackages(t *testing.T) {
	t.Parallel()
	old := storeapi.FlightPackage{ID: "11", FileName: "app.msix", FileStatus: "Uploaded", Version: "0.9.0.0"}
	for name, tt := range map[string]struct {
		interrupted bool
		version     string
		says        string
	}{
		"at once": {false, "1.0.0.0", "is published without app.msix 1.0.0.0"},
		"after a creation of which only the id is known": {true, "1.0.0.0", "is published without app.msix 1.0.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				s.submissions["1"].FlightPackages = []storeapi.FlightPackage{old}
				var tracked *workflow.Tracked
				if tt.interrupted {
					s.bare = errors.New("interrupted")
					o := s.submit(t.Context(), t)
					if !errors.Is(o.err, s.bare) || o.last().Submission.Ref.SubmissionID != "2" {
						t.Fatalf("the interrupted apply: %v", o.err)
					}
					s.bare, tracked = nil, o.last()
				}
				s.before = func(_ context.Context, operation string) error {
					if operation == opStatus {
						s.submissions["2"].FlightPackages = []storeapi.FlightPackage{old}
					}
					return nil
				}
				o := s.apply(t.Context(), desired(t), tracked)
				if o.err == nil || !strings.Contains(o.err.Error(), tt.says) {
					t.Errorf("got %v, want %q; record %+v", o.err, tt.says, o.last().Record)
				}
			})
		})
	}
}

// Secret notes that did not reach the draft are sent by the next apply.
func TestSecretNotesAreSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		d := desired(t)
		d.Commit = false
		first := s.apply(t.Context(), d, nil)
		if first.err != nil || !first.last().Satisfies(d) {
			t.Fatalf("the first apply: %v", first.err)
		}
		d.SecretNotes, d.NotesVersion = "hush", 1
		refusal := &storeapi.Error{StatusCode: 503}
		s.before = func(_ context.Context, operation string) error {
			if operation == opUpdate {
				return refusal
			}
			return nil
		}
		second := s.apply(t.Context(), d, first.last())
		if !errors.Is(second.err, refusal) || second.last().Satisfies(d) {
			t.Errorf("the second apply: %v; is the state content? %t", second.err, second.last().Satisfies(d))
		}
		s.before = nil
		third := s.apply(t.Context(), d, second.last())
		if third.err != nil || s.submissions["2"].NotesForCertification != "hush" || third.last().Record.NotesVersion != 1 {
			t.Errorf("the third apply: %v, the draft has the notes %q", third.err, s.submissions["2"].NotesForCertification)
		}
	})
}

// Whatever the plan has shown holds, or nothing is done.
func TestSubmitDoesWhatWasPlanned(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		planned string
		refused bool
	}{
		"nothing was promised": {"", false}, "the one that it needs": {"2", false}, "another one": {"1", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				d := desired(t)
				d.PlannedSubmissionID = tt.planned
				o := s.apply(t.Context(), d, s.draft())
				if tt.refused != (o.err != nil) || tt.refused && !strings.Contains(o.err.Error(), "Flight has changed since the plan") {
					t.Errorf("got %v", o.err)
				}
				if tt.refused && s.count(opUpdate)+s.count(opDelete)+s.count(opCreate)+s.count(opCommit) > 0 {
					t.Errorf("something was done: %q", s.calls)
				}
			})
		})
	}
}

// What the flight has already is taken over without a write.
func TestSubmitTakesOver(t *testing.T) {
	t.Parallel()
	stored := storeapi.FlightPackage{ID: "20", FileName: "app.msix", FileStatus: "Uploaded", Version: "1.0.0.0"}
	for name, tt := range map[string]struct {
		make func(s *fakeStore)
		want []string
	}{
		"published": {
			func(s *fakeStore) { s.submissions["1"].FlightPackages = []storeapi.FlightPackage{stored} },
			[]string{opFlight, opSubmission},
		},
		"under way": {
			func(s *fakeStore) { s.add("2", "Certification").FlightPackages = []storeapi.FlightPackage{stored} },
			[]string{opFlight, opSubmission, opSubmission, opStatus, opSubmission},
		},
		"under way and not read yet": {
			func(s *fakeStore) {
				s.add("2", "CommitStarted").FlightPackages = []storeapi.FlightPackage{waits("app.msix")}
				s.course = []storeapi.Status{storeapi.StatusCommitStarted, storeapi.StatusPreProcessing, storeapi.StatusPublished}
			},
			[]string{
				opFlight, opSubmission, opSubmission, opStatus, // not read
				opFlight, opSubmission, opSubmission, opStatus, // still not read
				opFlight, opSubmission, opSubmission, opStatus, opSubmission,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				tt.make(s)
				d := desired(t)
				d.SecretNotes, d.NotesVersion = "hush", 1
				for _, is := range s.submissions {
					is.NotesForCertification = "hush"
				}
				o := s.apply(t.Context(), d, nil)
				if o.err != nil || len(o.warnings) > 0 {
					t.Fatalf("%v %v after %q", o.err, o.warnings, s.calls)
				}
				if diff := cmp.Diff(tt.want, s.calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if o.last().Record.NotesVersion != 1 {
					t.Error("the record does not say which secret notes the submission has")
				}
				if last := o.last(); last.Submission.Status != storeapi.StatusPublished || !last.Satisfies(d) || len(last.Record.Digests) != 1 {
					t.Errorf("saved %+v", last)
				}
			})
		})
	}
}

// A wait for packages that the Store does not read asks less and less often, and ends with its deadline or without access.
func TestSubmitCannotCompare(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		refusal         error
		atLeast, atMost int
	}{
		"until the deadline":     {nil, 10, 20},
		"until it has no access": {&storeapi.Error{StatusCode: 401}, 1, 1},
		"through trouble":        {&storeapi.Error{StatusCode: 503}, 10, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				s.add("2", "CommitStarted").FlightPackages = []storeapi.FlightPackage{waits("app.msix")}
				s.course = []storeapi.Status{storeapi.StatusCommitStarted}
				s.refuse(test.refusal, nil, opStatus)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				o := s.submit(ctx, t)
				if o.err == nil || !strings.Contains(o.err.Error(), "not read the pending submission's packages yet") || len(o.saved) > 0 {
					t.Errorf("got %v, saved %v", o.err, o.saved)
				}
				if n := len(s.looks); n < test.atLeast || n > test.atMost {
					t.Errorf("%d looks", n)
				}
			})
		})
	}
}

// A reply to a creation that leaves the status out is no licence to guess.
func TestNewSubmissionWithoutStatus(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		is   storeapi.Status
		says string
	}{
		"that is a draft":       {storeapi.StatusPendingCommit, ""},
		"that tells none":       {"", `status "unknown"`},
		"that is past drafting": {storeapi.StatusCertification, `status "Certification"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				s.made = func(r *storeapi.Submission) { r.Status, s.submissions["2"].Status = "", tt.is }
				o := s.submit(t.Context(), t)
				if (tt.says == "") != (o.err == nil) || tt.says != "" && !strings.Contains(o.err.Error(), tt.says) {
					t.Errorf("got %v, want %q", o.err, tt.says)
				}
				if tt.says != "" && s.count(opUpdate)+s.count(opUpload)+s.count(opCommit) > 0 {
					t.Errorf("something was done: %q", s.calls)
				}
				if o.last().Submission.Ref.SubmissionID != "2" {
					t.Error("the submission is lost")
				}
			})
		})
	}
}

// The live rollout ends and the pending submission goes before a new one is made.
func TestSubmitMakesRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		s.submissions["1"].PackageDeliveryOptions.PackageRollout = live
		s.add("2", storeapi.StatusCertificationFailed)
		d := desired(t)
		d.RolloutPolicy, d.PendingPolicy = workflow.RolloutFinalize, workflow.PendingAdopt
		o := s.apply(t.Context(), d, nil)
		want := []string{opFlight, opSubmission, opSubmission, opEndRollout, opDelete, opCreate, opUpdate, opUpload, opCommit, opStatus, opSubmission}
		if diff := cmp.Diff(want, s.calls); o.err != nil || diff != "" {
			t.Errorf("%v, calls (-want +got):\n%s", o.err, diff)
		}
	})
}

// An apply that has written the draft makes it one of ours, whose notes count.
func TestImportedDraftIsOursOnceItIsWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := publishedStore()
		tracked := s.draft()
		tracked.Record = workflow.Record{Imported: true}
		s.submissions["2"].NotesForCertification = "theirs"
		d := desired(t)
		d.Commit = false
		o := s.apply(t.Context(), d, tracked)
		if o.err != nil || o.last().Record.Imported || s.submissions["2"].NotesForCertification != "" {
			t.Errorf("%v, record %+v, notes %q", o.err, o.last().Record, s.submissions["2"].NotesForCertification)
		}
	})
}

// A submission that was published between two reads holds no slot, and one that cannot be read is not taken for gone.
func TestSlotMeanwhile(t *testing.T) {
	t.Parallel()
	t.Run("published", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := publishedStore()
			s.add("2", storeapi.StatusCertification)
			s.before = func(_ context.Context, operation string) error {
				if operation == opSubmission && s.flight.PendingSubmissionID == "2" {
					s.publish("2")
				}
				return nil
			}
			if o := s.submit(t.Context(), t); o.err != nil || o.last().Submission.Ref.SubmissionID != "3" {
				t.Errorf("got %v", o.err)
			}
		})
	})
	t.Run("unreadable", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := publishedStore()
			s.add("2", storeapi.StatusCertification)
			s.before = func(_ context.Context, operation string) error {
				if operation == opSubmission {
					return &storeapi.Error{StatusCode: 500}
				}
				return nil
			}
			if o := s.submit(t.Context(), t); o.err == nil || s.count(opCreate) > 0 || s.count(opFlight) != 1 {
				t.Errorf("got %v after %q", o.err, s.calls)
			}
		})
	})
}
