package storeapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

const (
	// maxBurst is how many requests may go at once after a quiet minute [store-api 9].
	maxBurst = 20
	// answerTime is how long the next request waits for the reply to the one before.
	answerTime = time.Second
)

// budgetPolicy keeps the client below the Store's limit of requests per minute [store-api 9]. Every attempt waits for its
// turn here, in order of arrival, also those of different operations.
//
// The Store counts what it got in the last minute. A bucket that fills up again while it is emptied would let nearly
// twice as many pass in its first minute, so the budget counts like the Store: an attempt makes room for another one a
// window after its reply, since it reached the Store no later than that.
//
// What went before this process was started, by its plan for example, is unknown. That is why attempts leave one at a
// time, each after the reply to the one before: the first refusal stops the others before they are refused as well. It
// costs no time that counts, as the limit is one request in three seconds.
type budgetPolicy struct {
	perMinute int
	window    time.Duration
	logger    *slog.Logger
	// turn holds one token, which the attempt at the head of the queue takes. Go serves receivers in order.
	turn chan struct{}
	// room holds, for each attempt that a window has room for, when it may go; it is nil without a limit.
	room chan time.Time

	mu          sync.Mutex
	pausedUntil time.Time
}

// newBudgetPolicy makes a budget; with 0 requests per minute it holds requests only while the Store asks for a pause. A
// larger budget than the burst is the burst in a shorter time.
func newBudgetPolicy(perMinute int, logger *slog.Logger) *budgetPolicy {
	b := &budgetPolicy{perMinute: perMinute, logger: logger, turn: newTurn()}
	if perMinute > 0 {
		size := min(perMinute, maxBurst)
		b.window = time.Duration(size) * time.Minute / time.Duration(perMinute)
		b.room = make(chan time.Time, size)
		for range size {
			b.room <- time.Time{}
		}
	}
	return b
}

// Do implements policy.Policy.
func (b *budgetPolicy) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	if isUrgent(ctx) { // What must be asked within seconds goes ahead of the queue.
		return req.Next()
	}
	arrived := transport.Announce(ctx, b.logger, b.reason)
	next, err := b.enter(ctx)
	arrived()
	if err != nil {
		return nil, err
	}
	defer next()
	if b.room != nil {
		defer time.AfterFunc(answerTime, next).Stop()
		defer func() { b.room <- time.Now().Add(b.window) }()
	} else {
		next()
	}
	resp, err := req.Next()
	if err != nil || isSuccess(resp) {
		return resp, err
	}
	return resp, b.hold(resp, time.Now())
}

// enter waits for the head of the queue, for room, and for the end of a pause. What it returns gives the turn to the next.
func (b *budgetPolicy) enter(ctx context.Context) (next func(), err error) {
	if _, err := take(ctx, b.turn); err != nil {
		return nil, err
	}
	next = sync.OnceFunc(func() { b.turn <- struct{}{} })
	var at time.Time
	if b.room != nil {
		if at, err = take(ctx, b.room); err != nil {
			next()
			return nil, err
		}
	}
	for err = ctx.Err(); err == nil && b.wait(at) > 0; {
		err = sleep(ctx, b.wait(at))
	}
	if err == nil {
		return next, nil
	}
	if b.room != nil {
		b.room <- at // It was not used.
	}
	next()
	return nil, err
}

// wait is how long to wait until a time, and until the Store no longer wants to be left alone.
func (b *budgetPolicy) wait(at time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(time.Until(at), time.Until(b.pausedUntil))
}

// hold makes everybody pause if a refusal asks for it, a POST that is sent anew as well.
func (b *budgetPolicy) hold(resp *http.Response, now time.Time) error {
	pause, err := transport.TakeRetryAfter(resp, now)
	if resp.StatusCode == http.StatusTooManyRequests {
		// The Store's budget is used up, whatever ours says: others use it too. It may be free again earlier than a
		// window from now, but no one knows for how many.
		pause = max(b.window, pause)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := now.Add(pause); until.After(b.pausedUntil) {
		b.pausedUntil = until
	}
	return err
}

func (b *budgetPolicy) reason() string {
	if pause := b.wait(time.Time{}); pause > 0 {
		return fmt.Sprintf("waiting %v more as the Store asks", pause.Round(time.Second))
	}
	return fmt.Sprintf("waiting for the request budget of the Store, %d per minute", b.perMinute)
}

type urgentKey struct{}

// urgently marks requests that must not wait for the budget.
func urgently(ctx context.Context) context.Context { return context.WithValue(ctx, urgentKey{}, true) }

func isUrgent(ctx context.Context) bool { return ctx.Value(urgentKey{}) != nil }
