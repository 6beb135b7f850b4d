package blob

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// Error is the service's refusal of a request.
type Error struct {
	StatusCode int    // of HTTP
	Code       string // such as AuthenticationFailed, from x-ms-error-code
	Message    string // for people, one line; may be empty
	RequestID  string // to quote to Microsoft's support; may be empty
}

// Error is one line with everything the service said.
func (e *Error) Error() string {
	text := fmt.Sprintf("the blob service answered %d", e.StatusCode)
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.RequestID != "" {
		text += " (request " + e.RequestID + ")"
	}
	return text
}

// explain wraps what a request ended with. The end of the context stands before what it did to the request.
func (u *upload) explain(ctx context.Context, attempted string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	refused, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		return fmt.Errorf("%s: %w", attempted, clean(err))
	}
	e := newError(refused)
	if e.StatusCode == http.StatusForbidden && u.target.expiredAt(serviceTime(refused.RawResponse)) {
		return fmt.Errorf("%s: %w at %s; a new submission brings a new one: %w", attempted, ErrExpired, u.target.expiry.Format(time.RFC3339), e)
	}
	return fmt.Errorf("%s: %w", attempted, e)
}

func newError(refused *azcore.ResponseError) *Error {
	e := &Error{StatusCode: refused.StatusCode, Code: refused.ErrorCode, RequestID: refused.RawResponse.Header.Get("x-ms-request-id")}
	var body struct {
		Message string
	}
	// The pipeline has the body in memory. One that is not XML, a proxy's perhaps, has no message.
	if text, err := io.ReadAll(refused.RawResponse.Body); err == nil && xml.Unmarshal(text, &body) == nil {
		// The lines that follow repeat the request's id and time.
		first, _, _ := strings.Cut(strings.TrimSpace(body.Message), "\n")
		e.Message = redact.String(strings.TrimSpace(first))
	}
	return e
}

// serviceTime is the time by which the service judged a request: the clock here may be wrong.
func serviceTime(resp *http.Response) time.Time {
	now := time.Now()
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil && date.After(now) {
		return date
	}
	return now
}

// clean leaves of a transport's error what is no secret: net/http puts the whole URL into the text.
func clean(err error) error {
	if transport, ok := errors.AsType[*url.Error](err); ok {
		err = transport.Err
	}
	return redact.Error(err)
}
