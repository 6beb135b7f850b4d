package artifact_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

func TestOpenAddress(t *testing.T) {
	t.Parallel()
	want := content(1<<20 + 123)
	s := newStore(t, want, nil)
	a := open(t, s.address(), s.options())
	if a.Size() != int64(len(want)) || a.Location() != s.URL+"/builds/Sample.msix" {
		t.Errorf("%s has %d bytes", a.Location(), a.Size())
	}
	wantNoSecrets(t, fmt.Sprintf("%v %+v %#v %s", a, a, a, a))
	for _, span := range [][2]int{{0, 10}, {len(want) - 100, 100}, {5000, 200_000}, {0, len(want)}, {len(want), 0}} {
		p := make([]byte, span[1])
		if n, err := a.ReadAt(p, int64(span[0])); n != len(p) || err != nil || !bytes.Equal(p, want[span[0]:span[0]+span[1]]) {
			t.Errorf("from %d on read %d of %d bytes, error %v", span[0], n, len(p), err)
		}
	}
	p := make([]byte, 100)
	if n, err := a.ReadAt(p, a.Size()-10); n != 10 || !errors.Is(err, io.EOF) || !bytes.Equal(p[:10], want[len(want)-10:]) {
		t.Errorf("at the end read %d bytes and error %v", n, err)
	}
	if n, err := a.ReadAt(p, a.Size()+10); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("past the end read %d bytes and error %v", n, err)
	}
	before, _ := s.count()
	if _, err := a.ReadAt(p, -1); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("before the start: %v", err)
	}
	if after, _ := s.count(); after != before {
		t.Error("the server was asked for what is before the start")
	}
	for _, r := range s.all() {
		if r.Method != http.MethodGet || r.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("%s with %v", r.Method, r.Header)
		}
		if r.Header.Get("Authorization") != "Bearer "+password || r.Header.Get("X-Api-Key") != password || r.URL.RawQuery != signature {
			t.Errorf("a request without the credentials: %s %v", r.URL, r.Header)
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if _, err := a.ReadAt(p, 0); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after closing: %v", err)
	}
}

func TestOpenAddressOfSmallFile(t *testing.T) {
	t.Parallel()
	s := newStore(t, []byte("x"), nil)
	a := open(t, s.address(), s.options())
	sum, err := artifact.SHA256(t.Context(), a)
	if err != nil || sum != digest([]byte("x")) {
		t.Errorf("digest %s, error %v", sum, err)
	}
	if n, _ := s.count(); n != 1 {
		t.Errorf("%d requests for one byte", n)
	}
}

// Planning takes two requests for a package and a few more for a bundle, whatever their size.
func TestAddressIsReadInFewRequests(t *testing.T) {
	t.Parallel()
	package4 := msixtest.Manifest{PayloadSize: 4 << 20}
	bundle := msixtest.BundleManifest{Packages: []msixtest.Manifest{{PayloadSize: 2 << 20}, {Architecture: "arm64", PayloadSize: 2 << 20}}}
	for name, test := range map[string]struct {
		file            []byte
		requests, bytes int
	}{
		"Sample.msix":       {msixtest.Package(package4), 2, 140 << 10},
		"Sample.msixbundle": {msixtest.Bundle(bundle), 3, 270 << 10},
		"Sample.msixupload": {msixtest.Upload("Sample.msix", msixtest.Package(package4), msixtest.Stored), 2, 140 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, test.file, nil)
			a := open(t, s.address(), s.options())
			if _, err := msix.Read(name, a, a.Size()); err != nil {
				t.Fatal(err)
			}
			total := 0
			for _, r := range s.all() {
				first, last := requested(t, r)
				total += last - first + 1
			}
			if n, _ := s.count(); n > test.requests || total > test.bytes {
				t.Errorf("%d requests for %d bytes, want at most %d for %d", n, total, test.requests, test.bytes)
			}
		})
	}
}

// Reading from start to end, as for a digest, is read ahead of: by requests that are larger than a buffer, and many at once.
func TestAddressIsReadAhead(t *testing.T) {
	t.Parallel()
	want := content(20 << 20)
	s := newStore(t, want, nil)
	a := open(t, s.address(), s.options())
	sum, err := artifact.SHA256(t.Context(), a)
	if err != nil || sum != digest(want) {
		t.Errorf("digest %s, error %v", sum, err)
	}
	if n, _ := s.count(); n > 90 {
		t.Errorf("%d requests for 20 MiB in sequence", n)
	}
}

