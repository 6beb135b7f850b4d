//go:build unix

package artifact_test

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
)

// A pipe without a writer would hold up whoever opens it.
func TestOpenRefusesSpecialFiles(t *testing.T) {
	t.Parallel()
	// The path of a socket may have some hundred bytes only, and those of t.TempDir are longer on some systems.
	dir, err := os.MkdirTemp("", "a") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	pipe, socket := filepath.Join(dir, "pipe.msix"), filepath.Join(dir, "socket.msix")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	for path, kind := range map[string]string{pipe: "a pipe", socket: "a socket", os.DevNull: "a device"} {
		_, err := artifact.Open(t.Context(), path, artifact.Options{})
		wantMessage(t, err, "package file "+path+" is "+kind+", expected a regular file")
	}
}
