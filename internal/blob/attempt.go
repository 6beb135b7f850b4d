package blob

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
)

var errOver = errors.New("the attempt is over")

// stalledError says how long an attempt stood still until it was given up.
type stalledError struct{ patience time.Duration }

func (e *stalledError) Error() string { return "the connection stood still for " + e.patience.String() }

// body is a block as the SDK wants it.
type body struct{ *bytes.Reader }

// Close does nothing: the buffer is the upload's.
func (body) Close() error { return nil }

// attempts is the policy that sees each attempt of a request. It gives up those that stall, and tells of those that failed.
type attempts struct {
	logger   *slog.Logger
	patience time.Duration
}

// Do makes one attempt.
func (a *attempts) Do(req *policy.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Raw().Context())
	// The reply's body has been read when the next policy returns.
	defer cancel(nil)
	stalled := &stalledError{a.patience}
	w := &wire{patience: a.patience, watch: time.AfterFunc(a.patience, func() { cancel(stalled) })}
	defer w.end()

	attempt := req.Clone(ctx)
	if block, ok := req.Body().(io.ReaderAt); ok {
		raw := attempt.Raw()
		raw.GetBody = func() (io.ReadCloser, error) {
			return &reading{bytes: io.NewSectionReader(block, 0, raw.ContentLength), wire: w}, nil
		}
		raw.Body, _ = raw.GetBody()
	}
	resp, err := attempt.Next()
	if err != nil && errors.Is(context.Cause(ctx), stalled) {
		err = stalled
	}
	switch {
	case err != nil && req.Raw().Context().Err() == nil:
		a.logger.Warn("upload request failed", "error", clean(err))
	case err == nil && resp.StatusCode >= http.StatusBadRequest:
		a.logger.Warn("upload request refused", "status", resp.StatusCode, "code", resp.Header.Get("x-ms-error-code"))
	}
	return resp, err
}

// wire is what the readings of an attempt share.
type wire struct {
	patience time.Duration

	mu    sync.Mutex
	watch *time.Timer
	over  bool
}

// end waits for a Read that is under way and makes later ones fail. A connection whose server replied before it had the
// whole block goes on reading the block for a while, when its buffer may already hold another one.
func (w *wire) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watch.Stop()
	w.over = true
}

// reading is a body of its own for each attempt, so that a connection that is given up cannot take bytes from the next.
type reading struct {
	bytes *io.SectionReader
	wire  *wire
}

// Read gives the attempt more time.
func (r *reading) Read(p []byte) (int, error) {
	r.wire.mu.Lock()
	defer r.wire.mu.Unlock()
	if r.wire.over {
		return 0, errOver
	}
	r.wire.watch.Reset(r.wire.patience)
	return r.bytes.Read(p)
}

// Close does nothing: the attempt ends by itself.
func (r *reading) Close() error { return nil }

// shouldRetry decides what is worth another attempt: a lost connection, what the service wants repeated, and a block that
// was damaged on the way.
func shouldRetry(resp *http.Response, err error) bool {
	if err != nil {
		_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
		return !untrusted
	}
	switch resp.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusBadRequest:
		damaged := []bloberror.Code{bloberror.MD5Mismatch, bloberror.CRC64Mismatch}
		return slices.Contains(damaged, bloberror.Code(resp.Header.Get("x-ms-error-code")))
	default:
		return false
	}
}
