//go:build unix

package flightsubmission_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
)

// Opening a FIFO that nobody writes to would wait for ever.
func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	w := acctest.Published(t)
	for name, write := range map[string]func(name string) error{
		"a pipe, expected a regular file": func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"permission denied":               func(name string) error { return os.WriteFile(name, []byte("x"), 0) },
	} {
		t.Run(name, func(t *testing.T) {
			if name == "permission denied" && os.Geteuid() == 0 {
				t.Skip("nothing is unreadable for root")
			}
			source := filepath.Join(t.TempDir(), "app.msix")
			if err := write(source); err != nil {
				t.Fatal(err)
			}
			_, got := serve(t, w).plan(t, flight(w).with(arguments{"packages": sources(source)}))
			check{attribute: "packages[0].source", summary: "Package cannot be read", says: []string{"app.msix", name}}.judge(t, got, false)
		})
	}
	w.OnlyReads()
}
