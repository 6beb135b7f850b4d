package storeapi

import (
	"context"
	"strings"
	"sync"
	"time"
)

// defaultMaxAge is how old a shared read may be that is served to callers who do not say.
const defaultMaxAge = 5 * time.Minute

type maxAgeKey struct{}

// WithMaxAge limits how old a shared read may be that is served to calls with the context; 0 asks the Store.
//
// Requests are the scarcest resource [store-api 9], and in one refresh many resources ask for the same application,
// flight or submission. They share one request: who asks while it is under way waits for it, and who asks later, up to
// five minutes unless the context says otherwise, gets its result. The age counts from the moment the request was made.
// A write of this client to a flight or its submissions, failed and doubtful ones included, ends the life of everything
// read of that flight before the write was over. Results belong to the caller, who may change them.
func WithMaxAge(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, maxAgeKey{}, d)
}

func maxAge(ctx context.Context) time.Duration {
	if d, ok := ctx.Value(maxAgeKey{}).(time.Duration); ok {
		return d
	}
	return defaultMaxAge
}

// readKey tells reads apart. Letters of ids are lower case in it: configurations write GUIDs either way, and a write
// by one spelling must end reads by the other.
type readKey struct {
	operation                           operation
	applicationID, flightID, submission string
}

func newReadKey(op operation, ref SubmissionRef) readKey {
	return readKey{
		operation:     op,
		applicationID: strings.ToLower(ref.ApplicationID),
		flightID:      strings.ToLower(ref.FlightID),
		submission:    ref.SubmissionID,
	}
}

// scope is what a write to a flight changes as a whole: what belongs to the flight, or, with an empty flightID, the list
// of the application's flights. The zero scope is never written to: nothing here changes an application.
type scope struct{ applicationID, flightID string }

func (k readKey) scope() scope {
	if k.operation == readApplication || k.operation == listApplications {
		return scope{}
	}
	return scope{applicationID: k.applicationID, flightID: k.flightID}
}

// sharedReads are the reads of one client that are under way or still fresh. It keeps what the Store sent, undecoded,
// so that everybody gets an object of their own.
type sharedReads struct {
	mu     sync.Mutex
	reads  map[readKey]*sharedRead
	writes map[scope]uint64
}

type sharedRead struct {
	started time.Time
	// writes is how many writes to the scope had begun or ended when the read started.
	writes uint64
	cancel context.CancelFunc
	done   chan struct{}
	// waiting counts those who wait for done; guarded by the sharedReads' mutex.
	waiting int
	// items and err are set before done is closed.
	items []reply
	err   error
}

func newSharedReads() *sharedReads {
	return &sharedReads{reads: map[readKey]*sharedRead{}, writes: map[scope]uint64{}}
}

// get gives what fetch gives, or gave to somebody else within the context's maximum age.
func (s *sharedReads) get(
	ctx context.Context, key readKey, fetch func(context.Context) ([]reply, error),
) ([]reply, error) {
	for {
		read := s.join(ctx, key, fetch)
		select {
		case <-read.done:
		case <-ctx.Done():
		}
		current := s.leave(key, read)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if current {
			return read.items, read.err
		}
		// There was a write while the read was under way, and nobody knows which of the two states it saw.
	}
}

// join finds a read that is young enough or starts one. It runs on a context of its own, since the one who starts it
// may leave before the others.
func (s *sharedReads) join(
	ctx context.Context, key readKey, fetch func(context.Context) ([]reply, error),
) *sharedRead {
	s.mu.Lock()
	defer s.mu.Unlock()
	if read := s.find(ctx, key); read != nil {
		read.waiting++
		return read
	}
	fetchCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	read := &sharedRead{
		started: time.Now(),
		writes:  s.writes[key.scope()],
		cancel:  cancel,
		done:    make(chan struct{}),
		waiting: 1,
	}
	s.reads[key] = read
	go func() {
		defer cancel()
		read.items, read.err = fetch(fetchCtx)
		if read.err != nil { // A failure is for those who are waiting, not for those who come later.
			s.mu.Lock()
			s.remove(key, read)
			s.mu.Unlock()
		}
		close(read.done)
	}()
	return read
}

// find gives the read of a key if it is young enough and nothing was written since. The mutex is held.
func (s *sharedReads) find(ctx context.Context, key readKey) *sharedRead {
	read, ok := s.reads[key]
	if !ok || time.Since(read.started) >= maxAge(ctx) || read.writes != s.writes[key.scope()] {
		return nil
	}
	return read
}

// leave ends one caller's interest in a read, and says whether nothing was written since it started. The last one to
// leave an unfinished read ends it.
func (s *sharedReads) leave(key readKey, read *sharedRead) (current bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read.waiting--
	if !read.finished() && read.waiting == 0 {
		read.cancel()
		s.remove(key, read)
	}
	return read.writes == s.writes[key.scope()]
}

// remove takes a read out unless another has taken its place. The mutex is held.
func (s *sharedReads) remove(key readKey, read *sharedRead) {
	if s.reads[key] == read {
		delete(s.reads, key)
	}
}

func (r *sharedRead) finished() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// writing is called before a write to a flight, and what it returns after it, whatever came of it. Both end the life of
// everything that was read of the flight: the first so that nobody is served what the write may have changed already,
// the second because of the reads that started meanwhile.
func (s *sharedReads) writing(ref FlightRef) (done func()) {
	s.forget(ref)
	return func() { s.forget(ref) }
}

func (s *sharedReads) forget(ref FlightRef) {
	flight := newReadKey(readFlight, ref.Submission("")).scope()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes[flight]++
	s.writes[scope{applicationID: flight.applicationID}]++
}

// peek gives a finished read that is still fresh, without asking the Store.
func (s *sharedReads) peek(ctx context.Context, key readKey) []reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if read := s.find(ctx, key); read != nil && read.finished() {
		return read.items
	}
	return nil
}
