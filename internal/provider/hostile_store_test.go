package provider_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/storesim"
)

// isStore and isBlob tell which host a request is for.
func isStore(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/listflights")
}

func isBlob(r *http.Request) bool { return r.URL.Query().Get("comp") == "block" }

// before is a Store that hands out its own blob host, some of whose replies are others.
func before(t *testing.T, w *acctest.World, hostile func(*http.Request) bool, reply func(w http.ResponseWriter, r *http.Request, genuine http.Handler)) *httptest.Server {
	t.Helper()
	address, err := url.Parse(w.Sim.URL())
	if err != nil {
		t.Fatal(err)
	}
	var server *httptest.Server
	genuine := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(address) },
		ModifyResponse: func(resp *http.Response) error {
			body, err := io.ReadAll(resp.Body)
			body = bytes.ReplaceAll(body, []byte(address.Host), []byte(strings.TrimPrefix(server.URL, "http://")))
			resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
			return err
		},
	}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hostile(r) {
			reply(w, r, genuine)
			return
		}
		genuine.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// applyAt applies with the real CLI and a provider process. It must fail soon, say what it is to say, take no memory
// worth mentioning, and commit nothing.
func applyAt(t *testing.T, w *acctest.World, server *httptest.Server, says ...string) {
	t.Helper()
	config := w.Submission(acctest.Packages(w.Package("app.msix", msixtest.Manifest{})), `wait_for = "none"`)
	cli := w.CLI(strings.ReplaceAll(config, w.Sim.URL(), server.URL))
	failsSoon(t, cli, says, "apply", "-auto-approve")
	if n := len(w.Sim.Events(storesim.EventCommitted)); n > 0 {
		t.Errorf("%d submissions were committed", n)
	}
}

func TestStoreAndBlobHostRedirect(t *testing.T) {
	t.Parallel()
	for host, hostile := range map[string]func(*http.Request) bool{"Store": isStore, "blob host": isBlob} {
		for i, status := range []int{301, 302, 303, 307, 308} {
			t.Run(fmt.Sprint(host, status), func(t *testing.T) {
				t.Parallel()
				var received atomic.Int32
				other := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { received.Add(1) }))
				if i%2 == 0 {
					other.StartTLS()
				} else {
					other.Start()
				}
				t.Cleanup(other.Close)
				w := acctest.Published(t)
				applyAt(t, w, before(t, w, hostile, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
					w.Header().Set("Location", other.URL+"/x")
					w.WriteHeader(status)
				}), strconv.Itoa(status), "redirect to "+other.URL)
				if n := received.Load(); n > 0 {
					t.Errorf("the other host received %d requests", n)
				}
			})
		}
	}
}

func TestStoreAndBlobHostAreHostile(t *testing.T) {
	t.Parallel()
	page := bytes.Repeat([]byte(" "), 1<<20)
	for name, test := range map[string]struct {
		reply http.HandlerFunc
		says  string
	}{
		"500 MB": {func(w http.ResponseWriter, _ *http.Request) {
			repeat(w, page)
		}, "that are accepted"},
		"endless error": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			for {
				if _, err := w.Write(page); err != nil {
					return
				}
			}
		}, "with more than the 1 MiB that are accepted"},
		"gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(http.StatusConflict)
			repeat(w, packed(page))
		}, "that are accepted"},
		"Retry-After": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "999999")
			w.WriteHeader(http.StatusTooManyRequests)
		}, "Retry-After: 999999"},
	} {
		for host, hostile := range map[string]func(*http.Request) bool{"Store": isStore, "blob host": isBlob} {
			t.Run(host+" "+name, func(t *testing.T) {
				t.Parallel()
				w := acctest.Published(t)
				applyAt(t, w, before(t, w, hostile, func(w http.ResponseWriter, r *http.Request, _ http.Handler) { test.reply(w, r) }), test.says)
			})
		}
	}
}

// A reply about something else than was asked for leads nowhere, and a draft of which nothing is known is no
// committed submission.
func TestStoreAnswersAboutSomethingElse(t *testing.T) {
	t.Parallel()
	creates := func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/submissions")
	}
	reads := func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/submissions/")
	}
	body := func(text string) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, text)
		}
	}
	edited := func(old, text string) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, r *http.Request, genuine http.Handler) {
			recorder := httptest.NewRecorder()
			genuine.ServeHTTP(recorder, r)
			w.WriteHeader(recorder.Code)
			_, _ = io.WriteString(w, strings.ReplaceAll(recorder.Body.String(), old, text))
		}
	}
	for name, test := range map[string]struct {
		hostile func(*http.Request) bool
		reply   func(http.ResponseWriter, *http.Request, http.Handler)
		says    []string
	}{
		"null":               {reads, body("null"), []string{"reading submission"}},
		"nothing":            {reads, body("{}"), []string{"reading submission"}},
		"another submission": {reads, body(`{"id":"1152921505700000000","status":"Published"}`), []string{"1152921505700000000", "was asked for"}},
		"no status of a new submission": {
			func(r *http.Request) bool { return creates(r) || reads(r) && strings.HasSuffix(r.URL.Path, "615") },
			edited(`"status":"PendingCommit"`, `"x":1`),
			[]string{"is not a draft"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := acctest.Published(t)
			applyAt(t, w, before(t, w, test.hostile, test.reply), test.says...)
		})
	}
}
