package workflow

import (
	"fmt"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// Problem is something that the user has to know or to decide: what was
// attempted, what stands in the way, what to do next.
type Problem struct { //nolint:errname // A problem may also be a warning.
	// Attribute leads to the argument to blame: attribute names and list
	// indexes, for example "packages", 1, "source". Empty: no single one.
	Attribute []any
	// Summary is one line without a full stop.
	Summary string
	// Detail is made of full sentences.
	Detail string
	// Err is the cause, if there is one.
	Err error
}

func (p *Problem) Error() string {
	text := p.Summary + ": " + p.Detail
	if p.Err != nil {
		text += ": " + p.Err.Error()
	}
	return text
}

func (p *Problem) Unwrap() error { return p.Err }

// Problems are several findings that are reported at once.
type Problems []*Problem //nolint:errname // Named after its elements.

func (p Problems) Error() string {
	texts := make([]string, 0, len(p))
	for _, one := range p {
		texts = append(texts, one.Error())
	}
	return strings.Join(texts, "\n")
}

// failure is the problem of a submission that the Store has refused, with what an
// apply does about it.
func failure(s *storeapi.Submission) *Problem {
	return refused(s, "The next apply replaces this submission by a new one.")
}

// refused tells all that the Store says about a submission that it has refused
// [store-api 5.4]. next is what to do about it.
func refused(s *storeapi.Submission, next string) *Problem {
	details := s.StatusDetails
	var b strings.Builder
	fmt.Fprintf(&b, "The Store reports %s for %s.", s.Status, s.Ref)
	switch {
	case len(details.Errors) > 0:
		b.WriteString(describeDetails(details.Errors))
	case s.Status == storeapi.StatusCanceled:
		b.WriteString(" The submission was cancelled in Partner Center.")
	default:
		b.WriteString(" The API gives no reason; Partner Center may show one.")
	}
	fmt.Fprintf(&b, "\n\n%s", next)
	for _, r := range details.CertificationReports {
		fmt.Fprintf(&b, "\n\n%s", reportText(r))
	}
	fmt.Fprintf(&b, "\n\n%s", s.Ref.PartnerCenterURL())
	if s.CorrelationID != "" {
		fmt.Fprintf(&b, "\nStore support needs the correlation id: %s", s.CorrelationID)
	}
	return &Problem{Summary: fmt.Sprintf("Flight submission failed: %s", s.Status), Detail: b.String()}
}

func reportText(r storeapi.CertificationReport) string {
	if r.Date.IsZero() {
		return "Certification report: " + r.ReportURL
	}
	return fmt.Sprintf("Certification report of %s: %s", r.Date.Format("2006-01-02 15:04 MST"), r.ReportURL)
}

// describeDetails lists what the Store says about a status, with what to do about
// each.
func describeDetails(details []storeapi.StatusDetail) string {
	var b strings.Builder
	for _, d := range details {
		fmt.Fprintf(&b, "\n\n  %s: %s", d.Code, d.Details)
		if advice := storeapi.StatusAdvice(d.Code, len(details) == 1); advice != "" {
			fmt.Fprintf(&b, "\n  %s", advice)
		}
	}
	return b.String()
}

// warned shows the Store's warnings, which block nothing [store-api 5.4].
func warned(s *storeapi.Submission) []*Problem {
	warnings := s.StatusDetails.Warnings
	if len(warnings) == 0 {
		return nil
	}
	return []*Problem{{
		Summary: "Store warns about the flight submission",
		Detail: fmt.Sprintf("%s has the status %s.%s\n\n%s",
			sentenceStart(s.Ref), s.Status, describeDetails(warnings), s.Ref.PartnerCenterURL()),
	}}
}
