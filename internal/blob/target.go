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
	expiry  time.Time // zero if unknown
}

// parse accepts https, and http to this machine. Errors do not repeat the URL, which is a credential.
func parse(uploadURL string) (*target, error) {
	u, err := url.Parse(uploadURL)
	if err != nil || u.Host == "" {
		return nil, errors.New("the upload URL is not a valid URL")
	}
	if !loopback.IsPrivate(u) {
		return nil, errors.New("the upload URL is not an https URL")
	}
	// The Store leaves a + of the signature as it is, which a query reads as a space [store-api 7].
	u.RawQuery = strings.ReplaceAll(u.RawQuery, "+", "%2B")
	values := u.Query()
	t := &target{url: u.String(), host: u.Host, query: u.RawQuery, version: values.Get("sv")}
	if v := values.Get("api-version"); v != "" {
		t.version = v
	}
	return t, nil
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
