//go:build unix

package flightsubmission_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

// Opening a FIFO that nobody writes to would never return.
func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	for name, write := range map[string]func(name string) error{
		"a pipe, expected a regular file":   func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"a device, expected a regular file": func(name string) error { return os.Symlink(os.DevNull, name) },
		"does not exist":                    func(name string) error { return os.Symlink(name+".gone", name) },
		// Permissions would stop everybody but root, who runs tests too.
		"not a directory": func(name string) error { return os.WriteFile(filepath.Dir(name), []byte("x"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			source := filepath.Join(t.TempDir(), "folder", "app.msix")
			if name != "not a directory" {
				if err := os.Mkdir(filepath.Dir(source), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := write(source); err != nil {
				t.Fatal(err)
			}
			_, got := w.Protocol().Plan(typeName, flight(w).With(arguments{"packages": sources(source)}))
			check{attribute: "packages[0].source", summary: "Package cannot be read", says: []string{"app.msix", name}}.judge(t, got, false)
		})
	}
	w.OnlyReads()
}
