package monitor

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"pitwall/serve/loopback"
)

// server offers the API on a loopback port.
type server struct {
	url      string
	listener net.Listener
	exposed  bool
	http     *http.Server
	log      *slog.Logger
}

// listen takes the port; serve answers on it. Without an address the server is
// nil. Only an exposed one may have an address that is not loopback.
func listen(address string, exposed bool, log *slog.Logger) (*server, error) {
	if address == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen address of the metrics: %w: write HOST:PORT, as in 127.0.0.1:7490", err)
	}
	if !exposed && !loopback.Is(host) {
		return nil, fmt.Errorf("listen address %s of the metrics is not loopback: they are not protected, use 127.0.0.1", address)
	}
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port of the metrics is taken: another process listens on %s: %w", address, err)
	case err != nil:
		return nil, fmt.Errorf("listen on %s for the metrics: %w", address, err)
	}
	return &server{
		url: "http://" + l.Addr().String(), listener: l, log: log, exposed: exposed,
		http: &http.Server{
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
			ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
			WriteTimeout: 2 * queryTimeout, IdleTimeout: 2 * time.Minute,
		},
	}, nil
}

// serve answers with h until stop.
func (s *server) serve(h http.Handler) {
	s.http.Handler = localOnly(h, s.exposed)
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		s.log.Error("metrics are no longer offered", "url", s.url, "err", err)
	}
}

// stop ends at once: every request is a read, so nothing is lost.
func (s *server) stop() {
	if s == nil {
		return
	}
	_ = s.http.Close()
	_ = s.listener.Close() // serve may not have been reached
}

// localOnly refuses requests for another host name, which a web page could make
// a browser send here by pointing that name at the loopback address. An exposed
// server is also asked by its address and by its name on a container network.
func localOnly(h http.Handler, exposed bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback.Named(r.Host) && !(exposed && private(r.Host)) {
			http.Error(w, "ask for this server by a loopback address", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// private reports whether a Host header holds what no web page can have as its
// own name: an address, or a name without a dot.
func private(header string) bool {
	host, _, err := net.SplitHostPort(header)
	if err != nil {
		host = strings.Trim(header, "[]")
	}
	return net.ParseIP(host) != nil || host != "" && !strings.Contains(host, ".")
}
