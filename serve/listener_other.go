//go:build !linux

package serve

import "net"

// refuseNew has no portable form: a connection that arrives in the microseconds
// around the close of the listener can be reset.
func refuseNew(*net.TCPListener) {}
