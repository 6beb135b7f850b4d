package acctest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

// Step is a configuration that is applied, and what must come of it.
type Step struct {
	// PreConfig runs first. It changes what the step finds: files, the Store.
	PreConfig func()
	Config    string
	// PlanChecks look at the plan, StateChecks at the state after its apply, and
	// Check at everything else after that.
	PlanChecks  []plancheck.PlanCheck
	StateChecks []statecheck.StateCheck
	Check       func()
	// PlanOnly leaves out the apply.
	PlanOnly bool
	// NonEmptyPlan expects changes of the only plan, or of that after the apply.
	NonEmptyPlan bool
	// ExpectError expects the plan or the apply to fail with an error that matches.
	ExpectError *regexp.Regexp
}

// Run applies one step after the other and destroys what the last successful one
// left. After each apply the plan must be empty, before a refresh and after it.
func (w *World) Run(t *testing.T, steps ...Step) {
	t.Helper()
	w.ServedCLI("").Steps(t, steps...)
}

// Steps is [World.Run] with the commands of c.
func (c *CLI) Steps(t *testing.T, steps ...Step) {
	t.Helper()
	config := ""
	for i, step := range steps {
		if step.PreConfig != nil {
			step.PreConfig()
		}
		c.Configure(step.Config)
		if c.step(t, step); t.Failed() {
			t.Fatalf("step %d of %d failed", i+1, len(steps))
		}
		if step.ExpectError == nil && !step.PlanOnly {
			config = step.Config
		}
	}
	if c.manages(t) {
		c.Configure(config)
		c.MustRun("destroy", "-auto-approve", "-refresh=false")
	}
}

func (c *CLI) step(t *testing.T, s Step) {
	t.Helper()
	switch err := c.reach(t, s); {
	case s.ExpectError != nil && err == nil:
		t.Errorf("there is no error that matches %s", s.ExpectError)
	case s.ExpectError != nil && !s.ExpectError.MatchString(err.Error()):
		t.Errorf("the error does not match %s:\n%v", s.ExpectError, err)
	case s.ExpectError == nil && err != nil:
		t.Error(err)
	}
	if t.Failed() || s.PlanOnly || s.ExpectError != nil {
		return
	}
	if len(s.StateChecks) > 0 {
		state := c.State(t)
		for _, check := range s.StateChecks {
			var resp statecheck.CheckStateResponse
			if check.CheckState(t.Context(), statecheck.CheckStateRequest{State: state}, &resp); resp.Error != nil {
				t.Error(resp.Error)
			}
		}
	}
	if s.Check != nil {
		s.Check()
	}
	for _, refresh := range []bool{false, true} {
		if err := c.plan(s, "-refresh="+strconv.FormatBool(refresh)); err != nil {
			t.Error(err)
		}
	}
}

// reach plans and applies, as far as the step says. Its error has what the CLI says.
func (c *CLI) reach(t *testing.T, s Step) error {
	t.Helper()
	if len(s.PlanChecks) == 0 {
		if s.PlanOnly {
			return c.plan(s)
		}
		_, err := c.output("apply", "-auto-approve")
		return err
	}
	const file = "step.tfplan"
	if s.PlanOnly {
		if err := c.plan(s, "-out="+file); err != nil {
			return err
		}
	} else if _, err := c.output("plan", "-out="+file); err != nil {
		return err
	}
	plan := c.Plan(t, file)
	for _, check := range s.PlanChecks {
		var resp plancheck.CheckPlanResponse
		if check.CheckPlan(t.Context(), plancheck.CheckPlanRequest{Plan: plan}, &resp); resp.Error != nil {
			t.Error(resp.Error)
		}
	}
	if s.PlanOnly || t.Failed() {
		return nil
	}
	_, err := c.output("apply", file)
	return err
}

// plan fails unless the plan is empty, or is not if the step says so.
func (c *CLI) plan(s Step, args ...string) error {
	out, err := c.output(append([]string{"plan", "-detailed-exitcode"}, args...)...)
	var exit *exec.ExitError
	changes := errors.As(err, &exit) && exit.ExitCode() == 2
	switch {
	case err != nil && !changes:
		return err
	case changes && !s.NonEmptyPlan && s.ExpectError == nil:
		return errors.New("the plan is not empty:\n" + out)
	case !changes && s.NonEmptyPlan:
		return errors.New("the plan is empty")
	}
	return nil
}

// output runs a command and returns what it prints to standard output. Its error
// wraps that of the process and has the errors that the CLI prints.
func (c *CLI) output(args ...string) (string, error) {
	cmd := c.Command(c.tb.Context(), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), &commandError{command: strings.Join(args, " "), err: err, stderr: stderr.String()}
	}
	return stdout.String(), nil
}

// commandError is what a command failed with.
type commandError struct {
	command, stderr string
	err             error
}

func (e *commandError) Error() string { return e.command + ": " + e.err.Error() + "\n" + e.stderr }

func (e *commandError) Unwrap() error { return e.err }

// State is the state as the CLI shows it.
func (c *CLI) State(t *testing.T) *tfjson.State {
	t.Helper()
	state := new(tfjson.State)
	state.UseJSONNumber(true)
	c.show(t, state)
	return state
}

// Plan is a saved plan as the CLI shows it.
func (c *CLI) Plan(t *testing.T, file string) *tfjson.Plan {
	t.Helper()
	plan := new(tfjson.Plan)
	plan.UseJSONNumber(true)
	c.show(t, plan, file)
	return plan
}

func (c *CLI) show(t *testing.T, value any, args ...string) {
	t.Helper()
	out, err := c.output(append([]string{"show", "-json"}, args...)...)
	if err == nil {
		err = json.Unmarshal([]byte(out), value)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// manages tells whether the state has a resource.
func (c *CLI) manages(t *testing.T) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.Dir, "terraform.tfstate"))
	if errors.Is(err, os.ErrNotExist) {
		return false
	}
	var state struct {
		Resources []struct{ Mode string }
	}
	if err == nil {
		err = json.Unmarshal(text, &state)
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(state.Resources) > 0
}

// Planned expects this action of a resource in the plan.
func Planned(address string, action plancheck.ResourceActionType) []plancheck.PlanCheck {
	return []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}
}

// Phrase matches words that the CLI may have broken over lines.
func Phrase(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	return regexp.MustCompile(strings.Join(words, `[\s│]+`))
}

// TokenLater is a configuration with the provider's token known only after an
// apply, so that the provider has no client while planning.
func (w *World) TokenLater(config string) string {
	w.tb.Helper()
	later := strings.Replace(config, strconv.Quote(Token), "terraform_data.token.output", 1)
	if later == config {
		w.tb.Fatalf("the configuration has no access_token to replace:\n%s", config)
	}
	return later + `
resource "terraform_data" "token" {
  input = "` + Token + `"
}
`
}
