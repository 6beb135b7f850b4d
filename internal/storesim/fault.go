package storesim

import (
	"net/http"
	"strconv"
	"sync"
)

// Fault picks requests and does something to them.
type Fault struct {
	// Operation picks by operation; empty: any.
	Operation Operation
	// Skip lets so many of the picked requests pass first.
	Skip int
	// Times is how many requests are hit: 0 means 1, a negative number every one.
	Times int
	// Action is what happens to them.
	Action Action
}

// Action is what a [Fault] does: [Refuse], [DropBefore], [DropAfter], [ErrorAfter], [Truncate], [Hang], [EmptyBody]
// or [HTMLBody].
//
// Go's HTTP client repeats GET and HEAD by itself when a used connection is closed before the first byte of a reply, so one
// DropBefore or DropAfter of a read may be seen by nobody.
type Action interface {
	name() string
}

// Refuse answers in place of the service: the request has no effect.
type Refuse struct {
	// Status is 503 by default.
	Status int
	// Code, Message and Target make an error body [store-api 2.1]. Without any of them the body fits the status.
	Code, Message, Target string
	// Body, with ContentType, is sent in place of an error body.
	Body, ContentType string
	// NoBody sends none.
	NoBody bool
	// RetryAfter is the value of the Retry-After header; empty: none.
	RetryAfter string
}

// ErrorAfter is Refuse for a request that had its effect all the same [store-api 2.2, the 503].
type ErrorAfter Refuse

// DropBefore closes the connection before the request takes effect.
type DropBefore struct{}

// DropAfter closes the connection in place of the reply to a request that took effect.
type DropAfter struct{}

// Truncate closes the connection in the middle of the reply to a request that took effect.
type Truncate struct{}

// Hang waits until the client goes away, the injection is released or the simulator is closed: before the request takes
// effect, or with AfterEffect before the reply. A client that goes away before its request took effect has done nothing; a
// released request goes on as if nothing had been.
type Hang struct{ AfterEffect bool }

// EmptyBody leaves out the body of the reply to a request that took effect.
type EmptyBody struct{}

// HTMLBody sends a page in place of the body of the reply to a request that took effect.
type HTMLBody struct{}

func (Refuse) name() string     { return "Refuse" }
func (ErrorAfter) name() string { return "ErrorAfter" }
func (DropBefore) name() string { return "DropBefore" }
func (DropAfter) name() string  { return "DropAfter" }
func (Truncate) name() string   { return "Truncate" }
func (Hang) name() string       { return "Hang" }
func (EmptyBody) name() string  { return "EmptyBody" }
func (HTMLBody) name() string   { return "HTMLBody" }

// Injection is a fault that was put into a simulator.
type Injection struct {
	sim      *Sim
	fault    Fault
	passed   int
	hits     int
	removed  bool
	reached  chan struct{}
	reach    sync.Once
	left     chan struct{}
	leave    sync.Once
	released chan struct{}
	release  sync.Once
}

