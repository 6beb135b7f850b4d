package artifact

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

type file struct {
	path   string
	opened *os.File
	info   fs.FileInfo
}

// Identity tells one content of a path from the next without reading it: by size, modification time and the number that the
// file has in its file system.
type Identity struct{ info fs.FileInfo }

// Same reports whether both are the same file and it was not written to in between.
func (i Identity) Same(other Identity) bool {
	if i.info == nil || other.info == nil {
		return i.info == other.info
	}
	return os.SameFile(i.info, other.info) && i.info.Size() == other.info.Size() && i.info.ModTime().Equal(other.info.ModTime())
}

// Identify looks what is at a path. Like [Open] it refuses what is empty or no regular file.
func Identify(path string) (Identity, error) {
	if path == "" {
		return Identity{}, errors.New("package file: the path is empty")
	}
	info, err := os.Stat(path)
	if err != nil {
		return Identity{}, pathFault(path, err)
	}
	return Identity{info}, regular(path, info)
}

func openFile(path string) (*file, error) {
	// Opening a pipe would wait for somebody to write to it, so the kind of file comes first.
	if _, err := Identify(path); err != nil {
		return nil, err
	}
	opened, err := os.Open(path)
	if err != nil {
		return nil, pathFault(path, err)
	}
	// What was looked at and what was opened need not be the same.
	info, err := opened.Stat()
	if err == nil {
		err = regular(path, info)
	} else {
		err = pathFault(path, err)
	}
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return &file{path: path, opened: opened, info: info}, nil
}

func pathFault(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &missingError{path: path, err: err}
	}
	return fmt.Errorf("package file %s cannot be opened: %w", path, withoutPath(err))
}

// missingError says that there is no file at a path, and where it may be.
type missingError struct {
	path string
	err  error
}

// Error is one line.
func (e *missingError) Error() string {
	text := fmt.Sprintf("package file %s does not exist", e.path)
	if directory, err := os.Getwd(); err == nil && !filepath.IsAbs(e.path) {
		text += "; relative paths start in " + directory
	}
	if others := e.others(); len(others) > 0 {
		text += "; in its directory there is " + strings.Join(others, ", ")
	}
	return text
}

// Unwrap returns what the system said.
func (e *missingError) Unwrap() error { return e.err }

// others are up to three files with the same extension in the same directory.
func (e *missingError) others() []string {
	const enough = 3
	entries, err := os.ReadDir(filepath.Dir(e.path))
	if err != nil {
		return nil
	}
	var names []string
	for _, entry := range entries {
		if len(names) < enough && entry.Type().IsRegular() && strings.EqualFold(filepath.Ext(entry.Name()), filepath.Ext(e.path)) {
			names = append(names, entry.Name())
		}
	}
	return names
}

// withoutPath leaves out the operation and the path, which messages have already.
func withoutPath(err error) error {
	if detail, ok := errors.AsType[*fs.PathError](err); ok {
		return detail.Err
	}
	return err
}

func regular(path string, info fs.FileInfo) error {
	kind := ""
	switch mode := info.Mode(); {
	case mode.IsDir():
		kind = "a directory"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	case !mode.IsRegular():
		kind = "of kind " + mode.Type().String()
	}
	if kind != "" {
		return fmt.Errorf("package file %s is %s, expected a regular file, which can be read more than once", path, kind)
	}
	if info.Size() == 0 {
		return fmt.Errorf("package file %s is empty", path)
	}
	return nil
}

// Size implements [Artifact].
func (f *file) Size() int64 { return f.info.Size() }

// Location implements [Artifact].
func (f *file) Location() string { return f.path }

// Close implements [io.Closer].
func (f *file) Close() error { return f.opened.Close() }

// ReadAt implements [io.ReaderAt]. Of a file that has grown it also reads what is past its size, so that a reader who
// looks there finds out.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.opened.ReadAt(p, off)
	switch end := off + int64(n); {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF):
		return n, fmt.Errorf("reading package file %s at byte %d: %w", f.path, off, withoutPath(err))
	case end < f.Size():
		return n, f.changed("it had %d bytes and ends at byte %d now", f.Size(), end)
	default:
		return n, io.EOF
	}
}

// unchanged looks whether the file was written to since it was opened.
func (f *file) unchanged() error {
	info, err := f.opened.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("looking at package file %s again: %w", f.path, withoutPath(err))
	case info.Size() != f.Size():
		return f.changed("it had %d bytes and has %d now", f.Size(), info.Size())
	case !info.ModTime().Equal(f.info.ModTime()):
		return f.changed("it was written to at %s", info.ModTime().Format(time.RFC3339Nano))
	}
	return nil
}

func (f *file) changed(format string, args ...any) error {
	return &ChangedError{Location: f.path, Change: fmt.Sprintf(format, args...)}
}
