package storeapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// LevelPayload is the level, below Debug, at which the shape of payloads is logged: names, kinds and sizes, no values.
const LevelPayload = slog.LevelDebug - 4

const (
	headerCorrelation      = "CorrelationId"
	headerReplyCorrelation = "MS-CorrelationId"
)

// headerPolicy sets the headers that are the same for every attempt.
type headerPolicy struct{ userAgent string }

// Do implements policy.Policy.
func (p headerPolicy) Do(req *policy.Request) (*http.Response, error) {
	if p.userAgent != "" {
		req.Raw().Header.Set("User-Agent", p.userAgent)
	}
	req.Raw().Header.Set("Accept", "application/json")
	return req.Next()
}

// patiencePolicy limits how long an attempt may take. azcore's own limit would include the wait for the budget.
type patiencePolicy struct{ timeout time.Duration }

// Do implements policy.Policy. The body has been read when Next returns, so cancelling does not cut it off.
func (p patiencePolicy) Do(req *policy.Request) (*http.Response, error) {
	whole := req.Raw().Context()
	ctx, cancel := context.WithTimeout(whole, p.timeout)
	defer cancel()
	resp, err := req.Clone(ctx).Next()
	_, unsent := errors.AsType[*credentialError](err)
	if err != nil && !unsent && ctx.Err() != nil && whole.Err() == nil {
		// Not the context's error: that one says that the caller's time is over.
		err = fmt.Errorf("no reply within %v", p.timeout)
	}
	return resp, err
}

var errCutOff = errors.New("the reply is cut off or not JSON")

// verifyPolicy makes a failed attempt of a successful reply whose JSON does not end: a proxy that closes a connection
// early looks like a complete reply where the length is not announced.
type verifyPolicy struct{}

// Do implements policy.Policy.
func (verifyPolicy) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err != nil || !isSuccess(resp) {
		return resp, err
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return resp, err
	}
	body = trimBOM(body)
	// Deletions and commits may answer with nothing [store-api 2].
	if wantsBody := req.Raw().Method == http.MethodGet || req.Raw().Method == http.MethodPut; len(body) == 0 && !wantsBody {
		return resp, nil
	}
	if !json.Valid(body) {
		attemptsOf(req).unanswered = true
		return resp, errCutOff
	}
	return resp, nil
}

// bodyPolicy gives each attempt a body of its own. The connection of an attempt that is over may go on reading: it must
// neither take bytes from the next attempt nor meet azcore, which rewinds the body that it knows.
type bodyPolicy struct{}

// Do implements policy.Policy.
func (bodyPolicy) Do(req *policy.Request) (*http.Response, error) {
	if body := attemptsOf(req).request.body; body != nil {
		raw := req.Raw()
		raw.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		raw.Body = io.NopCloser(bytes.NewReader(body))
	}
	return req.Next()
}

// recordPolicy gives each attempt an id to find it by in the Store's logs, writes it to ours, and notes whether it was
// answered.
type recordPolicy struct{ logger *slog.Logger }

// Do implements policy.Policy.
func (p recordPolicy) Do(req *policy.Request) (*http.Response, error) {
	id, err := runtime.NewUUID()
	if err != nil {
		return nil, err
	}
	req.Raw().Header.Set(headerCorrelation, id)

	a := attemptsOf(req)
	a.count++
	start := time.Now()
	resp, err := req.Next()
	p.log(req, resp, err, id, time.Since(start))
	if a.unanswered = err != nil && !neverLeft(err); err != nil {
		return resp, err
	}
	if a.last = nil; !isSuccess(resp) {
		a.last = replyError(a.request, resp)
	}
	return resp, nil
}

func (p recordPolicy) log(req *policy.Request, resp *http.Response, err error, id string, took time.Duration) {
	ctx := req.Raw().Context()
	if !p.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", req.Raw().Method),
		slog.String("path", req.Raw().URL.RequestURI()),
		slog.Duration("duration", took),
		slog.String("correlation_id", id),
	}
	if resp != nil {
		attrs = append(attrs, slog.Int("status", resp.StatusCode), slog.String("reply_correlation_id", resp.Header.Get(headerReplyCorrelation)))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", redact.String(err.Error())))
	}
	p.logger.LogAttrs(ctx, slog.LevelDebug, "Store request", attrs...)

	if resp != nil && p.logger.Enabled(ctx, LevelPayload) {
		reply, _ := runtime.Payload(resp)
		p.logger.LogAttrs(ctx, LevelPayload, "Store payload",
			slog.String("correlation_id", id),
			slog.String("sent", shape(attemptsOf(req).request.body)),
			slog.String("received", shape(reply)))
	}
}
