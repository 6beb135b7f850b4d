package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/archive/archivetest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/blob"
	transports "github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

const hostileQuery = "/ingestion/id?sv=2024-05-04&sig=c2VjcmV0"

// hostile uploads to a server through the provider's own client, and returns the log and the error.
func hostile(t *testing.T, handler http.HandlerFunc) (string, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return upload(t.Context(), t, server.URL+hostileQuery, archivetest.New(t, archivetest.Member("a.msix", random(1, 1<<20))), blob.Options{})
}

// The package goes to the host that the Store named, and to no other.
func TestUpload_redirects(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host got %s %s with %v", r.Method, r.URL, r.Header)
	}))
	t.Cleanup(other.Close)
	for _, status := range []int{300, 301, 302, 303, 307, 308} {
		for _, comp := range []string{"block", "blocklist"} {
			t.Run(fmt.Sprintf("%d/%s", status, comp), func(t *testing.T) {
				t.Parallel()
				_, err := hostile(t, func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					if r.URL.Query().Get("comp") == comp {
						w.Header().Set("Location", other.URL+hostileQuery)
						w.WriteHeader(status)
						return
					}
					w.WriteHeader(http.StatusCreated)
				})
				if redirect, ok := errors.AsType[*transports.RedirectError](err); !ok || redirect.StatusCode != status {
					t.Errorf("got the error %v, want that the redirect is not followed", err)
				}
			})
		}
	}
}

// What the service says of a refusal is short.
func TestUpload_endlessReplies(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusCreated, http.StatusForbidden, http.StatusServiceUnavailable} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			_, err := hostile(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(status)
				for text, err := bytes.Repeat([]byte(" "), 64<<10), error(nil); err == nil; {
					_, err = w.Write(text)
				}
			})
			if large, ok := errors.AsType[*transports.TooLargeError](err); !ok || large.Limit != 1<<20 {
				t.Errorf("got the error %v, want that the reply is too large", err)
			}
		})
	}
}

// A host that is not there is told of at once, unless it has been there before.
func TestUpload_unreachable(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cause error
		says  string
	}{
		"refused":  {&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}, "connection refused"},
		"no host":  {&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}, "no such host"},
		"no login": {&transports.ProxyError{Host: "proxy.example", StatusCode: http.StatusProxyAuthRequired}, "the proxy proxy.example answered 407"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				down := transport(func(*http.Request) (*http.Response, error) { return nil, test.cause })
				started := time.Now()
				_, err := upload(t.Context(), t, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{Transport: down, RetryDelay: time.Second})
				if err == nil || !strings.Contains(err.Error(), test.says) || time.Since(started) != 0 {
					t.Errorf("got the error %v after %s, want %q at once", err, time.Since(started), test.says)
				}
			})
		})
	}
}

func TestUpload_unreachableForAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			m     memory
			count atomic.Int32
		)
		restarting := transport(func(req *http.Request) (*http.Response, error) {
			if n := count.Add(1); n > 1 && n < 5 {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
			}
			return m.Do(req)
		})
		a := archivetest.New(t, archivetest.Member("a.msix", random(1, 1<<20)))
		if _, err := upload(t.Context(), t, memoryURL(), a, blob.Options{Transport: restarting, Parallel: 1}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(m.committed, bytesOf(t, a)) {
			t.Error("the blob's bytes are not the archive's")
		}
	})
}

// contextual fails the test for lines that are logged without the operation's context: Terraform's log drops them.
type contextual struct {
	slog.Handler
	t     *testing.T
	lines *atomic.Int32
}

type operation struct{}

func (h contextual) Handle(ctx context.Context, record slog.Record) error {
	h.lines.Add(1)
	if ctx.Value(operation{}) == nil {
		h.t.Errorf("%q was logged without the operation's context", record.Message)
	}
	return nil
}

func (h contextual) Enabled(context.Context, slog.Level) bool { return true }

// Whoever waits for a host that resets every connection reads of the first failures at once.
func TestUpload_logsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var lines atomic.Int32
		var mended atomic.Bool
		resetting := transport(func(req *http.Request) (*http.Response, error) {
			if !mended.Load() {
				return nil, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
			}
			return m.Do(req)
		})
		ctx := context.WithValue(t.Context(), operation{}, true)
		done := make(chan error, 1)
		go func() {
			done <- blob.Upload(ctx, memoryURL(), archivetest.New(t, archivetest.Member("a.msix", nil)), blob.Options{
				Transport: resetting, Memory: blob.NewMemory(),
				Logger: slog.New(contextual{slog.DiscardHandler, t, &lines}),
			})
		}()
		time.Sleep(4 * time.Second)
		// The start, two failures or three, and what is waited for.
		if got := lines.Load(); got < 4 {
			t.Errorf("%d lines in the first seconds, want that the failures are told of", got)
		}
		mended.Store(true)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// Ten uploads at once hold no more than one, and all of them come to an end.
func TestUpload_tenAtOnce(t *testing.T) {
	t.Parallel()
	shared := blob.NewMemory()
	errs := make(chan error, 10)
	for range 10 {
		go func() {
			var m memory
			a := archivetest.New(t, archivetest.Member("a.msix", random(1, 5<<20)), archivetest.Member("b.msix", random(2, 300_000)), archivetest.Member("c.msix", random(3, 3<<20)))
			err := blob.Upload(t.Context(), memoryURL(), a, blob.Options{Transport: &m, Memory: shared})
			if err == nil && !bytes.Equal(m.committed, bytesOf(t, a)) {
				err = errors.New("the blob's bytes are not the archive's")
			}
			errs <- err
		}()
	}
	for range 10 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
