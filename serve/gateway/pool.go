package gateway

import (
	"bufio"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	maxIdleConns = 256              // per backend; http.Transport's 2 halves the throughput
	idleTimeout  = 20 * time.Second // below the keep-alive of any sane backend, so that we close first
	dialTimeout  = time.Second
	maxHeadBytes = 1 << 20 // of an answer: status line, header fields and trailers
)

// pool keeps the idle connections to one backend; the last used goes first.
type pool struct {
	mu   sync.Mutex
	idle []*conn
}

// conn is a connection to a backend, owned by one request at a time.
type conn struct {
	net.Conn
	raw     syscall.RawConn
	reader  *bufio.Reader
	budget  int // bytes that may be read before errHeadTooLarge; negative: any number
	scratch []byte
	idleAt  time.Time
}

var errHeadTooLarge = errors.New("the header of the answer is larger than 1 MiB")

// Read reads from the connection while a header's budget lasts.
func (c *conn) Read(p []byte) (int, error) {
	if c.budget < 0 {
		return c.Conn.Read(p)
	}
	if c.budget == 0 {
		return 0, errHeadTooLarge
	}
	n, err := c.Conn.Read(p[:min(len(p), c.budget)])
	c.budget -= n
	return n, err
}

// get gives an idle connection that is still open, or dials. The deadline for
// the exchange is set in either case.
func (p *pool) get(ctx context.Context, d *dialer, addr string, deadline time.Time) (*conn, error) {
	for {
		c := p.pop()
		if c == nil {
			return dial(ctx, d, addr, deadline)
		}
		if c.SetDeadline(deadline) == nil && c.alive() {
			return c, nil
		}
		c.Close()
	}
}

func (p *pool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	return c
}

// put keeps a connection for the next request.
func (p *pool) put(c *conn, now time.Time) {
	c.idleAt = now
	p.mu.Lock()
	full := len(p.idle) >= maxIdleConns
	if !full {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if full {
		c.Close()
	}
}

func (p *pool) closeIdle() {
	p.mu.Lock()
	old := p.idle
	p.idle = nil
	p.mu.Unlock()
	closeAll(old)
}

// closeIdleBefore closes the connections that were last used before t.
func (p *pool) closeIdleBefore(t time.Time) {
	p.mu.Lock()
	n := 0
	for n < len(p.idle) && p.idle[n].idleAt.Before(t) {
		n++
	}
	old := slices.Clone(p.idle[:n])
	p.idle = slices.Delete(p.idle, 0, n)
	p.mu.Unlock()
	closeAll(old)
}

func closeAll(conns []*conn) {
	for _, c := range conns {
		c.Close()
	}
}

func dial(ctx context.Context, d *dialer, addr string, deadline time.Time) (*conn, error) {
	tcp, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	raw, err := tcp.(*net.TCPConn).SyscallConn()
	if err != nil {
		tcp.Close()
		return nil, err
	}
	c := &conn{Conn: tcp, raw: raw, budget: -1}
	c.reader = bufio.NewReaderSize(c, 8<<10)
	return c, c.SetDeadline(deadline)
}

// alive tells whether an idle connection can take a request: the peer has
// neither closed it nor sent bytes that nobody asked for. A POST that was
// written to a closed connection could not be sent again.
func (c *conn) alive() bool {
	if c.reader.Buffered() > 0 {
		return false
	}
	return silent(c.raw)
}
