package gateway

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// nameServer answers every question for an A record with one address.
type nameServer struct {
	addr  string
	last  atomic.Uint32 // last byte of 127.0.0.x
	away  atomic.Bool   // it cannot be reached
	asked atomic.Int64  // questions for an A record
}

// useNameServer makes the process resolve names with it until the test ends.
func useNameServer(t *testing.T) *nameServer {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{addr: c.LocalAddr().String()}
	go s.serve(c)
	old := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if s.away.Load() {
			return nil, errors.New("connection refused")
		}
		return (&net.Dialer{}).DialContext(ctx, "udp", s.addr)
	}}
	t.Cleanup(func() {
		net.DefaultResolver = old
		c.Close()
	})
	return s
}

func (s *nameServer) serve(c net.PacketConn) {
	buf := make([]byte, 512)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		end := 12 // after the header: the name, then its type and class (RFC 1035 §4.1)
		for buf[end] != 0 {
			end += 1 + int(buf[end])
		}
		question := buf[12 : end+5]
		answer := append([]byte{}, buf[0], buf[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0)
		answer = append(answer, question...)
		if kind := buf[end+2]; kind == 1 && n > end {
			s.asked.Add(1)
			answer[7] = 1
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, byte(s.last.Load()))
		}
		c.WriteTo(answer, from)
	}
}

// TestNameIsResolvedForEveryConnection replaces the process behind a name, as
// a container does that comes back with another address.
func TestNameIsResolvedForEveryConnection(t *testing.T) {
	names := useNameServer(t)
	serve := func(addr, text string) string {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Skipf("this machine cannot listen on %s: %v", addr, err)
		}
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) }), ReadHeaderTimeout: time.Second}
		go s.Serve(l)
		t.Cleanup(func() { s.Close() })
		return l.Addr().String()
	}
	_, port, _ := net.SplitHostPort(serve("127.0.0.1:0", "first"))
	serve("127.0.0.2:"+port, "second")
	names.last.Store(1)
	v := Variant{Name: "A", Weight: 100, Backends: []Backend{{Addr: "replica.test.:" + port, Name: "a-1"}}}
	g, addr := newGateway(t, v)
	ask := func() string {
		_, text := post(t, "http://"+addr+"/predict", "u", "{}")
		return text
	}
	if got := ask(); got != "first" {
		t.Fatalf("answer %q", got)
	}
	names.last.Store(2)
	asked := names.asked.Load()
	if got := ask(); got != "first" || names.asked.Load() != asked {
		t.Errorf("answer %q after %d questions: a connection that is open stays with its process", got, names.asked.Load()-asked)
	}
	g.closeBackends() // as the end of the first process does
	if got := ask(); got != "second" {
		t.Errorf("answer %q over a new connection, want that of the new address", got)
	}
	asked = names.asked.Load()
	g.probeAll(t.Context(), g.current.Load().backends())
	if names.asked.Load() == asked {
		t.Error("a probe did not resolve the name anew")
	}
}

// TestNameServerAway takes the name server away, as the restart of a Docker
// engine does whose containers go on.
func TestNameServerAway(t *testing.T) {
	names := useNameServer(t)
	names.last.Store(1)
	b := newBackend(t, "a-1", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "served") })
	_, port, err := net.SplitHostPort(strings.TrimPrefix(b.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	g, addr := newGateway(t, Variant{Name: "A", Weight: 100, Backends: []Backend{{Addr: "replica.test.:" + port, Name: "a-1"}}})
	names.away.Store(true)
	for range 3 {
		g.probeAll(t.Context(), g.current.Load().backends())
		g.closeBackends() // every request connects anew
		if _, text := post(t, "http://"+addr+"/predict", "u", "{}"); text != "served" {
			t.Errorf("without its name server the gateway answers %q", text)
		}
	}
}

func TestReadyPath(t *testing.T) {
	asked := atomic.Pointer[string]{}
	b := newBackend(t, "a-1", func(w http.ResponseWriter, r *http.Request) { asked.Store(&r.URL.Path) })
	g := New(Config{Deployment: "d", ReadyPath: "/v2/health/ready", Log: quiet()})
	if _, err := g.SetState(t.Context(), State{Variants: []Variant{side("A", 100, b)}}, 0); err != nil {
		t.Fatal(err)
	}
	if p := asked.Load(); p == nil || *p != "/v2/health/ready" {
		t.Errorf("the probe asked %v", p)
	}
	for _, bad := range []string{"ready", "http://x/ready", "/a b\r\n"} {
		if _, err := (Config{Deployment: "d", AdminListen: "127.0.0.1:0", ReadyPath: bad}).withDefaults(); err == nil || !strings.Contains(err.Error(), "ready path") {
			t.Errorf("ready path %q: %v", bad, err)
		}
	}
}
