package storeapi

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// quietWait is how long something may be waited for without a line in the log.
	quietWait = 3 * time.Second
	// maxRetryAfter is the longest pause that a server may ask for.
	maxRetryAfter = 10 * time.Minute
)

// announce says in the log what is waited for once that has lasted for quietWait. What it returns ends the wait.
func announce(ctx context.Context, logger *slog.Logger, what func() string) (done func()) {
	timer := time.AfterFunc(quietWait, func() { logger.InfoContext(ctx, what()) })
	return func() { timer.Stop() }
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause waits before the try that follows after n others, twice as long each time, and says why. It ends early with the
// context.
func (c *Client) pause(ctx context.Context, n int, reason error) error {
	delay := c.retryDelay << n
	if ctx.Err() == nil && reason != nil {
		c.logger.LogAttrs(ctx, slog.LevelInfo, "trying again in "+delay.String(), slog.Any("error", reason))
	} else {
		defer announce(ctx, c.logger, func() string { return "waiting before the next look at what the Store did" })()
	}
	return sleep(ctx, delay)
}

// retryAfterHeaders are those that azcore would sleep for, in silence and by itself.
var retryAfterHeaders = []string{"Retry-After", "Retry-After-Ms", "X-Ms-Retry-After-Ms"}

// takeRetryAfter takes the wish to wait out of a reply: so many seconds, or until a date. It is 0 if there is none, or
// none that can be read.
func takeRetryAfter(resp *http.Response, now time.Time) (time.Duration, error) {
	value := strings.TrimSpace(resp.Header.Get(retryAfterHeaders[0]))
	for _, name := range retryAfterHeaders {
		resp.Header.Del(name)
	}
	wait := parseRetryAfter(value, now)
	if wait <= maxRetryAfter {
		return max(0, wait), nil
	}
	host := "the server"
	if resp.Request != nil {
		host = resp.Request.URL.Host
	}
	return 0, tooLongPause(host + " asks for a pause of more than ten minutes (Retry-After: " + shorten(value, 40) + "); try again later")
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

// tooLongPause is the error of a reply that asks for more patience than there is.
type tooLongPause string

func (e tooLongPause) Error() string { return string(e) }

// NonRetriable keeps azcore from asking again.
func (tooLongPause) NonRetriable() {}