// Pages stay while there is room: what was read last is there, what was read long ago is asked for again.
func TestPagesAreCachedInBoundedMemory(t *testing.T) {
	t.Parallel()
	const places, apart = 140, 256 << 10
	want := content(places * apart)
	s := newStore(t, want, nil)
	a := open(t, s.address(), s.options())
	read := func(place int) int {
		before, _ := s.count()
		p := make([]byte, 10)
		off := place*apart + 8192
		if _, err := a.ReadAt(p, int64(off)); err != nil || !bytes.Equal(p, want[off:off+10]) {
			t.Fatalf("place %d: %v", place, err)
		}
		after, _ := s.count()
		return after - before
	}
	for place := range places {
		if n := read(place); n != 1 {
			t.Errorf("%d requests for place %d", n, place)
		}
		if n := read(min(place, 1)); n != 0 {
			t.Errorf("%d requests for a place that is read again and again", n)
		}
	}
	if n := read(places - 20); n != 0 {
		t.Errorf("%d requests for a place that was read just before", n)
	}
	if n := read(0); n != 1 {
		t.Errorf("%d requests for a place that should have been forgotten", n)
	}
}

// The blocks of an upload are read next to each other, each in one request.
func TestAddressIsReadConcurrently(t *testing.T) {
	t.Parallel()
	const block = 2 << 20
	want := content(8*block + 1)
	s := newStore(t, want, nil)
	a := open(t, s.address(), s.options())
	got := make([]byte, len(want))
	var group sync.WaitGroup
	for part := range 9 {
		group.Go(func() {
			p := got[part*block : min((part+1)*block, len(got))]
			if n, err := a.ReadAt(p, int64(part*block)); err != nil {
				t.Errorf("block %d: %d bytes, %v", part, n, err)
			}
		})
	}
	// Small reads of one place share a request.
	for range 20 {
		group.Go(func() {
			p := make([]byte, 1000)
			if _, err := a.ReadAt(p, 3*block); err != nil || !bytes.Equal(p, want[3*block:3*block+1000]) {
				t.Errorf("small read: %v", err)
			}
		})
	}
	group.Wait()
	if !bytes.Equal(got, want) {
		t.Error("the bytes differ")
	}
	if n, _ := s.count(); n != 1+9+1 {
		t.Errorf("%d requests, want one for the start, nine for the blocks and one for all small reads", n)
	}
}

func TestOpenAddressRefuses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"http://contoso.com/a.msix?" + signature:                         "package source http://contoso.com/a.msix: http is for loopback hosts only, expected https",
		"http://127.0.0.1.contoso.com/a.msix":                            "http is for loopback hosts only",
		"ftp://contoso.com/a.msix?" + signature:                          "package source ftp://contoso.com/a.msix: the scheme is ftp, expected https",
		"https:///a.msix":                                                "the address has no host",
		"https://user:" + password + "@contoso.com/a.msix?" + signature:  "package source https://contoso.com/a.msix: the address holds a user name or password",
		"https://contoso.com:port/a.msix?" + signature:                   "the address cannot be understood: invalid port",
		"https://contoso.com/a\x7f.msix?" + signature:                    "the address cannot be understood",
		"https://us er:" + password + "@contoso.com/a.msix?" + signature: "the address cannot be understood",
	} {
		_, err := artifact.Open(t.Context(), address, artifact.Options{})
		wantMessage(t, err, want)
		wantNoSecrets(t, err.Error())
	}
	for name, want := range map[string]string{
		"Range":       "request header Range is set by the reader",
		"if-match":    "request header if-match is set by the reader",
		"Bad Name":    `"Bad Name" is no name of a request header`,
		"":            `"" is no name of a request header`,
		"X-Api-Key":   "the value of request header X-Api-Key holds a control character, such as a line break",
		"X-\u00dcber": "is no name of a request header",
	} {
		_, err := artifact.Open(t.Context(), "https://contoso.com/a.msix?"+signature, artifact.Options{Header: http.Header{name: {password + "\n"}}})
		wantMessage(t, err, want)
		wantNoSecrets(t, err.Error())
	}
}

