// Package congestion finds out how many requests a line to a server can use at once. A near server needs a few, a distant one
// many, because each of its connections is slow, and more than the line can use only get in each other's way.
package congestion

import (
	"context"
	"slices"
	"sync"
	"time"
)

// limits are the numbers of requests in flight that a Window tries. Each step doubles, so that the best one is found within a
// few requests.
var limits = [...]int{2, 4, 8, 16, 32}

// MaxLimit is the largest number of requests that a Window allows at once.
const MaxLimit = 32

const (
	// firstLevel is a compromise: a short transfer over a distant line has no time to grow, and a near line needs no more.
	firstLevel = 2
	// A step up has to bring a tenth more throughput, and a step down may cost a twentieth.
	minGain = 1.1
	maxLoss = 0.95
	// forgetAfter is after how many measurements the next larger and smaller limit are tried again: lines change.
	forgetAfter = 16
)

// Window bounds the requests in flight, and moves the bound to where the throughput is highest with the fewest requests. It is
// safe for concurrent use.
type Window struct {
	mu       sync.Mutex
	fixed    int // the limit, if it does not follow the line
	level    int // the limit's index in limits
	inFlight int
	waiting  []chan struct{} // who waits for a place, in order

	// rates are the measured throughputs in bytes per second, by level; 0 is unknown.
	rates    [len(limits)]float64
	last     float64 // the latest of them
	measured int

	// The measurement under way takes in requests that began after since.
	since   time.Time
	bytes   int64
	took    time.Duration
	replies int
	full    int // replies at which every place was taken
}

// NewWindow makes a Window that follows the line, or one that stays at a limit above 0.
func NewWindow(fixed int) *Window {
	return &Window{fixed: fixed, level: firstLevel, since: time.Now()}
}

// Limit is how many requests may be in flight now.
func (w *Window) Limit() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.limit()
}

func (w *Window) limit() int {
	if w.fixed > 0 {
		return w.fixed
	}
	return limits[w.level]
}

// Acquire waits for a place in the window, in the order of the calls. The error is the cause of the context's end.
func (w *Window) Acquire(ctx context.Context) error {
	w.mu.Lock()
	if w.inFlight < w.limit() { // Then nobody waits: see admit.
		w.inFlight++
		w.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	w.waiting = append(w.waiting, turn)
	w.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		if i := slices.Index(w.waiting, turn); i >= 0 {
			w.waiting = slices.Delete(w.waiting, i, i+1)
		} else {
			// The turn came at the same moment.
			w.release()
		}
		return context.Cause(ctx)
	}
}

// Release gives a place back.
func (w *Window) Release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.release()
}

func (w *Window) release() {
	w.inFlight--
	w.admit()
}

// admit gives free places to those who wait.
func (w *Window) admit() {
	for len(w.waiting) > 0 && w.inFlight < w.limit() {
		close(w.waiting[0])
		w.waiting = w.waiting[1:]
		w.inFlight++
	}
}

// Succeeded takes note of a request that carried some bytes and was answered after some time. It holds its place still.
func (w *Window) Succeeded(bytes int64, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if !now.Add(-took).After(w.since) {
		return
	}
	w.bytes += bytes
	w.took += took
	w.replies++
	if w.inFlight >= w.limit() {
		w.full++
	}
	if w.replies < w.limit() {
		return
	}
	// If places are free, something else holds up the transfer, and another limit would change nothing.
	if 2*w.full > w.replies && w.took > 0 {
		w.adapt(float64(w.bytes) / w.took.Seconds() * float64(w.limit()))
	}
	w.measure(now)
}

// adapt moves by at most one level, to one that is not known or known to be better.
func (w *Window) adapt(rate float64) {
	w.rates[w.level] = rate
	if rate > minGain*w.last {
		// What a higher level brought before says nothing of a line that got better.
		w.forget(w.level + 1)
	}
	w.last = rate
	if w.measured++; w.measured%forgetAfter == 0 {
		w.forget(w.level + 1)
		w.forget(w.level - 1)
	}
	better := func(level int, factor float64) bool {
		return level >= 0 && level < len(limits) && (w.rates[level] == 0 || w.rates[level] > factor*rate)
	}
	switch {
	case better(w.level+1, minGain):
		w.level++
	case better(w.level-1, maxLoss):
		w.level--
	}
	w.admit()
}

func (w *Window) forget(level int) {
	if level >= 0 && level < len(limits) {
		w.rates[level] = 0
	}
}

// Failed takes note of a request that was lost or refused for overload after some time. What was in flight together counts once.
func (w *Window) Failed(took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if !now.Add(-took).After(w.since) {
		return
	}
	if w.level > 0 {
		// Any throughput is better than the one of this level, until it is forgotten.
		w.rates[w.level] = 1
		w.level--
	}
	w.measure(now)
}

// measure begins a measurement.
func (w *Window) measure(now time.Time) {
	w.since, w.bytes, w.took, w.replies, w.full = now, 0, 0, 0, 0
}
