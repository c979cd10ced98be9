// Package intake opens the door of a server, and ends it without losing the
// request of a client that counts as connected.
package intake

import (
	"context"
	"net"
)

// Listen listens on a TCP address with a plain socket: Go's default for
// listeners is Multipath TCP, whose sockets Refuse cannot reach.
func Listen(ctx context.Context, address string) (*net.TCPListener, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return l.(*net.TCPListener), nil
}
