package artifact_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
)

// A file that is replaced between two requests is never read as a mixture, however the server shows it.
func TestAddressThatChanges(t *testing.T) {
	t.Parallel()
	before, after := content(300_000), bytes.Repeat([]byte{9}, 300_000)
	later := func(reply func(w http.ResponseWriter, r *http.Request)) handler {
		return func(w http.ResponseWriter, r *http.Request, count int) bool {
			if count > 1 {
				reply(w, r)
			}
			return count > 1
		}
	}
	modified := func(when time.Time) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", when, bytes.NewReader(after))
		}
	}
	for name, test := range map[string]struct {
		reply handler
		want  string
	}{
		"by precondition": {
			later(func(w http.ResponseWriter, r *http.Request) { serve(w, r, `"v2"`, after) }),
			`the server no longer has entity tag "v1"`,
		},
		"by entity tag": {
			later(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("If-Match")
				serve(w, r, `"v2"`, after)
			}),
			`its entity tag was "v1" and is "v2" now`,
		},
		"by weak entity tag": {
			func(w http.ResponseWriter, r *http.Request, count int) bool {
				if r.Header.Get("If-Match") != "" {
					t.Error("a weak entity tag was used as a precondition, which never holds")
				}
				serve(w, r, fmt.Sprintf(`W/"v%d"`, count), after)
				return true
			},
			`its entity tag was W/"v1" and is W/"v2" now`,
		},
		"by date": {
			func(w http.ResponseWriter, r *http.Request, count int) bool {
				modified(time.Date(2026, 5, count, 0, 0, 0, 0, time.UTC))(w, r)
				return true
			},
			"it was last modified Fri, 01 May 2026 00:00:00 GMT and now Sat, 02 May 2026 00:00:00 GMT",
		},
		"by size": {
			later(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("If-Match")
				serve(w, r, "", after[:299_999])
			}),
			"it had 300000 bytes and has 299999 now",
		},
		"by a long entity tag": {
			later(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("If-Match")
				serve(w, r, `"`+strings.Repeat("x", 1000)+`"`, after)
			}),
			`its entity tag was "v1" and is "` + strings.Repeat("x", 99) + " now",
		},
		"by an entity tag with a credential": {
			later(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("If-Match")
				serve(w, r, `"?password=`+password+`"`, after)
			}),
			`its entity tag was "v1" and is "?password=`,
		},
		"by precondition, with a long entity tag": {
			func(w http.ResponseWriter, r *http.Request, count int) bool {
				serve(w, r, fmt.Sprintf(`"%d%s"`, count, strings.Repeat("x", 1000)), before)
				return true
			},
			`the server no longer has entity tag "1` + strings.Repeat("x", 98),
		},
		"by a long date": {
			func(w http.ResponseWriter, r *http.Request, count int) bool {
				first, last := requested(t, r)
				last = min(last, len(before)-1)
				w.Header().Set("Last-Modified", strings.Repeat("x", 1000*count))
				partial(w, fmt.Sprintf("bytes %d-%d/%d", first, last, len(before)), before[first:last+1])
				return true
			},
			"it was last modified " + strings.Repeat("x", 100) + " and now " + strings.Repeat("x", 100),
		},
		"by a missing range": {
			later(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("If-Match")
				serve(w, r, "", after[:10])
			}),
			"it had 300000 bytes and has fewer now (status 416",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t, before, test.reply)
			a := open(t, s.address(), s.options())
			n, err := a.ReadAt(make([]byte, 100), 200_000)
			if _, ok := errors.AsType[*artifact.ChangedError](err); !ok || n != 0 {
				t.Errorf("read %d bytes and error %v, want a ChangedError", n, err)
			}
			wantMessage(t, err, "package file "+s.URL+"/builds/Sample.msix changed while it was read: "+test.want)
			if strings.Contains(err.Error(), "package source") {
				t.Errorf("%q names the source twice", err)
			}
			wantNoSecrets(t, err.Error())
			if len(err.Error()) > 500 {
				t.Errorf("an error of %d characters", len(err.Error()))
			}
			if n, _ := s.count(); n != 2 {
				t.Errorf("%d requests, want no repetition", n)
			}
		})
	}
}

