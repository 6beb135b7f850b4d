package workflow_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// What the Store says about a submission comes with what to do about it, wherever
// it is shown.
func TestCodesHaveAdvice(t *testing.T) {
	t.Parallel()
	const page = "https://partner.microsoft.com/dashboard/products/"
	one := func(code string) []storeapi.StatusDetail {
		return []storeapi.StatusDetail{{Code: code, Details: "The Store's text."}}
	}
	for name, c := range map[string]struct {
		course  []storeapi.Status
		details storeapi.StatusDetails
		fails   bool
		says    []string
	}{
		"a failure": {
			course: []storeapi.Status{"PreProcessingFailed"}, details: storeapi.StatusDetails{Errors: one("InvalidMicrosoftAgeRating")}, fails: true,
			says: []string{"InvalidMicrosoftAgeRating: The Store's text.", "Complete the age rating questionnaire", page},
		},
		"a failure without explanation": {
			course: []storeapi.Status{"PreProcessingFailed"}, details: storeapi.StatusDetails{Errors: one("InvalidState")}, fails: true,
			says: []string{"The Store explains this in Partner Center only", page},
		},
		"a failure without reason": {
			course: []storeapi.Status{"CertificationFailed"}, fails: true, says: []string{"The API gives no reason", page},
		},
		"a cancellation": {
			course: []storeapi.Status{"Canceled"}, fails: true, says: []string{"was cancelled in Partner Center", "The next apply", page},
		},
		"a warning": {
			course: []storeapi.Status{"Published"}, details: storeapi.StatusDetails{Warnings: one("SalesUnsupportedWarning")},
			says: []string{"Store warns about the flight submission", "SalesUnsupportedWarning: The Store's text.", "Check pricing and availability", page},
		},
		"an error while the Store processes": {
			course: []storeapi.Status{"CommitStarted"}, details: storeapi.StatusDetails{Errors: one("InvalidArchive")},
			says: []string{"has not reached its goal yet", "reports errors already", "InvalidArchive: The Store's text.", "Submit again to upload it anew", page},
		},
		"a code that nobody knows": {
			course: []storeapi.Status{"CommitFailed"}, details: storeapi.StatusDetails{Errors: one("Quantum")}, fails: true,
			says: []string{"Quantum: The Store's text.\n\nThe next apply"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := publishedStore()
				s.course = c.course
				s.before = func(_ context.Context, operation string) error {
					if operation == opStatus {
						s.submissions["2"].StatusDetails = c.details
					}
					return nil
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				o := s.submit(ctx, t)
				var said strings.Builder
				for _, w := range o.warnings {
					said.WriteString(w.Error())
				}
				if o.err != nil {
					said.WriteString(o.err.Error())
				}
				if (o.err != nil) != c.fails {
					t.Errorf("error %v, warnings %v", o.err, o.warnings)
				}
				for _, words := range c.says {
					if !strings.Contains(said.String(), words) {
						t.Errorf("it does not say %q:\n%s", words, said.String())
					}
				}
			})
		})
	}
}
