package workflow_test

import (
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func TestEndRollout(t *testing.T) {
	t.Parallel()
	halt, finalize := workflow.RolloutHalted, workflow.RolloutFinalized
	ended := func(to storeapi.PackageRollout) func(*storeapi.PackageRollout) {
		return func(r *storeapi.PackageRollout) { *r = to }
	}
	conflict := &storeapi.Error{StatusCode: 409}
	for name, tt := range map[string]struct {
		status    storeapi.Status
		rollout   storeapi.PackageRollout
		state     workflow.RolloutState
		meanwhile func(*storeapi.PackageRollout)
		refusal   error
		call      string
		told      string
		failure   string
	}{
		"halt":                    {status: "Published", rollout: live, state: halt, call: "halt", told: "is at 10 %"},
		"finalize":                {status: "Published", rollout: whole, state: finalize, call: "finalize", told: "cannot be undone"},
		"who stays with what":     {status: "Published", rollout: live, state: halt, call: "halt", told: "The others stay with submission 7."},
		"halted already":          {status: "Published", rollout: halted, state: halt, told: "was halted already"},
		"finalized already":       {status: "Published", rollout: finalized, state: finalize, told: "was finalized already"},
		"halt what was finalized": {status: "Published", rollout: finalized, state: halt, failure: "There is nothing left to halt."},
		"finalize what is halted": {status: "Published", rollout: halted, state: finalize, failure: "There is nothing left to finalize."},
		"no rollout":              {status: "Published", rollout: none, state: finalize, failure: "without a gradual rollout"},
		"in certification":        {status: "Certification", rollout: notStarted, state: halt, failure: "has the status Certification"},
		"failed":                  {status: "CertificationFailed", rollout: notStarted, state: halt, failure: "Submission is not published"},
		"not begun":               {status: "Published", rollout: notStarted, state: halt, failure: "Rollout has not begun yet"},
		"in a state nobody knows": {status: "Published", rollout: quantum, state: halt, failure: "(Quantum)"},
		"somebody is faster":      {status: "Published", rollout: live, state: halt, meanwhile: ended(halted), refusal: conflict, call: "halt", told: "was halted by somebody else"},
		"somebody ends it otherwise": {
			status: "Published", rollout: live, state: halt, meanwhile: ended(finalized), refusal: conflict, call: "halt", failure: "was finalized, by Terraform",
		},
		"refused although it ended": {
			status: "Published", rollout: live, state: halt, meanwhile: ended(halted), refusal: &storeapi.Error{StatusCode: 403}, call: "halt", failure: "403",
		},
		"refused": {status: "Published", rollout: live, state: halt, refusal: &storeapi.Error{StatusCode: 403}, call: "halt", failure: "403"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := storeWith(tt.status, tt.rollout)
			store.rollout().FallbackSubmissionID = "7"
			store.refuse(tt.refusal, func() {
				if tt.meanwhile != nil {
					tt.meanwhile(store.rollout())
				}
			}, opHaltRollout, opEndRollout)
			var told []string
			err := over(store).EndRollout(t.Context(), workflow.RolloutEnd{
				Flight: ref.FlightRef, SubmissionID: ref.SubmissionID, State: tt.state, Tell: func(text string) { told = append(told, text) },
			})
			if (err == nil) != (tt.failure == "") || err != nil && !strings.Contains(err.Error(), tt.failure) {
				t.Errorf("error %v, want it to say %q", err, tt.failure)
			}
			text := strings.Join(told, "\n")
			if err == nil && (!strings.Contains(text, tt.told) || !strings.Contains(text, `set state = "`+string(tt.state)+`" in it`)) {
				t.Errorf("told %q", text)
			}
			if calls := strings.Join(store.changes, ", "); calls != tt.call {
				t.Errorf("calls %q, want %q", calls, tt.call)
			}
		})
	}
}

// There is nothing to end where nothing was ever published.
func TestEndRolloutOfNothing(t *testing.T) {
	t.Parallel()
	err := over(storeWith("Certification", notStarted)).EndRollout(t.Context(), workflow.RolloutEnd{
		Flight: ref.FlightRef, State: workflow.RolloutHalted, Tell: func(text string) { t.Error(text) },
	})
	if err == nil || !strings.Contains(err.Error(), "Flight has no published submission") {
		t.Error(err)
	}
}
