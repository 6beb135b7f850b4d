package storeid_test

import (
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeid"
)

const (
	app        = "9NBLGGH4R315"
	flight     = "43e448df-97c9-4a43-a0bc-2a445e736bcd"
	submission = "1152921504621086517"
)

func TestParseImport(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][3]string{
		app + "/" + flight:                    {app, flight, ""},
		app + "/" + flight + "/" + submission: {app, flight, submission},
	} {
		a, f, s, err := storeid.ParseImport(id)
		if err != nil || [3]string{a, f, s} != want {
			t.Errorf("%s: %s %s %s, %v", id, a, f, s, err)
		}
	}
}

func TestParseImportRefuses(t *testing.T) {
	t.Parallel()
	for id, says := range map[string]string{
		"":                                  "must have the form",
		app:                                 "must have the form",
		app + "/" + flight + "/1/2":         "must have the form",
		"Contoso.Sample/" + flight:          "not a Store ID",
		strings.ToLower(app) + "/" + flight: "not a Store ID",
		app + "/beta":                       "not a flight's GUID",
		app + "/" + flight + "/latest":      "not a submission ID",
		app + "/" + flight + "/":            "not a submission ID",
		app + "/" + flight + "/1\n":         "not a submission ID",
		app + "/../" + submission:           "not a flight's GUID",
	} {
		if _, _, _, err := storeid.ParseImport(id); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", id, err, says)
		}
	}
}

// Whatever comes, what is accepted has the form of the Store's identifiers, so
// that it can be part of a URL.
func FuzzParseImport(f *testing.F) {
	f.Add(app + "/" + flight)
	f.Add(app + "/" + flight + "/" + submission)
	f.Add("//")
	f.Fuzz(func(t *testing.T, id string) {
		a, fl, s, err := storeid.ParseImport(id)
		if err != nil {
			return
		}
		again := a + "/" + fl
		if s != "" {
			again += "/" + s
		}
		if again != id || strings.ContainsAny(a+fl+s, "/?#% \n") {
			t.Errorf("%q was read as %q, %q, %q", id, a, fl, s)
		}
	})
}
