package storeapi

import (
	"context"
	"log/slog"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// newTurn makes what one caller at a time holds: take gives it, and sending gives it back.
func newTurn() chan struct{} {
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	return turn
}

// take receives from a channel, unless the context ends first.
func take[T any](ctx context.Context, from <-chan T) (taken T, err error) {
	select {
	case taken = <-from:
		return taken, nil
	case <-ctx.Done():
		return taken, ctx.Err()
	}
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
		defer transport.Announce(ctx, c.logger, func() string { return "waiting before the next look at what the Store did" })()
	}
	return sleep(ctx, delay)
}