func TestOpenAddressOverPlainLoopback(t *testing.T) {
	t.Parallel()
	s := &store{}
	s.Server = httptest.NewServer(s.handle([]byte("content"), nil))
	t.Cleanup(s.Close)
	if a := open(t, s.address(), s.options()); a.Size() != 7 {
		t.Errorf("%d bytes", a.Size())
	}
}

func TestOpenAddressFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply    handler
		want     []string
		requests int
	}{
		"no ranges": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			_, _ = w.Write([]byte("all of it"))
			return true
		}, []string{"does not answer range requests (status 200 OK instead of 206)", "download the file and give its path"}, 1},
		"web page": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte("<html>"))
			return true
		}, []string{"sent a web page (status 200 OK), perhaps to sign in"}, 1},
		"empty": {func(w http.ResponseWriter, r *http.Request, _ int) bool {
			serve(w, r, `"v1"`, nil)
			return true
		}, []string{"the file is empty"}, 1},
		"empty by status 416": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Content-Range", "bytes */0")
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return true
		}, []string{"the file is empty (status 416"}, 1},
		"not found":     {status(http.StatusNotFound), []string{"no such file (status 404 Not Found)"}, 1},
		"unauthorized":  {status(http.StatusUnauthorized), []string{"status 401 Unauthorized", "check the request headers", "expired"}, 1},
		"forbidden":     {status(http.StatusForbidden), []string{"status 403 Forbidden"}, 1},
		"teapot":        {status(http.StatusTeapot), []string{"status 418 I'm a teapot, expected 206"}, 1},
		"not modified":  {status(http.StatusNotModified), []string{"status 304 Not Modified, expected 206"}, 1},
		"down for good": {status(http.StatusServiceUnavailable), []string{"failed 5 times", "cannot send it now (status 503 Service Unavailable)"}, 5},
		"compressed": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Content-Encoding", "gzip")
			partial(w, "bytes 0-3/4", []byte("abcd"))
			return true
		}, []string{`encoded as "gzip"`}, 1},
		"other range": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			partial(w, "bytes 10-13/100", []byte("abcd"))
			return true
		}, []string{"sent bytes 10 to 13, asked for 0 to 4095"}, 1},
		"more than asked for": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			partial(w, "bytes 0-4096/5000", make([]byte, 4097))
			return true
		}, []string{"sent bytes 0 to 4096, asked for 0 to 4095"}, 1},
		"wrong length": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			partial(w, "bytes 0-9/100", []byte("abcd"))
			return true
		}, []string{"sends 4 bytes and calls them bytes 0 to 9, which is 10"}, 1},
		"more than announced": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Content-Range", "bytes 0-9/10")
			w.WriteHeader(http.StatusPartialContent)
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write(make([]byte, 11))
			return true
		}, []string{"sent more than the 10 bytes that it announced"}, 1},
		"less than announced": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Content-Range", "bytes 0-9/10")
			w.WriteHeader(http.StatusPartialContent)
			_ = http.NewResponseController(w).Flush()
			return true
		}, []string{"failed 5 times", "lost after 0 of 10 bytes: unexpected EOF"}, 5},
		"redirect without address": {status(http.StatusFound), []string{"redirects (status 302) to no address"}, 1},
		"redirect to plain http": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Location", "http://contoso.com/a?"+signature)
			w.WriteHeader(http.StatusFound)
			return true
		}, []string{"redirects from https to http://contoso.com/a, which would show"}, 1},
		"redirect to another scheme": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Location", "file:///etc/passwd?"+signature)
			w.WriteHeader(http.StatusFound)
			return true
		}, []string{"redirects from https to file:///etc/passwd"}, 1},
		"redirect to nonsense": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.Header().Set("Location", "https://contoso.com:x/?"+signature)
			w.WriteHeader(http.StatusFound)
			return true
		}, []string{"to no address that can be understood"}, 1},
		"redirect in circles": {func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Header().Set("Location", r.URL.String())
			w.WriteHeader(http.StatusTemporaryRedirect)
			return true
		}, []string{"redirects more than 10 times"}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, nil, test.reply)
			s.refused(t, test.want...)
			if n, _ := s.count(); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
		})
	}
	for _, contentRange := range []string{"", "bytes", "bytes 0-3", "bytes 0-3/*", "bytes */4", "items 0-3/4", "bytes 3-0/4", "bytes 0-4/4", "bytes -1-3/4", "bytes 0-3/99999999999999999999"} {
		t.Run("range "+contentRange, func(t *testing.T) {
			t.Parallel()
			newStore(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
				partial(w, contentRange, []byte("abcd"))
				return true
			}).refused(t, fmt.Sprintf("describes what it sends as %q", contentRange))
		})
	}
}

