package storeapi

import (
	"bytes"
	"context"
	"errors"
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
	// ref is what the operation is about; the ids that it does not need are empty.
	ref    SubmissionRef
	method string
	// path is what follows the base address, escaped.
	path  string
	query url.Values
	body  []byte
	list  listing
	// lookup has a shared read answer for one flight, whatever was written to others meanwhile.
	lookup bool
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
	listFailureHits  operation = "reading failure hits"
)

func applicationRequest(op operation, method, id string, rest ...string) request {
	return request{
		operation: op,
		ref:       FlightRef{ApplicationID: id}.Submission(""),
		method:    method,
		path:      strings.Join(append([]string{"applications", url.PathEscape(id)}, rest...), "/"),
	}
}

func flightRequest(op operation, method string, ref FlightRef, rest ...string) request {
	r := applicationRequest(op, method, ref.ApplicationID, append([]string{"flights", url.PathEscape(ref.FlightID)}, rest...)...)
	r.ref.FlightID = ref.FlightID
	return r
}

func submissionRequest(op operation, method string, ref SubmissionRef, rest ...string) request {
	r := flightRequest(op, method, ref.FlightRef, append([]string{"submissions", url.PathEscape(ref.SubmissionID)}, rest...)...)
	r.ref = ref
	return r
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
	made := &attempts{request: &r}
	ctx = policy.WithRetryOptions(ctx, c.retryOptions(ctx, made))
	req, err := runtime.NewRequest(ctx, r.method, address.String())
	if err != nil {
		return reply{}, newError(&r, err)
	}
	req.SetOperationValue(made)
	if r.body != nil {
		if err := req.SetBody(streaming.NopCloser(bytes.NewReader(r.body)), ""); err != nil {
			return reply{}, newError(&r, err)
		}
	}
	header := req.Raw().Header
	header.Set("Accept", "application/json")
	if c.userAgent != "" {
		header.Set("User-Agent", c.userAgent)
	}
	if r.method == http.MethodPost || r.method == http.MethodPut {
		// Without it even a request without a body is refused [store-api 1.3].
		header.Set("Content-Type", "application/json; charset=utf-8")
	}

	resp, err := c.pipeline.Do(req)
	if err != nil && !errors.Is(err, errRefusalStays) {
		return reply{}, made.error(nil, err)
	}
	defer resp.Body.Close()
	if !isSuccess(resp) {
		return reply{}, made.error(resp, nil)
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		return reply{}, made.error(nil, err)
	}
	return reply{body: trimBOM(body), correlationID: correlationID(resp)}, nil
}

// isSuccess accepts any 2xx: the documentation names no success codes [store-api 2].
func isSuccess(resp *http.Response) bool { return resp.StatusCode/100 == 2 }

// trimBOM removes the byte order mark that Azure services put before some JSON.
func trimBOM(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) }
