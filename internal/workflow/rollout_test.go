package workflow_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func over(store workflow.Store) *workflow.Workflow {
	return &workflow.Workflow{Store: store, PollInterval: time.Minute, Logger: slog.New(slog.DiscardHandler)}
}

// The rollouts that a submission may have.
var (
	live       = storeapi.PackageRollout{IsPackageRollout: true, Percentage: 10, Status: storeapi.RolloutInProgress}
	whole      = storeapi.PackageRollout{IsPackageRollout: true, Percentage: 100, Status: storeapi.RolloutInProgress}
	halted     = storeapi.PackageRollout{IsPackageRollout: true, Status: storeapi.RolloutStopped}
	finalized  = storeapi.PackageRollout{IsPackageRollout: true, Percentage: 100, Status: storeapi.RolloutComplete}
	notStarted = storeapi.PackageRollout{IsPackageRollout: true, Percentage: 10, Status: storeapi.RolloutNotStarted}
	quantum    = storeapi.PackageRollout{IsPackageRollout: true, Percentage: 10, Status: "Quantum"}
	none       = storeapi.PackageRollout{Status: storeapi.RolloutNotStarted}
)

func TestRollOut(t *testing.T) {
	t.Parallel()
	active := func(p float64) workflow.Rollout {
		return workflow.Rollout{State: workflow.RolloutActive, Percentage: p}
	}
	halt, finalize := workflow.Rollout{State: workflow.RolloutHalted}, workflow.Rollout{State: workflow.RolloutFinalized}
	for name, tt := range map[string]struct {
		status  storeapi.Status
		rollout storeapi.PackageRollout
		want    workflow.Rollout
		call    string
		warning string
		refusal string
	}{
		"raise":                          {status: "Published", rollout: live, want: active(50), call: "update 50"},
		"lower":                          {status: "Published", rollout: live, want: active(0), call: "update 0"},
		"raise to everybody":             {status: "Published", rollout: live, want: active(100), call: "update 100"},
		"as wanted":                      {status: "Published", rollout: live, want: active(10)},
		"halt":                           {status: "Published", rollout: live, want: halt, call: "halt"},
		"finalize":                       {status: "Published", rollout: live, want: finalize, call: "finalize"},
		"100 % is not finalized":         {status: "Published", rollout: whole, want: finalize, call: "finalize"},
		"halted already":                 {status: "Published", rollout: halted, want: halt},
		"finalized already":              {status: "Published", rollout: finalized, want: finalize},
		"finalized is not 100 %":         {status: "Published", rollout: finalized, want: active(100), refusal: "was finalized"},
		"halted is not 0 %":              {status: "Published", rollout: halted, want: active(0), refusal: "was halted"},
		"finalize what was halted":       {status: "Published", rollout: halted, want: finalize, refusal: "nobody else gets them"},
		"halt what was finalized":        {status: "Published", rollout: finalized, want: halt, refusal: "everybody in the flight gets its packages"},
		"no rollout":                     {status: "Published", rollout: none, want: active(10), refusal: "without a gradual rollout"},
		"no rollout to halt":             {status: "Certification", rollout: none, want: halt, refusal: "without a gradual rollout"},
		"no rollout, finalized":          {status: "Published", rollout: none, want: finalize},
		"live before it is published":    {status: "Publishing", rollout: live, want: active(50), warning: "status Publishing"},
		"no rollout, still a draft":      {status: "PendingCommit", rollout: none, want: active(10), warning: "status PendingCommit"},
		"in certification":               {status: "Certification", rollout: notStarted, want: active(50), warning: "The state records the requested percentage, 50 %"},
		"in certification, to be halted": {status: "Certification", rollout: notStarted, want: halt, warning: "The state records the requested state, halted"},
		"published a moment ago":         {status: "Published", rollout: notStarted, want: active(50), warning: "has not begun its rollout yet"},
		"without a status":               {rollout: notStarted, want: active(50), warning: "status unknown"},
		"a stage nobody knows":           {status: "Quantum", rollout: none, want: active(50), warning: "status Quantum"},
		"failed":                         {status: "CertificationFailed", rollout: notStarted, want: active(50), warning: "will not be published"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := storeWith(tt.status, tt.rollout)
			tt.want.Submission = ref
			foreseen, refused := tt.want.Plan(new(*store.only()))
			got, warnings, err := over(store).RollOut(t.Context(), tt.want)
			if (refused != nil) != (tt.refusal != "") || foreseen.Acts != (tt.call != "") || tt.warning != "" && say(foreseen.Notices) != say(warnings) {
				t.Errorf("foreseen: %+v, %v", foreseen, refused)
			}
			if tt.refusal == "" && err != nil || tt.refusal != "" && (err == nil || !strings.Contains(err.Error(), tt.refusal)) {
				t.Fatalf("error %v, want it to say %q", err, tt.refusal)
			}
			if calls := strings.Join(store.changes, ", "); calls != tt.call {
				t.Errorf("calls %q, want %q", calls, tt.call)
			}
			if text := say(warnings); (text == "") != (tt.warning == "") || !strings.Contains(text, tt.warning) {
				t.Errorf("warnings %q, want %q", text, tt.warning)
			}
			if err == nil && got.Status != store.rollout().Status {
				t.Errorf("got %+v, the Store has %+v", got, store.rollout())
			}
		})
	}
}

