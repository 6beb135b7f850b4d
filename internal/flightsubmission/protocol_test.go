package flightsubmission_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

const (
	typeName = "msstore_flight_submission"
	unknown  = acctest.Unknown
)

type arguments = acctest.Arguments

// flight names the world's flight.
func flight(w *acctest.World) arguments {
	return arguments{"application_id": w.ApplicationID, "flight_id": w.FlightID}
}

// sources are packages that have nothing but a source.
func sources(paths ...string) []any {
	list := make([]any, 0, len(paths))
	for _, p := range paths {
		list = append(list, arguments{"source": p})
	}
	return list
}

// sum is the digest of such a package.
func sum(m msixtest.Manifest) string {
	digest := sha256.Sum256(msixtest.Package(m))
	return hex.EncodeToString(digest[:])
}

// check is something that a plan says: of which argument, and in which words.
type check struct {
	name      string
	arguments arguments
	// attribute is the one to blame, summary the title, and says are parts of
	// the text that must not be missing.
	attribute, summary string
	says               []string
}

// judge compares the only finding with the one that is wanted.
func (c check) judge(t *testing.T, got []acctest.Finding, warning bool) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%d findings, want 1: %+v", len(got), got)
	}
	want := acctest.Finding{Warning: warning, Summary: c.summary, Attribute: c.attribute, Detail: got[0].Detail}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("finding (-want +got):\n%s", diff)
	}
	for _, words := range c.says {
		if !strings.Contains(got[0].Detail, words) {
			t.Errorf("detail lacks %q:\n%s", words, got[0].Detail)
		}
	}
}

// accepts plans what some have besides base, none of which must give a finding or change anything.
func accepts(t *testing.T, w *acctest.World, base arguments, some map[string]arguments) {
	t.Helper()
	for name, more := range some {
		t.Run(name, func(t *testing.T) {
			if _, got := w.Protocol().Plan(typeName, base.With(more)); len(got) > 0 {
				t.Errorf("findings: %+v", got)
			}
		})
	}
	w.OnlyReads()
}

// refuses plans each, with the error that is wanted and without a change.
func refuses(t *testing.T, w *acctest.World, checks []check) {
	t.Helper()
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			_, got := w.Protocol().Plan(typeName, c.arguments)
			c.judge(t, got, false)
		})
	}
	w.OnlyReads()
}
