package storeapi

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	// maxBurst is how many requests may go at once after a quiet minute [store-api 9].
	maxBurst = 20
	// quietWait is how long a request may wait without a word in the log.
	quietWait = time.Second
	// answerTime is how long the next request waits for the reply to the one before.
	answerTime = time.Second

	headerRetryAfter = "Retry-After"
)

// budget keeps the client below the Store's limit of requests per minute [store-api 9]. Every attempt waits for its turn
// here, in order of arrival, also those of different operations.
//
// The Store counts what it got in the last minute. A bucket that fills up again while it is emptied would let nearly
// twice as many pass in its first minute, so the budget counts like the Store: an attempt takes a slot, which is free
// again one window after its reply, since the attempt reached the Store no later than that.
//
// What went before this process was started, by its plan for example, is unknown. That is why attempts leave one at a
// time, each after the reply to the one before: the first refusal stops the others before they are refused as well. It
// costs no time that counts, as the limit is one request in three seconds.
type budget struct {
	perMinute int
	// size is how many attempts may be made in each window; 0 is any number.
	size   int
	window time.Duration
	logger *slog.Logger
	// turn is held by the attempt at the head of the queue. Go serves blocked senders in order, and they can leave
	// when their context ends.
	turn chan struct{}

	mu          sync.Mutex
	queued      int
	slots       []*slot
	pausedUntil time.Time
}

// slot is one attempt as the budget counts it.
type slot struct{ freeAt time.Time }

// newBudget makes a budget; with 0 requests per minute it holds requests only while the Store asks for a pause. A larger
// budget than the burst is the burst in a shorter time.
func newBudget(perMinute int, logger *slog.Logger) *budget {
	b := &budget{perMinute: perMinute, size: min(perMinute, maxBurst), logger: logger, turn: make(chan struct{}, 1)}
	if perMinute > 0 {
		b.window = time.Duration(b.size) * time.Minute / time.Duration(perMinute)
	}
	return b
}

// Do implements policy.Policy.
func (b *budget) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	if isUrgent(ctx) {
		// What must be asked within seconds goes ahead of the queue and leaves a debt.
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return b.send(req, b.take(time.Now()))
	}
	if err := b.takeTurn(ctx); err != nil {
		return nil, err
	}
	next := sync.OnceFunc(func() { <-b.turn })
	defer next()
	s, err := b.wait(ctx)
	if err != nil {
		return nil, err
	}
	if b.size == 0 {
		next()
	}
	defer time.AfterFunc(answerTime, next).Stop()
	return b.send(req, s)
}

// send makes the attempt that the slot was taken for.
func (b *budget) send(req *policy.Request, s *slot) (*http.Response, error) {
	resp, err := req.Next()
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	s.freeAt = now.Add(b.window)
	if err != nil || isSuccess(resp) {
		return resp, err
	}
	// The pause is taken here, where it is announced and holds for everybody, and for a POST that is sent anew as well.
	// What azcore does not see it does not sleep through in silence.
	pause := retryAfter(resp.Header, now)
	resp.Header.Del(headerRetryAfter)
	if resp.StatusCode == http.StatusTooManyRequests {
		// The Store's budget is used up, whatever ours says: others use it too. It may be free again earlier than a
		// window from now, but no one knows for how many.
		pause = max(b.window, pause)
	}
	if until := now.Add(pause); until.After(b.pausedUntil) {
		b.pausedUntil = until
	}
	return resp, nil
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

// wait leaves the queue with a slot, once there is one.
func (b *budget) wait(ctx context.Context) (*slot, error) {
	defer b.leave()
	for {
		s, delay := b.reserve(time.Now())
		if err := sleep(ctx, delay); err != nil {
			return nil, err
		}
		if s != nil {
			return s, nil
		}
	}
}

// reserve takes a slot, or says after which time to try again.
func (b *budget) reserve(now time.Time) (*slot, time.Duration) {
	b.mu.Lock()
	pause := b.pausedUntil.Sub(now)
	busy := b.busy(now)
	b.mu.Unlock()
	switch {
	case pause > 0:
		return nil, pause
	case b.size > 0 && len(busy) >= b.size:
		return nil, busy[len(busy)-b.size].Sub(now)
	default:
		return b.take(now), 0
	}
}

// take takes a slot, free or not.
func (b *budget) take(now time.Time) *slot {
	s := &slot{freeAt: now.Add(b.window)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slots = append(b.slots, s)
	return s
}

// busy gives the times at which slots become free, in order, and forgets the slots that are free. The mutex is held.
func (b *budget) busy(now time.Time) []time.Time {
	b.slots = slices.DeleteFunc(b.slots, func(s *slot) bool { return !s.freeAt.After(now) })
	times := make([]time.Time, 0, len(b.slots))
	for _, s := range b.slots {
		times = append(times, s.freeAt)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// announce joins the queue and says in the log how long it is, unless it is short.
func (b *budget) announce(ctx context.Context) {
	b.mu.Lock()
	b.queued++
	now := time.Now()
	pause := max(0, b.pausedUntil.Sub(now))
	wait := pause
	if b.size > 0 {
		// Of those in the queue, which includes this one, a full set goes in each window.
		rounds, place := (b.queued-1)/b.size, (b.queued-1)%b.size
		if busy := b.busy(now); len(busy)+place >= b.size {
			wait = max(wait, busy[len(busy)+place-b.size].Sub(now))
		}
		wait += time.Duration(rounds) * b.window
	}
	b.mu.Unlock()
	if wait > quietWait {
		reason := " for the request budget of the Store"
		if wait == pause {
			reason = " as the Store asks"
		}
		b.logger.LogAttrs(ctx, slog.LevelInfo, "waiting "+wait.Round(time.Second).String()+reason,
			slog.Int("requests_per_minute", b.perMinute), slog.Duration("asked_by_store", pause.Round(time.Second)))
	}
}

func (b *budget) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queued--
}

// retryAfter is how long a reply asks to wait, in seconds or until a date; 0 if it does not.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get(headerRetryAfter)
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
