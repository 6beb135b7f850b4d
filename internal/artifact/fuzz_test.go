package artifact_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/artifact"
)

// What a server says of a part of the file is arithmetic for the reader.
func FuzzContentRange(f *testing.F) {
	f.Add("bytes 0-4095/372416")
	f.Add("bytes 5-4/0")
	f.Add("bytes 0-9223372036854775807/9223372036854775808")
	f.Add("items */*")
	f.Fuzz(func(t *testing.T, contentRange string) {
		first, last, size, err := artifact.ContentRange(contentRange)
		if err == nil && (first < 0 || last < first || size <= last) {
			t.Errorf("%q was read as bytes %d to %d of %d", contentRange, first, last, size)
		}
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}

// What is accepted can be sent, in plain to no other machine, and is never told whole.
func FuzzRequest(f *testing.F) {
	f.Add("contoso.com/a.msix", "sig=3ecr3t", "X-Api-Key", "hunter2")
	f.Add("user:hunter2@127.0.0.1:80/a b%2Fc", "a&b=%zz", "range", "bytes=0-1")
	f.Add("[::1%25zone]:443", "", "Bad Name", "a\r\nb")
	f.Fuzz(func(t *testing.T, rest, query, name, value string) {
		for _, scheme := range []string{"https", "http"} {
			address, err := artifact.ParseAddress(scheme + "://" + rest + "?zzqq=" + query)
			switch {
			case err != nil && strings.Contains(err.Error(), "zzqq=") && !strings.Contains(rest, "zzqq="):
				t.Errorf("the query is told: %v", err)
			case err == nil && (address.User != nil || address.Hostname() == "" || address.Scheme != scheme):
				t.Errorf("%q was accepted", rest)
			}
		}
		header := http.Header{name: {value}}
		if artifact.CheckHeader(header) != nil {
			return
		}
		var sent strings.Builder
		if err := header.Write(&sent); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(sent.String(), "\n"); got != 1 {
			t.Errorf("header %q with value %q is sent as %d lines", name, value, got)
		}
		request := &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Header: header}
		if err := request.Write(&sent); err != nil {
			t.Error(fmt.Errorf("header %q with value %q cannot be sent: %w", name, value, err))
		}
	})
}
