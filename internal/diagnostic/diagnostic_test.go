package diagnostic_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/diagnostic"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

func TestAddError(t *testing.T) {
	t.Parallel()
	throttled := &storeapi.Error{Operation: "reading flight", StatusCode: 429}
	timedOut := &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	const summary = "Error creating flight"
	for name, test := range map[string]struct {
		err  error
		want diag.Diagnostics
	}{
		"plain":  {errors.New("no"), diag.Diagnostics{diag.NewErrorDiagnostic(summary, "no")}},
		"secret": {errors.New("Put \"https://h/i?sig=SECRET\": no"), diag.Diagnostics{diag.NewErrorDiagnostic(summary, "Put \"https://h/i?REDACTED\": no")}},
		"advice": {fmt.Errorf("w: %w", throttled), diag.Diagnostics{
			diag.NewErrorDiagnostic(summary, "w: reading flight: 429 Too Many Requests\n\n"+throttled.Advice()),
		}},
		"advice once": {fmt.Errorf("%w. %s", throttled, throttled.Advice()), diag.Diagnostics{
			diag.NewErrorDiagnostic(summary, "reading flight: 429 Too Many Requests. "+throttled.Advice()),
		}},
		"time is up": {fmt.Errorf("w: %w", context.DeadlineExceeded), diag.Diagnostics{diag.NewErrorDiagnostic(
			summary, "w: the operation ran out of time\n\nIf the operation needs more time, allow it with the argument timeouts.",
		)}},
		"connection timed out": {timedOut, diag.Diagnostics{diag.NewErrorDiagnostic(summary, "dial tcp: no answer in time")}},
		"connection claims it": {&net.OpError{Op: "read", Net: "tcp", Err: ioTimeoutError{}}, diag.Diagnostics{diag.NewErrorDiagnostic(summary, "read tcp: no answer in time")}},
		"sign-in, cancelled": {fmt.Errorf("%w, %w", context.Canceled, signInError(t)), diag.Diagnostics{diag.NewErrorDiagnostic(
			summary, "the run was cancelled, argument access_token begins with the word Bearer: give the token alone",
		)}},
		"cancelled": {fmt.Errorf("w: %w", context.Canceled), diag.Diagnostics{diag.NewErrorDiagnostic(summary, "w: the run was cancelled")}},
		"sign-in": {fmt.Errorf("reading flight: %w", signInError(t)), diag.Diagnostics{diag.NewErrorDiagnostic(
			"Sign-in to Microsoft Entra ID failed", "Argument access_token begins with the word Bearer: give the token alone.",
		)}},
		"no time": {parseError("2026-12-24"), diag.Diagnostics{diag.NewErrorDiagnostic(summary, `"2026-12-24" is not a time such as 2026-12-24T09:00:00Z`)}},
		"no date": {parseError("2026-13-24T00:00:00Z"), diag.Diagnostics{diag.NewErrorDiagnostic(summary, `"2026-13-24T00:00:00Z" is not a time such as 2026-12-24T09:00:00Z`)}},
		"named": {&workflow.Problem{Attribute: []any{"packages", 0, "source"}, Summary: "No", Detail: "See packages[0].source."}, diag.Diagnostics{
			diag.NewAttributeErrorDiagnostic(path.Root("packages").AtListIndex(0).AtName("source"), "No", "See packages[0].source."),
		}},
		"another is named": {&workflow.Problem{Attribute: []any{"source"}, Summary: "No", Detail: "See source_headers and packages[0].source."}, diag.Diagnostics{
			diag.NewAttributeErrorDiagnostic(path.Root("source"), "No", "source: See source_headers and packages[0].source."),
		}},
		"secret summary": {&workflow.Problem{Summary: "No sig=SECRET", Detail: "d"}, diag.Diagnostics{diag.NewErrorDiagnostic("No sig=REDACTED", "d")}},
		"problem": {fmt.Errorf("w: %w", &workflow.Problem{Attribute: []any{"packages", 1, "source"}, Summary: "No", Detail: "At all.", Err: throttled}), diag.Diagnostics{
			diag.NewAttributeErrorDiagnostic(path.Root("packages").AtListIndex(1).AtName("source"), "No",
				"packages[1].source: At all.\n\nreading flight: 429 Too Many Requests\n\n"+throttled.Advice()),
		}},
		"problems": {workflow.Problems{{Summary: "A", Detail: "a"}, {Attribute: []any{"commit"}, Summary: "B", Detail: "https://h/i?sig=SECRET"}}, diag.Diagnostics{
			diag.NewErrorDiagnostic("A", "a"),
			diag.NewAttributeErrorDiagnostic(path.Root("commit"), "B", "commit: https://h/i?REDACTED"),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got diag.Diagnostics
			diagnostic.AddError(&got, "creating flight", test.err)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// ioTimeoutError is what a connection says whose own time is up.
type ioTimeoutError struct{}

func (ioTimeoutError) Error() string { return os.ErrDeadlineExceeded.Error() }

func (ioTimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// A CLI plans before it destroys: what a plan refuses says how to do that all the same.
func TestRefuse(t *testing.T) {
	t.Parallel()
	const anyway = "d\n\nTo destroy this resource anyway, run \"terraform destroy -refresh=false\", or set MSSTORE_PLAN_CHECKS=warn for one run, for example in HCP Terraform."
	for name, test := range map[string]struct {
		plan diagnostic.Plan
		want diag.Diagnostic
	}{
		"new":              {diagnostic.Plan{}, diag.NewErrorDiagnostic("A", "d")},
		"existing":         {diagnostic.Plan{Exists: true}, diag.NewErrorDiagnostic("A", anyway)},
		"warned":           {diagnostic.Plan{WarnOnly: true}, diag.NewWarningDiagnostic("A", "d")},
		"existing, warned": {diagnostic.Plan{WarnOnly: true, Exists: true}, diag.NewWarningDiagnostic("A", "d")},
	} {
		var got diag.Diagnostics
		test.plan.Diagnostics = &got
		test.plan.Refuse("planning", &workflow.Problem{Summary: "A", Detail: "d"})
		if diff := cmp.Diff(diag.Diagnostics{test.want}, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestAddWarnings(t *testing.T) {
	t.Parallel()
	var got diag.Diagnostics
	diagnostic.AddWarnings(&got,
		&workflow.Problem{Summary: "A", Detail: "a", Err: errors.New("sig=SECRET")},
		&workflow.Problem{Attribute: []any{"wait_for"}, Summary: "B", Detail: "b"},
		&workflow.Problem{Summary: "C", Detail: "c", Err: signInError(t)},
	)
	want := diag.Diagnostics{
		diag.NewWarningDiagnostic("A", "a\n\nsig=REDACTED"),
		diag.NewAttributeWarningDiagnostic(path.Root("wait_for"), "B", "wait_for: b"),
		diag.NewWarningDiagnostic("C", "c\n\nargument access_token begins with the word Bearer: give the token alone"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func parseError(text string) error {
	_, err := time.Parse(time.RFC3339, text)
	return err
}

func signInError(t *testing.T) error {
	t.Helper()
	_, err := credential.Resolve(credential.Config{AccessToken: "Bearer x"}, func(string) (string, bool) { return "", false })
	return err
}

func TestAddAttributeError(t *testing.T) {
	t.Parallel()
	var got diag.Diagnostics
	diagnostic.AddAttributeError(&got, path.Root("endpoint"), "Unusable sig=SECRET", errors.New("no: sig=SECRET"))
	want := diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("endpoint"), "Unusable sig=REDACTED", "endpoint: no: sig=REDACTED")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	var sent []string
	diagnostic.Progress(func(e action.InvokeProgressEvent) { sent = append(sent, e.Message) })("context canceled: https://h/i?sig=SECRET")
	if diff := cmp.Diff([]string{"the run was cancelled: https://h/i?REDACTED"}, sent); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What has no argument timeouts is not told to raise it.
func TestAddReadError(t *testing.T) {
	t.Parallel()
	late := fmt.Errorf("w: %w", context.DeadlineExceeded)
	for name, err := range map[string]error{"plain": late, "problem": &workflow.Problem{Summary: "Error reading flight", Err: late}} {
		var got diag.Diagnostics
		diagnostic.AddReadError(&got, "reading flight", err)
		if len(got) != 1 || got[0].Summary() != "Error reading flight" || strings.Contains(got[0].Detail(), "argument timeouts") ||
			!strings.Contains(got[0].Detail(), "have 10 minutes") || !strings.Contains(got[0].Detail(), "requests_per_minute") {
			t.Errorf("%s: %v", name, got)
		}
	}
}
