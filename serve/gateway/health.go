package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// probeTimeout leaves each round of probes inside its second.
const probeTimeout = 800 * time.Millisecond

// newProber makes a client that connects anew for each probe: a backend that
// no longer accepts connections must not look ready over an old one.
func newProber() *http.Client {
	return &http.Client{
		Timeout:       probeTimeout,
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// probeAll asks every backend at once and waits for the last.
func (g *Gateway) probeAll(ctx context.Context, backends []*backend) {
	var wg sync.WaitGroup
	for _, b := range backends {
		wg.Go(func() {
			err := g.probe(ctx, b)
			if was := b.up.Swap(err == nil); was == (err == nil) {
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
