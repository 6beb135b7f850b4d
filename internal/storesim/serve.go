package storesim

import (
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// Operation names what a request asks for.
type Operation string

// The operations of the API [store-api 3, 11] and of the blob endpoint [store-api 7].
const (
	GetApplication         Operation = "GetApplication"
	ListApplications       Operation = "ListApplications"
	ListFlights            Operation = "ListFlights"
	GetFlight              Operation = "GetFlight"
	CreateFlight           Operation = "CreateFlight"
	DeleteFlight           Operation = "DeleteFlight"
	GetSubmission          Operation = "GetSubmission"
	GetSubmissionStatus    Operation = "GetSubmissionStatus"
	CreateSubmission       Operation = "CreateSubmission"
	UpdateSubmission       Operation = "UpdateSubmission"
	CommitSubmission       Operation = "CommitSubmission"
	DeleteSubmission       Operation = "DeleteSubmission"
	GetPackageRollout      Operation = "GetPackageRollout"
	UpdatePackageRollout   Operation = "UpdatePackageRollout"
	HaltPackageRollout     Operation = "HaltPackageRollout"
	FinalizePackageRollout Operation = "FinalizePackageRollout"
	ListFailureHits        Operation = "ListFailureHits"

	PutBlob           Operation = "PutBlob"
	PutBlock          Operation = "PutBlock"
	PutBlockList      Operation = "PutBlockList"
	GetBlob           Operation = "GetBlob"
	GetBlobProperties Operation = "GetBlobProperties"
)

// apiBase is where the API's paths begin [store-api 2].
const apiBase = "/v1.0/my/"

// route is a method with a path below the base; words in braces stand for ids.
type route struct {
	method, path string
	operation    Operation
	handle       func(*Sim, *call) *reply
}

const submissionPath = "applications/{application}/flights/{flight}/submissions"

var routes = []route{
	{http.MethodGet, "applications", ListApplications, (*Sim).listApplications},
	{http.MethodGet, "applications/{application}", GetApplication, (*Sim).getApplication},
	{http.MethodGet, "applications/{application}/listflights", ListFlights, (*Sim).listFlights},
	{http.MethodGet, "applications/{application}/listflights/", ListFlights, (*Sim).listFlights}, // [store-api 3.2]
	{http.MethodPost, "applications/{application}/flights", CreateFlight, (*Sim).createFlight},
	{http.MethodGet, "applications/{application}/flights/{flight}", GetFlight, (*Sim).getFlight},
	{http.MethodDelete, "applications/{application}/flights/{flight}", DeleteFlight, (*Sim).deleteFlight},
	{http.MethodPost, submissionPath, CreateSubmission, (*Sim).createSubmission},
	{http.MethodGet, submissionPath + "/{submission}", GetSubmission, (*Sim).getSubmission},
	{http.MethodPut, submissionPath + "/{submission}", UpdateSubmission, (*Sim).updateSubmission},
	{http.MethodDelete, submissionPath + "/{submission}", DeleteSubmission, (*Sim).deleteSubmission},
	{http.MethodGet, submissionPath + "/{submission}/status", GetSubmissionStatus, (*Sim).getSubmissionStatus},
	{http.MethodPost, submissionPath + "/{submission}/commit", CommitSubmission, (*Sim).commitSubmission},
	{http.MethodPost, submissionPath + "/{submission}/Commit", CommitSubmission, (*Sim).commitSubmission}, // [store-api 2]
	{http.MethodGet, submissionPath + "/{submission}/packagerollout", GetPackageRollout, (*Sim).getPackageRollout},
	{http.MethodPost, submissionPath + "/{submission}/updatepackagerolloutpercentage", UpdatePackageRollout, (*Sim).updatePackageRollout},
	{http.MethodPost, submissionPath + "/{submission}/haltpackagerollout", HaltPackageRollout, (*Sim).haltPackageRollout},
	{http.MethodPost, submissionPath + "/{submission}/finalizepackagerollout", FinalizePackageRollout, (*Sim).finalizePackageRollout},
	{http.MethodGet, "analytics/failurehits", ListFailureHits, (*Sim).listFailureHits},
}

// call is a request on its way through the simulator.
type call struct {
	request *Request
	query   url.Values
	// rawQuery is as sent; the signature of an upload URL is looked for in it.
	rawQuery                              string
	body                                  []byte
	handle                                func(*Sim, *call) *reply
	applicationID, flightID, submissionID string
	blobPath                              string
}

// ServeHTTP answers one request, so that the simulator can be mounted in another server as well. Upload URLs point at its own
// listener in any case.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.arrive(r)
	injected := s.match(c)
	if injected != nil && !injected.ahead(s, w, r, c) {
		return
	}

	rep := s.answer(c)
	if injected != nil {
		if rep = injected.behind(s, r, c, rep); rep == nil {
			s.finish(c, 0)
			panic(http.ErrAbortHandler)
		}
	}
	s.finish(c, rep.status)
	rep.write(w, c)
	if injected != nil && injected.cuts() {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// arrive reads a request, lists it and calls the hook.
func (s *Sim) arrive(r *http.Request) *call {
	// A client that goes away while it sends leaves a short body, and nobody reads the answer to it.
	body, err := io.ReadAll(r.Body)
	c := &call{query: r.URL.Query(), rawQuery: r.URL.RawQuery, body: body}
	c.request = &Request{
		Method: r.Method, Path: r.URL.Path, Query: c.query, Header: r.Header.Clone(), BodySize: len(body), CorrelationID: newGUID(),
	}
	if strings.HasPrefix(r.URL.Path, blobBase) {
		s.routeBlob(c)
	} else {
		c.request.Body = body
		c.route(r.URL.EscapedPath())
	}
	if err != nil {
		c.handle = func(*Sim, *call) *reply { return &reply{status: http.StatusBadRequest} }
	}

	s.mu.Lock()
	s.requests = append(s.requests, c.request)
	hook, seen := s.before, c.request.clone()
	s.mu.Unlock()
	if hook != nil {
		hook(seen)
	}
	return c
}

// route finds the operation of an API path.
func (c *call) route(escapedPath string) {
	rest, ok := strings.CutPrefix(escapedPath, apiBase)
	if !ok {
		return
	}
	segments := strings.Split(rest, "/")
	for _, candidate := range routes {
		if candidate.method == c.request.Method && c.matches(strings.Split(candidate.path, "/"), segments) {
			c.request.Operation, c.handle = candidate.operation, candidate.handle
			return
		}
	}
}

func (c *call) matches(pattern, segments []string) bool {
	if len(pattern) != len(segments) {
		return false
	}
	ids := map[string]string{}
	for i, word := range pattern {
		segment, err := url.PathUnescape(segments[i])
		switch {
		case err != nil:
			return false
		case strings.HasPrefix(word, "{") && segment != "":
			ids[word] = segment
		case word != segment:
			return false
		}
	}
	c.applicationID, c.flightID, c.submissionID = ids["{application}"], ids["{flight}"], ids["{submission}"]
	return true
}

// answer decides about a request. Time passes first, so that the request meets the Store as it is now.
func (s *Sim) answer(c *call) *reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	rep := s.decide(c)
	c.request.EffectTaken = rep.succeeded()
	if s.omitOptionalMembers && c.blobPath == "" {
		rep.shorten()
	}
	return rep
}

func (s *Sim) decide(c *call) *reply {
	if c.blobPath != "" {
		return c.handle(s, c)
	}
	if refused := s.authorize(c.request.Header.Get("Authorization")); refused != nil {
		return refused
	}
	if refused := s.throttle.admit(s.now()); refused != nil {
		return refused
	}
	if c.handle == nil {
		s.violation("%s %s is not a path of the service", c.request.Method, c.request.Path)
		return &reply{status: http.StatusNotFound}
	}
	if refused := c.checkHeader(); refused != nil {
		return s.refuse(c, refused)
	}
	return c.handle(s, c)
}

// checkHeader wants JSON announced for every POST and PUT, without a body too, and a length [store-api 1.3].
func (c *call) checkHeader() *reply {
	if c.request.Method != http.MethodPost && c.request.Method != http.MethodPut {
		return nil
	}
	if c.request.Header.Get("Content-Length") == "" && len(c.body) == 0 {
		return &reply{status: http.StatusLengthRequired}
	}
	mediaType, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return invalidParameter("Content-Type", "The content type \""+c.request.Header.Get("Content-Type")+"\" is not supported.")
	}
	return nil
}

func (s *Sim) finish(c *call, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.request.Status = status
}

func (r *reply) write(w http.ResponseWriter, c *call) {
	header := w.Header()
	maps.Copy(header, r.header)
	if c.blobPath == "" {
		// Every reply carries it; support asks for it [store-api 1.3].
		header.Set("MS-CorrelationId", c.request.CorrelationID)
	}
	if r.contentType != "" {
		header.Set("Content-Type", r.contentType)
	}
	w.WriteHeader(r.status)
	// A client that went away does not read on, and that is its right.
	_, _ = w.Write(r.body)
}
