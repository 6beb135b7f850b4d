package transport

import (
	"crypto/tls"
	"errors"
	"net"
	"syscall"
)

// IsPermanent reports whether a request that failed with the error will fail again: the server has no certificate that is
// trusted, or the error says so itself.
func IsPermanent(err error) bool {
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted {
		return true
	}
	permanent, ok := errors.AsType[interface {
		error
		NonRetriable()
	}](err)
	return ok && permanent != nil
}

// IsUnreachable reports whether there is no server where one was looked for: the name does not exist, or the host refuses
// connections. From a server that has answered before, that is a temporary failure.
func IsUnreachable(err error) bool {
	lookup, ok := errors.AsType[*net.DNSError](err)
	return ok && lookup.IsNotFound || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, errWindowsRefused)
}

// errWindowsRefused is WSAECONNREFUSED, which package syscall has under a number of its own.
const errWindowsRefused = syscall.Errno(10061)
