package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/world"
)

const probeTimeout = 2 * time.Second

// newProber makes a client that connects anew for each probe: one that no
// longer accepts connections must not look ready over an old one.
func newProber() *http.Client {
	return &http.Client{
		Timeout:       probeTimeout,
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// probe tells whether a container could serve now. On this machine's engine it
// asks the readiness path itself, at the address that the container has at this
// moment; on another one it goes by the engine's health check.
func (b *Backend) probe(ctx context.Context, m world.Member) error {
	if b.engine.Local() {
		if url := memberURL(m, m.Ready); url != "" {
			return b.ask(ctx, m, url)
		}
	}
	switch r := world.Replica(m, ""); {
	case r.State != backends.OK:
		return errors.New(r.Reason)
	case m.Container.Health.Status == "" && b.now().Sub(m.Container.StartedAt) < settleTime:
		return errors.New("it has no health check, and runs only just now")
	}
	return nil
}

// settleTime is how long a container has to run that tells nothing of its health.
const settleTime = 3 * time.Second

func (b *Backend) ask(ctx context.Context, m world.Member, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := b.probes.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // its text does not matter
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s answers %s", m.Ready, resp.Status)
	}
	return nil
}

// memberURL is a path of a container at its own address, "" while it has none.
func memberURL(m world.Member, path string) string {
	address := m.Container.Address("")
	if address == "" {
		return ""
	}
	return "http://" + net.JoinHostPort(address, strconv.Itoa(int(m.Port))) + path
}