func say(problems []*workflow.Problem) string {
	return strings.TrimSpace(workflow.Problems(problems).Error())
}

func TestObserve(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status  storeapi.Status
		rollout storeapi.PackageRollout
		want    workflow.RolloutState // empty: there is nothing to see
		percent float64
	}{
		"live":             {"Published", live, workflow.RolloutActive, 10},
		"live at 100 %":    {"Published", whole, workflow.RolloutActive, 100},
		"halted":           {"Published", halted, workflow.RolloutHalted, 0},
		"finalized":        {"Published", finalized, workflow.RolloutFinalized, 0},
		"none":             {"Published", none, workflow.RolloutFinalized, 0},
		"in certification": {"Certification", notStarted, "", 0},
		"not begun":        {"Published", notStarted, "", 0},
		"draft":            {"PendingCommit", none, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, percentage, ok := workflow.Observe(storeWith(tt.status, tt.rollout).only())
			if state != tt.want || percentage != tt.percent || ok != (tt.want != "") {
				t.Errorf("got %q, %v, %t", state, percentage, ok)
			}
		})
	}
}

func TestRollOutWaits(t *testing.T) {
	t.Parallel()
	active, finalize := workflow.RolloutActive, workflow.RolloutFinalized
	for name, tt := range map[string]struct {
		want     workflow.RolloutState
		begins   storeapi.Status
		statuses []storeapi.Status
		rollout  storeapi.PackageRollout
		call     string
		warning  string
		refusal  string
	}{
		"until it is published":     {active, "Certification", []storeapi.Status{"Certification", "Publishing", "Published"}, notStarted, "update 50", "", ""},
		"through a lagging commit":  {active, "PendingCommit", []storeapi.Status{"PendingCommit", "", "Certification", "Published"}, notStarted, "update 50", "", ""},
		"until it fails":            {active, "Certification", []storeapi.Status{"Certification", "CertificationFailed"}, notStarted, "", "", "CertificationFailed"},
		"not if it has failed":      {active, "PublishFailed", nil, notStarted, "", "", "PublishFailed"},
		"until it is cancelled":     {active, "Certification", []storeapi.Status{"Canceled"}, notStarted, "", "", "Canceled"},
		"until time is up":          {active, "Certification", []storeapi.Status{"Release"}, notStarted, "", "status Release", ""},
		"not endlessly for a draft": {active, "PendingCommit", []storeapi.Status{"PendingCommit"}, notStarted, "", "still has the status PendingCommit", ""},
		"and finds it finalized":    {finalize, "PendingCommit", []storeapi.Status{"Published"}, none, "", "", ""},
		"and time is up without":    {finalize, "PendingCommit", []storeapi.Status{"Certification"}, none, "", "", ""},
		"and finds no rollout":      {active, "PendingCommit", []storeapi.Status{"Published"}, none, "", "", "without a gradual rollout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := storeWith(tt.begins, tt.rollout)
				store.course = tt.statuses
				ctx, cancel := context.WithTimeout(t.Context(), 12*time.Hour)
				defer cancel()
				_, warnings, err := over(store).RollOut(ctx, workflow.Rollout{Submission: ref, State: tt.want, Percentage: 50, Await: true})
				if tt.refusal == "" && err != nil || tt.refusal != "" && (err == nil || !strings.Contains(err.Error(), tt.refusal)) {
					t.Errorf("error %v, want it to say %q", err, tt.refusal)
				}
				if calls := strings.Join(store.changes, ", "); calls != tt.call {
					t.Errorf("calls %q, want %q", calls, tt.call)
				}
				if text := say(warnings); (text == "") != (tt.warning == "") || !strings.Contains(text, tt.warning) {
					t.Errorf("warnings %q, want %q", text, tt.warning)
				}
			})
		})
	}
}

