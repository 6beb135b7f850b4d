package storeapi

import (
	"context"
	"strings"
	"sync"
	"time"
)

const (
	// defaultMaxAge is how old a shared read may be that is served to callers who do not say.
	defaultMaxAge = 5 * time.Minute
	// maxShared bounds, in bytes, what is kept for others.
	maxShared = 32 << 20
)

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
	operation operation
	ref       SubmissionRef
	// query is empty for all but analytics.
	query string
}

func newReadKey(op operation, ref SubmissionRef) readKey {
	ref.ApplicationID, ref.FlightID = strings.ToLower(ref.ApplicationID), strings.ToLower(ref.FlightID)
	return readKey{operation: op, ref: ref}
}

// changedBy says whether a write to a flight may change what the read says: it is about the flight, or it is the list of
// the application's flights. Nothing here changes an application, or what its users met.
func (k readKey) changedBy(flight FlightRef) bool {
	return k.operation != readApplication && k.operation != listFailureHits && k.ref.ApplicationID == flight.ApplicationID &&
		(k.ref.FlightID == "" || k.ref.FlightID == flight.FlightID)
}

// sharedReads are the latest reads of one client. It keeps what the Store sent, undecoded, so that everybody gets an
// object of their own.
type sharedReads struct {
	mu    sync.Mutex
	reads map[readKey]*sharedRead
	bytes int
}

// sharedRead is what is known by one key.
type sharedRead struct {
	// turn is held by the one who asks the Store.
	turn chan struct{}
	// answer is guarded by the sharedReads' mutex.
	answer
}

// answer is the latest that came back. An error is for those who were waiting for it, and not for those who come later.
type answer struct {
	items   []reply
	err     error
	started time.Time
	valid   bool
	// count is how many answers there have been, writes how many writes began or ended that may have changed them.
	count, writes int
}

func (a answer) fresh(age time.Duration) bool {
	return a.valid && a.err == nil && time.Since(a.started) < age
}

// get gives what fetch gives, or gave to somebody else within the context's maximum age. Every error is an *Error.
func (s *sharedReads) get(ctx context.Context, r *request, fetch func() ([]reply, error)) ([]reply, error) {
	key := newReadKey(r.operation, r.ref)
	key.query = r.query.Encode()
	read, arrived := s.find(key)
	select {
	case read.turn <- struct{}{}:
		defer func() { <-read.turn }()
	case <-ctx.Done():
		return nil, newError(r, ctx.Err())
	}
	for {
		s.mu.Lock()
		now := read.answer
		s.mu.Unlock()
		shared := now.valid && now.err != nil && now.count > arrived.count && maxAge(ctx) > 0
		if shared || now.fresh(maxAge(ctx)) {
			return now.items, now.err
		}
		got := answer{started: time.Now(), valid: true, count: now.count + 1, writes: now.writes}
		got.items, got.err = fetch()
		if got.err != nil && ctx.Err() != nil { // It says nothing to others.
			return nil, got.err
		}
		if s.keep(read, got) {
			return got.items, got.err
		}
		// There was a write while the read was under way, and nobody knows which of the two states it saw.
	}
}

// find gives the read of a key, and the answer that it has now.
func (s *sharedReads) find(key readKey) (*sharedRead, answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read, ok := s.reads[key]
	if !ok {
		read = &sharedRead{turn: make(chan struct{}, 1)}
		s.reads[key] = read
	}
	return read, read.answer
}

// keep sets the answer of a read, unless there was a write since it started.
func (s *sharedReads) keep(read *sharedRead, got answer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if got.writes != read.writes {
		return false
	}
	for _, item := range got.items {
		s.bytes += len(item.body)
	}
	if s.bytes > maxShared { // Few accounts have as much to read, and asking again costs less than the memory.
		s.bytes = 0
		for _, other := range s.reads {
			other.items, other.valid = nil, false
		}
	}
	read.answer = got
	return true
}

// writing is called before a write to a flight, and what it returns after it, whatever came of it. Both end the life of
// everything that was read of the flight: the first so that nobody is served what the write may have changed already,
// the second because of the reads that started meanwhile.
func (s *sharedReads) writing(ref FlightRef) (done func()) {
	s.forget(ref)
	return func() { s.forget(ref) }
}

func (s *sharedReads) forget(ref FlightRef) {
	flight := newReadKey(readFlight, ref.Submission("")).ref.FlightRef
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, read := range s.reads {
		if key.changedBy(flight) {
			read.items, read.valid = nil, false
			read.writes++
		}
	}
}
