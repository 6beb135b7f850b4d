package blob

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/loopback"
)

// target is an upload URL taken apart. As a policy it puts the signed query back as the Store gave it.
type target struct {
	url     string
	host    string
	query   string
	version string    // of the service, which sets the limits of a block
	expiry  time.Time // zero when the URL does not tell
}

// parse accepts https, and http to this machine. Errors do not repeat the URL, which is a credential.
func parse(uploadURL string) (*target, error) {
	u, err := url.Parse(uploadURL)
	if err != nil || u.Host == "" {
		return nil, errors.New("the upload URL is not a valid URL")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback.Is(u.Hostname())) {
		return nil, errors.New("the upload URL is not an https URL")
	}
	// The Store leaves a + of the signature as it is, which a query reads as a space [store-api 7].
	u.RawQuery = strings.ReplaceAll(u.RawQuery, "+", "%2B")
	u.Fragment = ""
	values := u.Query()
	t := &target{url: u.String(), host: u.Host, query: u.RawQuery, version: values.Get("sv")}
	if v := values.Get("api-version"); v != "" {
		t.version = v
	}
	t.expiry, _ = parseTime(values.Get("se"))
	return t, nil
}

// parseTime reads a time of a SAS, which comes in three precisions, in UTC:
// https://learn.microsoft.com/rest/api/storageservices/formatting-datetime-values.
func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// Expiry is the time from which the service refuses the upload URL, if the URL tells one. The Store's URLs live for about
// a day from the creation of the submission and are not renewed [store-api 7].
func Expiry(uploadURL string) (time.Time, bool) {
	u, err := url.Parse(uploadURL)
	if err != nil {
		return time.Time{}, false
	}
	return parseTime(u.Query().Get("se"))
}

// expiredAt reports whether the URL is of no use any more at a time.
func (t *target) expiredAt(now time.Time) bool {
	return !t.expiry.IsZero() && !now.Before(t.expiry)
}

// Do replaces what the SDK made of the query, which it decoded, sorted and encoded again, by the signed text and the members
// that the operation adds.
func (t *target) Do(req *policy.Request) (*http.Response, error) {
	operation := url.Values{}
	for key, values := range req.Raw().URL.Query() {
		if key == "comp" || key == "blockid" {
			operation[key] = values
		}
	}
	req.Raw().URL.RawQuery = strings.TrimPrefix(t.query+"&"+operation.Encode(), "&")
	return req.Next()
}
