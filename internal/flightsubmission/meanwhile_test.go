package flightsubmission_test

import (
	"os"
	"sync"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
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
			cli := w.ServedCLI(w.Submission(acctest.Packages(source), `wait_for = "publish"`))
			changeAt(t, w, storesim.UpdateSubmission, func() error { return test.change(source) })
			acctest.Says(t, cli.MustFail("apply", "-auto-approve"), test.says...)
			events(t, w, storesim.EventUploaded, 0)
			events(t, w, storesim.EventCommitted, 0)

			w.Package("app.msix", msixtest.Manifest{})
			cli.MustRun("apply", "-auto-approve")
			settled(t, w, "app.msix 1.0.0.0")
		})
	}
}

// changeAt changes something once, when the first request of an operation arrives.
func changeAt(t *testing.T, w *acctest.World, at storesim.Operation, change func() error) {
	t.Helper()
	var once sync.Once
	w.Sim.Before(func(r storesim.Request) {
		if r.Operation == at {
			once.Do(func() {
				if err := change(); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// While blocks are on the wire, others may have been read before the file changes:
// then what was planned is submitted. What was not is refused.
func TestFileChangesWhileItIsUploaded(t *testing.T) {
	t.Parallel()
	planned := msixtest.Manifest{PayloadSize: 20 << 20}
	content := msixtest.Package(planned)
	for name, change := range map[string]func(path string) error{
		"grows":          func(path string) error { return appendTo(path, "more") },
		"shrinks":        func(path string) error { return os.Truncate(path, 1000) },
		"is overwritten": func(path string) error { return os.WriteFile(path, make([]byte, len(content)), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			source := w.File("app.msix", content)
			cli := w.ServedCLI(w.Submission(acctest.Packages(source), `wait_for = "publish"`))
			changeAt(t, w, storesim.PutBlock, func() error { return change(source) })
			out, err := cli.Run("apply", "-auto-approve")
			if err != nil {
				acctest.Says(t, out, "app.msix")
				events(t, w, storesim.EventUploaded, 0)
				events(t, w, storesim.EventCommitted, 0)
				return
			}
			settled(t, w, "app.msix 1.0.0.0")
			if got := w.Sim.PublishedPackages(w.ApplicationID, w.FlightID)[0].SHA256; got != sum(planned) {
				t.Errorf("a package with the digest %s was submitted", got)
			}
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
