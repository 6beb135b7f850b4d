// Package inspection reads for a plan what package files say of themselves: their manifest and their SHA-256. However many
// resources name a package, and however many of them ask at the same time, its file is opened, read and hashed once.
package inspection

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// maxConcurrent is how many packages are read at once: hashing is bound by the processor, reading a manifest over the
// network by waiting.
const maxConcurrent = 4

// Request names a package and what is to be known of it.
type Request struct {
	// Source is a path or an address; see [artifact.Open].
	Source string
	// Header goes with the requests for a Source that is an address. Values are secrets.
	Header http.Header
	// FileName is the name of the package file, whose extension says what it should be.
	FileName string
	// SHA256 is the digest that the content has by the configuration, in lower-case hexadecimal. It is not compared.
	// A file without one is hashed; an address never is, since that would mean to download it.
	SHA256 string
}

// hashes tells whether the file is to be hashed.
func (r Request) hashes() bool { return r.SHA256 == "" && !artifact.IsURL(r.Source) }

// Result is the manifest and the digest of a package.
type Result struct {
	// Manifest is shared by all who asked for the package. It must not be altered.
	Manifest *msix.Package
	// SHA256 is the digest of a file, in lower-case hexadecimal, or that of the request.
	SHA256 string
}

// InvalidError says that what is at a source is no package that the Store takes.
type InvalidError struct {
	Location string // of the artifact, without secrets
	Err      error
}

// Error names the artifact and the reason.
func (e *InvalidError) Error() string { return e.Location + ": " + e.Err.Error() }

// Unwrap returns the reason, an [msix.Error].
func (e *InvalidError) Unwrap() error { return e.Err }

// TooLargeError says that a package has more than [msix.MaxSize] bytes.
type TooLargeError struct {
	Location string // of the artifact, without secrets
	Size     int64  // in bytes
}

// Error names the artifact and its size.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s has %d bytes; the Store takes packages of up to 25 GB", e.Location, e.Size)
}

// Inspector reads packages and remembers what it found for as long as it lives, which should be one plan or one apply. A
// file counts as the same as long as its path, size, modification time and number in the file system are, and an address with
// the same headers and the same digest. Failures are not remembered. It is safe for concurrent use.
type Inspector struct {
	options    artifact.Options
	concurrent *semaphore.Weighted // bounds the packages that are being read

	mu       sync.Mutex
	readings []*reading
}

// New makes an Inspector that opens packages with the options and the header of the request.
func New(options artifact.Options) *Inspector {
	options.Logger = cmp.Or(options.Logger, slog.New(slog.DiscardHandler))
	return &Inspector{options: options, concurrent: semaphore.NewWeighted(maxConcurrent)}
}

// reading is one reading of a package, which all who ask for that package share.
type reading struct {
	request  Request
	identity artifact.Identity // of a file
	end      context.CancelCauseFunc

	waiting int // who waits for it, guarded by the Inspector's mu
	done    chan struct{}
	result  Result // from here on valid when done is closed
	err     error
}

// Package reads the manifest of a package. The reading continues as long as somebody waits for it: it belongs to no one's
// context. The error is an [InvalidError] or a [TooLargeError] if the package is to blame, wraps an [artifact.ChangedError] if
// it changed while it was read, and is another one if it could not be read.
func (i *Inspector) Package(ctx context.Context, request Request) (Result, error) {
	var identity artifact.Identity
	if !artifact.IsURL(request.Source) {
		var err error
		identity, err = artifact.Identify(request.Source)
		if err != nil {
			return Result{}, err
		}
	}
	r := i.join(ctx, request, identity)
	defer transport.Announce(ctx, i.options.Logger, func() string { return "waiting until the package is read" }, "file_name", request.FileName)()
	select {
	case <-r.done:
		return Result{Manifest: r.result.Manifest, SHA256: cmp.Or(request.SHA256, r.result.SHA256)}, r.err
	case <-ctx.Done():
		i.leave(ctx, r)
		return Result{}, interrupted(ctx, request)
	}
}

func interrupted(ctx context.Context, request Request) error {
	return fmt.Errorf("reading package %s: %w", request.FileName, context.Cause(ctx))
}

