// Package engine is the Docker Engine API as pitwall uses it: containers,
// images, volumes and networks, commands in containers, events, logs and use.
//
// Every method says what it was doing when it failed. When the engine cannot
// be reached the error is a *DownError, and what does not exist is a
// *NotFoundError. Texts that come from the engine are foreign.
package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/moby/moby/client"
)

// idleConns is how many connections to the engine are kept for the next calls.
const idleConns = 8

// Client talks to one Docker Engine. Its methods may be called from any
// goroutine.
type Client struct {
	api   *client.Client
	host  string
	local bool

	cache inspections
	usage samples

	mu   sync.Mutex
	name string // of the engine's machine, once it is known
}

// Options say which engine is meant.
type Options struct {
	// Host is the engine: "" as the docker command chooses it, unix:///PATH,
	// tcp://HOST:PORT, ssh://USER@HOST, HOST[:PORT], or the name of a Docker
	// context. A leading "docker:" or "docker://" is ignored.
	Host string
	Env  func(string) string // os.Getenv; nil for an empty environment
	Home string              // the user's directory, for ~/.docker
}

// Open makes a client. It reads configuration and never connects.
// Errors: *UnknownContextError, and sentences about the configuration.
func Open(o Options) (*Client, error) {
	t, err := resolve(o)
	if err != nil {
		return nil, err
	}
	hc := &http.Client{Transport: transport(t), CheckRedirect: client.CheckRedirect}
	opts := []client.Opt{client.WithHTTPClient(hc), client.WithHost(t.url), client.WithUserAgent("pitwall")}
	if t.dial != nil {
		opts = append(opts, client.WithDialContext(t.dial))
	}
	api, err := client.New(opts...)
	if err != nil {
		return nil, fmt.Errorf("open the Docker engine at %s: %w", t.host, err)
	}
	return &Client{api: api, host: t.host, local: t.local}, nil
}

// transport speaks HTTP/1.1 only: a map for other protocols, even an empty one,
// keeps net/http from adding a TLS configuration, which the library would take
// as the wish for TLS.
func transport(t target) *http.Transport {
	return &http.Transport{MaxIdleConns: idleConns, MaxIdleConnsPerHost: idleConns, IdleConnTimeout: 30 * time.Second,
		TLSClientConfig: t.tls, TLSNextProto: make(map[string]func(string, *tls.Conn) http.RoundTripper)}
}

// Host is where the engine is, for people. It holds no secrets.
func (c *Client) Host() string { return c.host }

// Local reports whether the engine is reached by a socket of this machine.
func (c *Client) Local() bool { return c.local }

// Close gives up the idle connections. Calls that are under way go on.
func (c *Client) Close() { _ = c.api.Close() }

// Info tells about an engine.
type Info struct {
	Version    string
	APIVersion string // that both sides speak
	OS         string // linux, windows
	Arch       string // amd64, arm64…
	Name       string // of its machine
}

// Ping asks the engine who it is. An engine that does not answer before ctx
// ends is down. Errors: *DownError, and a sentence for an engine that is too old.
func (c *Client) Ping(ctx context.Context) (Info, error) {
	const doing = "ask the Docker engine for its version"
	if _, err := c.api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return Info{}, c.down(ctx, doing, err)
	}
	v, err := c.api.ServerVersion(ctx, client.ServerVersionOptions{})
	if err != nil {
		return Info{}, c.down(ctx, doing, err)
	}
	name, err := c.machine(ctx)
	if err != nil {
		return Info{}, c.down(ctx, doing, err)
	}
	return Info{Version: v.Version, APIVersion: c.api.ClientVersion(), OS: v.Os, Arch: v.Arch, Name: name}, nil
}

// machine is the name of the engine's machine, asked for once.
func (c *Client) machine(ctx context.Context) (string, error) {
	c.mu.Lock()
	name := c.name
	c.mu.Unlock()
	if name != "" {
		return name, nil
	}
	info, err := c.api.Info(ctx, client.InfoOptions{})
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.name = info.Info.Name
	return c.name, nil
}

// now is the engine's own time, which events and logs are stamped with.
func (c *Client) now(ctx context.Context) (time.Time, error) {
	const doing = "ask the Docker engine for its time"
	info, err := c.api.Info(ctx, client.InfoOptions{})
	if err != nil {
		return time.Time{}, c.fail(ctx, doing, err)
	}
	t, err := time.Parse(time.RFC3339Nano, info.Info.SystemTime)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", doing, err)
	}
	return t, nil
}

// down is fail for a call that any engine answers at once: no answer in time
// means that there is none.
func (c *Client) down(ctx context.Context, doing string, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &DownError{Host: c.host, Err: err}
	}
	return c.fail(ctx, doing, err)
}
