package transport_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/terraform-msstore/terraform-provider-msstore/internal/transport"
)

func TestFailures(t *testing.T) {
	t.Parallel()
	dial := func(err error) error { return fmt.Errorf("put: %w", &net.OpError{Op: "dial", Net: "tcp", Err: err}) }
	for name, test := range map[string]struct {
		err                    error
		permanent, unreachable bool
	}{
		"refused":          {err: dial(syscall.ECONNREFUSED), unreachable: true},
		"refused, Windows": {err: dial(syscall.Errno(10061)), unreachable: true},
		"no such host":     {err: dial(&net.DNSError{IsNotFound: true}), unreachable: true},
		"name server down": {err: dial(&net.DNSError{IsTemporary: true})},
		"reset":            {err: dial(syscall.ECONNRESET)},
		"timed out":        {err: dial(syscall.ETIMEDOUT)},
		"untrusted":        {err: dial(&tls.CertificateVerificationError{Err: errors.New("unknown authority")}), permanent: true},
		"redirect":         {err: dial(&transport.RedirectError{}), permanent: true},
		"too large":        {err: dial(&transport.TooLargeError{}), permanent: true},
		"refused by proxy": {err: dial(&transport.ProxyError{}), permanent: true},
		"pause of a day":   {err: dial(&transport.RetryAfterError{}), permanent: true},
		"anything else":    {err: errors.New("other")},
		"nothing happened": {},
		"broken pipe":      {err: dial(syscall.EPIPE)},
	} {
		if got := transport.IsPermanent(test.err); got != test.permanent {
			t.Errorf("%s is permanent: %t", name, got)
		}
		if got := transport.IsUnreachable(test.err); got != test.unreachable {
			t.Errorf("%s is unreachable: %t", name, got)
		}
	}
}
