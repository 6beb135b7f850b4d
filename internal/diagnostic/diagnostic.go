// Package diagnostic turns errors into Terraform diagnostics. It is the only place that phrases what the errors of the
// Store, of Entra and of libraries look like to a user: without secrets, in sentences, and with the attribute to blame
// in the text, because a CLI may point at the first line of the resource instead.
package diagnostic

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/workflow"
)

// AddError appends err as one diagnostic for each thing that went wrong. attempt names what was attempted, as in
// "creating flight submission".
func AddError(diags *diag.Diagnostics, attempt string, err error) {
	for _, problem := range problemsOf(attempt, err) {
		add(diags, diag.SeverityError, &problem)
	}
}

// AddReadError is [AddError] for data sources, list resources and imports.
func AddReadError(diags *diag.Diagnostics, attempt string, err error) {
	for _, problem := range problemsOf(attempt, err) {
		if problem.Err != nil {
			problem.Err = readError{problem.Err}
		}
		add(diags, diag.SeverityError, &problem)
	}
}

// readError ended what has a fixed time.
type readError struct{ error }

func (e readError) Unwrap() error { return e.error }

// AddWarnings appends what the user should know although nothing failed.
func AddWarnings(diags *diag.Diagnostics, warnings ...*workflow.Problem) {
	for _, w := range warnings {
		add(diags, diag.SeverityWarning, w)
	}
}

// AddAttributeError appends err as the fault of an attribute.
func AddAttributeError(diags *diag.Diagnostics, at path.Path, summary string, err error) {
	diags.AddAttributeError(at, redact.String(summary), named(at, explain(err)))
}

// Progress makes of an action's progress messages what workflows tell things by.
func Progress(send func(action.InvokeProgressEvent)) (tell func(text string)) {
	return func(text string) { send(action.InvokeProgressEvent{Message: plain(text)}) }
}

func add(diags *diag.Diagnostics, severity diag.Severity, problem *workflow.Problem) {
	summary, detail := phrase(problem, severity)
	at, ok := attributePath(problem.Attribute)
	if ok {
		detail = named(at, detail)
	}
	switch {
	case severity == diag.SeverityWarning && ok:
		diags.AddAttributeWarning(at, summary, detail)
	case severity == diag.SeverityWarning:
		diags.AddWarning(summary, detail)
	case ok:
		diags.AddAttributeError(at, summary, detail)
	default:
		diags.AddError(summary, detail)
	}
}

func phrase(p *workflow.Problem, severity diag.Severity) (summary, detail string) {
	summary, detail = plain(p.Summary), plain(p.Detail)
	if p.Err == nil {
		return summary, detail
	}
	if signIn, ok := errors.AsType[*credential.Error](p.Err); ok && severity == diag.SeverityError && !errors.Is(p.Err, context.Canceled) {
		// Whatever was attempted has nothing to do with it.
		return "Sign-in to Microsoft Entra ID failed", sentence(plain(signIn.Error()))
	}
	if detail != "" {
		detail += "\n\n"
	}
	return summary, detail + explain(p.Err)
}

// explain gives the error's text and what is known about such errors.
func explain(err error) string {
	text := plain(err.Error())
	if storeErr, ok := errors.AsType[*storeapi.Error](err); ok {
		if advice := storeErr.Advice(); advice != "" && !strings.Contains(text, advice) {
			text += "\n\n" + advice
		}
	}
	_, isRead := errors.AsType[readError](err)
	switch {
	case timeIsUp(err) && isRead:
		text += "\n\nData sources, list resources and imports have 10 minutes, which no argument changes. Try again later. " +
			"If the time went into waiting for the request budget, raise requests_per_minute of the provider, or read less in one run."
	case timeIsUp(err):
		text += "\n\nIf the operation needs more time, allow it with the argument timeouts."
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

// destroyAnyway is said of what a plan refuses about a resource that exists: the CLI makes such a plan before it
// destroys, too.
const destroyAnyway = "To destroy this resource anyway, run \"terraform destroy -refresh=false\", or set MSSTORE_PLAN_CHECKS=warn for one " +
	"run, for example in HCP Terraform."

// Plan collects what a plan refuses after a look at the files and the Store.
type Plan struct {
	Diagnostics *diag.Diagnostics
	// WarnOnly turns refusals into warnings.
	WarnOnly bool
	// Exists means that the resource exists, so that it may be about to be destroyed.
	Exists bool
}

// Refuse appends err like [AddError], with the way to destroy the resource all the same.
func (p Plan) Refuse(attempt string, err error) {
	severity := diag.SeverityError
	if p.WarnOnly {
		severity = diag.SeverityWarning
	}
	for _, problem := range problemsOf(attempt, err) {
		if p.Exists && !p.WarnOnly {
			problem.Detail = strings.TrimSpace(problem.Detail + "\n\n" + destroyAnyway)
		}
		add(p.Diagnostics, severity, &problem)
	}
}

// problemsOf takes an error apart.
func problemsOf(attempt string, err error) []workflow.Problem {
	if many, ok := errors.AsType[workflow.Problems](err); ok {
		list := make([]workflow.Problem, 0, len(many))
		for _, problem := range many {
			list = append(list, *problem)
		}
		return list
	}
	if problem, ok := errors.AsType[*workflow.Problem](err); ok {
		return []workflow.Problem{*problem}
	}
	return []workflow.Problem{{Summary: "Error " + attempt, Err: err}}
}
