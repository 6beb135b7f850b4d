package credential

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

// networkError is a request of a sign-in that has no reply, or none that can be used. It wraps the reason, and its own
// text says it in one clause.
type networkError struct {
	host  string
	err   error
	final bool
}

// told is a reason that says of whom it speaks and what to do. No repetition helps.
type told interface {
	error
	NonRetriable()
}

// Error says who did not answer, and why.
func (e *networkError) Error() string {
	if reason, ok := errors.AsType[told](e.err); ok {
		return reason.Error()
	}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](e.err)
	_, lookup := errors.AsType[*net.DNSError](e.err)
	network, _ := errors.AsType[net.Error](e.err)
	switch {
	case untrusted:
		return e.host + " has a certificate that this machine does not trust: if a proxy inspects TLS, add its certificate authority to those of this machine"
	case transport.IsUnreachable(e.err) && lookup:
		return e.host + " is unknown to the name server: check the address, and whether this machine needs a proxy (HTTPS_PROXY)"
	case transport.IsUnreachable(e.err):
		return e.host + " refused the connection: check the address, and what a proxy or firewall does to its requests"
	case network != nil && network.Timeout():
		return fmt.Sprintf("%s did not answer within %v: check the address, and whether this machine needs a proxy (HTTPS_PROXY)", e.host, attemptTimeout)
	default:
		return "no reply from " + e.host + ": " + innermost(e.err).Error()
	}
}

// Unwrap returns the reason.
func (e *networkError) Unwrap() error { return e.err }

// refused says whether something has to be changed before a later sign-in can succeed.
func (e *networkError) refused() bool {
	_, later := errors.AsType[*transport.RetryAfterError](e.err)
	return transport.IsPermanent(e.err) && !later
}

// forRetries returns e as azcore's retries understand it.
func (e *networkError) forRetries() error {
	if e.final {
		return finalError{e}
	}
	return e
}

type finalError struct{ error }

// Unwrap returns the error itself.
func (e finalError) Unwrap() error { return e.error }

// NonRetriable keeps azcore from trying again.
func (finalError) NonRetriable() {}

// unusableError is a reply, or an address, that no secret may be sent for.
type unusableError struct{ text string }

// Error gives one sentence.
func (e *unusableError) Error() string { return e.text }

// NonRetriable keeps azcore from trying again.
func (*unusableError) NonRetriable() {}

func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
