package transport_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/congestion"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

var _ policy.Transporter = (*http.Client)(nil)

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func do(t *testing.T, client *http.Client, method, address string) (int, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader("secret body"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer secret")
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

func small() *http.Client {
	return transport.New(transport.Options{MaxReply: 4 << 20, MaxError: 1 << 20})
}

func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	other := serve(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the other host got %s %s", r.Method, r.URL) })
	host := strings.TrimPrefix(other, "http://")
	for _, location := range []struct{ name, sent, shown string }{
		{"http", other + "/secretpath?sig=secret", "http://" + host},
		{"https", "https://" + host + "/x?sig=secret", "https://" + host},
		{"scheme-relative", "//" + host + "/x", "http://" + host},
		{"user", "https://secret:secret@" + host + "/x", "https://" + host},
		{"broken", "http://[secret", "no readable address"},
		{"missing", "", "no readable address"},
	} {
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if location.sent != "" {
				w.Header().Set("Location", location.sent)
			}
			status, err := strconv.Atoi(r.URL.Path[1:])
			if err != nil {
				t.Error(err)
			}
			w.WriteHeader(status)
		})
		for _, status := range []int{300, 301, 302, 303, 305, 307, 308, 399} {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodHead} {
				_, _, err := do(t, small(), method, fmt.Sprint(server, "/", status))
				redirect, ok := errors.AsType[*transport.RedirectError](err)
				if !ok || redirect.StatusCode != status {
					t.Fatalf("%s, %d, %s: error %v, want a redirect with that status", location.name, status, method, err)
				}
				if text := redirect.Error(); !strings.Contains(text, location.shown) || strings.Contains(text, "secret") {
					t.Errorf("%s, %d: the error is %q, want %q in it and no secret", location.name, status, text, location.shown)
				}
			}
		}
	}
}

func TestNotModifiedIsNoRedirect(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	if status, _, err := do(t, small(), http.MethodGet, server); err != nil || status != http.StatusNotModified {
		t.Errorf("status %d, error %v; want 304", status, err)
	}
}

func TestRepliesAreBounded(t *testing.T) {
	t.Parallel()
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	var packed bytes.Buffer // Several of them in a row are one stream.
	w := gzip.NewWriter(&packed)
	_, err := w.Write(spaces)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	endless := func(w io.Writer, chunk []byte) {
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	for _, test := range []struct {
		name   string
		status int
		limit  int64
		reply  http.HandlerFunc
	}{
		{"a length that is announced", 200, 4 << 20, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500000000")
			w.WriteHeader(http.StatusOK)
		}},
		{"an endless reply", 201, 4 << 20, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			endless(w, spaces)
		}},
		{"an endless error", 503, 1 << 20, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			endless(w, spaces)
		}},
		{"a gzip bomb", 200, 4 << 20, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			endless(w, packed.Bytes())
		}},
		{"a gzip bomb in an error", 400, 1 << 20, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(http.StatusBadRequest)
			endless(w, packed.Bytes())
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, body, err := do(t, small(), http.MethodGet, serve(t, test.reply))
			tooLarge, ok := errors.AsType[*transport.TooLargeError](err)
			if !ok || tooLarge.StatusCode != test.status || tooLarge.Limit != test.limit || int64(len(body)) > test.limit {
				t.Fatalf("%d bytes, error %v; want status %d and the limit %d", len(body), err, test.status, test.limit)
			}
			if want := map[int64]string{4 << 20: "4 MiB", 1 << 20: "1 MiB"}[test.limit]; !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %q, want %q in it", err, want)
			}
		})
	}
}

func TestRepliesUpToTheLimitPass(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status, size int
		compressed   bool
	}{{200, 4 << 20, false}, {200, 4 << 20, true}, {404, 1 << 20, false}, {404, 1 << 20, true}, {204, 0, false}} {
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			var to io.Writer = w
			if test.compressed {
				w.Header().Set("Content-Encoding", "gzip")
				packed := gzip.NewWriter(w)
				defer packed.Close()
				to = packed
			}
			w.WriteHeader(test.status)
			if test.size > 0 {
				_, _ = to.Write(make([]byte, test.size))
			}
		})
		status, body, err := do(t, small(), http.MethodGet, server)
		if err != nil || status != test.status || len(body) != test.size {
			t.Errorf("%+v: status %d, %d bytes, error %v", test, status, len(body), err)
		}
	}
}

// The length in the reply to a HEAD is that of the object, which may be a package of 25 GB.
func TestLengthOfHeadIsNoBody(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "25000000000") })
	if status, _, err := do(t, small(), http.MethodHead, server); err != nil || status != http.StatusOK {
		t.Errorf("status %d, error %v; want 200", status, err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestCallersCannotAskForWhatTheyWouldDecompressThemselves(t *testing.T) {
	t.Parallel()
	var sent http.Header
	client := transport.New(transport.Options{Base: roundTripper(func(req *http.Request) (*http.Response, error) {
		sent = req.Header
		return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: req}, nil
	})})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("Referer", "https://example.com/?sig=secret")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if len(sent) != 0 {
		t.Errorf("the network was asked with %v, want neither header", sent)
	}
	if len(req.Header) != 2 {
		t.Errorf("the caller's headers are %v now", req.Header)
	}
}

// closing is a body that tells whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

// A body that nobody closes keeps its connection.
func TestRefusedRepliesAreClosed(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]http.Response{
		"redirect":  {StatusCode: http.StatusFound, Header: http.Header{"Location": {"https://example.org"}}},
		"too large": {StatusCode: http.StatusOK, ContentLength: 5 << 20},
	} {
		body := &closing{Reader: strings.NewReader("body")}
		reply.Body = body
		base := roundTripper(func(*http.Request) (*http.Response, error) { return &reply, nil })
		client := transport.New(transport.Options{MaxReply: 4 << 20, MaxError: 1 << 20, Base: base})
		if _, _, err := do(t, client, http.MethodGet, "https://example.com"); err == nil || !body.closed {
			t.Errorf("%s: error %v, closed %t", name, err, body.closed)
		}
	}
}

