package inspection_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/inspection"
	"github.com/terraform-msstore/terraform-provider-msstore/internal/msix/msixtest"
)

func packageOf(version string) []byte {
	return msixtest.Package(msixtest.Manifest{Version: version, PayloadSize: 300_000})
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// write makes a file that was last written to at a whole second.
func write(t *testing.T, path string, content []byte, second int64) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Unix(second, 0)); err != nil {
		t.Fatal(err)
	}
}

// network answers for a package at every address, without a network, so that all that waits can be waited for.
type network struct {
	content []byte
	reply   func(*http.Request) (*http.Response, error) // before the content, if it returns something
	count   atomic.Int32
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.count.Add(1)
	if n.reply != nil {
		if resp, err := n.reply(r); resp != nil || err != nil {
			return resp, err
		}
	}
	w := httptest.NewRecorder()
	w.Header().Set("ETag", `"1"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(n.content))
	return w.Result(), nil
}

func (n *network) inspector() *inspection.Inspector {
	return inspection.New(artifact.Options{Client: &http.Client{Transport: n}})
}

func remote(number int) inspection.Request {
	return inspection.Request{Source: fmt.Sprintf("https://contoso.com/%d.msix", number), FileName: "app.msix", SHA256: strings.Repeat("0", 64)}
}

func TestAFileIsHashed(t *testing.T) {
	t.Parallel()
	content := packageOf("1.2.3.0")
	path := filepath.Join(t.TempDir(), "app.msix")
	write(t, path, content, 1)
	inspector := inspection.New(artifact.Options{})
	// One that brings its digest comes first: its reading is of no use to the one that wants to know it.
	for _, given := range []string{strings.Repeat("0", 64), "", strings.Repeat("1", 64)} {
		got, err := inspector.Package(t.Context(), inspection.Request{Source: path, FileName: "app.msix", SHA256: given})
		if err != nil {
			t.Fatal(err)
		}
		want := given
		if given == "" {
			want = digestOf(content)
		}
		if got.SHA256 != want || got.Manifest.Version.String() != "1.2.3.0" {
			t.Errorf("given the digest %q: got %s and version %s, want %s", given, got.SHA256, got.Manifest.Version, want)
		}
	}
}

// All who ask for a package share one reading, at the same time and later.
func TestAPackageIsReadOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &network{content: packageOf("1.2.3.0")}
		inspector := n.inspector()
		ask := func() {
			if got, err := inspector.Package(t.Context(), remote(1)); err != nil || got.Manifest.Version.String() != "1.2.3.0" {
				t.Errorf("got %v, error %v", got, err)
			}
		}
		ask()
		alone := n.count.Load()
		n.count.Store(0)
		inspector = n.inspector()
		var group sync.WaitGroup
		for range 10 {
			group.Go(ask)
		}
		group.Wait()
		ask()
		if got := n.count.Load(); got != alone {
			t.Errorf("eleven resources cost %d requests, one %d", got, alone)
		}
	})
}

// A file is hashed once too, of which only its access to the disk could tell: the shared manifest does.
func TestAFileIsReadOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.msix")
	write(t, path, packageOf("1.2.3.0"), 1)
	inspector := inspection.New(artifact.Options{})
	results := make([]inspection.Result, 10)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			results[i], _ = inspector.Package(t.Context(), inspection.Request{Source: path, FileName: "app.msix"})
		})
	}
	group.Wait()
	for i, r := range results {
		if r.Manifest == nil || r.Manifest != results[0].Manifest {
			t.Errorf("the manifest %d was read again", i)
		}
	}
}

// What is asked for under other headers, another digest or another name is something else.
func TestOtherRequestsAreReadAnew(t *testing.T) {
	t.Parallel()
	header := func(value string) http.Header { return http.Header{"X-Token": {value}} }
	base := remote(1)
	base.Header = header("a")
	for name, alter := range map[string]func(*inspection.Request){
		"header":    func(r *inspection.Request) { r.Header = header("b") },
		"no header": func(r *inspection.Request) { r.Header = nil },
		"digest":    func(r *inspection.Request) { r.SHA256 = strings.Repeat("1", 64) },
		"query":     func(r *inspection.Request) { r.Source += "?2" },
		"name":      func(r *inspection.Request) { r.FileName = "other.msix" },
	} {
		n := &network{content: packageOf("1.2.3.0")}
		inspector := n.inspector()
		other := base
		alter(&other)
		var counts [3]int32
		for i, request := range []inspection.Request{base, base, other} {
			if _, err := inspector.Package(t.Context(), request); err != nil {
				t.Fatal(err)
			}
			counts[i] = n.count.Load()
		}
		if counts[0] != counts[1] || counts[2] != 2*counts[0] {
			t.Errorf("another %s: %v requests after each of three, want the third to be read anew", name, counts)
		}
	}
}

func TestAChangedFileIsReadAnew(t *testing.T) {
	t.Parallel()
	before, after := packageOf("1.2.3.0"), []byte(nil)
	// The manifest is compressed, and only some versions take as many bytes.
	version := ""
	for i := 4; len(after) != len(before) || version == ""; i++ {
		version = fmt.Sprintf("1.2.%d.0", i)
		after = packageOf(version)
	}
	for name, change := range map[string]func(t *testing.T, path string){
		"written to": func(t *testing.T, path string) {
			t.Helper()
			write(t, path, after, 2)
		},
		"replaced by one of the same size and time": func(t *testing.T, path string) {
			t.Helper()
			write(t, path+".new", after, 1)
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		},
		"of another size": func(t *testing.T, path string) {
			t.Helper()
			write(t, path, msixtest.Package(msixtest.Manifest{Version: version, PayloadSize: 300_100}), 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "app.msix")
			write(t, path, before, 1)
			inspector := inspection.New(artifact.Options{})
			request := inspection.Request{Source: path, FileName: "app.msix"}
			first, err := inspector.Package(t.Context(), request)
			if err != nil || first.Manifest.Version.String() != "1.2.3.0" {
				t.Fatalf("before: %v, error %v", first, err)
			}
			change(t, path)
			second, err := inspector.Package(t.Context(), request)
			if err != nil || second.Manifest.Version.String() != version || second.SHA256 == first.SHA256 {
				t.Errorf("after: %v, error %v, want what the file is now", second, err)
			}
		})
	}
}

func TestFailuresAreNotRemembered(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.msix")
	inspector := inspection.New(artifact.Options{})
	request := inspection.Request{Source: path, FileName: "app.msix"}
	if _, err := inspector.Package(t.Context(), request); err == nil {
		t.Fatal("there is no file")
	}
	write(t, path, []byte("no package"), 1)
	_, err := inspector.Package(t.Context(), request)
	if invalid, ok := errors.AsType[*inspection.InvalidError](err); !ok || invalid.Location != path {
		t.Fatalf("got the error %v, want an InvalidError", err)
	}
	write(t, path, packageOf("1.2.3.0"), 1)
	if _, err := inspector.Package(t.Context(), request); err != nil {
		t.Fatal(err)
	}
}

func TestFailuresOfAnAddressAreNotRemembered(t *testing.T) {
	t.Parallel()
	failed := false
	n := &network{content: packageOf("1.2.3.0")}
	n.reply = func(*http.Request) (*http.Response, error) {
		if failed {
			return nil, nil
		}
		failed = true
		return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody}, nil
	}
	inspector := n.inspector()
	if _, err := inspector.Package(t.Context(), remote(1)); err == nil {
		t.Fatal("there is no file")
	}
	if _, err := inspector.Package(t.Context(), remote(1)); err != nil {
		t.Error(err)
	}
}

func TestHeadersGoWithTheRequests(t *testing.T) {
	t.Parallel()
	n := &network{content: packageOf("1.2.3.0")}
	n.reply = func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("X-Token") != "secret" {
			t.Errorf("asked with %v", r.Header)
		}
		return nil, nil
	}
	request := remote(1)
	request.Header = http.Header{"X-Token": {"secret"}}
	if _, err := n.inspector().Package(t.Context(), request); err != nil {
		t.Error(err)
	}
}

// Whoever waits for more than three seconds is told for what, if anybody listens.
func TestALongReadingIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	for name, test := range map[string]struct {
		logger *slog.Logger
		want   string
	}{
		"to a logger": {slog.New(slog.NewTextHandler(&log, nil)), `msg="waiting until the package is read" file_name=app.msix`},
		"to nobody":   {},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := &network{content: packageOf("1.2.3.0"), reply: func(*http.Request) (*http.Response, error) {
				time.Sleep(4 * time.Second)
				return nil, nil
			}}
			inspector := inspection.New(artifact.Options{Client: &http.Client{Transport: n}, Logger: test.logger})
			if _, err := inspector.Package(t.Context(), remote(1)); err != nil {
				t.Error(err)
			}
			if !strings.Contains(log.String(), test.want) {
				t.Errorf("%s: logged %q", name, log.String())
			}
			log.Reset()
		})
	}
}

// An asker that is cancelled takes the reading from nobody else.
func TestTheReadingGoesOnForThoseWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("interrupted")
		release := make(chan struct{})
		n := &network{content: packageOf("1.2.3.0"), reply: func(r *http.Request) (*http.Response, error) {
			select {
			case <-release:
				return nil, nil
			case <-r.Context().Done():
				return nil, context.Cause(r.Context())
			}
		}}
		inspector := n.inspector()
		first, cancel := context.WithCancelCause(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := inspector.Package(first, remote(1))
			failed <- err
		}()
		synctest.Wait()
		served := make(chan error, 1)
		go func() {
			_, err := inspector.Package(t.Context(), remote(1))
			served <- err
		}()
		synctest.Wait()
		cancel(cause)
		if err := <-failed; !errors.Is(err, cause) {
			t.Errorf("the first got the error %v, want its own end", err)
		}
		close(release)
		if err := <-served; err != nil {
			t.Errorf("the second got the error %v", err)
		}
	})
}

// Without anybody who waits the reading ends, and the next one who asks does not get the end of others.
func TestAnAbandonedReadingEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("interrupted")
		var hung atomic.Bool
		n := &network{content: packageOf("1.2.3.0"), reply: func(r *http.Request) (*http.Response, error) {
			if hung.Swap(true) {
				return nil, nil
			}
			<-r.Context().Done()
			return nil, context.Cause(r.Context())
		}}
		inspector := n.inspector()
		ctx, cancel := context.WithCancelCause(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := inspector.Package(ctx, remote(1))
			failed <- err
		}()
		synctest.Wait()
		cancel(cause)
		if err := <-failed; !errors.Is(err, cause) {
			t.Errorf("got the error %v, want %v", err, cause)
		}
		if _, err := inspector.Package(t.Context(), remote(1)); err != nil {
			t.Errorf("the next one got the error %v", err)
		}
	})
}

// However many packages a plan has, only some are read at once.
func TestFewPackagesAreReadAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var reading atomic.Int32
		release := make(chan struct{})
		n := &network{content: packageOf("1.2.3.0"), reply: func(*http.Request) (*http.Response, error) {
			reading.Add(1)
			<-release
			return nil, nil
		}}
		inspector := n.inspector()
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				if _, err := inspector.Package(t.Context(), remote(i)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if got := reading.Load(); got != 4 {
			t.Errorf("%d packages are read at once, want 4", got)
		}
		close(release)
		group.Wait()
	})
}

// A file that is written to while it is read is neither what it was nor what it is.
func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.msix")
	write(t, path, packageOf("1.2.3.0"), 1)
	before, err := artifact.Identify(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, packageOf("1.2.3.0"), 2)
	_, err = inspection.New(artifact.Options{}).ReadAs(t.Context(), inspection.Request{Source: path, FileName: "app.msix"}, before)
	if _, ok := errors.AsType[*artifact.ChangedError](err); !ok {
		t.Errorf("got the error %v, want a ChangedError", err)
	}
}

func TestATooLargePackage(t *testing.T) {
	t.Parallel()
	n := &network{reply: func(r *http.Request) (*http.Response, error) {
		header := http.Header{"Content-Range": {fmt.Sprintf("bytes 0-4095/%d", int64(26)<<30)}}
		return &http.Response{
			StatusCode: http.StatusPartialContent, Header: header, ContentLength: 4096, Request: r,
			Body: io.NopCloser(bytes.NewReader(make([]byte, 4096))),
		}, nil
	}}
	_, err := n.inspector().Package(t.Context(), remote(1))
	if large, ok := errors.AsType[*inspection.TooLargeError](err); !ok || large.Size != 26<<30 {
		t.Errorf("got the error %v, want a TooLargeError", err)
	}
}
