package transport

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// RedirectError says that a server answered with a redirect, which is not followed.
type RedirectError struct {
	// Host is who answered, with its port.
	Host       string
	StatusCode int
	// Target is the scheme and host that the redirect points to, such as "https://example.com", without path and query;
	// empty if it points nowhere that can be read.
	Target string
}

func newRedirectError(req *http.Request, resp *http.Response) *RedirectError {
	e := &RedirectError{Host: req.URL.Host, StatusCode: resp.StatusCode}
	location := resp.Header.Get("Location")
	if location == "" {
		return e
	}
	target, err := req.URL.Parse(location)
	if err == nil && target.Host != "" {
		e.Target = printable(target.Scheme + "://" + target.Host)
	}
	return e
}

// Error gives one sentence.
func (e *RedirectError) Error() string {
	target := e.Target
	if target == "" {
		target = "no readable address"
	}
	return fmt.Sprintf("%s answered %s, a redirect to %s, which is not followed: check the endpoint, and what a proxy or firewall does to its requests",
		printable(e.Host), statusText(e.StatusCode), target)
}

// NonRetriable keeps azcore from trying again.
func (*RedirectError) NonRetriable() {}

// TooLargeError says that the body of a reply is larger than its limit.
type TooLargeError struct {
	// Host is who answered, with its port.
	Host       string
	StatusCode int
	// Limit is in bytes, after decompression.
	Limit int64
}

// Error gives one sentence.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s answered %s with more than the %s that are accepted", printable(e.Host), statusText(e.StatusCode), size(e.Limit))
}

// NonRetriable keeps azcore from trying again.
func (*TooLargeError) NonRetriable() {}

// ProxyError says that a proxy refused to connect.
type ProxyError struct {
	// Host is the proxy's, with its port.
	Host       string
	StatusCode int
}

func checkProxy(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Host: proxy.Host, StatusCode: resp.StatusCode}
}

// Error gives one sentence.
func (e *ProxyError) Error() string {
	advice := "check HTTPS_PROXY and NO_PROXY"
	if e.StatusCode == http.StatusProxyAuthRequired {
		advice = "it wants a login, which HTTPS_PROXY gives as http://USER:PASSWORD@HOST:PORT"
	}
	return fmt.Sprintf("the proxy %s answered %s: %s", printable(e.Host), statusText(e.StatusCode), advice)
}

// NonRetriable keeps azcore from trying again.
func (*ProxyError) NonRetriable() {}

// statusText never repeats the server's own text.
func statusText(code int) string {
	if text := http.StatusText(code); text != "" {
		return fmt.Sprintf("%d %s", code, text)
	}
	return strconv.Itoa(code)
}

// size writes a number of bytes in MiB where it is a whole number of them.
func size(bytes int64) string {
	const mib = 1 << 20
	if bytes >= mib && bytes%mib == 0 {
		return fmt.Sprintf("%d MiB", bytes/mib)
	}
	return fmt.Sprintf("%d bytes", bytes)
}
