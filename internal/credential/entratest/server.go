// Package entratest is a Microsoft Entra for tests: it serves, over TLS on loopback, what azidentity
// asks of an authority, of CI services' OIDC endpoints, and of the metadata service of a virtual
// machine. It checks what it is sent as Entra would, and knows the tokens that it issued.
package entratest

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The one tenant with one application that the server knows, and the Store's scope.
const (
	TenantID     = "7b3c1f0e-5a1d-4c7e-9d0b-2f6a8e4c1d35"
	ClientID     = "c0ffee00-1234-4abc-8def-0123456789ab"
	ClientSecret = "Sec~ret.Value+&%=ForTests"
	Scope        = "https://manage.devcenter.microsoft.com/.default"
)

// Request is one request that the server received.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	// Form is what a token request posted, with its secrets.
	Form url.Values
}

// Server is the fake. All its methods may be called at any time from any goroutine.
type Server struct {
	server *httptest.Server

	mu           sync.Mutex
	lifetime     time.Duration
	refusal      *refusal
	failures     int
	tokens       []token
	assertions   []string
	certificates []certificate
	requests     []Request
}

// Start starts a server that stops with the test.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{lifetime: time.Hour}
	s.server = httptest.NewTLSServer(s)
	tb.Cleanup(s.server.Close)
	return s
}

// AuthorityHost is the value for the provider's argument authority_host.
func (s *Server) AuthorityHost() string { return s.server.URL }

// Transport trusts the server and takes requests for a virtual machine's metadata service to it.
func (s *Server) Transport() http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		return s.server.Client().Transport.RoundTrip(s.redirect(req))
	})
}

// InMemory is Transport without a network, which lets it work on the fake time of testing/synctest.
func (s *Server) InMemory() http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		if err := req.Context().Err(); err != nil {
			return nil, err
		}
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, s.redirect(req))
		resp := recorder.Result()
		resp.Request = req
		return resp, nil
	})
}

// CertificatePEM is the server's certificate, for processes that take their roots from SSL_CERT_FILE.
func (s *Server) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
}

// SetTokenLifetime sets how long tokens issued from now on are valid; at the start an hour.
func (s *Server) SetTokenLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifetime = d
}

// Refuse makes every token request from now on fail with an AADSTS code and message.
func (s *Server) Refuse(code int, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusal = &refusal{code: code, message: message}
}

// FailNext makes the next n requests of any kind fail with 503.
func (s *Server) FailNext(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = n
}

// Issued returns the access tokens issued so far, oldest first.
func (s *Server) Issued() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var issued []string
	for _, t := range s.tokens {
		issued = append(issued, t.text)
	}
	return issued
}

// Valid says whether the server issued the access token and it has not expired.
func (s *Server) Valid(accessToken string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.tokens, func(t token) bool {
		return t.text == accessToken && time.Now().Before(t.expires)
	})
}

// Requests returns the requests received so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// TokenRequests counts the requests for a token so far, refused ones included.
func (s *Server) TokenRequests() int {
	n := 0
	for _, r := range s.Requests() {
		if strings.HasSuffix(r.Path, "/token") {
			n++
		}
	}
	return n
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header.Clone(), Form: r.PostForm,
	})
	if s.failures > 0 {
		s.failures--
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /common/discovery/instance", s.discoverInstance)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.discoverTenant)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", s.issue)
	mux.HandleFunc("GET "+githubPath, s.issueGitHub)
	mux.HandleFunc("POST "+pipelinesPath, s.issuePipelines)
	mux.HandleFunc("GET "+metadataPath, s.issueVirtualMachine)
	mux.HandleFunc("GET "+appServicePath, s.issueAppService)
	mux.ServeHTTP(w, r)
}

// redirect points requests for the metadata service, which has a fixed address, to the server.
func (s *Server) redirect(req *http.Request) *http.Request {
	if req.URL.Host != "169.254.169.254" {
		return req
	}
	clone := req.Clone(req.Context())
	clone.URL.Scheme = "https"
	clone.URL.Host = strings.TrimPrefix(s.server.URL, "https://")
	return clone
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
