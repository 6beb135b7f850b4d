package storeapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// request is one request to the Store, however often it is attempted.
type request struct {
	operation operation
	// subject says in messages what the operation is about.
	subject string
	method  string
	// path is what follows the base address, escaped.
	path  string
	query url.Values
	body  []byte
	// applicationID decides what a 500 means [store-api 2.2].
	applicationID string
	// unpublished is set if the flight has no published submission, which decides what a 404 means [store-api 6.4].
	unpublished bool
}

// operation is what a request does, as messages put it.
type operation string

const (
	readApplication  operation = "reading application"
	listApplications operation = "listing applications"
	readFlight       operation = "reading flight"
	listFlights      operation = "listing flights"
	createFlight     operation = "creating flight"
	deleteFlight     operation = "deleting flight"
	readSubmission   operation = "reading submission"
	readStatus       operation = "reading submission status"
	createSubmission operation = "creating submission"
	updateSubmission operation = "updating submission"
	commitSubmission operation = "committing submission"
	deleteSubmission operation = "deleting submission"
	readRollout      operation = "reading package rollout"
	updateRollout    operation = "updating package rollout percentage"
	haltRollout      operation = "halting package rollout"
	finalizeRollout  operation = "finalizing package rollout"
)

// attempts is what the policies of one request tell each other and the error about its attempts.
type attempts struct {
	request *request
	// count is how many attempts reached the transport.
	count int
	// unanswered is set while nobody knows what became of the latest attempt: it left, and no whole reply came back.
	unanswered bool
	// last is the latest reply that was not a success. It explains why a request was still being repeated when its
	// context ended.
	last *Error
	// sentToken is the token of the latest attempt, refusedToken the first that the Store refused.
	sentToken, refusedToken string
}

// attemptsOf gives the request's attempts, which sendTo put there.
func attemptsOf(req *policy.Request) *attempts {
	a := &attempts{request: &request{}}
	req.OperationValue(&a)
	return a
}

func applicationRequest(op operation, method, id string, rest ...string) request {
	return request{
		operation:     op,
		subject:       "application " + id,
		method:        method,
		path:          strings.Join(append([]string{"applications", url.PathEscape(id)}, rest...), "/"),
		applicationID: id,
	}
}

func flightRequest(op operation, method string, ref FlightRef, rest ...string) request {
	r := applicationRequest(op, method, ref.ApplicationID, append([]string{"flights", url.PathEscape(ref.FlightID)}, rest...)...)
	r.subject = ref.String()
	return r
}

func submissionRequest(op operation, method string, ref SubmissionRef, rest ...string) request {
	r := flightRequest(op, method, ref.FlightRef, append([]string{"submissions", url.PathEscape(ref.SubmissionID)}, rest...)...)
	r.subject = ref.String()
	return r
}

// share sends a read that others may share, or takes part in theirs. Every error is an *Error.
func (c *Client) share(ctx context.Context, r request, ref SubmissionRef) (reply, error) {
	items, err := c.shareItems(ctx, r, ref, func(ctx context.Context) ([]reply, error) {
		item, err := c.send(ctx, r)
		return []reply{item}, err
	})
	if err != nil {
		return reply{}, err
	}
	return items[0], nil
}

func (c *Client) shareItems(
	ctx context.Context, r request, ref SubmissionRef, fetch func(context.Context) ([]reply, error),
) ([]reply, error) {
	items, err := c.reads.get(ctx, newReadKey(r.operation, ref), fetch)
	if err == nil {
		return items, nil
	}
	if _, ok := errors.AsType[*Error](err); !ok { // The caller's context ended while others went on waiting.
		err = newError(&r, err)
	}
	return nil, err
}

// send sends a request, repeats it by the rules of its method, and gives the successful reply. Every error is an
// *Error.
func (c *Client) send(ctx context.Context, r request) (reply, error) {
	address, err := c.address(&r)
	if err != nil {
		return reply{}, err
	}
	return c.sendTo(ctx, r, address)
}

// address resolves the path of a request. An empty id would address the collection above it, and dots something else.
func (c *Client) address(r *request) (*url.URL, error) {
	address, err := c.base.Parse(r.path)
	if err != nil || hasOddSegment(r.path) {
		return nil, newError(r, errors.New("the ids do not make an address: none may be empty or consist of dots"))
	}
	address.RawQuery = r.query.Encode()
	return address, nil
}

func hasOddSegment(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if strings.Trim(segment, ".") == "" {
			return true
		}
	}
	return false
}

func (c *Client) sendTo(ctx context.Context, r request, address *url.URL) (reply, error) {
	a := &attempts{request: &r}
	ctx = policy.WithRetryOptions(ctx, retryOptions(a, c.retryDelay))
	req, err := runtime.NewRequest(ctx, r.method, address.String())
	if err != nil {
		return reply{}, newError(&r, err)
	}
	req.SetOperationValue(a)
	if r.body != nil {
		if err := req.SetBody(streaming.NopCloser(bytes.NewReader(r.body)), ""); err != nil {
			return reply{}, newError(&r, err)
		}
	}
	if r.method == http.MethodPost || r.method == http.MethodPut {
		// Without it even a request without a body is refused [store-api 1.3].
		req.Raw().Header.Set("Content-Type", "application/json; charset=utf-8")
	}

	resp, err := c.pipeline.Do(req)
	if err != nil {
		return reply{}, a.failed(err)
	}
	defer resp.Body.Close()
	body, err := runtime.Payload(resp)
	if err != nil {
		return reply{}, a.failed(err)
	}
	if !isSuccess(resp) {
		return reply{}, a.refused(resp)
	}
	return reply{body: trimBOM(body), correlationID: correlationID(resp)}, nil
}

// failed makes the error of a request that ended without a reply.
func (a *attempts) failed(err error) *Error {
	if a.last != nil {
		err = fmt.Errorf("%w (the answer before was %s)", err, a.last.answer())
	}
	e := newError(a.request, err)
	e.Attempts = a.count
	e.unanswered = a.unanswered
	return e
}

// refused makes the error of a request that was answered, but not with success.
func (a *attempts) refused(resp *http.Response) *Error {
	e := replyError(a.request, resp)
	e.Attempts = a.count
	return e
}

// isSuccess accepts any 2xx: the documentation names no success codes [store-api 2].
func isSuccess(resp *http.Response) bool { return resp.StatusCode/100 == 2 }

// trimBOM removes the byte order mark that Azure services put before some JSON.
func trimBOM(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) }

// undecodable is the error of a reply that says success in a form that makes no sense. A request that is not merely
// read may have taken effect.
func undecodable(r *request, err error) *Error {
	e := newError(r, fmt.Errorf("the reply cannot be read: %w", err))
	e.unanswered = true
	return e
}
