// Package loopback tells whether an address is this machine's own. What pitwall
// does not protect by a login listens on such addresses only, and answers only
// requests that name one.
package loopback

import (
	"net"
	"strings"
)

// Is reports whether a host without a port is loopback: "localhost", an address
// of 127.0.0.0/8, or ::1. Other names are not, whatever they resolve to now:
// that can change.
func Is(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Named reports whether the Host header of a request names a loopback address,
// with or without a port. A web page whose own name was pointed at loopback
// (DNS rebinding) does not.
func Named(header string) bool {
	host, _, err := net.SplitHostPort(header)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(header, "["), "]")
	}
	return Is(host)
}
