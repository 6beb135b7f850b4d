package transport

import (
	"net/http"
	"net/url"
)

// Network is the connection to the network with another proxy than the environment's.
func Network(proxy func(*http.Request) (*url.URL, error)) *http.Transport {
	network := NewNetwork()
	network.Proxy = proxy
	return network
}

// Dialer makes the connections of the network.
var Dialer = dialer
