package acctest

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// A step that is not what it says fails, and tells why.
func TestSteps(t *testing.T) {
	t.Parallel()
	const address = "terraform_data.test"
	settled := Block(`resource "terraform_data" "test"`, `input = "1"`)
	restless := Block(`resource "terraform_data" "test"`, "input = timestamp()")
	broken := Block(`resource "terraform_data" "test"`, "input = tonumber(true)")
	state := func(want string) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectKnownValue(address, tfjsonpath.New("output"), knownvalue.StringExact(want))}
	}
	ran := 0
	for name, tt := range map[string]struct {
		step    Step
		failure string
	}{
		"applied":                   {Step{Config: settled, PlanChecks: Planned(address, plancheck.ResourceActionCreate), StateChecks: state("1"), Check: func() { ran++ }}, ""},
		"another plan":              {Step{Config: settled, PlanChecks: Planned(address, plancheck.ResourceActionUpdate)}, "expected Update, got action(s): [create]"},
		"another state":             {Step{Config: settled, StateChecks: state("2")}, "expected value 2"},
		"changes again":             {Step{Config: restless}, "the plan is not empty"},
		"may change again":          {Step{Config: restless, NonEmptyPlan: true}, ""},
		"changes nothing":           {Step{Config: settled, NonEmptyPlan: true}, "the plan is empty"},
		"planned":                   {Step{Config: settled, PlanOnly: true, NonEmptyPlan: true}, ""},
		"planned with changes":      {Step{Config: settled, PlanOnly: true}, "the plan is not empty"},
		"planned and another plan":  {Step{Config: settled, PlanOnly: true, NonEmptyPlan: true, PlanChecks: Planned(address, plancheck.ResourceActionUpdate)}, "got action(s): [create]"},
		"fails":                     {Step{Config: broken}, "Invalid function argument"},
		"fails as expected":         {Step{Config: broken, ExpectError: []string{"Invalid function argument"}}, ""},
		"fails otherwise":           {Step{Config: broken, ExpectError: []string{"Invalid function", "Invalid provider"}}, `does not say ["Invalid provider"]`},
		"does not fail as expected": {Step{Config: settled, ExpectError: []string{"x"}}, `there is no error that says ["x"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := New(t).ServedCLI("").step(t.Context(), tt.step)
			if (err == nil) != (tt.failure == "") || err != nil && !strings.Contains(err.Error(), tt.failure) {
				t.Errorf("got %v, want %q", err, tt.failure)
			}
		})
	}
	t.Cleanup(func() {
		if ran != 1 {
			t.Errorf("the check ran %d times", ran)
		}
	})
}
