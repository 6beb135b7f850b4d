package congestion_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/congestion"
)

// line is a line whose requests share a bandwidth, and which gives none of them more than its part.
type line struct {
	each, total float64 // bytes per second
	delay       time.Duration
	inFlight    atomic.Int32
	most        atomic.Int32

	mutex  sync.Mutex
	limits map[int]int // how often the window had a limit when a request ended
}

const request = 1 << 20

// send takes as long as a request of a mebibyte takes, whose part of the bandwidth changes with what else is in flight.
func (l *line) send() {
	n := l.inFlight.Add(1)
	defer l.inFlight.Add(-1)
	l.most.Store(max(l.most.Load(), n))
	time.Sleep(l.delay)
	const step = 10 * time.Millisecond
	for left := float64(request); left > 0; left -= min(l.each, l.total/float64(l.inFlight.Load())) * step.Seconds() {
		time.Sleep(step)
	}
}

func (l *line) note(limit int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.limits == nil {
		l.limits = map[int]int{}
	}
	l.limits[limit]++
}

// transfer sends requests over the line, as many at once as the window allows.
func (l *line) transfer(t *testing.T, w *congestion.Window, count int) {
	t.Helper()
	var group sync.WaitGroup
	for range count {
		group.Go(func() {
			if err := w.Acquire(t.Context()); err != nil {
				t.Error(err)
			}
			defer w.Release()
			sent := time.Now()
			l.send()
			w.Succeeded(request, time.Since(sent))
			l.note(w.Limit())
		})
	}
	group.Wait()
}

// acquire takes places of the window, which must be free.
func acquire(t *testing.T, w *congestion.Window, places int) {
	t.Helper()
	for range places {
		if err := w.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheWindowFollowsTheLine(t *testing.T) {
	t.Parallel()
	const unlimited = 1e15
	for name, test := range map[string]struct {
		line *line
		want int
	}{
		"every connection is slow":     {&line{each: 8e6, total: unlimited, delay: 50 * time.Millisecond}, 32},
		"sixteen fill the line":        {&line{each: 8e6, total: 16 * 8e6}, 16},
		"four fill the line":           {&line{each: 8e6, total: 32e6}, 4},
		"one fills the line":           {&line{each: 8e6, total: 8e6}, 2},
		"a fast line with a long wait": {&line{each: 1e9, total: unlimited, delay: 200 * time.Millisecond}, 32},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := congestion.NewWindow(0)
				l := test.line
				l.transfer(t, w, 2000)
				// Now and then the window tries another limit.
				if got := l.limits[test.want]; got < 1000 {
					t.Errorf("after each of 2000 requests the limit was %v, want mostly %d", l.limits, test.want)
				}
				if got := l.most.Load(); got > congestion.MaxLimit {
					t.Errorf("%d requests were in flight", got)
				}
			})
		})
	}
}

// A line that gets better is used, and one that gets worse is left to others.
func TestTheWindowFollowsALineThatChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := congestion.NewWindow(0)
		wide, narrow := &line{each: 8e6, total: 1e15}, &line{each: 8e6, total: 16e6}
		for range 2 {
			wide.transfer(t, w, 1000)
			if got := w.Limit(); got != 32 {
				t.Errorf("%d requests in flight on the wide line, want 32", got)
			}
			narrow.transfer(t, w, 1000)
			if got := w.Limit(); got > 4 {
				t.Errorf("%d requests in flight on the narrow line, want 4 at most", got)
			}
		}
	})
}

// The higher limit is tried as soon as the line is better, and not only when its time has come.
func TestTheWindowFollowsALineThatGetsBetterSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := congestion.NewWindow(0)
		(&line{each: 8e6, total: 16e6}).transfer(t, w, 200)
		if got := w.Limit(); got > 2 {
			t.Fatalf("%d requests in flight on the narrow line", got)
		}
		(&line{each: 16e6, total: 1e15}).transfer(t, w, 40)
		if got := w.Limit(); got < 16 {
			t.Errorf("after 40 requests %d are in flight on the wide line, want 16 at least", got)
		}
	})
}

func TestAWindowThatOpensAdmitsWhoWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := congestion.NewWindow(0)
		limit := w.Limit()
		acquire(t, w, limit)
		admitted := make(chan error, 1)
		go func() { admitted <- w.Acquire(t.Context()) }()
		synctest.Wait()
		time.Sleep(time.Second)
		for range limit {
			w.Succeeded(request, 500*time.Millisecond)
		}
		synctest.Wait()
		select {
		case err := <-admitted:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("the limit is %d after %d, and who waits does not get in", w.Limit(), limit)
			w.Release()
		}
	})
}

func TestRequestsThatTookNoTimeTellNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := congestion.NewWindow(0)
		limit := w.Limit()
		acquire(t, w, limit)
		time.Sleep(time.Second)
		for range limit {
			w.Succeeded(request, 0)
		}
		if got := w.Limit(); got != limit {
			t.Errorf("the limit is %d after %d", got, limit)
		}
	})
}

func TestFailuresNarrowTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := congestion.NewWindow(0)
		before := w.Limit()
		time.Sleep(time.Second)
		// All that were in flight when the line broke are one failure.
		for range before {
			w.Failed(time.Second / 2)
		}
		if got := w.Limit(); got != before/2 {
			t.Errorf("%d requests in flight after a failure, want half of %d", got, before)
		}
		for range 100 {
			time.Sleep(time.Second)
			w.Failed(time.Second / 2)
		}
		if got := w.Limit(); got < 1 {
			t.Errorf("%d requests in flight after many failures", got)
		}
		l := &line{each: 8e6, total: 1e15}
		if l.transfer(t, w, 1000); w.Limit() != 32 {
			t.Errorf("%d requests in flight after the line came back, want 32", w.Limit())
		}
	})
}

// A window that is never full is not what holds up the transfer.
func TestAWindowThatIsNotFullStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := congestion.NewWindow(0)
		before := w.Limit()
		l := &line{each: 8e6, total: 1e15}
		for range 100 {
			l.transfer(t, w, 3)
		}
		if got := w.Limit(); got != before {
			t.Errorf("%d requests in flight, want %d as before", got, before)
		}
	})
}

func TestAFixedWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := congestion.NewWindow(3)
		l := &line{each: 8e6, total: 1e15}
		l.transfer(t, w, 100)
		w.Failed(0)
		if got, most := w.Limit(), l.most.Load(); got != 3 || most != 3 {
			t.Errorf("%d requests may be in flight and %d were, want 3", got, most)
		}
	})
}

func TestWhoGivesUpTakesNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := congestion.NewWindow(1)
		acquire(t, w, 1)
		cause := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		failed := make(chan error, 1)
		go func() { failed <- w.Acquire(ctx) }()
		synctest.Wait()
		cancel(cause)
		if err := <-failed; !errors.Is(err, cause) {
			t.Errorf("got the error %v, want %v", err, cause)
		}
		w.Release()
		acquire(t, w, 1)
	})
}

// Who gives up when a place becomes free either has it or passes it on.
func TestWhoGivesUpPassesAPlaceOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for range 100 { // Which of the two comes first is left to chance.
			w := congestion.NewWindow(1)
			acquire(t, w, 1)
			ctx, cancel := context.WithCancel(t.Context())
			gave := make(chan error, 1)
			go func() { gave <- w.Acquire(ctx) }()
			synctest.Wait()
			cancel()
			w.Release()
			if <-gave == nil {
				w.Release()
			}
			soon, end := context.WithTimeout(t.Context(), time.Second)
			if err := w.Acquire(soon); err != nil {
				t.Fatal("the place is lost")
			}
			end()
		}
	})
}
