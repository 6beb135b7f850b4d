package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// What the demo prints can be pasted: no control characters, no blanks at the ends of lines, no overlong ones.
func TestBlock(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := &page{out: &out}
	p.block("\nshort \n\n" + strings.Repeat("word ", 30) + "\n" + strings.Repeat("x", 120) + "\n\n")
	want := []string{
		"     short", "", "     " + strings.TrimSpace(strings.Repeat("word ", 20)), "     " + strings.TrimSpace(strings.Repeat("word ", 10)),
		"     " + strings.Repeat("x", 120), "",
	}
	if got := strings.Split(out.String(), "\n"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProgressOfAFailure(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	failed := errors.New("no compiler")
	err := (&page{out: &out}).progress("Building", func() error { return failed })
	if !errors.Is(err, failed) || out.String() != "Building \n" {
		t.Errorf("error %v, output %q", err, &out)
	}
}

func TestReadable(t *testing.T) {
	t.Parallel()
	const plan = `Terraform will perform the following actions:

  # msstore_flight_submission.beta will be updated in-place
  ~ resource "msstore_flight_submission" "beta" {
      ~ flight_packages            = [
          - {
              - architecture            = "x64" -> null
            },
        ] -> (known after apply)
      ~ packages                   = [
          ~ {
              ~ sha256                  = "727541fd184dc8e25a81a6bc29d75ade586b736e3c263a4fcd62cc29c668c05e" -> "2d1eca36d698e2a69415bbc0a19d8beaac9b9eae060e8a2a095502659042bad2"
              ~ version                 = "1.0.0.0" -> "1.1.0.0"
                # (3 unchanged attributes hidden)
            },
        ]
      ~ status                     = "Published" -> (known after apply)
      ~ submission_id              = "1152921505700520602" -> (known after apply)
        # (9 unchanged attributes hidden)
    }

  # msstore_package_rollout.beta will be updated in-place
  ~ resource "msstore_package_rollout" "beta" {
      ~ state                  = "finalized" -> "active"
    }

Plan: 0 to add, 2 to change, 0 to destroy.

Warning: something
`
	const want = `# msstore_flight_submission.beta will be updated in-place
  ~ sha256 = "727541fd…" -> "2d1eca36…"
  ~ version = "1.0.0.0" -> "1.1.0.0"
  ~ submission_id = "1152921505700520602" -> (known after apply)
Plan: 0 to add, 2 to change, 0 to destroy.`
	if got := readable(plan, "msstore_flight_submission.beta"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The CLI warns in the plan of an apply and once more in the apply.
func TestRetellWarnsOnce(t *testing.T) {
	t.Parallel()
	const warning = `{"type":"diagnostic","@message":"Warning: Halted","diagnostic":{"detail":"state: for good."}}` + "\n"
	var out strings.Builder
	retell(strings.NewReader(warning+`{"type":"change_summary","@message":"Plan: 1 to change."}`+"\nno JSON\n"+warning), &page{out: &out})
	if got, want := out.String(), "     Warning: Halted\n     state: for good.\n     Plan: 1 to change.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
