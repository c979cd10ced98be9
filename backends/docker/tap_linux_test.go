package docker_test

import (
	"io"
	"net"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"
)

// tap stands between a backend and its engine, and fires in the middle of the
// call that it waits for: the engine has got it, its answer never arrives.
type tap struct {
	path, engine string

	mu    sync.Mutex
	calls []*regexp.Regexp // to come, in this order; the last one fires
	fired chan struct{}
}

// holds is how long the engine has for a call before it fails: most are done
// by then.
const holds = 400 * time.Millisecond

func newTap(t *testing.T, engine string) *tap {
	t.Helper()
	p := &tap{path: filepath.Join(t.TempDir(), "tap.sock"), engine: engine}
	listen(t, p.path, p.serve)
	return p
}

// arm makes the tap fire when calls have come, in their order.
func (p *tap) arm(calls ...string) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.fired = nil, make(chan struct{})
	for _, c := range calls {
		p.calls = append(p.calls, regexp.MustCompile(c))
	}
	return p.fired
}

// next reports whether what is sent is the call that the tap fires at.
func (p *tap) next(sent []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.calls) == 0 || !p.calls[0].Match(sent) {
		return false
	}
	p.calls = p.calls[1:]
	return len(p.calls) == 0
}

func (p *tap) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	up, err := net.Dial("unix", p.engine)
	if err != nil {
		return
	}
	defer func() { _ = up.Close() }()
	var held sync.Mutex // while the answer is kept back
	go func() {
		for buffer := make([]byte, 64<<10); ; {
			n, err := c.Read(buffer)
			fires := p.next(buffer[:n])
			if fires {
				held.Lock()
			}
			if _, failed := up.Write(buffer[:n]); err != nil || failed != nil {
				_ = up.(*net.UnixConn).CloseWrite()
				return
			}
			if fires {
				time.Sleep(holds)
				_ = c.Close()
				held.Unlock()
				close(p.fired)
			}
		}
	}()
	for buffer := make([]byte, 64<<10); ; {
		n, err := up.Read(buffer)
		held.Lock()
		_, failed := c.Write(buffer[:n])
		held.Unlock()
		if err == io.EOF || err != nil || failed != nil {
			return
		}
	}
}
