package storeapi

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/time/rate"
)

const (
	// maxBurst is how many requests may go at once after a quiet minute [store-api 9].
	maxBurst = 20
	// quietWait is how long a request may wait without a word in the log.
	quietWait = time.Second
)

// budget keeps the client below the Store's limit of requests per minute [store-api 9]. Every attempt waits for its turn
// here, in order of arrival, also those of different operations.
type budget struct {
	perMinute int
	limiter   *rate.Limiter
	logger    *slog.Logger
	// turn is held by the attempt at the head of the queue. Go serves blocked senders in order, and they can leave
	// when their context ends.
	turn chan struct{}

	mu          sync.Mutex
	queued      int
	pausedUntil time.Time
}

// newBudget makes a budget; with 0 requests per minute it holds requests only while the Store asks for a pause.
func newBudget(perMinute int, logger *slog.Logger) *budget {
	limit := rate.Inf
	if perMinute > 0 {
		limit = rate.Every(time.Minute / time.Duration(perMinute))
	}
	return &budget{
		perMinute: perMinute,
		limiter:   rate.NewLimiter(limit, min(perMinute, maxBurst)),
		logger:    logger,
		turn:      make(chan struct{}, 1),
	}
}

// Do implements policy.Policy.
func (b *budget) Do(req *policy.Request) (*http.Response, error) {
	if err := b.wait(req.Raw().Context()); err != nil {
		return nil, err
	}
	resp, err := req.Next()
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		b.throttled(time.Now(), retryAfter(resp.Header, time.Now()))
	}
	return resp, err
}

func (b *budget) wait(ctx context.Context) error {
	if isUrgent(ctx) {
		// What must be asked within seconds goes ahead of the queue and leaves a debt.
		b.limiter.Reserve()
		return ctx.Err()
	}
	if err := b.takeTurn(ctx); err != nil {
		return err
	}
	defer func() { <-b.turn }()
	slot, err := b.reserve(ctx)
	if err != nil {
		return err
	}
	if err := sleep(ctx, slot.Delay()); err != nil {
		slot.Cancel()
		return err
	}
	// The Store may have asked for a pause in the meantime.
	return b.waitForPause(ctx)
}

// takeTurn waits for the head of the queue.
func (b *budget) takeTurn(ctx context.Context) error {
	b.announce(ctx)
	select {
	case b.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		b.leave()
		return ctx.Err()
	}
}

// reserve leaves the queue with the time at which the limiter lets the attempt go.
func (b *budget) reserve(ctx context.Context) (*rate.Reservation, error) {
	defer b.leave()
	if err := b.waitForPause(ctx); err != nil {
		return nil, err
	}
	return b.limiter.Reserve(), nil
}

func (b *budget) waitForPause(ctx context.Context) error {
	for {
		b.mu.Lock()
		pause := time.Until(b.pausedUntil)
		b.mu.Unlock()
		if pause <= 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// announce joins the queue and says in the log how long it is, unless it is short.
func (b *budget) announce(ctx context.Context) {
	b.mu.Lock()
	b.queued++
	now := time.Now()
	pause := max(0, b.pausedUntil.Sub(now))
	wait := pause
	if missing := float64(b.queued) - b.limiter.TokensAt(now.Add(pause)); b.perMinute > 0 && missing > 0 {
		wait += time.Duration(missing / float64(b.limiter.Limit()) * float64(time.Second))
	}
	b.mu.Unlock()
	if wait > quietWait {
		b.logger.LogAttrs(ctx, slog.LevelInfo,
			"waiting "+wait.Round(time.Second).String()+" for the request budget of the Store",
			slog.Int("requests_per_minute", b.perMinute), slog.Duration("asked_by_store", pause))
	}
}

func (b *budget) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queued--
}

// throttled takes note of a 429: the Store's budget is used up, whatever ours says, because others use it too.
func (b *budget) throttled(now time.Time, pause time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if tokens := int(b.limiter.TokensAt(now)); tokens > 0 {
		b.limiter.ReserveN(now, tokens)
	}
	if until := now.Add(pause); until.After(b.pausedUntil) {
		b.pausedUntil = until
	}
}

// retryAfter is how long a reply asks to wait, in seconds or until a date; 0 if it does not.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
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

type urgentKey struct{}

// urgently marks requests that must not wait for the budget.
func urgently(ctx context.Context) context.Context { return context.WithValue(ctx, urgentKey{}, true) }

func isUrgent(ctx context.Context) bool { return ctx.Value(urgentKey{}) != nil }
