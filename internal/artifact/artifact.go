// Package artifact opens the files that packages come from, on a disk or behind an https address.
//
// Both are read at any place and by several readers at once, so that planning can look at a package's manifest
// and applying can send its bytes on without a copy in between. Neither may change in the meantime: what was one
// file when it was opened is never read as a mixture of two.
package artifact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Artifact is an open file. ReadAt is safe for concurrent use.
type Artifact interface {
	io.ReaderAt
	io.Closer
	// Size is the number of bytes when it was opened, never 0.
	Size() int64
	// Location names the artifact in messages and logs. Of an address it has neither query nor headers, for both
	// may be credentials.
	Location() string
}

// Options concern addresses only.
type Options struct {
	// Header is sent to the address, and to none that it redirects to. Nobody changes it until the artifact is closed.
	// Values are secrets.
	Header http.Header
	// Client gives its transport. Without one it is Go's default, which heeds the environment's proxy settings.
	Client *http.Client
	// Logger gets a warning for each request that is repeated. Without one nothing is logged.
	Logger *slog.Logger
	// RetryDelay is the pause before the first repetition of a failed request, and each further pause is twice
	// the one before, up to a minute. The default is 1 second.
	RetryDelay time.Duration
	// Patience is how long a server may send nothing before the request is given up and repeated. The default
	// is 1 minute.
	Patience time.Duration
}

// Open opens the file at a path, or the one behind an https address; http is for loopback hosts only. It refuses what
// is empty or no regular file. The caller closes the artifact.
//
// All requests for an address are made under ctx, those of later ReadAt calls included: when it ends, reading ends.
func Open(ctx context.Context, location string, options Options) (Artifact, error) {
	if IsURL(location) {
		return openRemote(ctx, location, options)
	}
	return openFile(location)
}

// IsURL reports whether location is an address, of whatever scheme, and not a path. A single letter before the
// colon is a drive of Windows.
func IsURL(location string) bool {
	scheme, _, found := strings.Cut(location, "://")
	if !found || len(scheme) < 2 {
		return false
	}
	for i, r := range scheme {
		letter := 'a' <= r|0x20 && r|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", r)) {
			return false
		}
	}
	return true
}

// ChangedError says that an artifact is no longer what it was when it was opened.
type ChangedError struct {
	// Location is that of the artifact.
	Location string
	// Change says what was before and what is now.
	Change string
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("package file %s changed while it was read: %s", e.Location, e.Change)
}

// SHA256 returns the digest of all bytes in lower-case hexadecimal. The error is a [*ChangedError] if the file was
// written to in the meantime.
func SHA256(ctx context.Context, a Artifact) (string, error) {
	digest := sha256.New()
	buffer := make([]byte, 256<<10)
	for offset := int64(0); offset < a.Size(); {
		if ctx.Err() != nil {
			return "", fmt.Errorf("computing the sha256 of package file %s: %w", a.Location(), context.Cause(ctx))
		}
		part := buffer[:min(int64(len(buffer)), a.Size()-offset)]
		n, err := a.ReadAt(part, offset)
		if n < len(part) {
			return "", fmt.Errorf("computing the sha256 of package file %s: %w", a.Location(), err)
		}
		// A hash accepts every write.
		_, _ = digest.Write(part)
		offset += int64(n)
	}
	if file, ok := a.(*file); ok {
		if err := file.unchanged(); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}