// join finds the reading of the package, or begins one.
func (i *Inspector) join(ctx context.Context, request Request, identity artifact.Identity) *reading {
	i.mu.Lock()
	defer i.mu.Unlock()
	// Of a path only the latest content matters.
	i.readings = slices.DeleteFunc(i.readings, func(r *reading) bool {
		return r.request.Source == request.Source && !r.identity.Same(identity)
	})
	for _, r := range i.readings {
		if r.serves(request) {
			r.waiting++
			return r
		}
	}
	shared, end := context.WithCancelCause(context.WithoutCancel(ctx))
	r := &reading{request: request, identity: identity, end: end, waiting: 1, done: make(chan struct{})}
	i.readings = append(i.readings, r)
	go func() {
		defer end(nil)
		defer close(r.done)
		r.result, r.err = i.read(shared, r)
		if r.err == nil {
			return
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		i.forget(r)
	}()
	return r
}

// serves tells whether the reading finds what the request wants to know, of the same content under the same name.
func (r *reading) serves(request Request) bool {
	known := r.request
	switch {
	case known.Source != request.Source || known.FileName != request.FileName:
		return false
	case artifact.IsURL(request.Source):
		return known.SHA256 == request.SHA256 && maps.EqualFunc(known.Header, request.Header, slices.Equal)
	default:
		return known.hashes() || !request.hashes()
	}
}

// leave ends the reading if nobody waits for it any more.
func (i *Inspector) leave(ctx context.Context, r *reading) {
	i.mu.Lock()
	defer i.mu.Unlock()
	r.waiting--
	if r.waiting > 0 {
		return
	}
	i.forget(r)
	r.end(context.Cause(ctx))
}

// forget is called with mu held.
func (i *Inspector) forget(r *reading) {
	i.readings = slices.DeleteFunc(i.readings, func(other *reading) bool { return other == r })
}

// read opens the package, reads it and makes sure that it was one file all the time.
func (i *Inspector) read(ctx context.Context, r *reading) (Result, error) {
	if i.concurrent.Acquire(ctx, 1) != nil {
		return Result{}, context.Cause(ctx)
	}
	defer i.concurrent.Release(1)
	options := i.options
	options.Header = r.request.Header
	content, err := artifact.Open(ctx, r.request.Source, options)
	if err != nil {
		return Result{}, err
	}
	defer content.Close()
	if content.Size() > msix.MaxSize {
		return Result{}, &TooLargeError{Location: content.Location(), Size: content.Size()}
	}
	manifest, err := readManifest(ctx, r.request.FileName, content)
	if err != nil {
		return Result{}, err
	}
	result := Result{Manifest: manifest}
	if r.request.hashes() {
		result.SHA256, err = artifact.SHA256(ctx, content)
		if err != nil {
			return Result{}, err
		}
	}
	if artifact.IsURL(r.request.Source) {
		return result, nil
	}
	now, err := artifact.Identify(r.request.Source)
	if err != nil {
		return Result{}, err
	}
	if !now.Same(r.identity) {
		return Result{}, &artifact.ChangedError{Location: content.Location(), Change: "it was written to or replaced"}
	}
	return result, nil
}

// readManifest tells what the package is to blame for from what its reading is: a lost connection says nothing of the package.
func readManifest(ctx context.Context, name string, content artifact.Artifact) (*msix.Package, error) {
	var unread error
	manifest, err := msix.Read(name, readerAt(func(p []byte, offset int64) (int, error) {
		if ctx.Err() != nil {
			unread = context.Cause(ctx)
			return 0, unread
		}
		n, err := content.ReadAt(p, offset)
		if err != nil && !errors.Is(err, io.EOF) {
			unread = err
		}
		return n, err
	}), content.Size())
	switch {
	case unread != nil:
		return nil, unread
	case err != nil:
		return nil, &InvalidError{Location: content.Location(), Err: err}
	default:
		return manifest, nil
	}
}

type readerAt func(p []byte, offset int64) (int, error)

func (f readerAt) ReadAt(p []byte, offset int64) (int, error) { return f(p, offset) }
