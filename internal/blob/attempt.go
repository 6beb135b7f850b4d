package blob

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/congestion"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

var errOver = errors.New("the attempt is over")

// stalledError says how long an attempt stood still until it was given up.
type stalledError struct{ patience time.Duration }

func (e *stalledError) Error() string { return "the connection stood still for " + e.patience.String() }

// body is a block as the SDK wants it.
type body struct{ *io.SectionReader }

// Close does nothing: the memory is the upload's.
func (body) Close() error { return nil }

// attempts is the policy that sees each attempt of a request. It gives up those that stall, tells of those that failed, and
// tells the window what each block's attempt took.
type attempts struct {
	logger   *slog.Logger
	patience time.Duration
	window   *congestion.Window
	// answered is set once the service has answered: from then on it is known to exist.
	answered atomic.Bool
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
	block, isBlock := req.Body().(io.ReaderAt)
	if isBlock {
		raw := attempt.Raw()
		raw.GetBody = func() (io.ReadCloser, error) {
			return &reading{bytes: io.NewSectionReader(block, 0, raw.ContentLength), wire: w}, nil
		}
		raw.Body, _ = raw.GetBody()
	}
	started := time.Now()
	resp, err := attempt.Next()
	took := time.Since(started)
	if err != nil && errors.Is(context.Cause(ctx), stalled) {
		err = stalled
	}
	if req.Raw().Context().Err() != nil {
		return resp, err
	}
	if err != nil {
		a.logger.WarnContext(ctx, "upload request failed", "error", clean(err))
		a.window.Failed(took)
		return nil, err
	}
	a.answered.Store(true)
	switch {
	case resp.StatusCode >= http.StatusBadRequest:
		a.logger.WarnContext(ctx, "upload request refused", "status", resp.StatusCode, "code", resp.Header.Get("x-ms-error-code"))
		pause, err := transport.TakeRetryAfter(resp, time.Now())
		if err != nil {
			return nil, err
		}
		if pause > 0 {
			// For the policy that repeats.
			resp.Header.Set("Retry-After-Ms", strconv.FormatInt(pause.Milliseconds(), 10))
		}
		a.window.Failed(took)
	case isBlock:
		a.window.Succeeded(attempt.Raw().ContentLength, took)
	}
	return resp, nil
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
// was damaged on the way. A host that does not exist or refuses connections is given up, unless it has answered before.
func (a *attempts) shouldRetry(resp *http.Response, err error) bool {
	if err != nil {
		return !transport.IsPermanent(err) && (a.answered.Load() || !transport.IsUnreachable(err))
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
