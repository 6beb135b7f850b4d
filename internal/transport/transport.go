// Package transport makes the HTTP client that the provider talks to the Store, to Entra and to the blob host with. It
// trusts none of them:
//
//   - A redirect is a [RedirectError] and never followed, whatever its status. No byte, credential or Referer reaches
//     another host.
//   - The body of a reply ends at a limit, counted after decompression. What is larger is a [TooLargeError].
//   - A proxy that refuses to connect is a [ProxyError].
//   - Connecting takes at most ten seconds, and TLS is 1.2 or newer.
//
// These errors carry a NonRetriable method, so that the pipelines of azcore give up at once.
//
// The client is a policy.Transporter of azcore, and the HTTP client of MSAL. It sets no deadline for a whole request:
// that is the caller's, by the context or by the client's Timeout.
package transport

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	connectTimeout = 10 * time.Second
	// maxHeader bounds, in bytes, the header of a reply.
	maxHeader = 256 << 10
	// maxIdlePerHost is as many connections as an upload uses at the same time.
	maxIdlePerHost = 32
)

var dialer = &net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}

// Options bound the replies. Both limits are required: a limit of 0 allows an empty body only.
type Options struct {
	// MaxReply is how many bytes the body of a reply with a 2xx status may have.
	MaxReply int64
	// MaxError is how many bytes the body of any other reply may have.
	MaxError int64
	// Base sends the requests in place of the network, for tests.
	Base http.RoundTripper
}

// New makes a client.
func New(options Options) *http.Client {
	if options.Base == nil {
		options.Base = NewNetwork()
	}
	return &http.Client{Transport: guard{options}}
}

// NewNetwork makes the connection to the network without the checks of replies, for package sources, which are large and may
// redirect.
func NewNetwork() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: checkProxy,
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
		// A connection that died in silence would otherwise use up the deadline of a request.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second},
	}
}

// guard checks every reply before its caller sees it.
type guard struct{ options Options }

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("Accept-Encoding") != "" || req.Header.Get("Referer") != "" {
		req = req.Clone(req.Context())
		// The network decompresses what it asked for by itself, below the limit. A caller that asks for gzip would
		// decompress above it.
		req.Header.Del("Accept-Encoding")
		req.Header.Del("Referer")
	}
	resp, err := g.options.Base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if IsRedirect(resp.StatusCode) {
		_ = resp.Body.Close()
		return nil, newRedirectError(req, resp)
	}
	limit := g.options.MaxError
	if resp.StatusCode/100 == 2 {
		limit = g.options.MaxReply
	}
	tooLarge := &TooLargeError{Host: req.URL.Host, StatusCode: resp.StatusCode, Limit: limit}
	if resp.ContentLength > limit && req.Method != http.MethodHead {
		_ = resp.Body.Close()
		return nil, tooLarge
	}
	resp.Body = boundedBody{ReadCloser: http.MaxBytesReader(nil, resp.Body, limit), tooLarge: tooLarge}
	return resp, nil
}

// IsRedirect covers every 3xx but 304, which answers a condition of the caller's.
func IsRedirect(status int) bool {
	return status/100 == 3 && status != http.StatusNotModified
}

// boundedBody is a body that fails at the limit.
type boundedBody struct {
	io.ReadCloser
	tooLarge *TooLargeError
}

// Read implements io.Reader.
func (b boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if _, exceeded := errors.AsType[*http.MaxBytesError](err); exceeded {
		err = b.tooLarge
	}
	return n, err
}

// printable gives a host name as far as a message may repeat it.
func printable(host string) string {
	const longest = 255
	unprintable := func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}
	return strings.Map(unprintable, host[:min(len(host), longest)])
}
