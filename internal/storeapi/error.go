package storeapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/redact"
)

// Error is why an operation failed: what the Store answered, or, with StatusCode 0, why there is no answer.
//
// Its text says what was attempted, with ids, and what came back. [Error.Advice] says what to do next.
type Error struct {
	// Operation is what was attempted, such as "committing submission".
	Operation string
	// Subject is what it was attempted on, such as "application 9NBLGGH4R315, flight 43e448df-…"; empty for lists of
	// everything.
	Subject string
	// StatusCode is the status of the reply, 0 if there was none.
	StatusCode int
	// Code, Message and Target are the Store's, each possibly empty: bodies may lack any of them, or be no JSON at all
	// [store-api 2.1]. Message is then the text of the body, shortened.
	Code    string
	Message string
	Target  string
	// CorrelationID is what the Store's support asks for.
	CorrelationID string
	// Attempts is how often the request was sent.
	Attempts int
	// Err is the cause if there was no reply, or none that could be read: a transport error, a context's, or the
	// credential's. Its text is redacted.
	Err error

	ref         SubmissionRef
	unpublished bool
	// advice is what only the operation knows; it goes before what the reply suggests.
	advice string
	// inDoubt is set if the Store may have done what it was asked all the same.
	inDoubt bool
	// before is the latest refusal of a request that ended without a reply.
	before *Error
}

// newError makes the error of a request without a reply.
func newError(r *request, err error) *Error {
	return &Error{
		Operation:   string(r.operation),
		Subject:     r.ref.String(),
		Err:         redact.Error(plainError(err)),
		ref:         r.ref,
		unpublished: r.unpublished,
	}
}

// undecodable is the error of a reply that says success in a form that makes no sense. A request that is not merely
// read may have taken effect.
func undecodable(r *request, err error) *Error {
	if already, ok := errors.AsType[*Error](err); ok {
		return already
	}
	e := newError(r, fmt.Errorf("the reply cannot be read: %w", err))
	e.inDoubt = true
	return e
}

// plainError puts the text of libraries into words.
func plainError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return &plain{text: "the time for it ran out", err: err}
	case errors.Is(err, context.Canceled):
		return &plain{text: "it was interrupted", err: err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &plain{text: "the connection ended before the reply did", err: err}
	default:
		return err
	}
}

// plain is an error in other words.
type plain struct {
	text string
	err  error
}

func (e *plain) Error() string { return e.text }

func (e *plain) Unwrap() error { return e.err }

// Error is one line.
func (e *Error) Error() string {
	text := e.attempted() + ": "
	if e.Err != nil {
		text += e.Err.Error()
	} else {
		text += e.answer()
	}
	if e.before != nil {
		text += " (the latest answer was " + e.before.answer() + ")"
	}
	if e.Attempts > 1 {
		text += fmt.Sprintf("; %d attempts", e.Attempts)
	}
	return text
}

// attempted tells what was attempted: "reading flight (application …, flight …)".
func (e *Error) attempted() string {
	if e.Subject == "" {
		return e.Operation
	}
	return fmt.Sprintf("%s (%s)", e.Operation, e.Subject)
}

// answer tells what the Store replied: "409 Conflict InvalidState (submission): message; correlation id …".
func (e *Error) answer() string {
	status := http.StatusText(e.StatusCode)
	text := strings.TrimSpace(fmt.Sprintf("%d %s", e.StatusCode, status))
	if e.Code != "" && e.Code != strings.ReplaceAll(status, " ", "") {
		text += " " + e.Code
	}
	if e.Target != "" {
		text += " (" + e.Target + ")"
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.CorrelationID != "" {
		text += "; correlation id " + e.CorrelationID
	}
	return text
}

// Unwrap gives the cause, nil if the Store answered.
func (e *Error) Unwrap() error { return e.Err }

// permanent says that asking again is of no use although the status looks like a temporary failure [store-api 1.4, 2.2].
func (e *Error) permanent() bool {
	switch e.StatusCode {
	case http.StatusServiceUnavailable:
		return isAccountTrouble(e.Message)
	case http.StatusInternalServerError:
		return e.ref.ApplicationID != "" && !storeID.MatchString(e.ref.ApplicationID)
	default:
		return false
	}
}

// isAccountTrouble recognises what the Store says to an application registration that Partner Center does not know
// [store-api 1.4].
func isAccountTrouble(text string) bool {
	return strings.Contains(strings.ToLower(text), "account service is experiencing issue")
}

// storeID is the form of an application id, such as 9NBLGGH4R315 [store-api 2].
var storeID = regexp.MustCompile(`^[0-9A-Za-z]{12}$`)

// isWithoutBase recognises the 404 without a body that answers to making a submission of a flight whose first one was
// deleted [store-api 2.2, 6.4].
func (e *Error) isWithoutBase() bool {
	return e.StatusCode == http.StatusNotFound && operation(e.Operation) == createSubmission && e.unpublished && e.Code == "" && e.Message == ""
}

// IsNotFound says whether the Store answered that there is no such thing.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsConflict says whether the Store answered that the present state of things forbids the operation.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// IsAuth says whether an operation failed for want of credentials or permissions: a token was refused, or the Store did
// not accept it [store-api 1.4]. A token that cannot be had because nobody answers is a temporary failure like others.
func IsAuth(err error) bool {
	if failure, ok := errors.AsType[*credentialError](err); ok {
		return failure.refused()
	}
	e, ok := errors.AsType[*Error](err)
	return ok && e.deniesAccess()
}

// deniesAccess says whether the Store does not let the client do what it wants [store-api 1.4].
func (e *Error) deniesAccess() bool {
	return e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden ||
		e.StatusCode == http.StatusServiceUnavailable && e.permanent()
}

func hasStatus(err error, code int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.StatusCode == code
}
