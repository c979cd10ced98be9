package gateway

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pitwall/serve/loopback"
)

// Config is what Run needs. Listen, AdminListen, TokenFile, Deployment and Log
// are required.
type Config struct {
	Listen      string // address of the front door
	AdminListen string // address of the admin API and the metrics; loopback only
	TokenFile   string // bearer token of the admin API; readable by its owner only
	CreateToken bool   // makes TokenFile with a random token when it is absent
	Deployment  string // name, for labels and the admin API
	KeyHeader   string // header that names the user, or "cookie:NAME"; default X-User-Id
	ReadyPath   string // that a backend answers with 200 when it is ready; default /ready
	StateFile   string // initial State as JSON; "" waits for one over the admin API or Control

	MetricsListen string // address for GET /metrics and /health alone, without token; "" for none

	// KeepFile remembers the state: it is written with every change and read at
	// the next start, so that a gateway which is restarted goes on by itself.
	KeepFile string

	Supervised bool      // read commands from Control; its end means stop
	Control    io.Reader // usually standard input; one JSON command a line: {"state":{…}} sets the first state

	Timeout time.Duration // longest silence of a client or a backend in a request; default 30 s
	Drain   time.Duration // longest wait for open requests at the end; default 20 s
	Log     *slog.Logger
}

// withDefaults fills what was left out and refuses what cannot work.
func (c Config) withDefaults() (Config, error) {
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Drain == 0 {
		c.Drain = 20 * time.Second
	}
	if c.KeyHeader == "" {
		c.KeyHeader = "X-User-Id"
	}
	if name, isCookie := strings.CutPrefix(c.KeyHeader, "cookie:"); !validToken(name) && isCookie || !isCookie && !validToken(c.KeyHeader) {
		return c, fmt.Errorf("key header %q is neither a header name nor cookie:NAME", c.KeyHeader)
	}
	if c.ReadyPath == "" {
		c.ReadyPath = DefaultReadyPath
	}
	if err := validPath(c.ReadyPath); err != nil {
		return c, err
	}
	if c.Supervised && c.Control == nil {
		return c, errors.New("supervised mode needs commands to read")
	}
	if c.Deployment == "" {
		return c, errors.New("a deployment name is needed: --deployment NAME")
	}
	if err := validText("deployment name", c.Deployment); err != nil {
		return c, err
	}
	return c, loopbackOnly(c.AdminListen)
}

// DefaultReadyPath is where backends are asked whether they are ready.
const DefaultReadyPath = "/ready"

// validPath refuses what cannot be the target of a request.
func validPath(path string) error {
	if u, err := url.ParseRequestURI(path); err != nil || u.Path == "" || path[0] != '/' {
		return fmt.Errorf("ready path %q is not the path of a URL, such as /healthz", path)
	}
	return validText("ready path", path)
}

// loopbackOnly refuses an address that other machines could reach.
func loopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("admin address %q is not host:port", addr)
	}
	if !loopback.Is(host) {
		return fmt.Errorf("admin address %q is not on loopback: use 127.0.0.1:PORT", addr)
	}
	return nil
}

// newServer makes a server with the limits that every listener of ours has.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
