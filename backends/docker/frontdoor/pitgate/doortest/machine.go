package doortest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
)

// Machine stands in for the engine: what would be run in a container is run on
// this machine. It can be changed between calls.
type Machine struct {
	Programs map[string]string // path in the container → path here; others do not exist
	PID      int               // that Kill signals
	Commands [][]string        // that were run
}

// Exec implements the doors' Execer.
func (m *Machine) Exec(ctx context.Context, _ string, cmd []string, stdin io.Reader) (engine.ExecResult, error) {
	m.Commands = append(m.Commands, slices.Clone(cmd))
	program, ok := m.Programs[cmd[0]]
	if !ok {
		return engine.ExecResult{Stdout: []byte("OCI runtime exec failed: no such file or directory"), Code: 126}, nil
	}
	c := exec.CommandContext(ctx, program, cmd[1:]...)
	var out, errs bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = stdin, &out, &errs
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return engine.ExecResult{}, err
	}
	return engine.ExecResult{Stdout: out.Bytes(), Stderr: errs.Bytes(), Code: c.ProcessState.ExitCode()}, nil
}

// ReadFile reads a file of this machine.
func (m *Machine) ReadFile(_ context.Context, _, path string) ([]byte, error) {
	return os.ReadFile(path)
}

// Kill signals PID.
func (m *Machine) Kill(_ context.Context, _, signal string) error {
	if signal != "SIGUSR2" {
		return errors.New("no such signal here: " + signal)
	}
	return syscall.Kill(m.PID, syscall.SIGUSR2)
}

// Pitwall builds the static pitwall binary and gives its path.
func Pitwall(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "pitwall")
	cmd := exec.CommandContext(tb.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "pitwall/cmd/pitwall")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("build pitwall: %v\n%s", err, out)
	}
	return path
}

// Replica starts a replica that answers with its variant. handle may be nil.
func Replica(tb testing.TB, name, variant string, handle http.HandlerFunc) frontdoor.Member {
	tb.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set(VariantHeader, variant)
		if handle != nil {
			handle(w, r)
		}
	}))
	tb.Cleanup(s.Close)
	host, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		tb.Fatal(err)
	}
	return frontdoor.Member{Name: name, Host: host, Port: uint16(n)}
}

// FreeAddr gives an address of loopback that nobody listens on now.
func FreeAddr(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