// Inject has a fault hit requests from now on. Of several faults that pick a request the one that was injected first hits it.
func (s *Sim) Inject(fault Fault) *Injection {
	if fault.Action == nil {
		panic("storesim: a fault needs an action")
	}
	if fault.Times == 0 {
		fault.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	injection := &Injection{sim: s, fault: fault, reached: make(chan struct{}), left: make(chan struct{}), released: make(chan struct{})}
	s.faults = append(s.faults, injection)
	return injection
}

// Hits says how many requests the fault has hit.
func (i *Injection) Hits() int {
	i.sim.mu.Lock()
	defer i.sim.mu.Unlock()
	return i.hits
}

// Reached is closed when the first request hangs in the fault: for a [Hang] with AfterEffect, when that request has taken
// effect.
func (i *Injection) Reached() <-chan struct{} { return i.reached }

// Left is closed when the client of a request that hangs in the fault has gone away.
func (i *Injection) Left() <-chan struct{} { return i.left }

// Remove ends the fault; requests that hang in it go on hanging.
func (i *Injection) Remove() {
	i.sim.mu.Lock()
	defer i.sim.mu.Unlock()
	i.removed = true
}

// Release lets the requests that hang in the fault go on, and all later ones too.
func (i *Injection) Release() { i.release.Do(func() { close(i.released) }) }

// match finds the fault that hits the request, if any.
func (s *Sim) match(c *call) *Injection {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, injection := range s.faults {
		if injection.picks(c.request) {
			injection.hits++
			c.request.Fault = injection.fault.Action.name()
			return injection
		}
	}
	return nil
}

func (i *Injection) picks(r *Request) bool {
	f := i.fault
	if i.removed || f.Times >= 0 && i.hits >= f.Times {
		return false
	}
	if f.Operation != "" && f.Operation != r.Operation {
		return false
	}
	if i.passed < f.Skip {
		i.passed++
		return false
	}
	return true
}

// ahead does what comes before the request's effect and says whether the request goes on.
func (i *Injection) ahead(s *Sim, w http.ResponseWriter, r *http.Request, c *call) bool {
	switch action := i.fault.Action.(type) {
	case Refuse:
		rep := action.reply(c)
		s.finish(c, rep.status)
		rep.write(w, c)
		return false
	case DropBefore:
		panic(http.ErrAbortHandler)
	case Hang:
		if !action.AfterEffect && !i.wait(s, r) {
			panic(http.ErrAbortHandler)
		}
	}
	return true
}

// behind gives the reply in place of the one to a request that took effect, nil for none.
func (i *Injection) behind(s *Sim, r *http.Request, c *call, rep *reply) *reply {
	switch action := i.fault.Action.(type) {
	case DropAfter:
		return nil
	case ErrorAfter:
		return Refuse(action).reply(c)
	case Hang:
		if action.AfterEffect && !i.wait(s, r) {
			return nil
		}
	case EmptyBody:
		return &reply{status: rep.status, header: rep.header}
	case HTMLBody:
		return &reply{status: rep.status, header: rep.header, contentType: "text/html", body: []byte("<html><body><h1>Service</h1></body></html>")}
	case Truncate:
		return rep.truncated()
	}
	return rep
}

// wait says whether the request is to go on.
func (i *Injection) wait(s *Sim, r *http.Request) bool {
	i.reach.Do(func() { close(i.reached) })
	select {
	case <-i.released:
		return true
	case <-s.closed:
		return false
	case <-r.Context().Done():
		i.leave.Do(func() { close(i.left) })
		return false
	}
}

// cuts says whether the connection is closed after the reply.
func (i *Injection) cuts() bool {
	_, truncates := i.fault.Action.(Truncate)
	return truncates
}

// truncated promises the whole body and has half of it; nil if there is nothing to cut.
func (r *reply) truncated() *reply {
	if len(r.body) == 0 {
		return nil
	}
	header := r.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Length", strconv.Itoa(len(r.body)))
	return &reply{status: r.status, header: header, contentType: r.contentType, body: r.body[:len(r.body)/2]}
}

func (a Refuse) reply(c *call) *reply {
	if a.Status == 0 {
		a.Status = http.StatusServiceUnavailable
	}
	rep := a.body(c)
	if a.RetryAfter != "" {
		if rep.header == nil {
			rep.header = http.Header{}
		}
		rep.header.Set("Retry-After", a.RetryAfter)
	}
	return rep
}

func (a Refuse) body(c *call) *reply {
	switch {
	case a.NoBody:
		return &reply{status: a.Status}
	case a.Body != "":
		return &reply{status: a.Status, contentType: a.ContentType, body: []byte(a.Body)}
	case c.blobPath != "":
		return a.blobBody()
	case a.Code != "" || a.Message != "" || a.Target != "":
		return refusal(a.Status, a.Code, a.Target, a.Message)
	case a.Status == http.StatusUnauthorized:
		return unauthorized()
	case a.Status == http.StatusForbidden:
		// [store-api 1.4]
		return &reply{status: a.Status}
	case a.Status == http.StatusTooManyRequests:
		return gateway(a.Status, "Rate limit is exceeded.")
	case a.Status == http.StatusInternalServerError:
		return internalError()
	case a.Status == http.StatusServiceUnavailable:
		return refusal(a.Status, "InvalidOperation", "", "The service is busy. Retry with exponential backoff.")
	default:
		return refusal(a.Status, "Other", "", http.StatusText(a.Status))
	}
}

// blobBody has the code that the storage service gives with the status.
func (a Refuse) blobBody() *reply {
	switch {
	case a.Code != "":
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		a.Code = "AuthenticationFailed"
	case a.Status == http.StatusInternalServerError:
		a.Code = "InternalError"
	default:
		a.Code = "ServerBusy"
	}
	return blobError(a.Status, a.Code, a.Message)
}