func status(code int) handler {
	return func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.WriteHeader(code)
		return true
	}
}

// A server that refuses connections is told of at once: the address may be wrong.
func TestAddressWithoutServer(t *testing.T) {
	t.Parallel()
	s := newStore(t, nil, nil)
	s.Close()
	options := s.options()
	options.RetryDelay = time.Hour
	_, err := artifact.Open(t.Context(), s.address(), options)
	wantMessage(t, err, "package source "+s.URL+"/builds/Sample.msix: ", "refused")
	wantNoSecrets(t, err.Error())
}

// A certificate that is not trusted will not be trusted a second later.
func TestAddressWithForeignCertificate(t *testing.T) {
	t.Parallel()
	s := newStore(t, []byte("content"), nil)
	_, err := artifact.Open(t.Context(), s.address(), artifact.Options{Client: &http.Client{}, RetryDelay: time.Hour})
	wantMessage(t, err, "certificate")
	wantNoSecrets(t, err.Error())
}

func unknownHost(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "contoso.invalid", IsNotFound: true}}
}

// A host that does not exist will not exist a second later, either.
func TestAddressOfUnknownHost(t *testing.T) {
	t.Parallel()
	_, err := artifact.Open(t.Context(), "https://contoso.invalid/a.msix?"+signature, artifact.Options{
		Client: &http.Client{Transport: &http.Transport{DialContext: unknownHost}}, RetryDelay: time.Hour,
	})
	wantMessage(t, err, "package source https://contoso.invalid/a.msix: reading at byte 0: ", "no such host")
	wantNoSecrets(t, err.Error())
}

// A host that has answered exists, even if a name server does not find it for a moment.
func TestAddressOfHostThatIsForgotten(t *testing.T) {
	t.Parallel()
	want := content(200_000)
	s := newStore(t, want, nil)
	options := s.options()
	working := s.Client().Transport
	fails := 0
	options.Client = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		if first, _ := requested(t, r); first > 0 && fails < 2 {
			fails++
			_, err := unknownHost(r.Context(), "", "")
			return nil, err
		}
		return working.RoundTrip(r)
	})}
	p := make([]byte, 10)
	if _, err := open(t, s.address(), options).ReadAt(p, 100_000); err != nil || !bytes.Equal(p, want[100_000:100_010]) || fails != 2 {
		t.Errorf("after %d failures: %v", fails, err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What a server or a proxy says may hold credentials, and be of any length.
func TestAddressWhoseServerTalks(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	for name, header := range map[string]http.Header{
		"encoding": {"Content-Encoding": {long}},
		"range":    {"Content-Range": {long}},
		"token":    {"Content-Encoding": {"?password=" + password}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
				maps.Copy(w.Header(), header)
				w.WriteHeader(http.StatusPartialContent)
				return true
			})
			_, err := artifact.Open(t.Context(), s.address(), s.options())
			wantMessage(t, err, "the server ")
			wantNoSecrets(t, err.Error())
			if len(err.Error()) > 500 {
				t.Errorf("an error of %d characters", len(err.Error()))
			}
		})
	}
}

func TestAddressEndsWithItsContext(t *testing.T) {
	t.Parallel()
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	s := newStore(t, content(1<<20), func(_ http.ResponseWriter, r *http.Request, count int) bool {
		if count > 1 {
			cancel(interrupted)
			<-r.Context().Done()
		}
		return count > 1
	})
	a, err := artifact.Open(ctx, s.address(), s.options())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	_, err = a.ReadAt(make([]byte, 10), 500_000)
	if !errors.Is(err, interrupted) {
		t.Errorf("error %v, want the reason of the cancellation", err)
	}
	wantNoSecrets(t, err.Error())
	// Not even what is in memory is given out any more.
	if _, err := a.ReadAt(make([]byte, 10), 0); !errors.Is(err, interrupted) {
		t.Errorf("error %v, want the reason of the cancellation", err)
	}
}
