package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"time"

	"pitwall/backends/internal/mask"
)

// sshTarget reaches an engine as the docker command does: every connection is
// one `ssh HOST docker system dial-stdio`.
func sshTarget(asked string) (target, error) {
	u, err := url.Parse(asked)
	if err != nil || u.Hostname() == "" {
		return target{}, fmt.Errorf("the Docker host %q names no machine: write ssh://USER@HOST", mask.Userinfo(asked))
	}
	if _, password := u.User.Password(); password {
		return target{}, errors.New("a Docker host over ssh takes no password in its address: use a key, or an agent")
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return target{}, fmt.Errorf("the Docker host %q is more than a machine: write ssh://USER@HOST:PORT", asked)
	}
	if strings.HasPrefix(u.Hostname(), "-") || strings.HasPrefix(u.User.Username(), "-") {
		return target{}, fmt.Errorf("%q is no name of a machine", asked) // ssh would take it for an option
	}
	args := sshArgs(u)
	return target{
		// A socket's address keeps the library from proxies; it is never dialled.
		url: "unix:///ssh", host: "ssh://" + u.User.Username() + at(u) + u.Host,
		dial: func(context.Context, string, string) (net.Conn, error) { return dialCommand("ssh", args...) },
	}, nil
}

func at(u *url.URL) string {
	if u.User.Username() == "" {
		return ""
	}
	return "@"
}

// sshArgs are the arguments of ssh. It never asks: there is nobody to answer.
func sshArgs(u *url.URL) []string {
	args := []string{"-o", "ConnectTimeout=30", "-o", "BatchMode=yes", "-T"}
	if u.User.Username() != "" {
		args = append(args, "-l", u.User.Username())
	}
	if u.Port() != "" {
		args = append(args, "-p", u.Port())
	}
	return append(args, "--", u.Hostname(), "docker", "system", "dial-stdio")
}

// dialCommand makes a connection of the standard streams of a command. It
// lives longer than the request that dialled it, so no context ends it.
func dialCommand(name string, args ...string) (net.Conn, error) {
	cmd := exec.Command(name, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	cmd.WaitDelay = 5 * time.Second // a child of ssh that lives on may hold its streams
	c := &commandConn{cmd: cmd, in: in, out: out, ended: make(chan struct{})}
	cmd.Stderr = &c.complaint
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return c, nil
}

// commandConn is a net.Conn over a command's standard streams.
type commandConn struct {
	cmd       *exec.Cmd
	in        io.WriteCloser
	out       io.ReadCloser
	complaint complaint
	once      sync.Once
	ended     chan struct{}
}

// Read turns the end of the command into its complaint, which tells why.
func (c *commandConn) Read(p []byte) (int, error) {
	n, err := c.out.Read(p)
	if err == nil || n > 0 {
		return n, err
	}
	c.reap()
	select { // the complaint is complete
	case <-c.ended:
	case <-time.After(time.Second):
	}
	if text := c.complaint.String(); text != "" {
		return 0, fmt.Errorf("ssh: %s", strings.TrimPrefix(text, "ssh: "))
	}
	return 0, err
}

// reap waits for the command in the background.
func (c *commandConn) reap() {
	c.once.Do(func() {
		go func() {
			_ = c.cmd.Wait()
			close(c.ended)
		}()
	})
}

func (c *commandConn) Write(p []byte) (int, error) { return c.in.Write(p) }

// CloseWrite tells the other side that no more input comes.
func (c *commandConn) CloseWrite() error { return c.in.Close() }

// Close ends the command.
func (c *commandConn) Close() error {
	_ = c.in.Close()
	_ = c.cmd.Process.Kill()
	c.reap()
	return nil
}

func (c *commandConn) LocalAddr() net.Addr              { return commandAddr{} }
func (c *commandConn) RemoteAddr() net.Addr             { return commandAddr{} }
func (c *commandConn) SetDeadline(time.Time) error      { return nil }
func (c *commandConn) SetReadDeadline(time.Time) error  { return nil }
func (c *commandConn) SetWriteDeadline(time.Time) error { return nil }

type commandAddr struct{}

func (commandAddr) Network() string { return "command" }
func (commandAddr) String() string  { return "command" }

// complaint keeps the first kilobyte that a command writes to standard error.
type complaint struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *complaint) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if room := 1024 - c.text.Len(); room > 0 {
		c.text.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (c *complaint) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.TrimSpace(c.text.String())
}
