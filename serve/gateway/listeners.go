package gateway

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"pitwall/serve/intake"
)

// listener is an address that the gateway serves on.
type listener struct {
	what    string
	handler http.Handler
	socket  *net.TCPListener
	server  *http.Server
}

// listeners are the addresses of one gateway: the front door, then the admin API,
// then the metrics if they have an address of their own.
type listeners struct {
	front  listener
	others []listener
}

// open listens on all of them, or on none.
func (d *listeners) open(ctx context.Context, c Config) error {
	addresses := []string{c.Listen, c.AdminListen, c.MetricsListen}
	all := []*listener{&d.front}
	for i := range d.others {
		all = append(all, &d.others[i])
	}
	for i, o := range all {
		l, err := intake.Listen(ctx, addresses[i])
		if err != nil {
			d.close()
			return fmt.Errorf("open the %s: %w", o.what, err)
		}
		o.socket, o.server = l, newServer(o.handler, c.Log)
	}
	return nil
}

func (d *listeners) close() {
	for _, o := range append([]listener{d.front}, d.others...) {
		if o.socket != nil {
			o.socket.Close()
		}
	}
}

// addresses are the attributes of the line "listening".
func (d *listeners) addresses(deployment string) []any {
	attributes := []any{"addr", d.front.socket.Addr().String(), "admin", d.others[0].socket.Addr().String(), "deployment", deployment}
	if len(d.others) > 1 {
		attributes = append(attributes, "metrics", d.others[1].socket.Addr().String())
	}
	return attributes
}