// A submission that is published by hand is followed to the end of its
// certification, and to its publication once somebody has pressed the button. One
// that is published on a date is waited for.
func TestRollOutWaitsForALatePublication(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		mode     string
		begins   storeapi.Status
		statuses []storeapi.Status
		notice   string
		warning  string
		call     string
	}{
		"by hand": {
			storeapi.PublishManual, "Certification",
			[]storeapi.Status{"Release"},
			"The apply waits until it is certified, and the first apply after the publication changes the rollout",
			"(status Release), and the Store changes the rollout of published submissions only. The state records the requested percentage, 50 %, and the first apply after the publication requests it. " +
				"After its certification it waits until somebody publishes it in Partner Center: https://partner.microsoft.com/", "",
		},
		"by hand, certified": {storeapi.PublishManual, "Release", nil, "(status Release)", "waits until somebody publishes it in Partner Center: https://partner.microsoft.com/", ""},
		"by hand, pressed":   {storeapi.PublishManual, "Publishing", []storeapi.Status{"Published"}, "", "", "update 50"},
		"on a date": {
			storeapi.PublishSpecificDate, "Certification",
			[]storeapi.Status{"PendingPublication"},
			"It is to be published at 2027-01-31T09:00:00Z.", "the next apply continues to wait. It is to be published at 2027-01-31T09:00:00Z.", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := storeWith(tt.begins, notStarted)
				store.only().TargetPublishMode, store.only().TargetPublishDate = tt.mode, time.Date(2027, 1, 31, 9, 0, 0, 0, time.UTC)
				store.course = tt.statuses
				want := workflow.Rollout{Submission: ref, State: workflow.RolloutActive, Percentage: 50, Await: true}
				foreseen, problem := want.Plan(store.only())
				if problem != nil || foreseen.Acts != (tt.statuses != nil) || !strings.Contains(say(foreseen.Notices), tt.notice) {
					t.Errorf("foreseen: %+v, %q, %v", foreseen, say(foreseen.Notices), problem)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 12*time.Hour)
				defer cancel()
				begun := time.Now()
				_, warnings, err := over(store).RollOut(ctx, want)
				if text := say(warnings); err != nil || (text == "") != (tt.warning == "") || !strings.Contains(text, tt.warning) {
					t.Errorf("warnings %q, want %q; %v", text, tt.warning, err)
				}
				if calls := strings.Join(store.changes, ", "); calls != tt.call {
					t.Errorf("calls %q, want %q", calls, tt.call)
				}
				if waited := time.Since(begun); tt.mode == storeapi.PublishManual && waited > time.Hour {
					t.Errorf("it waited for %s", waited)
				}
			})
		})
	}
}

// Waiting for a submission that has failed is refused while planning.
func TestForeseeFailedSubmission(t *testing.T) {
	t.Parallel()
	store := storeWith("CertificationFailed", notStarted)
	store.only().StatusDetails.Errors = []storeapi.StatusDetail{{Code: "Other", Details: "It crashes."}}
	_, problem := workflow.Rollout{Submission: ref, State: workflow.RolloutActive, Percentage: 50, Await: true}.Plan(store.only())
	if problem == nil || !strings.Contains(problem.Error(), "Rollout cannot begin") || !strings.Contains(problem.Error(), "Other: It crashes.") {
		t.Errorf("got %v", problem)
	}
}

