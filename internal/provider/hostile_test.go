package provider_test

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/acctest"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/credential/entratest"
)

// maxResident is the memory, in KiB, that the provider may take at most.
const maxResident = 200 << 10

// planAt plans with the real CLI and a provider process that signs in at the given Entra. It must fail soon, say what
// it is to say, and take no memory worth mentioning.
func planAt(t *testing.T, entra *httptest.Server, more environment, says ...string) {
	t.Helper()
	acctest.RequiresUnix(t)
	w := newWorld(t)
	cli := w.CLI(acctest.Block(acctest.Provider) + w.flight())
	cli.Export(w.Environment().With(acctest.Application(entratest.ClientSecret)))
	cli.Export(environment{
		"AZURE_AUTHORITY_HOST": entra.URL,
		"SSL_CERT_FILE":        w.File("entra.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: entra.Certificate().Raw})),
	})
	cli.Export(more)
	failsSoon(t, cli, append(says, "Sign-in to Microsoft Entra ID failed"), "plan")
	if n := w.Sim.Count(); n > 0 {
		t.Errorf("%d requests reached the Store", n)
	}
}

// failsSoon runs a command that must fail within seconds, say what it is to say, and take no memory worth mentioning.
func failsSoon(t *testing.T, cli *acctest.CLI, says []string, args ...string) {
	t.Helper()
	done, used := make(chan struct{}), make(chan int64)
	go func() { used <- resident(cli, done) }()
	began := time.Now()
	out, err := cli.Run(args...)
	took := time.Since(began)
	close(done)
	if err == nil {
		t.Error("the command succeeds")
	}
	judge(t, strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " "), says...)
	if took > time.Minute {
		t.Errorf("it took %v", took)
	}
	// The race detector keeps several times as much beside what a program uses.
	if most := <-used; most > maxResident && !raceDetector {
		t.Errorf("it took %d KiB of memory", most)
	}
}

// changed is an Entra some of whose replies are others.
func changed(t *testing.T, replies map[string]http.HandlerFunc) *httptest.Server {
	t.Helper()
	genuine := entratest.Start(t)
	address, err := url.Parse(genuine.AuthorityHost())
	if err != nil {
		t.Fatal(err)
	}
	var server *httptest.Server
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for suffix, reply := range replies {
			if strings.HasSuffix(r.URL.Path, suffix) {
				reply(w, r)
				return
			}
		}
		proxy := &httputil.ReverseProxy{
			Rewrite:   func(p *httputil.ProxyRequest) { p.SetURL(address); p.Out.Host = p.In.Host },
			Transport: genuine.Transport(),
			ModifyResponse: func(resp *http.Response) error {
				body, err := io.ReadAll(resp.Body)
				body = bytes.ReplaceAll(body, []byte(genuine.AuthorityHost()), []byte(server.URL))
				resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
				return err
			},
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

const (
	discovery = "/openid-configuration"
	token     = "/token"
)

func TestEntraRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, step := range []string{discovery, token} {
			t.Run(fmt.Sprint(status, step), func(t *testing.T) {
				t.Parallel()
				var received atomic.Int32
				other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { received.Add(1) }))
				t.Cleanup(other.Close)
				planAt(t, changed(t, map[string]http.HandlerFunc{step: func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", other.URL+"/x")
					w.WriteHeader(status)
				}}), nil, strconv.Itoa(status), "a redirect to "+other.URL+", which is not followed")
				if n := received.Load(); n > 0 {
					t.Errorf("the other host received %d requests", n)
				}
			})
		}
	}
}

// repeat writes a chunk 500 times, or until nobody listens.
func repeat(w io.Writer, chunk []byte) {
	for range 500 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// packed compresses a chunk. Several of them in a row are one stream.
func packed(chunk []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(chunk); err != nil {
		panic(err) // A buffer takes everything.
	}
	if err := w.Close(); err != nil {
		panic(err) // A buffer takes everything.
	}
	return out.Bytes()
}

func TestEntraIsHostile(t *testing.T) {
	t.Parallel()
	page := bytes.Repeat([]byte(" "), 1<<20)
	for name, test := range map[string]struct {
		reply http.HandlerFunc
		says  []string
	}{
		"500 MB": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(500<<20))
			repeat(w, page)
		}, []string{"answered 200 OK with more than the 1 MiB that are accepted"}},
		"endless error": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			for {
				if _, err := w.Write(page); err != nil {
					return
				}
			}
		}, []string{"answered 400 Bad Request with more than the 1 MiB that are accepted"}},
		"gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			repeat(w, packed(page))
		}, []string{"more than the 1 MiB that are accepted"}},
		"Retry-After": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "999999")
			w.WriteHeader(http.StatusTooManyRequests)
		}, []string{"asks for a pause of more than ten minutes (Retry-After: 999999)"}},
		"page": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html>" + entratest.ClientSecret))
		}, []string{"answered 200 OK with something else than JSON"}},
		"no reply": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, []string{"no reply from 127.0.0.1"}},
	} {
		for _, step := range []string{discovery, token} {
			t.Run(name+step, func(t *testing.T) {
				t.Parallel()
				planAt(t, changed(t, map[string]http.HandlerFunc{step: test.reply}), nil, test.says...)
			})
		}
	}
}

func TestEntraNamesAnEndpointInTheClear(t *testing.T) {
	t.Parallel()
	var server *httptest.Server
	server = changed(t, map[string]http.HandlerFunc{discovery: func(w http.ResponseWriter, _ *http.Request) {
		base := server.URL + "/" + entratest.TenantID
		_, _ = fmt.Fprintf(w, `{"token_endpoint":"http://192.0.2.1/token","authorization_endpoint":"%[1]s/authorize","issuer":"%[1]s/v2.0"}`, base)
	}})
	planAt(t, server, nil, "http://192.0.2.1 is not https")
}

// TestEntraCannotBeReached refuses connections, and has a proxy that wants a login.
func TestEntraCannotBeReached(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Proxy-Authenticate", "Basic")
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // It is closed at once.
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	entra := changed(t, nil)
	planAt(t, entra, environment{"AZURE_AUTHORITY_HOST": "https://" + closed.Addr().String()}, closed.Addr().String()+" refused the connection")
	// Requests to loopback hosts never go through a proxy.
	planAt(t, entra, environment{
		"AZURE_AUTHORITY_HOST": "https://login.example", "HTTPS_PROXY": "http://user:pr0xy-hush@" + strings.TrimPrefix(proxy.URL, "http://"),
	}, "407 Proxy Authentication Required", "HTTPS_PROXY")
}
