package storeapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// outcome is what came of one attempt that reached the transport. Both errors are nil after a success.
type outcome struct {
	// refusal is what the Store answered instead of a success.
	refusal *Error
	// failure is why there is no whole reply.
	failure error
}

// inDoubt says whether the Store may have done what it was asked, although it did not say so. Even a 503 may have made a
// submission [store-api 2.2].
func (o outcome) inDoubt() bool {
	switch {
	case o.failure != nil:
		return !neverActed(o.failure)
	case o.refusal != nil:
		status := o.refusal.StatusCode
		return (status >= http.StatusInternalServerError || status == http.StatusRequestTimeout) && !o.refusal.permanent()
	default:
		return false
	}
}

// neverActed recognises the failures of requests that did not get to the Store, or were sent elsewhere by whoever
// answered.
func neverActed(err error) bool {
	_, redirected := errors.AsType[*transport.RedirectError](err)
	_, refused := errors.AsType[*transport.ProxyError](err)
	return redirected || refused || isUnconnected(err) || isUntrusted(err)
}

// isUnconnected recognises the failures of connections that were never made.
func isUnconnected(err error) bool {
	operation, ok := errors.AsType[*net.OpError](err)
	return ok && (operation.Op == "dial" || operation.Op == "proxyconnect")
}

// attempts is the operation value of a request: what came of its attempts so far. attemptPolicy adds to it, others read.
type attempts struct {
	request  *request
	outcomes []outcome
}

// attemptsOf gives the operation value that sendTo set.
func attemptsOf(req *policy.Request) *attempts {
	made := &attempts{request: &request{}}
	req.OperationValue(&made)
	return made
}

// last gives the latest outcome; it is zero before the first.
func (a *attempts) last() outcome {
	if len(a.outcomes) == 0 {
		return outcome{}
	}
	return a.outcomes[len(a.outcomes)-1]
}

// count says how many attempts were answered with a status.
func (a *attempts) count(status int) int {
	n := 0
	for _, o := range a.outcomes {
		if o.refusal != nil && o.refusal.StatusCode == status {
			n++
		}
	}
	return n
}

// error is that of a request which was refused, or ended without a reply. Then the latest refusal explains why it was
// still being repeated when its context ended.
func (a *attempts) error(resp *http.Response, err error) *Error {
	e := newError(a.request, err)
	if err == nil {
		e = replyError(a.request, resp)
	}
	for _, o := range a.outcomes {
		if o.refusal != nil && err != nil {
			e.before = o.refusal
		}
	}
	e.Attempts, e.inDoubt = len(a.outcomes), a.last().inDoubt()
	return e
}

// attemptPolicy gives each attempt an id to find it by in the Store's logs and a body of its own, and notes its outcome.
type attemptPolicy struct{}

// Do implements policy.Policy.
func (attemptPolicy) Do(req *policy.Request) (*http.Response, error) {
	id, err := runtime.NewUUID()
	if err != nil {
		return nil, fmt.Errorf("making a correlation id: %w", err)
	}
	made, raw := attemptsOf(req), req.Raw()
	raw.Header.Set(headerCorrelation, id)
	if body := made.request.body; body != nil {
		// The connection of an attempt that is over may go on reading: it must neither take bytes from the next attempt
		// nor meet azcore, which rewinds the body that it knows.
		raw.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		raw.Body = io.NopCloser(bytes.NewReader(body))
	}

	resp, err := req.Next()
	o := outcome{failure: err}
	if err == nil && !isSuccess(resp) {
		o.refusal = replyError(made.request, resp)
	}
	made.outcomes = append(made.outcomes, o)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		// Without a challenge azcore would not try another token, and the Store's 401 has none [store-api 1.4].
		resp.Header.Set("WWW-Authenticate", "Bearer")
	}
	return resp, err
}
