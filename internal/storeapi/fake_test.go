package storeapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/storeapi"
)

const (
	appID    = "9NBLGGH4R315"
	flightID = "43e448df-97c9-4a43-a0bc-2a445e736bcd"
	oldID    = "1152921504621086517"
	newID    = "1152921504621215786"

	appPath    = "applications/" + appID
	flightPath = appPath + "/flights/" + flightID
	oldPath    = flightPath + "/submissions/" + oldID
	newPath    = flightPath + "/submissions/" + newID
)

var (
	flightRef = storeapi.FlightRef{ApplicationID: appID, FlightID: flightID}
	oldRef    = flightRef.Submission(oldID)
	newRef    = flightRef.Submission(newID)
)

// fresh asks the Store for a flight by itself, and not for the list of flights.
func fresh(ctx context.Context) context.Context { return storeapi.WithMaxAge(ctx, 0) }

// step is one request that a script expects and what becomes of it.
type step struct {
	// want is the method and what follows the base address, query included.
	want string
	// status and body are the reply; status 200 if 0.
	status int
	body   string
	header http.Header
	// lost breaks the connection instead of replying.
	lost error
	// cut ends the reply's body too early.
	cut bool
	// hang keeps the request until its context ends.
	hang bool
	// then is called before the reply.
	then func()
}

var errReset = errors.New("read tcp 127.0.0.1:1->127.0.0.1:2: connection reset by peer")

// script is a Store in memory that expects certain requests in a certain order. Time in a test bubble stands still while
// it works.
type script struct {
	t  *testing.T
	mu sync.Mutex

	steps    []step
	next     int
	requests []*http.Request
	bodies   []string
}

func newScript(t *testing.T, steps ...step) *script {
	t.Helper()
	s := &script{t: t, steps: steps}
	t.Cleanup(func() {
		for _, missing := range s.steps[min(s.next, len(s.steps)):] {
			t.Errorf("the request %q was never made", missing.want)
		}
	})
	return s
}

// RoundTrip implements http.RoundTripper.
func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	next, err := s.expect(req)
	if err != nil {
		return nil, err
	}
	if next.then != nil {
		next.then()
	}
	switch {
	case next.hang:
		<-req.Context().Done()
		return nil, req.Context().Err()
	case next.lost != nil:
		return nil, next.lost
	}
	var body io.Reader = strings.NewReader(next.body)
	if next.cut {
		body = io.MultiReader(strings.NewReader(next.body[:len(next.body)/2]), broken{})
	}
	header := next.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	status := next.status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(body), Request: req,
	}, req.Context().Err()
}

func (s *script) expect(req *http.Request) (step, error) {
	body := ""
	if req.Body != nil {
		content, err := io.ReadAll(req.Body)
		if err != nil {
			return step{}, err
		}
		body = string(content)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	got := req.Method + " " + strings.TrimPrefix(req.URL.RequestURI(), "/v1.0/my/")
	s.requests = append(s.requests, req)
	s.bodies = append(s.bodies, body)
	if s.next >= len(s.steps) {
		s.t.Errorf("unexpected request %q after the last step", got)
		return step{}, context.Canceled
	}
	next := s.steps[s.next]
	s.next++
	if got != next.want {
		s.t.Errorf("request %d is %q, want %q", s.next, got, next.want)
	}
	return next, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// credential gives "token 1", "token 2", and so on, each good for an hour.
type credential struct {
	mu     sync.Mutex
	asked  int
	given  int
	life   time.Duration
	err    error
	static bool
	// keeps gives the same token again until claims ask for another one.
	keeps bool
	// noClaims refuses claims, as the Azure CLI does.
	noClaims bool
	// unknown leaves out when a token ends.
	unknown bool
}

// GetToken implements azcore.TokenCredential.
func (c *credential) GetToken(_ context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if c.err != nil {
		return azcore.AccessToken{}, c.err
	}
	if len(options.Scopes) != 1 || options.Scopes[0] != "https://manage.devcenter.microsoft.com/.default" {
		return azcore.AccessToken{}, fmt.Errorf("asked for %v", options.Scopes)
	}
	if c.noClaims && options.Claims != "" {
		return azcore.AccessToken{}, errors.New("sign in again")
	}
	if c.given == 0 || !c.static && (!c.keeps || options.Claims != "") {
		c.given++
	}
	life := c.life
	if life == 0 {
		life = time.Hour
	}
	token := azcore.AccessToken{Token: fmt.Sprintf("token-%d", c.given), ExpiresOn: time.Now().Add(life)}
	if c.unknown {
		token.ExpiresOn = time.Time{}
	}
	return token, nil
}

func newClient(t *testing.T, transport http.RoundTripper, change ...func(*storeapi.Options)) *storeapi.Client {
	t.Helper()
	options := storeapi.Options{
		Endpoint:   "http://127.0.0.1:1",
		Credential: &credential{},
		Transport:  transport,
	}
	for _, f := range change {
		f(&options)
	}
	client, err := storeapi.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// flightBody is a flight with the given submissions, "" for none.
func flightBody(published, pending string) string {
	body := `{"flightId":"` + flightID + `","friendlyName":"beta","groupIds":["1152921504606962205"],"rankHigherThan":"Non-flighted submission"`
	if published != "" {
		body += `,"lastPublishedFlightSubmission":{"id":"` + published + `","resourceLocation":"flights/x/submissions/y"}`
	}
	if pending != "" {
		body += `,"pendingFlightSubmission":{"id":"` + pending + `","resourceLocation":"flights/x/submissions/y"}`
	}
	return body + `}`
}

func submissionBody(id, status string) string {
	return `{"id":"` + id + `","flightId":"` + flightID + `","status":"` + status + `","statusDetails":{"errors":[],"warnings":[],"certificationReports":[]},` +
		`"flightPackages":[],"packageDeliveryOptions":{"packageRollout":{"isPackageRollout":false,"packageRolloutPercentage":0.0,` +
		`"packageRolloutStatus":"PackageRolloutNotStarted","fallbackSubmissionId":"0"},"isMandatoryUpdate":false,` +
		`"mandatoryUpdateEffectiveDate":"1601-01-01T00:00:00.0000000Z"},"fileUploadUrl":"https://blob.example/ingestion/g?sv=1&sig=SECRET",` +
		`"targetPublishMode":"Immediate","targetPublishDate":"","notesForCertification":"hello"}`
}

func statusBody(status string) string { return `{"status":"` + status + `","statusDetails":{}}` }

func rolloutBody(percentage, status string) string {
	return `{"isPackageRollout":true,"packageRolloutPercentage":` + percentage + `,"packageRolloutStatus":"` + status + `","fallbackSubmissionId":"0"}`
}

const (
	conflictBody    = `{"code":"InvalidState","message":"The flight has a pending submission.","target":"submission","source":"Ingestion Api","data":[],"details":[]}`
	serverErrorBody = `{"code":"InternalServerError","message":"An error occurred.","innererror":{"code":"UnknownInternalFailure"}}`
)

// withID puts the id of the submission that the tests ask for into an object.
func withID(object string) string {
	rest := strings.TrimPrefix(object, "{")
	if rest != "}" {
		rest = "," + rest
	}
	return `{"id":"` + newID + `"` + rest
}

// echo answers everything with the same body and keeps what was sent last.
type echo struct{ body, sent string }

// RoundTrip implements http.RoundTripper.
func (e *echo) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		content, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		e.sent = string(content)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(e.body)), Request: req}, nil
}
