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

// scope is whose writes may change what the read says: a flight's, or an application's for the list of its flights.
// Nothing here changes an application, or what its users met.
func (k readKey) scope() (FlightRef, bool) {
	return k.ref.FlightRef, k.operation != readApplication && k.operation != listApplications && k.operation != listFailureHits
}

// sharedReads are the latest reads of one client. It keeps what the Store sent, undecoded, so that everybody gets an
// object of their own.
type sharedReads struct {
	mu    sync.Mutex
	reads map[readKey]*sharedRead
	bytes int
	// writes counts the beginnings and ends of writes; lastWrite holds the latest of a flight, and of an application.
	writes    int
	lastWrite map[FlightRef]int
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
	// count is how many answers there have been, writes how many writes there had been when this one was asked for.
	count, writes int
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
		now, writes := read.answer, s.writes
		current := now.valid && (r.lookup || s.unchanged(key, now))
		s.mu.Unlock()
		waitedFor := now.err != nil && now.count > arrived.count && maxAge(ctx) > 0
		recent := now.err == nil && time.Since(now.started) < maxAge(ctx)
		if current && (waitedFor || recent) {
			return now.items, now.err
		}
		got := answer{started: time.Now(), valid: true, count: now.count + 1, writes: writes}
		got.items, got.err = fetch()
		if got.err != nil && ctx.Err() != nil { // It says nothing to others.
			return nil, got.err
		}
		if s.keep(read, got); r.lookup || s.stillUnchanged(key, got) {
			return got.items, got.err
		}
		// There was a write while the read was under way, and nobody knows which of the two states it saw.
	}
}

// latest gives the answer that a read with the context would be served; ok is false if the Store would be asked.
func (s *sharedReads) latest(ctx context.Context, key readKey) (items []reply, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read := s.reads[key]
	if read == nil || !read.valid || read.err != nil || !s.unchanged(key, read.answer) || time.Since(read.started) >= maxAge(ctx) {
		return nil, false
	}
	return read.items, true
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

// unchanged says whether no write has touched what an answer says since it was asked for.
func (s *sharedReads) unchanged(key readKey, a answer) bool {
	scope, changes := key.scope()
	return !changes || s.lastWrite[scope] <= a.writes
}

func (s *sharedReads) stillUnchanged(key readKey, a answer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unchanged(key, a)
}

// keep sets the answer of a read.
func (s *sharedReads) keep(read *sharedRead, got answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
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
	s.writes++
	s.lastWrite[flight] = s.writes
	s.lastWrite[FlightRef{ApplicationID: flight.ApplicationID}] = s.writes
}

// wrote says whether this client has written to a flight.
func (s *sharedReads) wrote(ref FlightRef) bool {
	flight := newReadKey(readFlight, ref.Submission("")).ref.FlightRef
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastWrite[flight] > 0
}
