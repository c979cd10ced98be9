package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// probeTimeout leaves each round of probes inside its second.
const probeTimeout = 800 * time.Millisecond

// newProber makes a client that connects anew for each probe: a backend that
// no longer accepts connections must not look ready over an old one.
func newProber(d *dialer) *http.Client {
	return &http.Client{
		Timeout:       probeTimeout,
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil, DialContext: d.DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// probeAll asks every backend at once and waits for the last.
func (g *Gateway) probeAll(ctx context.Context, backends []*backend) {
	var wg sync.WaitGroup
	for _, b := range backends {
		wg.Go(func() {
			err := g.probe(ctx, b)
			was := b.up.Swap(err == nil)
			b.late.Store(isLate(err) && (was || b.late.Load()))
			if was == (err == nil) {
				return
			}
			if err != nil {
				g.log.Warn("backend not ready", "backend", b.addr, "name", b.name, "error", err.Error())
			} else {
				g.log.Info("backend ready", "backend", b.addr, "name", b.name)
			}
		})
	}
	wg.Wait()
}

// isLate reports whether a probe was not answered in time, rather than refused
// or denied.
func isLate(err error) bool {
	late, ok := errors.AsType[net.Error](err)
	return ok && late.Timeout()
}

func (g *Gateway) probe(ctx context.Context, b *backend) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.addr+g.readyPath, nil)
	if err != nil {
		return err
	}
	resp, err := g.prober.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	io.CopyN(io.Discard, resp.Body, 4<<10) // its text does not matter
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: status %d", g.readyPath, resp.StatusCode)
	}
	return nil
}
