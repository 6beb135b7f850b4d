package msix_test

import (
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
)

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in    string
		want  msix.Version
		fault string
	}{
		{in: "1.2.3.0", want: msix.Version{1, 2, 3, 0}},
		{in: "0.0.0.0"},
		{in: "65535.65535.65535.65535", want: msix.Version{65535, 65535, 65535, 65535}},
		{in: "", fault: "expected a number from 0 to 65535"},
		{in: "1", fault: "has 1 parts, expected four"},
		{in: "1.2.3", fault: "has 3 parts, expected four"},
		{in: "1.2.3.4.5", fault: "more than four parts"},
		{in: "1.2.3.65536", fault: `part 4 of version "1.2.3.65536" is "65536"`},
		{in: "1.02.3.4", fault: `is "02", expected a number from 0 to 65535 without leading zeros`},
		{in: "1.+2.3.4", fault: `is "+2"`},
		{in: "1.-2.3.4", fault: `is "-2"`},
		{in: "1.0x2.3.4", fault: `is "0x2"`},
		{in: "1.1_0.3.4", fault: `is "1_0"`},
		{in: "1..3.4", fault: `part 2 of version "1..3.4" is ""`},
		{in: " 1.2.3.4", fault: `is " 1"`},
		{in: "1.2.3.4\n", fault: `is "4\n"`},
		{in: "1.2.3.४", fault: `is "४"`},
		{in: strings.Repeat("9", 1000), fault: "and 920 characters more"},
	} {
		t.Run(test.in[:min(len(test.in), 20)], func(t *testing.T) {
			t.Parallel()
			got, err := msix.ParseVersion(test.in)
			if test.fault != "" {
				if err == nil || !strings.Contains(err.Error(), test.fault) {
					t.Fatalf("error %v, want one with %q", err, test.fault)
				}
				return
			}
			if err != nil || got != test.want {
				t.Fatalf("got %v, %v", got, err)
			}
		})
	}
}

func TestVersionCompareIsNumeric(t *testing.T) {
	t.Parallel()
	ascending := []string{"0.0.0.0", "0.0.0.1", "1.0.0.0", "1.9.0.0", "1.10.0.0", "1.10.0.2", "1.10.0.10", "2.0.0.0", "10.0.0.0"}
	for i, a := range ascending {
		for j, b := range ascending {
			low, err := msix.ParseVersion(a)
			if err != nil {
				t.Fatal(err)
			}
			high, err := msix.ParseVersion(b)
			if err != nil {
				t.Fatal(err)
			}
			if got := low.Compare(high); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s compared with %s gives %d", a, b, got)
			}
		}
	}
}

// What is accepted is written back as it was, or a version would differ from itself in a plan.
func FuzzParseVersion(f *testing.F) {
	for _, seed := range []string{"1.2.3.0", "0.0.0.0", "65535.65535.65535.65535", "1.2.3", "01.2.3.4", "1.2.3.4.5", "-1.0.0.0", "", "...."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		v, err := msix.ParseVersion(in)
		if err == nil && v.String() != in {
			t.Errorf("%q was read as %s", in, v)
		}
		if err != nil && v != (msix.Version{}) {
			t.Errorf("%q gave both %s and an error", in, v)
		}
	})
}
