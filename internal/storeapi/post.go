package storeapi

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
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
	// lastLookTimeout bounds the look after a context has ended. Terraform waits for the provider after the first
	// Ctrl-C, and people wait for Terraform.
	lastLookTimeout = 5 * time.Second
)

// inDoubt says whether the Store may have done what a failed request asked for.
func inDoubt(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.inDoubt
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
	// conflictAfterDoubt is what a conflict shows to have come of an earlier try in doubt; nil if it shows nothing.
	conflictAfterDoubt *T
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
		if doubt && IsConflict(err) && p.conflictAfterDoubt != nil {
			return p.conflictAfterDoubt, nil
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
		if ctx.Err() == nil && try+1 >= p.triesFor(err, doubt) {
			return nil, err
		}
		if c.pause(ctx, try, err) != nil {
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
		if found, _ := p.look(ctx); found != nil || c.pause(ctx, n, nil) != nil {
			return found
		}
	}
}

// ended makes sure that the error of an operation whose context ended says so.
func ended(ctx context.Context, err error) error {
	if errors.Is(err, ctx.Err()) {
		return err
	}
	return fmt.Errorf("%w; not repeated: %w", err, plainError(ctx.Err()))
}
