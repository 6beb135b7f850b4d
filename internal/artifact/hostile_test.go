package artifact_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// network is the provider's own connection, which trusts the store.
func (s *store) network() *http.Transport {
	network := transport.NewNetwork()
	trusted := x509.NewCertPool()
	trusted.AddCert(s.Certificate())
	network.TLSClientConfig = &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}
	return network
}

// HTTP/2 would send all requests over a single connection, which distant servers are slow on.
func TestConnectionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Protocol", r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	own, ok := artifact.Network().(*http.Transport)
	if !ok {
		t.Fatal("the network is no http.Transport")
	}
	own = own.Clone()
	trusted := x509.NewCertPool()
	trusted.AddCert(server.Certificate())
	own.TLSClientConfig = &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}
	t.Cleanup(own.CloseIdleConnections)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := own.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	if got := reply.Header.Get("Protocol"); got != "HTTP/1.1" {
		t.Errorf("the request went by %s", got)
	}
}

func TestProxyThatWantsALogin(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	address, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	network := transport.NewNetwork()
	network.Proxy = http.ProxyURL(address)
	_, err = artifact.Open(t.Context(), "https://contoso.com/a.msix?"+signature, artifact.Options{
		Client: &http.Client{Transport: network}, RetryDelay: time.Hour,
	})
	if refused, ok := errors.AsType[*transport.ProxyError](err); !ok || refused.StatusCode != http.StatusProxyAuthRequired {
		t.Errorf("got the error %v, want that the proxy refuses", err)
	}
	wantMessage(t, err, "package source https://contoso.com/a.msix: ", "HTTPS_PROXY")
	wantNoSecrets(t, err.Error())
}

func TestEndlessHeaders(t *testing.T) {
	t.Parallel()
	s := newStore(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return true
		}
		defer connection.Close()
		_, err = io.WriteString(connection, "HTTP/1.1 206 Partial Content\r\n")
		for line := bytes.Repeat([]byte("X-Endless: header\r\n"), 1000); err == nil; {
			_, err = connection.Write(line)
		}
		return true
	})
	options := s.options()
	options.Client = &http.Client{Transport: s.network()}
	_, err := artifact.Open(t.Context(), s.address(), options)
	wantMessage(t, err, "package source "+s.URL, "header")
	wantNoSecrets(t, err.Error())
}

// A server that wants to be left alone for longer than a plan lasts is not waited for.
func TestLongPauseIsAnError(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"3600", "999999", "99999999999999999999", "Thu, 01 Jan 2099 00:00:00 GMT"} {
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			_, err := artifact.Open(t.Context(), "https://contoso.com/a.msix?"+signature, artifact.Options{Client: &http.Client{
				Transport: roundTrip(func(*http.Request) *http.Response {
					return answer(http.StatusServiceUnavailable, http.Header{"Retry-After": {value}}, strings.NewReader(""))
				}),
			}})
			wantMessage(t, err, "package source https://contoso.com/a.msix", "Retry-After: "+value[:4])
			if took := time.Since(started); took != 0 {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// An outage in the middle of an upload is waited out for longer than one that a plan meets.
func TestOutageWhileReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		a, err := artifact.Open(t.Context(), "https://contoso.com/a.msix", artifact.Options{Client: &http.Client{
			Transport: roundTrip(func(r *http.Request) *http.Response {
				if r.Header.Get("Range") == "bytes=0-4095" {
					return answer(http.StatusPartialContent, http.Header{"Content-Range": {"bytes 0-4095/2000000"}}, bytes.NewReader(make([]byte, 4096)))
				}
				at = append(at, time.Since(start))
				return answer(http.StatusServiceUnavailable, http.Header{}, strings.NewReader("down"))
			}),
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		_, err = a.ReadAt(make([]byte, 1<<20), 0)
		wantMessage(t, err, "failed 8 times", "503")
		if got, want := fmt.Sprint(at), "[0s 1s 3s 7s 15s 31s 1m3s 2m3s]"; got != want {
			t.Errorf("asked at %s, want %s", got, want)
		}
	})
}

// A distant server is asked for many parts at once, by whoever reads in sequence and by whoever reads in large parts.
func TestManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	for name, read := range map[string]func(t *testing.T, a artifact.Artifact){
		"in sequence": func(t *testing.T, a artifact.Artifact) {
			t.Helper()
			if n, err := io.Copy(io.Discard, io.NewSectionReader(a, 0, size)); n != size || err != nil {
				t.Errorf("read %d bytes, error %v", n, err)
			}
		},
		"in large parts": func(t *testing.T, a artifact.Artifact) {
			t.Helper()
			var group sync.WaitGroup
			for offset := int64(0); offset < size; offset += 1 << 20 {
				group.Go(func() {
					if _, err := a.ReadAt(make([]byte, 1<<20), offset); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mutex sync.Mutex
				inFlight, most := 0, 0
				count := func(by int) {
					mutex.Lock()
					defer mutex.Unlock()
					inFlight += by
					most = max(most, inFlight)
				}
				a, err := artifact.Open(t.Context(), "https://contoso.com/a.msix", artifact.Options{Client: &http.Client{
					Transport: roundTrip(func(r *http.Request) *http.Response {
						first, last := requested(t, r)
						count(1)
						defer count(-1)
						time.Sleep(50*time.Millisecond + time.Duration(last-first+1)*time.Second/8_000_000)
						return answer(http.StatusPartialContent,
							http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", first, last, size)}}, bytes.NewReader(make([]byte, last-first+1)))
					}),
				}})
				if err != nil {
					t.Fatal(err)
				}
				defer a.Close()
				read(t, a)
				if most < 16 || most > 32 {
					t.Errorf("%d requests at once, want 16 to 32", most)
				}
			})
		})
	}
}

// A reader in sequence asks for parts that are large enough to need few requests, and small enough to fill the window.
func TestSizesOfPages(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	for name, test := range map[string]struct {
		took func(length int) time.Duration
		want int // of each page that is neither among the first nor the last
	}{
		"near": {func(int) time.Duration { return 0 }, 512 << 10},
		"distant": {func(length int) time.Duration {
			return 50*time.Millisecond + time.Duration(length)*time.Second/8_000_000
		}, 256 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mutex sync.Mutex
				smallest := size
				a := open(t, "https://contoso.com/a.msix", artifact.Options{Client: &http.Client{
					Transport: roundTrip(func(r *http.Request) *http.Response {
						first, last := requested(t, r)
						length := last - first + 1
						mutex.Lock()
						if first >= 1<<20 && last < size-1 {
							smallest = min(smallest, length)
						}
						mutex.Unlock()
						time.Sleep(test.took(length))
						return answer(http.StatusPartialContent,
							http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", first, last, size)}}, bytes.NewReader(make([]byte, length)))
					}),
				}})
				if _, err := artifact.SHA256(t.Context(), a); err != nil {
					t.Fatal(err)
				}
				if smallest != test.want {
					t.Errorf("the smallest page has %d bytes, want %d", smallest, test.want)
				}
			})
		})
	}
}

