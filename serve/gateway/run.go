package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"pitwall/serve/intake"
)

// lameDuck is how long a stopping gateway still takes requests on the
// connections it has, each answered with "Connection: close". Clients that are
// in the middle of their work so leave by themselves; those that stayed silent
// are closed then, and nobody's request crosses with that.
const lameDuck = 300 * time.Millisecond

// Run serves until ctx ends or, when supervised, until Control ends; then it
// drains and returns nil. Everything that can be wrong with c is an error
// before the first listener opens. Once it listens it logs "listening" with
// the addresses addr and admin.
func Run(ctx context.Context, c Config) error {
	c, err := c.withDefaults()
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	if c.CreateToken {
		if err := createToken(c.TokenFile); err != nil {
			return fmt.Errorf("gateway: %w", err)
		}
	}
	token, err := ReadToken(c.TokenFile)
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	g := New(c)
	kept, err := g.loadKept(ctx, c.KeepFile)
	if err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	if c.StateFile != "" && !kept {
		if err := g.loadState(ctx, c.StateFile); err != nil {
			return fmt.Errorf("gateway: %w", err)
		}
	}
	d := listeners{front: listener{what: "front door", handler: g}, others: []listener{{what: "admin API", handler: g.Admin(token)}}}
	if c.MetricsListen != "" {
		d.others = append(d.others, listener{what: "metrics", handler: g.Metrics()})
	}
	if err := d.open(ctx, c); err != nil {
		return fmt.Errorf("gateway: %w", err)
	}
	defer d.close()
	c.Log.Info("listening", d.addresses(c.Deployment)...)
	return g.serve(ctx, c, d)
}

func (g *Gateway) loadState(ctx context.Context, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the initial state: %w", err)
	}
	s, err := ParseState(text)
	if err == nil {
		_, err = g.SetState(ctx, s, 0)
	}
	if err != nil {
		return fmt.Errorf("initial state %s: %w", path, err)
	}
	return nil
}

// serve runs the listeners and the upkeep until it is time to stop, then
// drains.
func (g *Gateway) serve(ctx context.Context, c Config, d listeners) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// Probes go on, and the admin API and the metrics answer, while requests drain.
	upkeep, endUpkeep := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	defer wg.Wait()
	defer endUpkeep()

	failed := make(chan error, 1+len(d.others))
	start := func(o listener) {
		wg.Go(func() {
			if err := o.server.Serve(o.socket); !errors.Is(err, http.ErrServerClosed) && !g.stopping.Load() {
				failed <- fmt.Errorf("gateway: serve the %s: %w", o.what, err)
				stop()
			}
		})
	}
	start(d.front)
	for _, o := range d.others {
		start(o)
	}
	wg.Go(func() { g.Maintain(upkeep) })
	if c.Supervised {
		// Not waited for: a read of standard input cannot be interrupted.
		go g.readControl(ctx, c.Control, stop)
	}

	<-ctx.Done()
	err := g.drain(c, d.front)
	for _, o := range d.others {
		o.server.Close()
	}
	g.closeBackends()
	select {
	case failure := <-failed:
		return failure
	default:
		return err
	}
}

// drain lets the open requests end. The listener closes first, once what had
// connected is accepted: a client that was told to reconnect must be refused,
// not left in a queue that nobody empties. Requests that outlast Drain are cut off.
func (g *Gateway) drain(c Config, front listener) error {
	g.log.Info("draining")
	g.stopping.Store(true)
	intake.Refuse(front.socket)
	front.socket.Close()
	time.Sleep(lameDuck)
	deadline, cancel := context.WithTimeout(context.Background(), c.Drain)
	defer cancel()
	if err := front.server.Shutdown(deadline); err != nil {
		front.server.Close()
		return fmt.Errorf("gateway: requests were still open after %v: %w", c.Drain, err)
	}
	g.log.Info("drained")
	return nil
}

func (g *Gateway) closeBackends() {
	for _, b := range g.current.Load().backends() {
		b.pool.closeIdle()
	}
	g.prober.CloseIdleConnections()
}
