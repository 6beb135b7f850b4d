package artifact_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
)

// Credentials that must not be found in any message.
const (
	signature = "sig=3ecr3t"
	password  = "hunter2"
)

// store is an artifact store: a real server that records what it was asked.
type store struct {
	*httptest.Server
	mutex    sync.Mutex
	requests []*http.Request
}

// handler may leave a request to the store by returning false.
type handler func(w http.ResponseWriter, r *http.Request, count int) bool

// newStore serves content, with a strong entity tag, by ranges and over TLS, except where before does something else.
func newStore(t *testing.T, content []byte, before handler) *store {
	t.Helper()
	s := &store{}
	s.Server = httptest.NewUnstartedServer(s.handle(content, before))
	// Clients that hang up are what is tested, and nothing to report.
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *store) handle(content []byte, before handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mutex.Lock()
		s.requests = append(s.requests, r)
		count := len(s.requests)
		s.mutex.Unlock()
		if before != nil && before(w, r, count) {
			return
		}
		serve(w, r, `"v1"`, content)
	}
}

func serve(w http.ResponseWriter, r *http.Request, tag string, content []byte) {
	w.Header().Set("ETag", tag)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// count returns how many requests came, and the last of them.
func (s *store) count() (int, *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.requests) == 0 {
		return 0, nil
	}
	return len(s.requests), s.requests[len(s.requests)-1]
}

func (s *store) all() []*http.Request {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.requests
}

// address is a signed one.
func (s *store) address() string { return s.URL + "/builds/Sample.msix?" + signature }

// options are those of someone with credentials for the store.
func (s *store) options() artifact.Options {
	return artifact.Options{
		Header:     http.Header{"Authorization": {"Bearer " + password}, "X-Api-Key": {password}},
		Client:     s.Client(),
		RetryDelay: time.Millisecond,
	}
}

func wantNoSecrets(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{signature, "3ecr3t", password} {
		if strings.Contains(text, secret) {
			t.Errorf("%q holds the secret %q", text, secret)
		}
	}
}

// refused opens the address and wants an error with the parts, and without secrets.
func (s *store) refused(t *testing.T, parts ...string) {
	t.Helper()
	a, err := artifact.Open(t.Context(), s.address(), s.options())
	if err == nil {
		a.Close()
	}
	wantMessage(t, err, append(parts, "package source "+s.URL+"/builds/Sample.msix: ")...)
	wantNoSecrets(t, err.Error())
}

// partial answers with bytes from offset on and says what is given about them.
func partial(w http.ResponseWriter, contentRange string, body []byte) {
	w.Header().Set("Content-Range", contentRange)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write(body)
}

// breakOff sends less than the headers promise.
func breakOff(w http.ResponseWriter, contentRange string, promised int, body []byte) {
	w.Header().Set("ETag", `"v1"`)
	w.Header().Set("Content-Range", contentRange)
	w.Header().Set("Content-Length", strconv.Itoa(promised))
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write(body)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// requested reads the range that a request asks for.
func requested(t *testing.T, r *http.Request) (first, last int) {
	t.Helper()
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last); err != nil {
		t.Errorf("range %q: %v", r.Header.Get("Range"), err)
	}
	return first, last
}