// What a server or a proxy chooses goes into a message only as far as a terminal shows it.
func TestErrorsArePrintable(t *testing.T) {
	t.Parallel()
	base := roundTripper(func(*http.Request) (*http.Response, error) {
		location := http.Header{"Location": {"https://\u202eexample.org/"}}
		return &http.Response{StatusCode: 399, Header: location, Body: http.NoBody}, nil
	})
	_, _, redirected := do(t, transport.New(transport.Options{Base: base}), http.MethodGet, "https://example.com")
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"target":             {redirected, "answered 399, a redirect to https://?example.org,"},
		"control characters": {&transport.ProxyError{Host: "a\x1b[2Jb", StatusCode: http.StatusForbidden}, "the proxy a?[2Jb answered 403 Forbidden: "},
		"a long name":        {&transport.ProxyError{Host: strings.Repeat("a", 256), StatusCode: http.StatusForbidden}, strings.Repeat("a", 255) + " answered"},
	} {
		if !strings.Contains(test.err.Error(), test.want) || strings.Contains(test.err.Error(), strings.Repeat("a", 256)) {
			t.Errorf("%s: got %q, want %q in it", name, test.err, test.want)
		}
	}
}

// A test cannot wait for all of these to run out.
func TestNetworkHasLimits(t *testing.T) {
	t.Parallel()
	network := transport.NewNetwork()
	limits := map[string]time.Duration{
		"connecting": transport.Dialer.Timeout, "the TLS handshake": network.TLSHandshakeTimeout, "an idle connection": network.IdleConnTimeout,
		"a ping over HTTP/2": network.HTTP2.SendPingTimeout, "the reply to a ping": network.HTTP2.PingTimeout,
	}
	for name, limit := range limits {
		if limit <= 0 || limit > 90*time.Second {
			t.Errorf("%s may take %v", name, limit)
		}
	}
	if network.MaxIdleConnsPerHost < congestion.MaxLimit {
		t.Errorf("%d idle connections are kept, fewer than an upload uses", network.MaxIdleConnsPerHost)
	}
	if !network.ForceAttemptHTTP2 {
		t.Error("the network does not ask for HTTP/2")
	}
	if reflect.ValueOf(network.Proxy).Pointer() != reflect.ValueOf(http.ProxyFromEnvironment).Pointer() {
		t.Error("the network does not heed the proxy of the environment")
	}
}

func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Large", strings.Repeat("a", 1<<20))
	})
	if _, _, err := do(t, small(), http.MethodGet, server); err == nil {
		t.Error("a header of 1 MiB was accepted")
	}
}

func TestRefusedConnectionIsToldAtOnce(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	listener.Close()
	start := time.Now()
	if _, _, err := do(t, small(), http.MethodGet, address); err == nil {
		t.Error("nobody listens, and there is no error")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the refusal was told after %v", took)
	}
}

func TestProxyThatWantsALogin(t *testing.T) {
	t.Parallel()
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			t.Errorf("the proxy got %s", r.Method)
		}
		w.WriteHeader(http.StatusProxyAuthRequired)
	})
	address, err := url.Parse(strings.Replace(proxy, "http://", "http://user:secret@", 1))
	if err != nil {
		t.Fatal(err)
	}
	client := transport.New(transport.Options{Base: transport.Network(http.ProxyURL(address))})
	_, _, err = do(t, client, http.MethodGet, "https://example.com/")
	refusal, ok := errors.AsType[*transport.ProxyError](err)
	if !ok || refusal.StatusCode != http.StatusProxyAuthRequired {
		t.Fatalf("error %v, want the proxy's 407", err)
	}
	if text := refusal.Error(); !strings.Contains(text, address.Host) || !strings.Contains(text, "HTTPS_PROXY gives") || strings.Contains(text, "secret") {
		t.Errorf("the error is %q, want the proxy, and where to give the login, and no secret", text)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = nil
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	server.StartTLS()
	t.Cleanup(server.Close)
	_, _, err := do(t, small(), http.MethodGet, server.URL)
	if err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("error %v, want one about the protocol version", err)
	}
}

// What these errors say will not change by asking again.
func TestErrorsAreNotRetriable(t *testing.T) {
	t.Parallel()
	for _, err := range []error{&transport.RedirectError{}, &transport.TooLargeError{}, &transport.ProxyError{}, &transport.RetryAfterError{}} {
		if _, ok := err.(interface{ NonRetriable() }); !ok {
			t.Errorf("azcore would repeat %T", err)
		}
	}
}

func TestEndlessReplyEndsWithTheContext(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush() //nolint:forcetypeassert // httptest's is one.
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := small().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	cancel()
	if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}