// A server that cannot keep up with the requests gets fewer at once.
func TestOverloadedServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size, part, parts = 16 << 20, 1 << 20, 16
		var mutex sync.Mutex
		at := map[time.Duration]int{}
		var start time.Time
		a := open(t, "https://contoso.com/a.msix", artifact.Options{Client: &http.Client{
			Transport: roundTrip(func(r *http.Request) *http.Response {
				first, last := requested(t, r)
				if last-first+1 == part {
					mutex.Lock()
					at[time.Since(start)]++
					mutex.Unlock()
					time.Sleep(100 * time.Millisecond)
					if time.Since(start) == 100*time.Millisecond {
						return answer(http.StatusServiceUnavailable, http.Header{}, strings.NewReader("overloaded"))
					}
				}
				return answer(http.StatusPartialContent,
					http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", first, last, size)}}, bytes.NewReader(make([]byte, last-first+1)))
			}),
		}})
		time.Sleep(time.Second) // Failures count only of requests that began after the latest measurement.
		start = time.Now()
		var group sync.WaitGroup
		for i := range int64(parts) {
			group.Go(func() {
				if _, err := a.ReadAt(make([]byte, part), i*part); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if before, after := at[0], at[100*time.Millisecond]; before != 8 || after != 4 {
			t.Errorf("%d requests at once, and %d after they failed, want half as many", before, after)
		}
	})
}

// flaky fails the first request, redirects the second, and answers the others from a file.
type flaky struct {
	content []byte
	page    *page
	count   int
}

// page is what comes with a redirect.
type page struct {
	read   int
	closed bool
}

func (p *page) Read(b []byte) (int, error) {
	p.read += len(b)
	return len(b), nil
}

func (p *page) Close() error {
	p.closed = true
	return nil
}

// RoundTrip implements http.RoundTripper.
func (f *flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	switch f.count++; f.count {
	case 1:
		return nil, errors.New("Get \"https://contoso.com/a.msix?" + signature + "\": reset")
	case 2:
		return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"https://contoso.org/a.msix"}}, Body: f.page}, nil
	}
	w := httptest.NewRecorder()
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
	return w.Result(), nil
}

func TestFailureIsLoggedWithoutSecrets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		network := &flaky{content: content(10_000), page: &page{}}
		a, err := artifact.Open(t.Context(), "https://contoso.com/a.msix?"+signature, artifact.Options{
			Client: &http.Client{Transport: network}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		if !strings.Contains(log.String(), "asking again") {
			t.Errorf("logged %q", log.String())
		}
		wantNoSecrets(t, log.String())
		// Whatever a redirect shows to people, a little of it is enough for the connection to be used again.
		if !network.page.closed || network.page.read > 64<<10 {
			t.Errorf("%d bytes of the redirect's page were read, and it was closed: %t", network.page.read, network.page.closed)
		}
	})
}
