package gateway

import (
	"context"
	"errors"
	"net"
	"sync"
)

// dialer connects to backends. Every connection resolves its name anew, since
// a container may come back with another address. When the name server itself
// does not answer (a Docker engine serves the names of its containers, and its
// containers outlive its restart), a name is where it was last.
// It is safe for concurrent use.
type dialer struct {
	mu   sync.Mutex
	last map[string]string // address by the name and port that led to it
}

func newDialer() *dialer { return &dialer{last: make(map[string]string)} }

// DialContext connects to host:port.
func (d *dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	once := net.Dialer{Timeout: dialTimeout}
	c, err := once.DialContext(ctx, network, addr)
	d.mu.Lock()
	known := d.last[addr]
	if err == nil {
		d.last[addr] = c.RemoteAddr().String()
	}
	d.mu.Unlock()
	var unresolved *net.DNSError
	if known == "" || !errors.As(err, &unresolved) || unresolved.IsNotFound {
		return c, err
	}
	return once.DialContext(ctx, network, known)
}

// forget drops what is known of the names that are not backends any more.
func (d *dialer) forget(still func(addr string) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for addr := range d.last {
		if !still(addr) {
			delete(d.last, addr)
		}
	}
}
