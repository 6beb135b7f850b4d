package storeapi

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// LevelPayload is the level, below Debug, at which the outline of payloads is logged: names, kinds and sizes, no values.
const LevelPayload = slog.LevelDebug - 4

// requestLogPolicy writes each attempt to the log.
type requestLogPolicy struct{ logger *slog.Logger }

// Do implements policy.Policy.
func (p requestLogPolicy) Do(req *policy.Request) (*http.Response, error) {
	r, ctx := attemptsOf(req).request, req.Raw().Context()
	answered := transport.Announce(ctx, p.logger, func() string { return "waiting for the reply of the Store, " + newError(r, nil).attempted() })
	start := time.Now()
	resp, err := req.Next()
	answered()
	id := slog.String("correlation_id", req.Raw().Header.Get(headerCorrelation))
	attrs := []slog.Attr{
		slog.String("method", req.Raw().Method),
		slog.String("path", req.Raw().URL.RequestURI()),
		slog.Duration("duration", time.Since(start)),
		id,
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
		p.logger.LogAttrs(ctx, LevelPayload, "Store payload", id,
			slog.String("sent", payloadOutline(r.body)),
			slog.String("received", payloadOutline(reply)))
	}
	return resp, err
}
