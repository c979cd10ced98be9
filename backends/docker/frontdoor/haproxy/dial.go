package haproxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
)

// Execer is what the door needs of the engine; *engine.Client is one.
type Execer interface {
	Exec(ctx context.Context, id string, cmd []string, stdin io.Reader) (engine.ExecResult, error)
	ReadFile(ctx context.Context, id, path string) ([]byte, error)
	Kill(ctx context.Context, id, signal string) error
}

// Dialer sends a line of commands to the runtime API and gives the answer.
type Dialer interface {
	Ask(ctx context.Context, commands string) (string, error)
}

// askTimeout bounds one exchange with the runtime API.
const askTimeout = 10 * time.Second

// binaries are where an image may have pitwall, for `pitwall pipe`.
var binaries = []string{"/pitwall", "/usr/local/bin/pitwall", "/usr/bin/pitwall"}

// dialers lists the ways to reach the runtime API, best first: from inside the
// container, over a mount, over the network.
func (d *Door) dialers(c conf) []Dialer {
	var all []Dialer
	for _, s := range sockets(c) {
		network, address := s.inside()
		for _, binary := range binaries {
			all = append(all, execDialer{d.client, d.container.ID, []string{binary, "pipe", network, address}})
		}
	}
	for _, s := range sockets(c) {
		if path, _ := here(d.container.Mounts, s.path); s.path != "" && path != "" {
			all = append(all, netDialer{"unix", path})
		}
	}
	for _, s := range sockets(c) {
		if address := d.container.Address(""); d.options.Local && s.path == "" && s.host == "" && address != "" {
			all = append(all, netDialer{"tcp", net.JoinHostPort(address, s.port)})
		}
	}
	return all
}

// ask sends commands the way that worked last, else the first that works.
func (d *Door) ask(ctx context.Context, c conf, commands string) (string, error) {
	if last := d.lastDialer(); last != nil {
		if answer, err := last.Ask(ctx, commands); err == nil {
			return answer, nil
		}
	}
	var tried []error
	for _, dialer := range d.dialers(c) {
		answer, err := dialer.Ask(ctx, commands)
		if err == nil {
			d.keepDialer(dialer)
			return answer, nil
		}
		if !errors.Is(err, errAbsent) {
			tried = append(tried, err)
		}
	}
	if ctx.Err() != nil {
		return "", fmt.Errorf("ask HAProxy in %s: %w", d.container.Name, ctx.Err())
	}
	return "", &frontdoor.UnreadableError{Kind: frontdoor.HAProxy, Where: d.container.Name, Why: unreachable(sockets(c), tried)}
}

// unreachable says why no runtime API answers and what helps.
func unreachable(found []socket, tried []error) string {
	if len(found) == 0 {
		return `its configuration has no runtime API: add "stats socket /run/haproxy/admin.sock mode 600 level admin" to the global section, ` +
			`and put the pitwall binary into the image as /pitwall or mount the directory of the socket from this machine`
	}
	why := fmt.Sprintf("its runtime API at %s is not reached from here", found[0])
	for _, err := range tried {
		why += "; " + err.Error()
	}
	return why + `: put the pitwall binary into the image as /pitwall, mount the directory of the socket from this machine, ` +
		`or, on a network that only you reach, add "stats socket ipv4@*:9999 level admin"`
}

// errAbsent says that a container does not have the program.
var errAbsent = errors.New("the container has no pitwall binary")

// execDialer runs `pitwall pipe` in the container.
type execDialer struct {
	client  Execer
	id      string
	command []string
}

// Ask implements Dialer.
func (e execDialer) Ask(ctx context.Context, commands string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	r, err := e.client.Exec(ctx, e.id, e.command, strings.NewReader(commands+"\n"))
	switch {
	case err != nil:
		return "", err
	case r.Code == 126 || r.Code == 127:
		return "", errAbsent
	case r.Code != 0:
		return "", fmt.Errorf("%s: %s", strings.Join(e.command, " "), strings.TrimSpace(cut(string(r.Stderr))))
	}
	return string(r.Stdout), nil
}

// netDialer connects from this machine.
type netDialer struct{ network, address string }

// Ask implements Dialer.
func (n netDialer) Ask(ctx context.Context, commands string) (string, error) {
	if n.network == "unix" {
		if _, err := os.Stat(n.address); err != nil {
			return "", err
		}
	}
	dialer := net.Dialer{Timeout: 2 * time.Second}
	c, err := dialer.DialContext(ctx, n.network, n.address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	if err := c.SetDeadline(time.Now().Add(askTimeout)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, commands+"\n"); err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(c, 8<<20))
	if err != nil {
		return "", fmt.Errorf("read from %s: %w", n.address, err)
	}
	return string(text), nil
}
