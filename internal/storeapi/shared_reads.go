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
	// maxShared bounds, in bytes, what is held for other callers.
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

func (r *request) readKey() readKey {
	ref := r.ref.FlightRef.lower().Submission(r.ref.SubmissionID)
	return readKey{operation: r.operation, ref: ref, query: r.query.Encode()}
}

func (r FlightRef) lower() FlightRef {
	return FlightRef{ApplicationID: strings.ToLower(r.ApplicationID), FlightID: strings.ToLower(r.FlightID)}
}

// scope is whose writes may change what the read says: a flight's, or an application's for the list of its flights.
// Nothing here changes an application, or what its users met.
func (k readKey) scope() FlightRef {
	switch k.operation {
	case readApplication, listApplications, listFailureHits:
		return FlightRef{}
	default:
		return k.ref.FlightRef
	}
}

// sharedReads are the latest reads of one client. It keeps what the Store sent, undecoded, so that everybody gets an
// object of their own.
type sharedReads struct {
	mu    sync.Mutex
	reads map[readKey]*sharedRead
	bytes int
	// writes counts the beginnings and ends of writes by what they may change.
	writes map[FlightRef]int
}

// sharedRead is the latest answer by one key, guarded by the sharedReads' mutex.
type sharedRead struct {
	answer
	// turn is held by the one who asks the Store.
	turn chan struct{}
}

// answer is what came back. An error is for those who were waiting for it, and not for those who come later.
type answer struct {
	items []reply
	err   error
	// asked is when the Store was asked; zero if it was not.
	asked time.Time
	// count is how many answers there have been, writes how many writes there had been when this one was asked for.
	count, writes int
}

// get gives what fetch gives, or gave to somebody else within the context's maximum age. Every error is an *Error.
func (s *sharedReads) get(ctx context.Context, r *request, fetch func() ([]reply, error)) ([]reply, error) {
	read, arrived, _ := s.find(r.readKey())
	if _, err := take(ctx, read.turn); err != nil {
		return nil, newError(r, err)
	}
	defer func() { read.turn <- struct{}{} }()
	for own := 0; ; {
		_, now, writes := s.find(r.readKey())
		waitedFor := now.err != nil && now.count > arrived.count && maxAge(ctx) > 0
		recent := now.err == nil && time.Since(now.asked) < maxAge(ctx)
		// After a write during the read nobody knows which of the two states it saw.
		current := !now.asked.IsZero() && (r.lookup || now.writes == writes)
		if current && (recent || waitedFor || now.count == own) {
			return now.items, now.err
		}
		own = now.count + 1
		got := answer{asked: time.Now(), count: own, writes: writes}
		got.items, got.err = fetch()
		if got.err != nil && ctx.Err() != nil { // It says nothing to others.
			return nil, got.err
		}
		s.keep(read, got)
	}
}

// find gives the read of a key, the answer that it has now, and how many writes there have been to what it says.
func (s *sharedReads) find(key readKey) (read *sharedRead, now answer, writes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read = s.reads[key]
	if read == nil {
		read = &sharedRead{turn: newTurn()}
		s.reads[key] = read
	}
	return read, read.answer, s.writes[key.scope()]
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
			other.items, other.asked = nil, time.Time{}
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
	flight := ref.lower()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes[flight]++
	s.writes[FlightRef{ApplicationID: flight.ApplicationID}]++
}

// wrote says whether this client has written to a flight.
func (s *sharedReads) wrote(ref FlightRef) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes[ref.lower()] > 0
}
