package blob

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
)

// patience is how long an attempt may stand still, without a byte taken or a reply, before it is given up and repeated. It
// does not limit how long a block may take on a slow line.
const patience = time.Minute

var errStalled = errors.New("the connection stood still for " + patience.String())

// attempt watches over each attempt of a request.
type attempt struct {
	logger *slog.Logger
}

// Do sends the request once, and gives up when it stalls.
func (a *attempt) Do(req *policy.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Raw().Context())
	watch := time.AfterFunc(patience, func() { cancel(errStalled) })
	// The reply's body was read when the next policies return.
	defer watch.Stop()
	defer cancel(nil)

	watched := req.Clone(ctx)
	if body := watched.Raw().Body; body != nil {
		watched.Raw().Body = &watchedBody{ReadCloser: body, watch: watch}
	}
	resp, err := watched.Next()
	if err != nil && errors.Is(context.Cause(ctx), errStalled) {
		err = errStalled
	}
	switch {
	case err != nil && req.Raw().Context().Err() == nil:
		a.logger.Warn("upload request failed", "error", clean(err))
	case err == nil && resp.StatusCode >= http.StatusBadRequest:
		a.logger.Warn("upload request refused", "status", resp.StatusCode, "code", resp.Header.Get("x-ms-error-code"))
	}
	return resp, err
}

// watchedBody defers the watch as long as the connection takes bytes.
type watchedBody struct {
	io.ReadCloser

	watch *time.Timer
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.watch.Reset(patience)
	return b.ReadCloser.Read(p)
}

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
		damaged := []bloberror.Code{bloberror.MD5Mismatch, crc64Mismatch}
		return slices.Contains(damaged, bloberror.Code(resp.Header.Get("x-ms-error-code")))
	default:
		return false
	}
}

// crc64Mismatch is what the service answers to a block whose x-ms-content-crc64 is not the one of its bytes.
const crc64Mismatch bloberror.Code = "Crc64Mismatch"