// A server that stops saying what it sends is believed; what it said at first still holds when it says something again.
func TestAddressWithoutTags(t *testing.T) {
	t.Parallel()
	want := content(600_000)
	s := newStore(t, want, func(w http.ResponseWriter, r *http.Request, count int) bool {
		r.Header.Del("If-Match")
		serve(w, r, []string{`"v1"`, "", `"v2"`}[count-1], want)
		return true
	})
	a := open(t, s.address(), s.options())
	p := make([]byte, 100)
	if _, err := a.ReadAt(p, 200_000); err != nil || !bytes.Equal(p, want[200_000:200_100]) {
		t.Errorf("error %v", err)
	}
	_, err := a.ReadAt(p, 400_000)
	wantMessage(t, err, `its entity tag was "v1" and is "v2" now`)
}

// Credentials belong to one host. The file itself is often elsewhere, behind an address that needs none.
func TestRedirectToAnotherHost(t *testing.T) {
	t.Parallel()
	want := content(200_000)
	storage := newStore(t, want, nil)
	s := newStore(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Location", storage.URL+"/signed?"+signature)
		w.WriteHeader(http.StatusFound)
		return true
	})
	a := open(t, s.address(), s.options())
	sum, err := artifact.SHA256(t.Context(), a)
	if err != nil || sum != digest(want) {
		t.Errorf("digest %s, error %v", sum, err)
	}
	if a.Location() != s.URL+"/builds/Sample.msix" {
		t.Errorf("the location became %s", a.Location())
	}
	for _, r := range storage.all() {
		if r.Header.Get("Authorization") != "" || r.Header.Get("X-Api-Key") != "" {
			t.Errorf("credentials were sent on: %v", r.Header)
		}
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("the other host was told of the first: %v", r.Header)
		}
		if r.URL.RawQuery != signature || r.Header.Get("Range") == "" {
			t.Errorf("the storage was asked for %s with %v", r.URL, r.Header)
		}
	}
	_, last := storage.count()
	if last.Header.Get("If-Match") != `"v1"` {
		t.Errorf("the storage's entity tag is not demanded of it: %v", last.Header)
	}
}

// Headers are not sent again by someone else's redirect back, be it to the very same address.
func TestRedirectThereAndBack(t *testing.T) {
	t.Parallel()
	want := content(100)
	var home string
	other := newStore(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Location", home+"/back")
		w.WriteHeader(http.StatusFound)
		return true
	})
	s := newStore(t, want, func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Path == "/back" {
			return false
		}
		w.Header().Set("Location", other.URL)
		w.WriteHeader(http.StatusFound)
		return true
	})
	home = s.URL
	open(t, s.address(), s.options())
	if _, last := s.count(); last.URL.Path != "/back" || last.Header.Get("X-Api-Key") != "" {
		t.Errorf("%s was asked with %v", last.URL, last.Header)
	}
}

// Headers are meant for one address: what else is on its host may be somebody else's.
func TestRedirectOnTheSameHost(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		s := newStore(t, content(100), func(w http.ResponseWriter, r *http.Request, count int) bool {
			if count == 1 {
				http.Redirect(w, r, "/moved", code)
			}
			return count == 1
		})
		open(t, s.address(), s.options())
		_, last := s.count()
		if last.URL.Path != "/moved" || last.Method != http.MethodGet || last.Header.Get("X-Api-Key") != "" || last.Header.Get("Referer") != "" {
			t.Errorf("status %d: %s %s was asked with %v", code, last.Method, last.URL, last.Header)
		}
	}
}

func TestRedirectFromLoopbackToPlainHTTP(t *testing.T) {
	t.Parallel()
	s := &store{}
	s.Server = httptest.NewServer(s.handle(nil, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		w.Header().Set("Location", "http://contoso.com/a?"+signature)
		w.WriteHeader(http.StatusFound)
		return true
	}))
	t.Cleanup(s.Close)
	s.refused(t, "redirects to http://contoso.com/a: http is for loopback hosts only")
}

