package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"pitwall/serve/intake"
	"pitwall/serve/model"
)

// Run serves the model of c until ctx ends, or in supervised mode until
// c.Control does. It listens first, so that /health and /ready answer while the
// model loads. When it is told to stop, readiness turns false, answers ask
// clients to close their connections, new connections are taken for c.Grace
// more, and requests under way are finished; then it returns nil. It returns a
// *UsageError for anything wrong with c or the files it names.
func Run(ctx context.Context, c Config) error {
	c, err := c.withDefaults()
	if err != nil {
		return &UsageError{err}
	}
	listener, err := listen(ctx, c.Listen)
	if err != nil {
		return &UsageError{err}
	}
	load := func() (Predictor, error) {
		m, err := model.Load(c.ModelPath, model.Options{SHA256: c.SHA256, Width: c.Width})
		if err != nil {
			return nil, err // not m: a nil *Model is not a nil Predictor
		}
		return m, nil
	}
	return newServer(c).run(ctx, listener, load)
}

// listen explains the one failure everybody meets.
func listen(ctx context.Context, address string) (*net.TCPListener, error) {
	l, err := intake.Listen(ctx, address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: address in use: stop the program that has it (ss -ltnp shows which) or choose another with --listen: %w",
			address, err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	return l, nil
}

// run owns listener and every goroutine of the server, except the reader of the
// control stream, which ends with that stream.
func (s *server) run(ctx context.Context, listener *net.TCPListener, load func() (Predictor, error)) error {
	ctx, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	defer background.Wait()
	defer stop()
	if s.config.Supervised {
		go s.obey(ctx, stop)
	}
	h := &http.Server{
		Handler:           s,
		ConnState:         s.connections.changed,
		ReadHeaderTimeout: min(5*time.Second, s.config.Timeout),
		ReadTimeout:       s.config.Timeout,
		WriteTimeout:      2*s.config.Timeout + 5*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	background.Go(func() { served <- h.Serve(listener) })
	s.log.Info("listening", "addr", listener.Addr().String())

	if err := s.load(load); err != nil {
		return &UsageError{errors.Join(err, h.Close())}
	}
	background.Go(func() { s.slideWindow(ctx) })
	select {
	case err := <-served:
		return errors.Join(fmt.Errorf("serve on %s: %w", listener.Addr(), err), h.Close())
	case <-ctx.Done():
		return s.drain(h, listener)
	}
}

// load makes the server ready.
func (s *server) load(load func() (Predictor, error)) error {
	began := s.config.Now()
	m, err := load()
	if err != nil {
		return err
	}
	loaded, err := s.newService(m)
	if err != nil {
		return err
	}
	s.loaded.Store(loaded)
	s.log.Info("ready", "model", s.config.Name, "version", s.config.Version, "format", loaded.info.Format,
		"features", loaded.info.Width, "sha256", loaded.info.SHA256, "baseline", s.config.BaselinePath != "",
		"took", s.config.Now().Sub(began).String())
	return nil
}

// drain stops without losing a request: clients and load balancers get
// c.Grace to see that readiness is false and that answers close their
// connections; then the intake ends, and what came in is answered; only then do
// the idle connections go.
func (s *server) drain(h *http.Server, listener *net.TCPListener) error {
	s.draining.Store(true)
	s.log.Info("draining", "grace", s.config.Grace.String())
	time.Sleep(s.config.Grace)
	intake.Refuse(listener)
	closed := listener.Close()
	ctx, cancel := context.WithTimeout(context.Background(), s.config.DrainTimeout)
	defer cancel()
	s.connections.settle(ctx)
	// it may close the listener once more, which is no error here
	if err := h.Shutdown(ctx); err != nil && !errors.Is(err, net.ErrClosed) {
		return errors.Join(fmt.Errorf("drain: requests still open after %v were cut off: %w", s.config.DrainTimeout, err), h.Close())
	}
	s.log.Info("stopped")
	return closed
}

// slideWindow lets old rows leave the drift window although nobody scrapes.
func (s *server) slideWindow(ctx context.Context) {
	monitor := s.loaded.Load().monitor
	if monitor == nil {
		return
	}
	ticker := time.NewTicker(monitor.Slot())
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			monitor.Advance(s.config.Now())
		}
	}
}
