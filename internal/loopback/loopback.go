// Package loopback tells which hosts are this machine. Credentials travel in plain http to those only.
package loopback

import (
	"net"
	"net/url"
	"strings"
)

// IsPrivate says whether what is sent to an address stays between here and the host: by https, or by http to this machine.
func IsPrivate(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && Is(u.Hostname())
}

// Is says whether a host without a port, as [net/url.URL.Hostname] gives it, is this machine under a name or address that
// no name server decides over.
func Is(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