// A submission may leave its rollout out, which does not mean that it has none.
func TestRolloutToldByItself(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(*workflow.Workflow) error{
		"halt": func(w *workflow.Workflow) error {
			_, _, err := w.RollOut(t.Context(), workflow.Rollout{Submission: ref, State: workflow.RolloutHalted})
			return err
		},
		"finalize": func(w *workflow.Workflow) error {
			_, err := w.RemoveRollout(t.Context(), ref, workflow.DeletionFinalize, storeapi.RolloutInProgress)
			return err
		},
	} {
		store := storeWith("Published", storeapi.PackageRollout{})
		store.apart = &live
		s, err := over(store).Find(t.Context(), ref.FlightRef, ref.SubmissionID)
		if err != nil {
			t.Fatal(err)
		}
		if state, percentage, ok := workflow.Observe(s); state != workflow.RolloutActive || percentage != 10 || !ok {
			t.Errorf("it looks %q at %v %%", state, percentage)
		}
		if err := act(over(store)); err != nil || !slices.Equal(store.changes, []string{name}) {
			t.Errorf("calls %q, want %s; %v", store.changes, name, err)
		}
	}
}

// A submission that lags behind its own status is as published as the status says.
func TestRollOutAfterTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := storeWith("Certification", notStarted)
		store.course, store.lags = []storeapi.Status{"Published"}, true
		_, warnings, err := over(store).RollOut(t.Context(), workflow.Rollout{Submission: ref, State: workflow.RolloutActive, Percentage: 50, Await: true})
		if err != nil || len(warnings) > 0 || !slices.Equal(store.changes, []string{"update 50"}) {
			t.Errorf("calls %q, %v, %v", store.changes, warnings, err)
		}
	})
}

// A Store that cannot be asked leaves the request in the state; one that knows no such submission,
// or no such user, ends the wait.
func TestRollOutCannotPoll(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]string{503: "status Certification", 404: "", 401: ""} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := storeWith("Certification", notStarted)
				refusal := &storeapi.Error{StatusCode: code}
				store.refuse(refusal, nil, opStatus)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				_, warnings, err := over(store).RollOut(ctx, workflow.Rollout{Submission: ref, State: workflow.RolloutActive, Percentage: 50, Await: true})
				if text := say(warnings); (err == nil) != (want != "") || !strings.Contains(text, want) || err != nil && !errors.Is(err, refusal) {
					t.Errorf("got %q, %v", text, err)
				}
			})
		})
	}
}

// An interrupted wait leaves the request in the state.
func TestRollOutIsInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := storeWith("Certification", notStarted)
		store.course = []storeapi.Status{"Certification"}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Hour, cancel)
		got, warnings, err := over(store).RollOut(ctx, workflow.Rollout{Submission: ref, State: workflow.RolloutActive, Percentage: 50, Await: true})
		if err != nil || got.Status != storeapi.RolloutNotStarted || !strings.Contains(say(warnings), "context canceled") {
			t.Errorf("got %+v, %v, %v", got, warnings, err)
		}
	})
}

// Between the look and the change somebody may have been quicker.
func TestRollOutConflict(t *testing.T) {
	t.Parallel()
	conflict := &storeapi.Error{Operation: "changing", StatusCode: 409, Code: "InvalidState"}
	for name, tt := range map[string]struct {
		meanwhile storeapi.PackageRollout
		want      workflow.Rollout
		says      string
	}{
		"halted meanwhile":         {halted, workflow.Rollout{State: workflow.RolloutActive, Percentage: 50}, "Rollout is halted"},
		"finalized meanwhile":      {finalized, workflow.Rollout{State: workflow.RolloutHalted}, "Rollout is finalized"},
		"nothing else happened":    {live, workflow.Rollout{State: workflow.RolloutActive, Percentage: 50}, "InvalidState"},
		"the Store does not lower": {live, workflow.Rollout{State: workflow.RolloutActive, Percentage: 5}, "does not lower"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := storeWith("Published", live)
			store.refuse(conflict, func() { *store.rollout() = tt.meanwhile }, opUpdateRollout, opHaltRollout)
			tt.want.Submission = ref
			_, _, err := over(store).RollOut(t.Context(), tt.want)
			if err == nil || !strings.Contains(err.Error(), tt.says) || !errors.Is(err, conflict) {
				t.Errorf("got %v, want it to say %q and to wrap the conflict", err, tt.says)
			}
		})
	}
}

