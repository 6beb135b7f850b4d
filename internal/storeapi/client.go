// Package storeapi is a client of the part of the Microsoft Store submission API that deals with package flights: their
// submissions and rollouts, and the applications they belong to.
//
// What the Store documents and what it does differ. What is known of both is collected in store-api.md in this folder;
// references such as [store-api 5.3] in comments, here and in other packages, name its sections.
//
// # Repeating requests
//
// A reply can be lost after the Store did what it was asked. GET, PUT and DELETE are simply repeated, since doing them
// twice is doing them once. A POST is repeated only when the Store certainly did not act on it (429); after any other
// doubt the client looks whether it took effect, and repeats it only if it did not. Callers never repeat anything.
//
// # Shared reads
//
// The Store allows some 20 requests per minute [store-api 9]. Reads of applications, flights and submissions are shared
// by everybody who uses a Client: see [WithMaxAge].
package storeapi

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/loopback"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

const (
	// DefaultEndpoint is where the Store is [store-api 2].
	DefaultEndpoint = "https://manage.devcenter.microsoft.com"

	// Scope is what tokens for the Store are asked for [store-api 1.2].
	Scope = "https://manage.devcenter.microsoft.com/.default"

	basePath = "/v1.0/my/"

	defaultRetryDelay = time.Second
	// Making a submission clones the one before it while the client waits; the service itself gives up after some 268
	// seconds [store-api 2.2, 9].
	defaultAttemptTimeout = 5 * time.Minute
)

// Options configure a [Client]. Credential is required.
type Options struct {
	// Endpoint is the address of the Store, without the path of the API; DefaultEndpoint if empty. It is https, or http
	// on a loopback host.
	Endpoint string
	// Credential gives the bearer tokens. They are fetched once for everybody, and renewed before they expire and when
	// the Store refuses one. An error of it may have a method Refused() bool, which says that asking again is of no use.
	Credential azcore.TokenCredential
	// UserAgent is sent as it is.
	UserAgent string
	// Logger gets a line per request at level Debug, the shape of payloads at LevelPayload, and waits for the request
	// budget at Info. Nil discards.
	Logger *slog.Logger
	// RequestsPerMinute is the budget of this client; 0 is none.
	RequestsPerMinute int
	// RetryDelay is the first pause before a request is repeated; later ones grow. One second if zero.
	RetryDelay time.Duration
	// AttemptTimeout is how long one attempt at a request may take, from fetching a token, if there is none, to the last
	// byte received. Waiting for the request budget is not part of it. Five minutes if zero, because the Store copies
	// packages while the client waits [store-api 9].
	AttemptTimeout time.Duration
	// Transport replaces the HTTP client, for tests.
	Transport policy.Transporter
}

// Client talks to the Store. It is safe for concurrent use, and meant to be the only one in its process: the request
// budget, the token and the shared reads are its own.
type Client struct {
	base       *url.URL
	pipeline   runtime.Pipeline
	retryDelay time.Duration
	logger     *slog.Logger
	reads      *sharedReads
}

// New makes a client. It sends nothing.
func New(options Options) (*Client, error) {
	base, err := parseEndpoint(options.Endpoint)
	if err != nil {
		return nil, err
	}
	if options.Credential == nil {
		return nil, errors.New("the Store client needs a credential")
	}
	if options.RequestsPerMinute < 0 {
		return nil, fmt.Errorf("a budget of %d requests per minute is not possible", options.RequestsPerMinute)
	}
	logger := options.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		base:       base,
		retryDelay: positiveOr(options.RetryDelay, defaultRetryDelay),
		logger:     logger,
		reads:      newSharedReads(),
	}
	c.pipeline = newPipeline(options, logger)
	return c, nil
}

func positiveOr(d, fallback time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return fallback
}

// newPipeline puts the policies in order. Each attempt passes, from the outside in:
//
//   - retry, which is azcore's, by the rules of the operation;
//   - renew, which asks for another token when one is refused;
//   - budget, outside the attempt's deadline: waiting for one's turn is no fault of the Store;
//   - patience, the attempt's deadline, which covers the reply's body;
//   - verify, which turns a cut-off reply into a failed attempt;
//   - authorize, after the wait, so that the token is good when it is used;
//   - body, which gives the attempt a body that no other one reads;
//   - record, nearest to the wire, which logs and knows whether a request left.
func newPipeline(options Options, logger *slog.Logger) runtime.Pipeline {
	transport := options.Transport
	if transport == nil {
		transport = newTransport()
	}
	tokens := newTokenSource(options.Credential)
	return runtime.NewPipeline("storeapi", "", runtime.PipelineOptions{
		PerCall: []policy.Policy{headerPolicy{userAgent: options.UserAgent}},
		PerRetry: []policy.Policy{
			renewPolicy{tokens: tokens},
			newBudget(options.RequestsPerMinute, logger),
			patiencePolicy{timeout: positiveOr(options.AttemptTimeout, defaultAttemptTimeout)},
			verifyPolicy{},
			authorizePolicy{tokens: tokens},
			bodyPolicy{},
			recordPolicy{logger: logger},
		},
	}, &policy.ClientOptions{
		Transport: transport,
		// azcore's would cut the name of the provider at 24 characters.
		Telemetry: policy.TelemetryOptions{Disabled: true},
	})
}

// parseEndpoint gives the address that paths are resolved against; it ends in a slash.
func parseEndpoint(endpoint string) (*url.URL, error) {
	if endpoint == "" {
		endpoint = DefaultEndpoint
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the Store endpoint is not an address: %w", redact.Error(err))
	case u.Host == "" || u.Hostname() == "":
		return nil, fmt.Errorf("the Store endpoint %q is not an address such as %s", endpoint, DefaultEndpoint)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the Store endpoint on %s must have no user, query or fragment", u.Host)
	case u.Scheme == "https", u.Scheme == "http" && loopback.Is(u.Hostname()):
	case u.Scheme == "http":
		return nil, fmt.Errorf("the Store endpoint %s must be https: tokens travel to it (http is for loopback hosts)", endpoint)
	default:
		return nil, fmt.Errorf("the Store endpoint %s must be https", endpoint)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + basePath
	u.RawPath = ""
	return u, nil
}

// newTransport is the HTTP client of a Client without one.
func newTransport() policy.Transporter {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 10,
			IdleConnTimeout:     90 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
			// A connection that died in silence would otherwise use up the attempt's whole patience.
			HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second},
		},
		// The API never redirects. Following one could carry the token elsewhere, or turn a POST into a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
