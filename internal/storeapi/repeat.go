package storeapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// This file decides, once for all operations, which requests are repeated and when a lost reply is in question.

const (
	// maxRetries is how often a request is repeated. With pauses that double from one second, the last comes about a
	// minute after the first: the budget of the whole minute is back by then [store-api 9].
	maxRetries = 5
	// createTries is how often something is to be made while looking shows each time that it was not. With pauses that
	// double from one second it takes half a minute.
	createTries = 6
	// deletionTries is how often the Store is asked for what a submission stands in the way of that was just deleted; it
	// takes half a minute too.
	deletionTries = 6
	// baseTries is how often a submission is to be made of a flight that lost its first one. It takes four minutes: the
	// Store may come round after some [store-api 6.4].
	baseTries = 9
	// changeTries is the same for commits and rollouts, which have something to look at from the start.
	changeTries = 3
	// statusLooks is how often a status is read before the commit is tried again: it lags behind a commit [store-api 5.3].
	statusLooks = 4
	// lastLookTimeout bounds the look after a context has ended. Terraform waits for the provider after the first
	// Ctrl-C, and people wait for Terraform.
	lastLookTimeout = 5 * time.Second
)

// retryOptions gives azcore the rules of one request.
func retryOptions(a *attempts, delay time.Duration) policy.RetryOptions {
	options := policy.RetryOptions{
		MaxRetries: maxRetries,
		RetryDelay: delay,
		// The pauses that count are the budget's, and there the caller's context is the limit.
		MaxRetryDelay: -1,
		ShouldRetry:   a.shouldRepeat,
	}
	if a.request.method == http.MethodPost {
		options.ShouldRetry = a.shouldRepeatPost
	}
	return options
}

// shouldRepeat decides for GET, PUT and DELETE: doing them twice is doing them once.
func (a *attempts) shouldRepeat(resp *http.Response, err error) bool {
	if err != nil {
		return !isUntrusted(err)
	}
	switch resp.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true
	case http.StatusInternalServerError, http.StatusServiceUnavailable:
		return !a.last.permanent()
	default:
		return false
	}
}

// shouldRepeatPost decides for POST: only one that was throttled, or that found no server, certainly had no effect. Even
// a 503 may have made a submission [store-api 2.2].
func (a *attempts) shouldRepeatPost(resp *http.Response, err error) bool {
	if err != nil {
		return neverLeft(err) && !isUntrusted(err)
	}
	return resp.StatusCode == http.StatusTooManyRequests
}

// neverLeft recognises the errors of connections that were never made.
func neverLeft(err error) bool {
	operation, ok := errors.AsType[*net.OpError](err)
	return ok && (operation.Op == "dial" || operation.Op == "proxyconnect") || isUntrusted(err)
}

// isUntrusted recognises a certificate that is not trusted now and will not be in a minute.
func isUntrusted(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

// isAccountTrouble recognises what the Store says to an application registration that Partner Center does not know
// [store-api 1.4].
func isAccountTrouble(text string) bool {
	return strings.Contains(strings.ToLower(text), "account service is experiencing issue")
}

// isStoreID says whether an application id is 12 letters and digits, such as 9NBLGGH4R315 [store-api 2].
func isStoreID(id string) bool {
	const storeIDLength = 12
	isOther := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	return len(id) == storeIDLength && strings.IndexFunc(id, isOther) < 0
}

// inDoubt says whether the Store may have done what a failed request asked for: no whole reply came, or one that does
// not say what happened.
func inDoubt(err error) bool {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return false
	case e.unanswered:
		return true
	default:
		return (e.StatusCode >= http.StatusInternalServerError || e.StatusCode == http.StatusRequestTimeout) && !e.permanent()
	}
}

// post is a POST together with the knowledge of how to find out whether it took effect.
type post[T any] struct {
	// send sends it once. With an error it may give what was made all the same.
	send func(context.Context) (*T, error)
	// look gives what came of an earlier try, nil if nothing did. With an error it may give what is known so far.
	look func(context.Context) (*T, error)
	// tries is how often it is sent at most.
	tries int
	// lookOnConflict is set if a conflict may mean that things are as they should be.
	lookOnConflict bool
	// again says how often it is sent at most for an error that leaves no doubt; nil is once.
	again func(error) int
}

// triesFor is how often it is sent at most in the face of an error.
func (p *post[T]) triesFor(err error, doubt bool) int {
	switch {
	case inDoubt(err), doubt && IsConflict(err):
		return p.tries
	case p.again != nil:
		return p.again(err)
	default:
		return 1
	}
}

// repeatPost sends a POST until it is certain what came of it, within its number of tries. It looks before it repeats.
// A conflict after a try in doubt may come from that try, still at work, so it is repeated as well.
func repeatPost[T any](ctx context.Context, c *Client, p post[T]) (*T, error) {
	doubt := false
	for try := 0; ; try++ {
		result, err := p.send(ctx)
		if err == nil || result != nil {
			return result, err
		}
		doubt = doubt || inDoubt(err)
		if ctx.Err() == nil && (doubt || p.lookOnConflict && IsConflict(err)) {
			found, lookErr := p.look(ctx)
			switch {
			case lookErr == nil && found != nil:
				return found, nil
			case lookErr != nil && ctx.Err() == nil:
				return found, fmt.Errorf("%w; whether it took effect all the same could not be found out: %w", err, lookErr)
			}
		}
		if ctx.Err() == nil {
			if try+1 >= p.triesFor(err, doubt) {
				return nil, err
			}
			c.logger.LogAttrs(ctx, slog.LevelInfo, "trying again in "+(c.retryDelay<<try).String(), slog.Any("error", err))
		}
		if c.pause(ctx, try) != nil {
			return lastLook(ctx, c, p, doubt), ended(ctx, err)
		}
	}
}

// lastLook looks for the effect of a POST in doubt after its context ended, until found or for five seconds: the Store
// goes on working after the connection was cut, and an id that nobody wrote down blocks the flight.
func lastLook[T any](ctx context.Context, c *Client, p post[T], doubt bool) *T {
	if !doubt {
		return nil
	}
	ctx, cancel := context.WithTimeout(urgently(context.WithoutCancel(ctx)), lastLookTimeout)
	defer cancel()
	for n := 0; ; n++ {
		if found, _ := p.look(ctx); found != nil || c.pause(ctx, n) != nil {
			return found
		}
	}
}

// ended makes sure that the error of an operation whose context ended says so.
func ended(ctx context.Context, err error) error {
	if errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w; not repeated: %w", err, ctx.Err())
}

// pause waits before the try that follows after n others, twice as long each time. It ends early with the context.
func (c *Client) pause(ctx context.Context, n int) error { return sleep(ctx, c.retryDelay<<n) }
