package transport

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter is the longest pause that a server may ask for.
const MaxRetryAfter = 10 * time.Minute

// retryAfterHeaders are those that azcore would sleep for, in silence and by itself.
var retryAfterHeaders = []string{"Retry-After", "Retry-After-Ms", "X-Ms-Retry-After-Ms"}

// TakeRetryAfter takes Retry-After out of a reply, so that nobody else acts on it: so many seconds, or until a date.
// It is 0 if there is none, or none that can be read. A wait of more than ten minutes is a [RetryAfterError].
func TakeRetryAfter(resp *http.Response, now time.Time) (time.Duration, error) {
	value := strings.TrimSpace(resp.Header.Get(retryAfterHeaders[0]))
	for _, name := range retryAfterHeaders {
		resp.Header.Del(name)
	}
	wait := parseRetryAfter(value, now)
	if wait <= MaxRetryAfter {
		return max(0, wait), nil
	}
	e := &RetryAfterError{Host: "the server", Value: value[:min(len(value), 40)]}
	if resp.Request != nil {
		e.Host = resp.Request.URL.Host
	}
	return 0, e
}

func parseRetryAfter(value string, now time.Time) time.Duration {
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseUint(value, 10, 32)
		if err != nil { // More digits than there are seconds in a century.
			seconds = 1 << 32
		}
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return date.Sub(now)
}

// RetryAfterError says that a server asks for more patience than there is.
type RetryAfterError struct {
	// Host is who answered, with its port.
	Host string
	// Value is the header's, shortened.
	Value string
}

// Error gives one sentence.
func (e *RetryAfterError) Error() string {
	return fmt.Sprintf("%s asks for a pause of more than ten minutes (Retry-After: %s): try again later", printable(e.Host), e.Value)
}

// NonRetriable keeps azcore from trying again.
func (*RetryAfterError) NonRetriable() {}
