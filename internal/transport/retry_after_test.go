package transport_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, value := range []string{
		"", "0", "60", "600", "601", "-1", "+1", "1e3", "99999999999999999999", " 5 ", "soon",
		now.Add(time.Minute).Format(http.TimeFormat), now.Add(-time.Minute).Format(http.TimeFormat), "Fri, 01 Jan 2099 00:00:00 GMT",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		resp := &http.Response{Header: http.Header{"Retry-After": {value}}}
		wait, err := transport.TakeRetryAfter(resp, now)
		if wait < 0 || wait > 10*time.Minute || err != nil && wait != 0 {
			t.Errorf("%q is a pause of %v, %v", value, wait, err)
		}
		if err != nil && len(err.Error()) > 300 {
			t.Errorf("the error is %q", err)
		}
		if len(resp.Header) != 0 {
			t.Errorf("azcore would see %v", resp.Header)
		}
	})
}
