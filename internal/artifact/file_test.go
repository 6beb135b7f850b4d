package artifact_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
)

// content is n bytes in which every 8 KiB are different.
func content(n int) []byte {
	var b bytes.Buffer
	for block := byte(1); b.Len() < n; block++ {
		b.Write(bytes.Repeat([]byte{block}, 8<<10))
	}
	return b.Bytes()[:n]
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func write(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Sample.msix")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, location string, options artifact.Options) artifact.Artifact {
	t.Helper()
	a, err := artifact.Open(t.Context(), location, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func wantMessage(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("message %q\nlacks %q", err, part)
		}
	}
}

func TestOpenFile(t *testing.T) {
	t.Parallel()
	want := content(3 << 20)
	path := write(t, want)
	link := filepath.Join(t.TempDir(), "link.msix")
	if err := os.Symlink(path, link); err != nil {
		t.Skipf("symbolic links: %v", err)
	}
	for _, path := range []string{path, link} {
		a := open(t, path, artifact.Options{})
		if a.Size() != int64(len(want)) || a.Location() != path {
			t.Errorf("%s has %d bytes", a.Location(), a.Size())
		}
		got, err := io.ReadAll(io.NewSectionReader(a, 0, a.Size()))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("read %d bytes that are equal: %t, error %v", len(got), bytes.Equal(got, want), err)
		}
		sum, err := artifact.SHA256(t.Context(), a)
		if err != nil || sum != digest(want) {
			t.Errorf("digest %s, error %v", sum, err)
		}
		if n, err := a.ReadAt(make([]byte, 1), a.Size()); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("past the end %d bytes and error %v", n, err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if _, err := a.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("after closing: %v", err)
		}
	}
}

// A path that is wrong is mostly one letter, or one directory, away from the right one.
func TestMissingFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"Sample.msix", "other.txt", "Sample.MSIX.bak", "Upper.MSIX"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	missing := filepath.Join(dir, "Sampel.msix")
	_, err := artifact.Open(t.Context(), missing, artifact.Options{})
	if want := "package file " + missing + " does not exist; in its directory there is Sample.msix, Upper.MSIX"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	_, err = artifact.Open(t.Context(), "nowhere/Sampel.msix", artifact.Options{})
	if want := "package file nowhere/Sampel.msix does not exist; relative paths start in " + here; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestOpenFileRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing.msix")
	_, err := artifact.Open(t.Context(), missing, artifact.Options{})
	if want := "package file " + missing + " does not exist"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v does not wrap fs.ErrNotExist", err)
	}
	if strings.Count(err.Error(), missing) != 1 {
		t.Errorf("message %q repeats the path", err)
	}
	_, err = artifact.Open(t.Context(), "", artifact.Options{})
	wantMessage(t, err, "the path is empty")
	_, err = artifact.Open(t.Context(), dir, artifact.Options{})
	wantMessage(t, err, "package file "+dir+" is a directory, expected a regular file")
	empty := write(t, nil)
	_, err = artifact.Open(t.Context(), empty, artifact.Options{})
	wantMessage(t, err, "package file "+empty+" is empty")
	_, err = artifact.Open(t.Context(), filepath.Join(empty, "a.msix"), artifact.Options{})
	wantMessage(t, err, "package file")
	loop := filepath.Join(dir, "loop.msix")
	if os.Symlink(loop, loop) == nil {
		_, err = artifact.Open(t.Context(), loop, artifact.Options{})
		wantMessage(t, err, "package file "+loop+" cannot be opened")
	}
}

// meddler does something to the file in the middle of reading it.
type meddler struct {
	artifact.Artifact
	meddle func()
}

func (m *meddler) ReadAt(p []byte, off int64) (int, error) {
	if m.meddle != nil && off > 0 {
		m.meddle()
		m.meddle = nil
	}
	return m.Artifact.ReadAt(p, off)
}

func TestFileThatShrinks(t *testing.T) {
	t.Parallel()
	path := write(t, content(2<<20))
	a := open(t, path, artifact.Options{})
	shrink := func() {
		if err := os.Truncate(path, 1_500_000); err != nil {
			t.Error(err)
		}
	}
	_, err := artifact.SHA256(t.Context(), &meddler{Artifact: a, meddle: shrink})
	change, ok := errors.AsType[*artifact.ChangedError](err)
	if !ok || change.Location != path {
		t.Fatalf("error %v, want a ChangedError", err)
	}
	wantMessage(t, err, "changed while it was read: it had 2097152 bytes and ends at byte 1500000 now")
	n, err := a.ReadAt(make([]byte, 1000), 1_499_900)
	if _, ok := errors.AsType[*artifact.ChangedError](err); !ok || n != 100 {
		t.Errorf("read %d bytes and error %v", n, err)
	}
}

