// Package diagnostic turns errors into Terraform diagnostics. It is the only
// place that phrases what the Store's errors look like to a user.
package diagnostic

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// AddError appends err as one diagnostic for each thing that went wrong.
// attempt names what was attempted, as in "creating flight submission".
func AddError(diags *diag.Diagnostics, attempt string, err error) {
	if many, ok := errors.AsType[workflow.Problems](err); ok {
		for _, problem := range many {
			addProblem(diags, problem)
		}
		return
	}
	if problem, ok := errors.AsType[*workflow.Problem](err); ok {
		addProblem(diags, problem)
		return
	}
	diags.AddError("Error "+attempt, explain(err))
}

func addProblem(diags *diag.Diagnostics, problem *workflow.Problem) {
	summary, detail := phrase(problem)
	if at, ok := attributePath(problem.Attribute); ok {
		diags.AddAttributeError(at, summary, detail)
	} else {
		diags.AddError(summary, detail)
	}
}

// AddWarnings appends what the user should know although nothing failed.
func AddWarnings(diags *diag.Diagnostics, warnings ...*workflow.Problem) {
	for _, w := range warnings {
		summary, detail := phrase(w)
		if at, ok := attributePath(w.Attribute); ok {
			diags.AddAttributeWarning(at, summary, detail)
		} else {
			diags.AddWarning(summary, detail)
		}
	}
}

func phrase(p *workflow.Problem) (summary, detail string) {
	detail = p.Detail
	if p.Err != nil {
		detail += "\n\n" + explain(p.Err)
	}
	return p.Summary, redact.String(detail)
}

// explain gives the error's text and what is known about such errors.
func explain(err error) string {
	text := redact.Error(err).Error()
	if storeErr, ok := errors.AsType[*storeapi.Error](err); ok {
		if advice := storeErr.Advice(); advice != "" && !strings.Contains(text, advice) {
			text += "\n\n" + advice
		}
	}
	if timeIsUp(err) {
		text += "\n\nThe time that the operation may take is over: allow it more with the argument timeouts."
	}
	return text
}

// timeIsUp says whether the operation's own deadline ended it. A connection that timed out claims to be one too.
func timeIsUp(err error) bool {
	_, connection := errors.AsType[*net.OpError](err)
	return errors.Is(err, context.DeadlineExceeded) && !connection
}

func attributePath(steps []any) (path.Path, bool) {
	at := path.Empty()
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			at = at.AtName(step)
		case int:
			at = at.AtListIndex(step)
		}
	}
	return at, len(steps) > 0
}
