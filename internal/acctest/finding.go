package acctest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Finding is a diagnostic as the CLI gets it. Attribute is the one that it points at,
// written as configurations do.
type Finding struct {
	Warning                    bool
	Summary, Detail, Attribute string
}

// Findings are the diagnostics of a reply.
func Findings(diagnostics []*tfprotov6.Diagnostic) []Finding {
	list := make([]Finding, 0, len(diagnostics))
	for _, d := range diagnostics {
		f := Finding{Warning: d.Severity == tfprotov6.DiagnosticSeverityWarning, Summary: d.Summary, Detail: d.Detail}
		if d.Attribute != nil {
			f.Attribute = PathText(d.Attribute)
		}
		list = append(list, f)
	}
	return list
}

// Failures are the texts of the errors; empty if there are none.
func Failures(found []Finding) string {
	return text(slices.DeleteFunc(slices.Clone(found), func(f Finding) bool { return f.Warning }))
}

func text(found []Finding) string {
	var b strings.Builder
	for _, f := range found {
		b.WriteString(f.Summary + ": " + f.Detail + "\n")
	}
	return b.String()
}

// PathText writes a path as configurations do.
func PathText(p *tftypes.AttributePath) string {
	var b strings.Builder
	for i, step := range p.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&b, "[%d]", int64(step))
		default:
			fmt.Fprintf(&b, "[%v]", step)
		}
	}
	return b.String()
}
