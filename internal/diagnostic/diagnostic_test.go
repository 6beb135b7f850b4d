package diagnostic_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

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
			summary, "w: context deadline exceeded\n\nThe time that the operation may take is over: allow it more with the argument timeouts.",
		)}},
		"connection timed out": {timedOut, diag.Diagnostics{diag.NewErrorDiagnostic(summary, "dial tcp: i/o timeout")}},
		"problem": {fmt.Errorf("w: %w", &workflow.Problem{Attribute: []any{"packages", 1, "source"}, Summary: "No", Detail: "At all.", Err: throttled}), diag.Diagnostics{
			diag.NewAttributeErrorDiagnostic(path.Root("packages").AtListIndex(1).AtName("source"), "No",
				"At all.\n\nreading flight: 429 Too Many Requests\n\n"+throttled.Advice()),
		}},
		"problems": {workflow.Problems{{Summary: "A", Detail: "a"}, {Attribute: []any{"commit"}, Summary: "B", Detail: "https://h/i?sig=SECRET"}}, diag.Diagnostics{
			diag.NewErrorDiagnostic("A", "a"),
			diag.NewAttributeErrorDiagnostic(path.Root("commit"), "B", "https://h/i?REDACTED"),
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

func TestAddWarnings(t *testing.T) {
	t.Parallel()
	var got diag.Diagnostics
	diagnostic.AddWarnings(&got,
		&workflow.Problem{Summary: "A", Detail: "a", Err: errors.New("sig=SECRET")},
		&workflow.Problem{Attribute: []any{"wait_for"}, Summary: "B", Detail: "b"},
	)
	want := diag.Diagnostics{
		diag.NewWarningDiagnostic("A", "a\n\nsig=REDACTED"),
		diag.NewAttributeWarningDiagnostic(path.Root("wait_for"), "B", "b"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
