package storeapi

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	// maxRetries is how often a request is repeated. With pauses that double from one second, the last comes about a
	// minute after the first: the budget of the whole minute is back by then [store-api 9].
	maxRetries = 5
	// maxConnects is how often a connection is tried that cannot be made. It takes some seconds: an address that nobody
	// serves, or a proxy that is not there, is to be told soon.
	maxConnects = 3
)

// retryOptions gives azcore the rules of one request.
func (c *Client) retryOptions(ctx context.Context, made *attempts) policy.RetryOptions {
	return policy.RetryOptions{
		MaxRetries: maxRetries,
		RetryDelay: c.retryDelay,
		ShouldRetry: func(resp *http.Response, err error) bool {
			repeat := made.shouldRetry(resp, err)
			if n := len(made.outcomes); repeat && n > 1 && n <= maxRetries { // The first repetition follows at once.
				c.logger.InfoContext(ctx, "trying again", "error", made.error(resp, err))
			}
			return repeat
		},
	}
}

// shouldRetry decides by the method: doing a GET, PUT or DELETE twice is doing it once.
func (a *attempts) shouldRetry(resp *http.Response, err error) bool {
	post := a.request.method == http.MethodPost
	if err != nil {
		unconnected := isUnconnected(err)
		return !isUntrusted(err) && (unconnected || !post) && (!unconnected || len(a.outcomes) < maxConnects)
	}
	if post {
		// Only one that was throttled certainly had no effect.
		return resp.StatusCode == http.StatusTooManyRequests
	}
	switch resp.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	case http.StatusInternalServerError, http.StatusServiceUnavailable:
		return !a.last().refusal.permanent()
	default:
		return false
	}
}

// isUntrusted recognises a certificate that is not trusted now and will not be in a minute.
func isUntrusted(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}
