package workflow

import (
	"context"
	"strings"
	"sync"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

// flightLocks serialize what this process does to a flight: two resources that
// find the same draft would commit it twice. The zero value is ready.
type flightLocks struct {
	mu    sync.Mutex
	locks map[string]chan struct{}
}

// lock waits for its turn on a flight, or for the end of ctx.
func (l *flightLocks) lock(ctx context.Context, flight storeapi.FlightRef) (unlock func(), err error) {
	key := strings.ToLower(flight.ApplicationID + "/" + flight.FlightID)
	l.mu.Lock()
	if l.locks == nil {
		l.locks = map[string]chan struct{}{}
	}
	turn, ok := l.locks[key]
	if !ok {
		turn = make(chan struct{}, 1)
		l.locks[key] = turn
	}
	l.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
