//go:build !linux

package intake

import "net"

// Refuse has no portable form: a connection that arrives in the microseconds
// around the close of the listener can be reset.
func Refuse(*net.TCPListener) {}
