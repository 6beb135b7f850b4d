// Package storesim is a local, stateful simulator of the part of Partner Center that a client of package flights talks to:
// applications, flights, flight submissions, gradual rollouts and the block blob that receives a submission's archive.
//
// It follows internal/storeapi/store-api.md, whose sections comments cite as [store-api 5.3], and nobody's client: where that
// page is in doubt, the simulator takes the side that is harder on the client. The exceptions: a flight may be made without
// groups and ranked by name or by id, and ids of flights match in any casing. The texts and targets of errors are made up
// unless they are cited. The simulator has JSON types of its own, so that a member misspelt on one side does not go unnoticed
// on the other.
//
// A [Sim] starts with nothing in it. The Add methods put applications, flights and submissions there, the verbs of the portal
// do what people do in Partner Center, faults and throttling make it the service of a bad day, and lists of requests and events tell what
// reached it. An id that the simulator does not know is a mistake of the caller's program: these methods panic on it. All
// methods are safe for concurrent use.
package storesim

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// DefaultUploadURLLifetime is how long an upload URL works after its submission was created [store-api 7].
const DefaultUploadURLLifetime = 24 * time.Hour

// Options configure [Start]. The zero value is a simulator on a free port of the loopback interface that accepts any bearer
// token, has its own blob endpoint and moves a submission on by one stage with each read of its status.
type Options struct {
	// Addr is the address to listen on, as host:port. Empty: a free port of 127.0.0.1.
	Addr string
	// AccessTokens are the bearer tokens that are accepted. Empty: any token that is not empty.
	AccessTokens []string
	// BlobURL makes the upload URL of a new submission, for a blob server outside of the simulator. Nil: the simulator's own
	// block blob endpoint. It is called with the world locked and must not call the simulator.
	BlobURL func(applicationID, flightID, submissionID string) (uploadURL string)
	// ReadBlob reads what was uploaded to a URL made by BlobURL; an error counts as "nothing was uploaded". It is called with
	// the world locked and must not call the simulator.
	ReadBlob func(uploadURL string) ([]byte, error)
	// UploadURLLifetime is how long the simulator's own upload URLs work. Zero: [DefaultUploadURLLifetime].
	UploadURLLifetime time.Duration
	// ServiceVersion is the version of the storage service that the simulator's own upload URLs name, and with it the limits of
	// an upload [store-api 7]. Empty: 2024-05-04.
	ServiceVersion string
	// Now is the clock of stages, upload URLs, throttling and reports. Nil: [time.Now].
	Now func() time.Time
	// StageDuration is how long each stage of a committed submission takes. Zero: each read of the status sees the next stage;
	// reads of the whole submission move nothing.
	StageDuration time.Duration
}

// Sim is a running simulator.
type Sim struct {
	opts   Options
	url    string
	server *http.Server
	closed chan struct{}
	once   sync.Once

	// mu guards everything below: the Store is one world, and a request sees it whole.
	mu sync.Mutex

	applications []*application
	submissions  map[string]*submission
	blobs        map[string]*blob
	blobKey      []byte

	submissionIDs, packageIDs, uploadURLs int64

	acceptToken         func(token string) bool
	held, skipped       map[string]bool
	failures            []failure
	warnings            []StatusDetail
	commitLag           int
	omitOptionalMembers bool
	extraMembers        map[string]any
	recreateRefusals    int
	deletionLag         int
	foreignConflict     bool
	rawPlusEvery        int64
	nextLink            func(link string) string
	throttle            throttle
	faults              []*Injection
	before              func(Request)
	requests            []*Request
	events              []Event
	violations          []string
}

// Start listens and serves until Close is called.
func Start(opts Options) (*Sim, error) {
	if (opts.BlobURL == nil) != (opts.ReadBlob == nil) {
		return nil, errors.New("an external blob server needs both BlobURL and ReadBlob")
	}
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	if opts.UploadURLLifetime == 0 {
		opts.UploadURLLifetime = DefaultUploadURLLifetime
	}
	if opts.ServiceVersion == "" {
		opts.ServiceVersion = "2024-05-04"
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("make the key of the upload URLs: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", opts.Addr, err)
	}

	sim := &Sim{
		opts:             opts,
		url:              "http://" + listener.Addr().String(),
		closed:           make(chan struct{}),
		submissions:      map[string]*submission{},
		blobs:            map[string]*blob{},
		blobKey:          key,
		acceptToken:      opts.accept,
		held:             map[string]bool{},
		skipped:          map[string]bool{},
		extraMembers:     map[string]any{},
		recreateRefusals: 3,
		deletionLag:      1,
		rawPlusEvery:     2,
	}
	sim.server = &http.Server{Handler: sim, ReadHeaderTimeout: time.Minute}
	go func() { _ = sim.server.Serve(listener) }()
	return sim, nil
}

// URL is the address of the simulator without a trailing slash, as the endpoint of a client.
func (s *Sim) URL() string { return s.url }

// Close ends the simulator, its connections and the requests that hang in it. It may be called more than once.
func (s *Sim) Close() {
	s.once.Do(func() {
		close(s.closed)
		_ = s.server.Close()
	})
}

// accept tells whether a bearer token is one of AccessTokens.
func (o *Options) accept(token string) bool {
	return slices.Contains(o.AccessTokens, token) || len(o.AccessTokens) == 0 && token != ""
}

// AcceptTokens has accept decide, in place of Options.AccessTokens, which bearer tokens are good, as when one expires in the
// middle of a run.
func (s *Sim) AcceptTokens(accept func(token string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acceptToken = accept
}

// Before has hook called with each request before anything is decided about it, and with the world unlocked, so that the
// hook can change the world between two requests of a client. Nil takes the hook away.
func (s *Sim) Before(hook func(Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = hook
}

// SetNextLink has each @nextLink of a list changed before it is sent: to one of another host, or left out when change
// returns "". Nil restores the service's links, which are relative to the API's base [store-api 3.2].
func (s *Sim) SetNextLink(change func(link string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextLink = change
}

// SetExtraMember adds a member of the given name and JSON value to every submission that is sent: the service may add
// members at any time [store-api 4.1].
func (s *Sim) SetExtraMember(name string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.extraMembers[name] = value
}

// SetRecreateRefusals says how many times creating a submission is answered with 404 and an empty body after the submission
// of a flight that has nothing published was deleted [store-api 6.4]. The default is 3, a negative number means every time.
func (s *Sim) SetRecreateRefusals(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recreateRefusals = n
}

// SetDeletionLag has a submission that was deleted through the API keep the flight's slot for the next n requests that look at
// it [store-api 5.6]: the flight still names the submission, which itself is gone, and neither a submission can be created nor
// the flight deleted. The default is 1.
func (s *Sim) SetDeletionLag(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deletionLag = n
}

func (s *Sim) now() time.Time { return s.opts.Now().UTC() }
