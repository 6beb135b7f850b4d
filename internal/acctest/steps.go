package acctest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	// ExpectError expects the plan or the apply to fail with an error that has all parts, as in [Says].
	ExpectError []string
}

// applies tells whether the step is to change something.
func (s *Step) applies() bool { return s.ExpectError == nil && !s.PlanOnly }

// Run applies one step after the other and destroys what the last successful one
// left. After each apply the plan must be empty, after the last one also before a
// refresh.
func (w *World) Run(t *testing.T, steps ...Step) {
	t.Helper()
	w.ServedCLI("").Steps(t, steps...)
}

// Steps is [World.Run] with the commands of c.
func (c *CLI) Steps(t *testing.T, steps ...Step) {
	t.Helper()
	applied := ""
	for i, step := range steps {
		err := c.step(t.Context(), step)
		if last := i == len(steps)-1; err == nil && last && step.applies() {
			err = c.plan(t.Context(), step, "-refresh=false")
		}
		if err != nil || t.Failed() {
			t.Fatalf("step %d of %d failed: %v", i+1, len(steps), err)
		}
		if step.applies() {
			applied = step.Config
		}
	}
	if c.manages(t) {
		c.Configure(applied)
		c.MustRun("destroy", "-auto-approve", "-refresh=false")
	}
}

func (c *CLI) step(ctx context.Context, s Step) error {
	if s.PreConfig != nil {
		s.PreConfig()
	}
	c.Configure(s.Config)
	switch err := c.reach(ctx, s); {
	case s.ExpectError != nil && err == nil:
		return fmt.Errorf("there is no error that says %q", s.ExpectError)
	case s.ExpectError != nil:
		if missing := lacking(err.Error(), s.ExpectError); missing != nil {
			return fmt.Errorf("the error does not say %q: %w", missing, err)
		}
		return nil
	case err != nil || s.PlanOnly:
		return err
	}
	if err := c.checkState(ctx, s.StateChecks); err != nil {
		return err
	}
	if s.Check != nil {
		s.Check()
	}
	return c.plan(ctx, s)
}

// reach plans and applies, as far as the step says. Its error has what the CLI says.
func (c *CLI) reach(ctx context.Context, s Step) error {
	const file = "step.tfplan"
	switch {
	case s.PlanOnly:
		if err := c.plan(ctx, s, "-out="+file); err != nil {
			return err
		}
		return c.checkPlan(ctx, file, s.PlanChecks)
	case len(s.PlanChecks) == 0:
		_, err := c.output(ctx, "apply", "-auto-approve")
		return err
	}
	if _, err := c.output(ctx, "plan", "-out="+file); err != nil {
		return err
	}
	if err := c.checkPlan(ctx, file, s.PlanChecks); err != nil {
		return err
	}
	_, err := c.output(ctx, "apply", file)
	return err
}

func (c *CLI) checkPlan(ctx context.Context, file string, checks []plancheck.PlanCheck) error {
	if len(checks) == 0 {
		return nil
	}
	plan := new(tfjson.Plan)
	plan.UseJSONNumber(true)
	err := c.show(ctx, plan, file)
	for _, check := range checks {
		var resp plancheck.CheckPlanResponse
		check.CheckPlan(ctx, plancheck.CheckPlanRequest{Plan: plan}, &resp)
		err = errors.Join(err, resp.Error)
	}
	return err
}

func (c *CLI) checkState(ctx context.Context, checks []statecheck.StateCheck) error {
	if len(checks) == 0 {
		return nil
	}
	state, err := c.state(ctx)
	for _, check := range checks {
		var resp statecheck.CheckStateResponse
		check.CheckState(ctx, statecheck.CheckStateRequest{State: state}, &resp)
		err = errors.Join(err, resp.Error)
	}
	return err
}

// plan fails unless the plan is empty, or is not if the step says so.
func (c *CLI) plan(ctx context.Context, s Step, args ...string) error {
	out, err := c.output(ctx, append([]string{"plan", "-detailed-exitcode"}, args...)...)
	var exit *exec.ExitError
	changes := errors.As(err, &exit) && exit.ExitCode() == 2
	switch {
	case err != nil && !changes:
		return err
	case changes && !s.NonEmptyPlan:
		return errors.New("the plan is not empty:\n" + out)
	case !changes && s.NonEmptyPlan:
		return errors.New("the plan is empty")
	}
	return nil
}

// output runs a command and returns what it prints to standard output. Its error
// wraps that of the process and has the errors that the CLI prints.
func (c *CLI) output(ctx context.Context, args ...string) (string, error) {
	cmd := c.Command(ctx, args...)
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

// state is the state as the CLI shows it.
func (c *CLI) state(ctx context.Context) (*tfjson.State, error) {
	state := new(tfjson.State)
	state.UseJSONNumber(true)
	return state, c.show(ctx, state)
}

func (c *CLI) show(ctx context.Context, value any, args ...string) error {
	out, err := c.output(ctx, append([]string{"show", "-json"}, args...)...)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(out), value)
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

// TokenLater is a configuration with the provider's token known only after an
// apply, so that the provider has no client while planning.
func (w *World) TokenLater(config string) string {
	w.tb.Helper()
	later := strings.Replace(config, strconv.Quote(Token), "terraform_data.token.output", 1)
	if later == config {
		w.tb.Fatalf("the configuration has no access_token to replace:\n%s", config)
	}
	return later + Block(`resource "terraform_data" "token"`, "input = "+strconv.Quote(Token))
}
