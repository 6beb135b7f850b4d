package transport_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const tooLong = -1
	for header, want := range map[string]time.Duration{
		"": 0, "Retry-After: 0": 0, "Retry-After: 7": 7 * time.Second, "Retry-After:  7 ": 7 * time.Second, "Retry-After: 007": 7 * time.Second,
		"Retry-After: -7": 0, "Retry-After: soon": 0, "Retry-After: 1.5": 0,
		"Retry-After: 600": 10 * time.Minute, "Retry-After: 601": tooLong, "Retry-After: 999999": tooLong,
		"Retry-After: 99999999999999999999999999": tooLong, "Retry-After: 9223372037": tooLong, "Retry-After: 18446744073709551616": tooLong,
		"Retry-After: Sat, 01 Jan 2000 00:00:30 GMT": 30 * time.Second, "Retry-After: Fri, 31 Dec 1999 11:00:00 GMT": 0,
		"Retry-After: Sun, 02 Jan 2000 00:00:00 GMT": tooLong, "Retry-After: Thu, 01 Jan 2099 00:00:00 GMT": tooLong,
		"Retry-After-Ms: 1500": 1500 * time.Millisecond, "X-Ms-Retry-After-Ms: 600001": tooLong,
	} {
		synctest.Test(t, func(t *testing.T) { // Time begins at 2000-01-01.
			resp := &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Request: &http.Request{URL: &url.URL{Host: "blob.example"}}}
			if name, value, ok := strings.Cut(header, ":"); ok {
				resp.Header.Set(name, value)
			}
			got, err := transport.RetryAfter(resp)
			if want != tooLong {
				if got != want || err != nil {
					t.Errorf("%q means %s, error %v, want %s", header, got, err, want)
				}
				return
			}
			long, ok := errors.AsType[*transport.PauseError](err)
			if !ok || long.Host != "blob.example" || !strings.Contains(header, long.Value) || long.Value == "" {
				t.Errorf("%q means %s, error %v, want an error that names it", header, got, err)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("7")
	f.Add("Sat, 01 Jan 2000 00:00:30 GMT")
	f.Add("Fri, 31 Dec 9999 23:59:59 GMT")
	f.Add("99999999999999999999")
	f.Fuzz(func(t *testing.T, value string) {
		resp := &http.Response{Header: http.Header{"Retry-After": {value}}}
		if got, err := transport.RetryAfter(resp); got < 0 || got > transport.MaxPause || err != nil && got != 0 {
			t.Errorf("%q means %s, error %v", value, got, err)
		}
	})
}
