package artifact

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/net/http/httpguts"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/loopback"
)

// location is what of an address may be shown: neither a name and password in front of the host nor the query, for
// addresses that are signed carry their signature there.
func location(address *url.URL) string {
	return (&url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path, RawPath: address.RawPath}).String()
}

// CheckURL returns an error unless a package can be read from an address of this form. The error names no more of the
// address than may be shown.
func CheckURL(text string) error {
	_, err := parseAddress(text)
	return err
}

// parseAddress never repeats the address in an error.
func parseAddress(text string) (*url.URL, error) {
	address, err := url.Parse(text)
	if err != nil {
		if detail, ok := errors.AsType[*url.Error](err); ok {
			err = detail.Err
		}
		return nil, fmt.Errorf("package source: the address cannot be understood: %w", err)
	}
	if err := allowed(address); err != nil {
		return nil, fmt.Errorf("package source %s: %w", location(address), err)
	}
	if address.User != nil {
		return nil, fmt.Errorf("package source %s: the address holds a user name or password; send it as a request header instead",
			location(address))
	}
	return address, nil
}

// allowed refuses what would send credentials, or fetch programs, in plain over a network.
func allowed(address *url.URL) error {
	switch {
	case address.Scheme != "https" && address.Scheme != "http":
		return fmt.Errorf("the scheme is %s, expected https", address.Scheme)
	case address.Hostname() == "":
		return errors.New("the address has no host")
	case !loopback.IsPrivate(address):
		return errors.New("http is for loopback hosts only, expected https")
	default:
		return nil
	}
}

// reserved headers decide over what is read.
var reserved = []string{
	"Accept-Encoding", "Connection", "Content-Length", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
	"If-Unmodified-Since", "Range", "Transfer-Encoding",
}

// checkHeader finds what package http would refuse with each request, and says so once and without the value.
func checkHeader(header http.Header) error {
	for name, values := range header {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("%q is no name of a request header", name)
		}
		if slices.Contains(reserved, http.CanonicalHeaderKey(name)) {
			return fmt.Errorf("request header %s is set by the reader and cannot be chosen", name)
		}
		if slices.ContainsFunc(values, func(value string) bool { return !httpguts.ValidHeaderFieldValue(value) }) {
			return fmt.Errorf("the value of request header %s holds a control character, such as a line break at its end", name)
		}
	}
	return nil
}
