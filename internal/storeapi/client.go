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
//
// # Reading guide
//
// An operation, such as [Client.Submission], makes a request (request.go), sends it through azcore's pipeline, which has
// one policy in a file (newPipeline), and decodes the reply, which must be about what was asked for (identity.go, package
// wirejson). Reads that others may share go through sharedReads (shared_reads.go), which knows what a write ends.
//
// azcore repeats by the rules in retry.go. Each attempt leaves one outcome (attempt.go): refused, or failed, with or
// without a doubt whether it took effect. Only repeatPost (post.go) acts on a doubt: it looks before it repeats.
package storeapi

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/loopback"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
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

	// maxReply and maxErrorReply are how many bytes of a reply are read, after decompression.
	maxReply      = 16 << 20
	maxErrorReply = 1 << 20
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
	// Logger gets a line per request at level Debug, the outline of payloads at LevelPayload, and at Info what has been
	// waited for during three seconds. Nil discards.
	Logger *slog.Logger
	// RequestsPerMinute is the budget of this client; 0 is none.
	RequestsPerMinute int
	// RetryDelay is the first pause before a request is repeated; later ones grow. One second if zero.
	RetryDelay time.Duration
	// AttemptTimeout is how long one attempt at a request may take, to the last byte received, and so may fetching a
	// token. Waiting for the request budget is not part of it. Five minutes if zero, because the Store copies packages
	// while the client waits [store-api 9].
	AttemptTimeout time.Duration
	// Transport replaces the network, for tests. The limits for replies hold for it as well.
	Transport http.RoundTripper
}

// Client talks to the Store. It is safe for concurrent use, and meant to be the only one in its process: the request
// budget, the token and the shared reads are its own.
type Client struct {
	base       *url.URL
	pipeline   runtime.Pipeline
	userAgent  string
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
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	return &Client{
		base:       base,
		pipeline:   newPipeline(options),
		userAgent:  options.UserAgent,
		retryDelay: cmp.Or(options.RetryDelay, defaultRetryDelay),
		logger:     options.Logger,
		reads:      &sharedReads{reads: map[readKey]*sharedRead{}, writes: map[FlightRef]int{}},
	}, nil
}

// newPipeline puts the policies in order. Each attempt passes, from the outside in:
//
//   - azcore's retry, by the rules of the operation;
//   - azcore's bearer token, which asks for another one when the Store refuses it;
//   - budgetPolicy, outside the attempt's deadline: waiting for one's turn is no fault of the Store;
//   - attemptTimeoutPolicy, the attempt's deadline, which covers the reply's body;
//   - attemptPolicy, which notes the outcome;
//   - requestLogPolicy;
//   - wholeReplyPolicy, which turns a cut-off reply into a failure.
func newPipeline(options Options) runtime.Pipeline {
	return runtime.NewPipeline("storeapi", "", runtime.PipelineOptions{
		PerRetry: []policy.Policy{
			newBearerTokenPolicy(options),
			newBudgetPolicy(options.RequestsPerMinute, options.Logger),
			attemptTimeoutPolicy{timeout: cmp.Or(options.AttemptTimeout, defaultAttemptTimeout)},
			attemptPolicy{},
			requestLogPolicy{logger: options.Logger},
			wholeReplyPolicy{},
		},
	}, &policy.ClientOptions{
		Transport: transport.New(transport.Options{MaxReply: maxReply, MaxError: maxErrorReply, Base: options.Transport}),
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
	case !loopback.IsPrivate(u):
		return nil, fmt.Errorf("the Store endpoint %s must be https: tokens travel to it (http is for loopback hosts)", endpoint)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + basePath
	return u, nil
}
