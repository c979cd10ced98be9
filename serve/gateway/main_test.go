package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be a gateway, or a backend, in a process of its
// own.
func TestMain(m *testing.M) {
	var err error
	switch role := os.Getenv("PITWALL_TEST_ROLE"); role {
	case "":
		os.Exit(m.Run())
	case "backend":
		err = runBackend()
	default:
		err = runGateway(role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runGateway(tokenFile string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return Run(ctx, Config{
		Listen: "127.0.0.1:0", AdminListen: "127.0.0.1:0", Deployment: "model-api",
		TokenFile: tokenFile, Supervised: true, Control: os.Stdin,
		Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	})
}

// runBackend answers predictions until its standard input ends.
func runBackend() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	slog.New(slog.NewJSONHandler(os.Stderr, nil)).Info("listening", "addr", l.Addr().String())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		l.Close()
	}()
	err = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"model":"model-api","version":"1.0.0","predictions":[{"label":"benign","scores":[0.25,0.75]}]}`)
	}))
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

const testToken = "0123456789abcdef0123"

// process is a gateway or a backend in a process of its own.
type process struct {
	cmd         *exec.Cmd
	stdin       io.WriteCloser
	addr, admin string
	exited      chan error
}

// startGateway starts a supervised gateway without variants.
func startGateway(tb testing.TB) *process {
	tb.Helper()
	token := filepath.Join(tb.TempDir(), "token")
	if err := os.WriteFile(token, []byte(testToken+"\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	return startProcess(tb, token)
}

// startProcess runs the test binary in a role and waits until it listens.
func startProcess(tb testing.TB, role string) *process {
	tb.Helper()
	p := &process{cmd: exec.Command(os.Args[0]), exited: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), "PITWALL_TEST_ROLE="+role)
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		tb.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.cmd.Process.Kill() })
	lines := bufio.NewScanner(stderr)
	for p.addr == "" && lines.Scan() {
		var line struct{ Msg, Addr, Admin string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			tb.Fatalf("the %s logged %q", role, lines.Text())
		}
		if line.Msg == "listening" {
			p.addr, p.admin = line.Addr, line.Admin
		}
	}
	go func() {
		for lines.Scan() {
		}
		p.exited <- p.cmd.Wait()
	}()
	return p
}

// testBackend is a replica that answers with its name, or as handle says.
type testBackend struct {
	*httptest.Server
	name     string
	addr     string
	notReady atomic.Bool
	late     atomic.Bool // it answers probes when their client has gone
	served   atomic.Int64
}

func newBackend(tb testing.TB, name string, handle http.HandlerFunc) *testBackend {
	tb.Helper()
	b := &testBackend{name: name}
	if handle == nil {
		handle = func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"backend":"`+name+`"}`)
		}
	}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ready" {
			if b.late.Load() {
				<-r.Context().Done()
			}
			if b.notReady.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return
		}
		b.served.Add(1)
		handle(w, r)
	}))
	b.addr = b.Listener.Addr().String()
	tb.Cleanup(b.Close)
	return b
}

// side lists backends as a variant.
func side(name string, weight float64, backends ...*testBackend) Variant {
	v := Variant{Name: name, Version: "1.0." + name, Weight: weight}
	for _, b := range backends {
		v.Backends = append(v.Backends, Backend{Addr: b.addr, Name: b.name})
	}
	return v
}

// newGateway serves a gateway in this process, without health checks: a test
// that needs them calls probeAll.
func newGateway(tb testing.TB, variants ...Variant) (*Gateway, string) {
	tb.Helper()
	c, err := Config{Deployment: "model-api", AdminListen: "127.0.0.1:0", Timeout: 5 * time.Second,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))}.withDefaults()
	if err != nil {
		tb.Fatal(err)
	}
	g := New(c)
	if len(variants) > 0 {
		if _, err := g.SetState(tb.Context(), State{Variants: variants}, 0); err != nil {
			tb.Fatal(err)
		}
	}
	server := httptest.NewUnstartedServer(nil)
	server.Config = newServer(g, c.Log)
	server.Start()
	tb.Cleanup(func() {
		server.Close()
		g.closeBackends()
	})
	return g, server.Listener.Addr().String()
}

// eventually polls a condition for at most five seconds.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	tb.Fatalf("not so after 5 s: %s", what)
}