func TestFileThatIsWrittenTo(t *testing.T) {
	t.Parallel()
	before := content(100)
	for name, test := range map[string]struct {
		change func(path string) error
		want   string
	}{
		"longer": {
			func(path string) error { return os.Truncate(path, 101) },
			"it had 100 bytes and has 101 now",
		},
		"shorter": {
			func(path string) error { return os.Truncate(path, 99) },
			"it had 100 bytes and ends at byte 99 now",
		},
		"other bytes": {
			func(path string) error { return os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)) },
			"it was written to at ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := write(t, before)
			a := open(t, path, artifact.Options{})
			if err := test.change(path); err != nil {
				t.Fatal(err)
			}
			_, err := artifact.SHA256(t.Context(), a)
			if _, ok := errors.AsType[*artifact.ChangedError](err); !ok {
				t.Errorf("error %v, want a ChangedError", err)
			}
			wantMessage(t, err, test.want)
		})
	}
}

// Whoever uploads the file looks for a byte past its size to find out that it has grown.
func TestFileThatGrowsShowsIt(t *testing.T) {
	t.Parallel()
	path := write(t, content(100))
	a := open(t, path, artifact.Options{})
	if err := os.WriteFile(path, content(200), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := a.ReadAt(make([]byte, 1), a.Size()); n != 1 || err != nil {
		t.Errorf("read %d bytes and error %v", n, err)
	}
}

func TestSHA256StopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	a := open(t, write(t, content(3<<20)), artifact.Options{})
	_, err := artifact.SHA256(ctx, &meddler{Artifact: a, meddle: func() { cancel(interrupted) }})
	if !errors.Is(err, interrupted) {
		t.Errorf("error %v, want the reason of the cancellation", err)
	}
}

func TestIsURL(t *testing.T) {
	t.Parallel()
	for _, location := range []string{"https://contoso.com/a.msix", "HTTP://localhost/a", "ftp://a/b", "file:///a", "s3+x.1-2://b"} {
		if !artifact.IsURL(location) {
			t.Errorf("%q is taken for a path", location)
		}
	}
	for _, location := range []string{"", "a.msix", "/a/b.msix", `C:\a.msix`, "C://a.msix", "://a", "./https://a", "a b://c", "1a://b", "ä://b", "https:/a"} {
		if artifact.IsURL(location) {
			t.Errorf("%q is taken for an address", location)
		}
	}
}

// A file is the same as long as its number, its size and its time are.
func TestIdentity(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.msix")
	put := func(content string, second int64) artifact.Identity {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Unix(second, 0)); err != nil {
			t.Fatal(err)
		}
		identity, err := artifact.Identify(path)
		if err != nil {
			t.Fatal(err)
		}
		return identity
	}
	first := put("content", 1)
	for name, test := range map[string]struct {
		other artifact.Identity
		same  bool
	}{"the same": {put("content", 1), true}, "another size": {put("contents", 1), false}, "another time": {put("content", 2), false}} {
		if got := first.Same(test.other); got != test.same {
			t.Errorf("%s is the same: %t", name, got)
		}
	}
	if err := os.Rename(path, path+".old"); err != nil { // Its number is not given to another file.
		t.Fatal(err)
	}
	if first.Same(put("content", 1)) {
		t.Error("another file is the same")
	}
	if nothing := (artifact.Identity{}); !nothing.Same(nothing) || nothing.Same(first) {
		t.Error("nothing is something")
	}
}

func TestMissingFileNamesAFewOthers(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	if err := os.Mkdir(filepath.Join(directory, "0.msix"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"1.msix", "2.msix", "3.msix", "4.msix"} {
		if err := os.WriteFile(filepath.Join(directory, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := artifact.Open(t.Context(), filepath.Join(directory, "a.msix"), artifact.Options{})
	if err == nil || !strings.HasSuffix(err.Error(), "in its directory there is 1.msix, 2.msix, 3.msix") {
		t.Errorf("got %v", err)
	}
}

func TestPathIsToldOnce(t *testing.T) {
	t.Parallel()
	_, err := artifact.Open(t.Context(), "odd\x00.msix", artifact.Options{})
	if err == nil || strings.Count(err.Error(), "odd") != 1 {
		t.Errorf("got %v", err)
	}
}
