package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"syscall"
	"time"

	"pitwall/backends"
	"pitwall/backends/local/control"
)

// Backend reads the local stack. It is safe for concurrent use, and also works
// while no stack runs: its calls then return a *NotRunningError.
type Backend struct {
	dir  string
	http *http.Client
}

var (
	_ backends.Lister       = (*Backend)(nil)
	_ backends.Watcher      = (*Backend)(nil)
	_ backends.Reviser      = (*Backend)(nil)
	_ backends.Versioner    = (*Backend)(nil)
	_ backends.LogStreamer  = (*Backend)(nil)
	_ backends.Eventer      = (*Backend)(nil)
	_ backends.SignalSource = (*Backend)(nil)
	_ backends.Configurer   = (*Backend)(nil)
)

// NotRunningError says that no supervisor runs in a state directory.
type NotRunningError struct{ Dir string }

func (e *NotRunningError) Error() string {
	return fmt.Sprintf("no local stack runs in %s: start one with `pitwall up`", e.Dir)
}

// answerTimeout is how long a supervisor that hangs may keep a caller waiting
// whose context has no end.
const answerTimeout = time.Minute

// maxAnswer bounds the length of an answer in bytes.
const maxAnswer = 64 << 20

// Attach makes a client for the stack in a state directory, which need not run
// yet. The error is about the directory's name only.
func Attach(stateDir string) (*Backend, error) {
	dir, err := filepath.Abs(stateDir)
	if err != nil {
		return nil, fmt.Errorf("find the state directory: %w", err)
	}
	b := &Backend{dir: dir}
	b.http = &http.Client{Transport: &http.Transport{DialContext: b.dial, Proxy: nil, IdleConnTimeout: time.Minute,
		ResponseHeaderTimeout: answerTimeout}}
	return b, nil
}

// dial connects to the control socket, whose place may change between runs.
func (b *Backend) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	path, err := control.SocketPath(b.dir)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EINVAL) {
		return nil, &NotRunningError{Dir: b.dir} // EINVAL: a path too long for a socket, so there is none
	}
	return conn, err
}

// Close ends the idle connections.
func (b *Backend) Close() { b.http.CloseIdleConnections() }

// Stack tells what runs: the supervisor's pid, the front doors, Prometheus.
func (b *Backend) Stack(ctx context.Context) (control.Stack, error) {
	var s control.Stack
	err := b.get(ctx, control.PathStack, nil, &s)
	return s, err
}

// Deployments implements backends.Lister.
func (b *Backend) Deployments(ctx context.Context) ([]backends.Deployment, error) {
	var l control.Listing
	err := b.get(ctx, control.PathDeployments, nil, &l)
	return l.Deployments, err
}

// Revisions implements backends.Reviser.
func (b *Backend) Revisions(ctx context.Context, deployment string) ([]backends.Revision, error) {
	var list []backends.Revision
	err := b.get(ctx, control.PathRevisions, url.Values{"deployment": {deployment}}, &list)
	return list, err
}

// Versions implements backends.Versioner.
func (b *Backend) Versions(ctx context.Context, deployment string) ([]backends.Version, error) {
	var list []backends.Version
	err := b.get(ctx, control.PathVersions, url.Values{"deployment": {deployment}}, &list)
	return list, err
}

// Events implements backends.Eventer.
func (b *Backend) Events(ctx context.Context, deployment string, since time.Time) ([]backends.Event, error) {
	var list []backends.Event
	err := b.get(ctx, control.PathEvents, url.Values{"deployment": {deployment}, "since": {formatSince(since)}}, &list)
	return list, err
}

// Prometheus implements backends.SignalSource.
func (b *Backend) Prometheus(ctx context.Context) (string, error) {
	s, err := b.Stack(ctx)
	if err == nil && s.Prometheus == "" {
		err = errors.New("the local stack is still starting its Prometheus")
	}
	return s.Prometheus, err
}

func formatSince(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// get reads one answer.
func (b *Backend) get(ctx context.Context, path string, query url.Values, into any) error {
	return b.call(ctx, http.MethodGet, path, query, nil, into)
}

func (b *Backend) call(ctx context.Context, method, path string, query url.Values, body io.Reader, into any) error {
	resp, err := b.open(ctx, method, path, query, body)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("read the answer of the local stack: %w", err)
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 1) // the newline, so that the connection can be used again
	return nil
}

// open sends a request and gives an answer that is not an error.
func (b *Backend) open(ctx context.Context, method, path string, query url.Values, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://pitwall"+path+"?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	resp, err := b.http.Do(req)
	if err != nil {
		if gone := (*NotRunningError)(nil); errors.As(err, &gone) {
			return nil, gone
		}
		return nil, fmt.Errorf("ask the local stack: %w", err)
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	var failed control.Error
	if json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&failed) != nil || failed.Text == "" {
		return nil, fmt.Errorf("the local stack answers %s", resp.Status)
	}
	return nil, failed.Decode()
}