func TestRollOutIsChecked(t *testing.T) {
	t.Parallel()
	store := storeWith("Published", live)
	store.rounds = true
	_, _, err := over(store).RollOut(t.Context(), workflow.Rollout{Submission: ref, State: workflow.RolloutActive, Percentage: 12.5})
	if err == nil || !strings.Contains(err.Error(), "was to reach 12.5 % of the testers, and the Store set 12 %") {
		t.Errorf("got %v", err)
	}
}

func TestRemoveRollout(t *testing.T) {
	t.Parallel()
	gone := &storeapi.Error{StatusCode: 404}
	for name, tt := range map[string]struct {
		policy    workflow.RolloutDeletion
		status    storeapi.Status
		rollout   storeapi.PackageRollout
		readError error
		calls     []string
		warning   string
	}{
		"abandon live":           {policy: workflow.DeletionAbandon, status: "Published", rollout: live, warning: "takes no new submission until the rollout is finalized or halted"},
		"abandon at 100 %":       {policy: workflow.DeletionAbandon, status: "Published", rollout: whole, warning: "It stays live"},
		"abandon finalized":      {policy: workflow.DeletionAbandon, status: "Published", rollout: finalized},
		"halt live":              {policy: workflow.DeletionHalt, status: "Published", rollout: live, calls: []string{"halt"}},
		"halt halted":            {policy: workflow.DeletionHalt, status: "Published", rollout: halted},
		"halt finalized":         {policy: workflow.DeletionHalt, status: "Published", rollout: finalized},
		"finalize live":          {policy: workflow.DeletionFinalize, status: "Published", rollout: whole, calls: []string{"finalize"}},
		"finalize halted":        {policy: workflow.DeletionFinalize, status: "Published", rollout: halted},
		"finalize without one":   {policy: workflow.DeletionFinalize, status: "Published", rollout: none},
		"halt before it begins":  {policy: workflow.DeletionHalt, status: "Certification", rollout: notStarted, warning: "is not published yet (Certification), so there was no rollout to halt. It begins at 10 % when the submission is published"},
		"halt before it starts":  {policy: workflow.DeletionHalt, status: "Published", rollout: notStarted, warning: "is published, but its rollout is not in progress (PackageRolloutNotStarted)"},
		"finalize what is odd":   {policy: workflow.DeletionFinalize, status: "Published", rollout: quantum, warning: "so there was no rollout to finalize. It begins at 10 % when the Store begins it"},
		"halt what never begins": {policy: workflow.DeletionHalt, status: "CertificationFailed", rollout: notStarted},
		"the submission is gone": {policy: workflow.DeletionHalt, readError: gone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := storeWith(tt.status, tt.rollout)
			store.refuse(tt.readError, nil, opSubmission)
			warning, err := over(store).RemoveRollout(t.Context(), ref, tt.policy, tt.rollout.Status)
			if err != nil {
				t.Error(err)
			}
			if (warning == nil) != (tt.warning == "") || warning != nil && !strings.Contains(warning.Error(), tt.warning) {
				t.Errorf("warning %v, want it to say %q", warning, tt.warning)
			}
			if !slices.Equal(store.changes, tt.calls) {
				t.Errorf("calls %q, want %q", store.changes, tt.calls)
			}
		})
	}
}

// A submission that cannot be read is no reason to think that its rollout ended.
func TestRemoveRolloutUnread(t *testing.T) {
	t.Parallel()
	store := storeWith("Published", live)
	refusal := &storeapi.Error{StatusCode: 503}
	store.refuse(refusal, nil, opSubmission)
	if _, err := over(store).RemoveRollout(t.Context(), ref, workflow.DeletionHalt, live.Status); !errors.Is(err, refusal) {
		t.Errorf("got %v", err)
	}
}
