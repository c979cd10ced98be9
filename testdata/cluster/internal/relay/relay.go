// Package relay passes TCP connections on, slowly or not at all when told so: a test's way to a slow or absent etcd.
package relay

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Relay listens on a loopback port of its own. Safe for concurrent use.
type Relay struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	delay time.Duration
	down  bool
	pairs map[*pair]struct{}
}

// pair is one connection that came in and the one that it is passed on to.
type pair struct{ in, out net.Conn }

func (p *pair) close() {
	_ = p.in.Close()
	_ = p.out.Close()
}

// New listens on a free port of 127.0.0.1 and passes every connection on to target ("HOST:PORT").
func New(target string) (*Relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", target, err)
	}
	r := &Relay{listener: listener, target: target, pairs: map[*pair]struct{}{}}
	go r.accept()
	return r, nil
}

// Addr is where the relay listens, "127.0.0.1:PORT".
func (r *Relay) Addr() string { return r.listener.Addr().String() }

// Slow holds every piece of data (at most 64 KiB) of the target's answers back for d, from now on and on connections
// that stand too. 0 passes them on at once.
func (r *Relay) Slow(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.delay = d
}

// Down true cuts every connection and refuses new ones until Down false.
func (r *Relay) Down(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
	if down {
		for p := range r.pairs {
			p.close()
		}
	}
}

// Close ends the relay and its connections.
func (r *Relay) Close() error {
	err := r.listener.Close()
	r.Down(true)
	return err
}

func (r *Relay) accept() {
	for {
		in, err := r.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			go r.pass(in)
		}
	}
}

// pass carries one connection until either end closes it.
func (r *Relay) pass(in net.Conn) {
	out, err := net.Dial("tcp", r.target)
	if err != nil {
		_ = in.Close()
		return
	}
	p := &pair{in: in, out: out}
	defer p.close()
	if !r.add(p) {
		return
	}
	defer r.remove(p)
	go func() {
		_, _ = io.Copy(out, in)
		p.close()
	}()
	r.answers(p)
}

// answers copies what the target says, each piece after the delay of that moment.
func (r *Relay) answers(p *pair) {
	piece := make([]byte, 64<<10)
	for {
		n, err := p.out.Read(piece)
		if n > 0 {
			r.mu.Lock()
			delay := r.delay
			r.mu.Unlock()
			time.Sleep(delay)
			if _, err := p.in.Write(piece[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (r *Relay) add(p *pair) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.down {
		r.pairs[p] = struct{}{}
	}
	return !r.down
}

func (r *Relay) remove(p *pair) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pairs, p)
}
