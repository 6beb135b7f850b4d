package flightsubmission_test

import (
	"os"
	"sync"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/provider"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// A build may go on in the folder that is being submitted from. What was planned is
// submitted or nothing.
func TestFileChangesMeanwhile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(path string) error
		says   []string
	}{
		"grows": {
			func(path string) error { return appendTo(path, "more") },
			[]string{"Package file is not the one that was planned", "app.msix"},
		},
		"shrinks": {
			func(path string) error { return os.Truncate(path, 1000) },
			[]string{"Package file is not the one that was planned", "app.msix"},
		},
		"becomes empty": {
			func(path string) error { return os.Truncate(path, 0) },
			[]string{"Package cannot be read", "app.msix is empty"},
		},
		"is built again": {
			func(path string) error {
				return os.WriteFile(path, msixtest.Package(msixtest.Manifest{Seed: 7}), 0o600)
			},
			[]string{"Package file is not the one that was planned", "app.msix"},
		},
		"goes": {os.Remove, []string{"Package cannot be read", "app.msix"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			source := w.Package("app.msix", msixtest.Manifest{})
			cli := w.CLI(w.Submission(acctest.Packages(source), `wait_for = "publish"`))
			cli.Serve(provider.Surroundings{})
			var once sync.Once
			w.Sim.Before(func(r storesim.Request) {
				if r.Operation == storesim.UpdateSubmission {
					once.Do(func() {
						if err := test.change(source); err != nil {
							t.Error(err)
						}
					})
				}
			})
			out, err := cli.Run("apply", "-auto-approve")
			if err == nil {
				t.Errorf("what was not planned was submitted:\n%s", out)
			}
			acctest.Says(t, out, test.says...)
			events(t, w, storesim.EventUploaded, 0)
			events(t, w, storesim.EventCommitted, 0)

			w.Package("app.msix", msixtest.Manifest{})
			cli.MustRun("apply", "-auto-approve")
			settled(t, w, "app.msix 1.0.0.0")
		})
	}
}

func appendTo(path, text string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if closing := file.Close(); err == nil {
		err = closing
	}
	return err
}
