package credential

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/loopback"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

const (
	// maxReply bounds, in bytes, what Entra, a CI service or a metadata service may answer.
	maxReply = 1 << 20
	// attemptTimeout is the patience for one request.
	attemptTimeout = 15 * time.Second
	// unansweredFor is how long requests that nobody answers are repeated: over a blip, and not so long that a person
	// who waits wonders.
	unansweredFor = 2 * time.Second
	// noticeable is the shortest pause that the log mentions.
	noticeable = 3 * time.Second
	// signInTimeout is the patience for a whole sign-in, which has several requests, each with repetitions.
	signInTimeout = transport.MaxRetryAfter + 5*time.Minute
)

// clientOptions say how azidentity reaches Entra.
func (r Resolved) clientOptions(opts Options) azcore.ClientOptions {
	bounded := transport.New(transport.Options{MaxReply: maxReply, MaxError: maxReply, Base: opts.Transport})
	logger := opts.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: r.AuthorityHost},
		Retry:     policy.RetryOptions{TryTimeout: attemptTimeout, MaxRetryDelay: transport.MaxRetryAfter},
		Transport: &http.Client{Transport: &guard{next: bounded.Transport, onMachine: r.Kind == KindManagedIdentity, logger: logger}},
	}
}

// trail is what happened to the requests of one sign-in. azidentity turns errors into text; here they stay what they
// are.
type trail struct {
	mu sync.Mutex
	// last is why the last request has no reply; nil if it has one.
	last *networkError
	// since is when the first of the unanswered requests failed that last is the latest of.
	since time.Time
}

type trailKey struct{}

func withTrail(ctx context.Context) (context.Context, *trail) {
	t := &trail{}
	return context.WithValue(ctx, trailKey{}, t), t
}

// failure returns why the last request has no reply, or nil.
func (t *trail) failure() *networkError {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

// note takes down the outcome of a request, and returns the error to give to azidentity.
func (t *trail) note(host string, err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.last = nil
		return nil
	}
	if t.last == nil {
		t.since = time.Now()
	}
	t.last = &networkError{host: host, err: err}
	t.last.final = transport.IsPermanent(err) || time.Since(t.since) >= unansweredFor
	return t.last.forRetries()
}

// guard sends the requests of sign-ins. It sends nothing in the clear to another machine, reads each reply whole, and
// ends a sign-in early that cannot succeed.
type guard struct {
	next      http.RoundTripper
	onMachine bool
	logger    *slog.Logger
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	t := req.Context().Value(trailKey{}).(*trail) //nolint:forcetypeassert // GetToken sends all requests.
	if last := t.failure(); last != nil && last.final {
		// azidentity looks for a token in two ways, and would repeat in the second what is clear from the first.
		return nil, last.forRetries()
	}
	resp, err := g.send(req)
	if err := t.note(req.URL.Host, err); err != nil {
		return nil, err
	}
	return resp, nil
}

func (g *guard) send(req *http.Request) (*http.Response, error) {
	if !g.mayAsk(req.URL) {
		return nil, &unusableError{fmt.Sprintf("%s://%s is not https, and a secret is sent over https only: whoever named this address, authority_host or what it answered, is not to be trusted", req.URL.Scheme, req.URL.Host)}
	}
	resp, err := g.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	// Whole, because azidentity gives no typed error for what goes wrong while it reads.
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK && !json.Valid(body) {
		return nil, &unusableError{req.URL.Host + " answered 200 OK with something else than JSON: a proxy or a captive portal may have answered instead"}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, g.checkPause(req, resp)
}

// mayAsk allows plain http to loopback hosts, and for a managed identity to the addresses at which Azure offers it
// within a machine.
func (g *guard) mayAsk(u *url.URL) bool {
	if u.Scheme == "https" || loopback.Is(u.Hostname()) {
		return true
	}
	address, err := netip.ParseAddr(u.Hostname())
	return g.onMachine && err == nil && address.IsLinkLocalUnicast()
}

// checkPause refuses a pause that is longer than what anybody waits for, and logs one that somebody who waits notices.
func (g *guard) checkPause(req *http.Request, resp *http.Response) error {
	pause, err := transport.TakeRetryAfter(resp, time.Now())
	if err != nil || pause == 0 {
		return err
	}
	// azcore makes the pause.
	resp.Header.Set("Retry-After", strconv.Itoa(int(pause.Seconds())))
	if pause >= noticeable {
		g.logger.InfoContext(req.Context(), "waiting to sign in to Microsoft Entra ID, as it asked for", "host", req.URL.Host, "pause", pause)
	}
	return nil
}