// A connection that is lost in the middle is taken up where it was lost.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	want := content(3 << 20)
	s := newStore(t, want, func(w http.ResponseWriter, r *http.Request, count int) bool {
		if count < 2 || count > 4 {
			return false
		}
		first, last := requested(t, r)
		breakOff(w, fmt.Sprintf("bytes %d-%d/%d", first, last, len(want)), last-first+1, want[first:first+500_000])
		return true
	})
	a := open(t, s.address(), s.options())
	p := make([]byte, 2<<20)
	if n, err := a.ReadAt(p, 1000); n != len(p) || err != nil || !bytes.Equal(p, want[1000:1000+len(p)]) {
		t.Errorf("read %d bytes, error %v", n, err)
	}
	starts := []int{}
	for _, r := range s.all() {
		first, _ := requested(t, r)
		starts = append(starts, first)
	}
	if len(starts) != 5 || starts[1] != 1000 || starts[2] <= starts[1] || starts[3] <= starts[2] || starts[4] <= starts[3] {
		t.Errorf("the requests started at %v", starts)
	}
}

func TestConnectionIsLostAgainAndAgain(t *testing.T) {
	t.Parallel()
	newStore(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) bool {
		breakOff(w, "bytes 0-4095/10000", 4096, nil)
		return true
	}).refused(t, "failed 5 times", "connection was lost after 0 of 4096 bytes", "unexpected EOF")
}

// A connection may die without a sign of it.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	want := content(200_000)
	s := newStore(t, want, func(w http.ResponseWriter, r *http.Request, count int) bool {
		switch count {
		case 2: // nothing at all
		case 3: // a part
			first, last := requested(t, r)
			w.Header().Set("ETag", `"v1"`)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, len(want)))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(want[first : first+100])
			_ = http.NewResponseController(w).Flush()
		default:
			return false
		}
		<-r.Context().Done()
		return true
	})
	options := s.options()
	options.Patience = 200 * time.Millisecond
	a := open(t, s.address(), options)
	p := make([]byte, 1000)
	if _, err := a.ReadAt(p, 100_000); err != nil || !bytes.Equal(p, want[100_000:101_000]) {
		t.Errorf("error %v", err)
	}
	// A busy machine may give up on an answer that was on its way, and ask once more.
	if n, _ := s.count(); n < 4 {
		t.Errorf("%d requests, want the two silent ones to be asked again", n)
	}
}

// A server that is down for a moment is asked again.
func TestServerThatRecovers(t *testing.T) {
	t.Parallel()
	for _, code := range []int{
		http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout,
	} {
		t.Run(http.StatusText(code), func(t *testing.T) {
			t.Parallel()
			s := newStore(t, content(100), func(w http.ResponseWriter, _ *http.Request, count int) bool {
				if count == 5 {
					return false
				}
				w.Header().Set("Retry-After", "0")
				w.WriteHeader(code)
				return true
			})
			open(t, s.address(), s.options())
		})
	}
}

// A failure is not cached: whoever reads the same place again asks the server again.
func TestFailedPageIsForgotten(t *testing.T) {
	t.Parallel()
	want := content(200_000)
	s := newStore(t, want, func(w http.ResponseWriter, _ *http.Request, count int) bool {
		if count == 2 {
			w.WriteHeader(http.StatusForbidden)
		}
		return count == 2
	})
	a := open(t, s.address(), s.options())
	p := make([]byte, 10)
	_, err := a.ReadAt(p, 100_000)
	wantMessage(t, err, "reading at byte ", "status 403")
	if _, err := a.ReadAt(p, 100_000); err != nil || !bytes.Equal(p, want[100_000:100_010]) {
		t.Errorf("error %v", err)
	}
}

// A server may send less than it is asked for, in as many parts as it likes.
func TestShortReplies(t *testing.T) {
	t.Parallel()
	want := content(200_000)
	s := newStore(t, want, func(w http.ResponseWriter, r *http.Request, _ int) bool {
		first, last := requested(t, r)
		last = min(last, first+29_999, len(want)-1)
		partial(w, fmt.Sprintf("bytes %d-%d/%d", first, last, len(want)), want[first:last+1])
		return true
	})
	a := open(t, s.address(), s.options())
	sum, err := artifact.SHA256(t.Context(), a)
	if err != nil || sum != digest(want) {
		t.Errorf("digest %s, error %v", sum, err)
	}
}
