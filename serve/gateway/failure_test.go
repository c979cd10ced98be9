package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// rawBackend accepts connections, answers health probes, and leaves the rest
// to serve, which gets the connection after the head of a request was read.
func rawBackend(t *testing.T, serve func(net.Conn)) *testBackend {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	b := &testBackend{Server: &httptest.Server{Listener: l}, name: "raw", addr: l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				if req.URL.Path == "/ready" {
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
					return
				}
				b.served.Add(1)
				serve(conn)
			}()
		}
	}()
	return b
}

func TestBadAnswers(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		want         int
	}{
		{"closes at once", "", 502},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-Le", 502},
		{"not HTTP", "220 mail ready\r\n\r\n", 502},
		{"switches protocols", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", 502},
		{"impossible status", "HTTP/1.1 007 Bond\r\n\r\n", 502},
		{"endless interim answers", strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 20), 502},
		{"endless header", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("y", 4000)+"\r\n", 300), 502},
		{"closes to end the body", "HTTP/1.1 200 OK\r\n\r\nall of it", 200},
		{"speaks out of turn", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			backend := rawBackend(t, func(conn net.Conn) { io.WriteString(conn, c.answer) })
			other := newBackend(t, "other", nil)
			g, addr := newGateway(t, side("A", 100, backend), side("B", 0, other))
			resp, body := post(t, "http://"+addr+"/predict", "u", "{}")
			if resp.StatusCode != c.want {
				t.Errorf("status %d (%s), want %d", resp.StatusCode, body, c.want)
			}
			v := g.State().Variants[0]
			if wantErrors := int64(c.want / 500); v.Requests != 1 || v.Errors != wantErrors || backend.served.Load() != 1 {
				t.Errorf("%d requests, %d errors, sent %d times", v.Requests, v.Errors, backend.served.Load())
			}
		})
	}
}

// TestSentRequestIsNotSentAgain breaks the connection after the request.
func TestSentRequestIsNotSentAgain(t *testing.T) {
	var sent atomic.Int64
	breaks := func(net.Conn) { sent.Add(1) }
	_, addr := newGateway(t, side("A", 100, rawBackend(t, breaks), rawBackend(t, breaks)))
	resp, _ := post(t, "http://"+addr+"/predict", "u", "{}")
	if resp.StatusCode != http.StatusBadGateway || sent.Load() != 1 {
		t.Errorf("status %d after sending %d times, want 502 after one", resp.StatusCode, sent.Load())
	}
}

func TestTruncatedAnswerIsNotCompleted(t *testing.T) {
	backend := rawBackend(t, func(conn net.Conn) { io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\nhalf") })
	g, addr := newGateway(t, side("A", 100, backend))
	resp, err := http.Post("http://"+addr+"/", "", nil)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("the client took half an answer for a whole one")
	}
	eventually(t, "it counts as an error of the variant", func() bool { return g.State().Variants[0].Errors == 1 })
}

func TestTimeout(t *testing.T) {
	backend := newBackend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // a server sees its client go only after the body
		<-r.Context().Done()
	})
	g, addr := newGateway(t, side("A", 100, backend))
	g.timeout = 30 * time.Millisecond
	if resp, body := post(t, "http://"+addr+"/predict", "u", "{}"); resp.StatusCode != http.StatusGatewayTimeout {
		t.Errorf("status %d (%s), want 504", resp.StatusCode, body)
	}
}

func TestRefusedConnectionTriesAnotherBackend(t *testing.T) {
	dead, alive := newBackend(t, "dead", nil), newBackend(t, "alive", nil)
	g, addr := newGateway(t, side("A", 100, dead, alive))
	dead.Close()
	for range 6 {
		if resp, body := post(t, "http://"+addr+"/predict", "u", "{}"); resp.StatusCode != http.StatusOK || !strings.Contains(body, "alive") {
			t.Fatalf("status %d, %s", resp.StatusCode, body)
		}
	}
	if g.State().Variants[0].Backends[0].Up {
		t.Error("the dead backend is still in rotation")
	}
	if n := testutil.ToFloat64(g.metrics.retries.WithLabelValues("model-api", "A")); n != 1 {
		t.Errorf("%v retries counted, want 1", n)
	}
}

func TestLateBackendsServeWhereNoOtherIsReady(t *testing.T) {
	a, b := newBackend(t, "a", nil), newBackend(t, "b", nil)
	g, addr := newGateway(t, side("A", 100, a, b))
	probe := func() { g.probeAll(t.Context(), g.current.Load().backends()) }
	serves := func() (names string) {
		for range 6 {
			resp, body := post(t, "http://"+addr+"/predict", "u", "{}")
			names += fmt.Sprint(resp.StatusCode) + body
		}
		return names
	}
	a.late.Store(true)
	probe()
	if got := serves(); strings.Contains(got, `"a"`) || strings.Contains(got, "503") {
		t.Errorf("a late backend beside a ready one: %s", got)
	}
	b.late.Store(true)
	probe()
	probe()
	if got := serves(); !strings.Contains(got, `"a"`) || !strings.Contains(got, `"b"`) || strings.Contains(got, "503") {
		t.Errorf("both are late: %s", got)
	}
	a.late.Store(false)
	a.notReady.Store(true) // it says so itself
	b.late.Store(false)
	b.Close() // nobody there any more
	probe()
	if got := serves(); strings.Contains(got, "200") {
		t.Errorf("neither is late any more: %s", got)
	}
}

func TestNoReadyBackendIs503ForItsUsersOnly(t *testing.T) {
	a, b := newBackend(t, "a", nil), newBackend(t, "b", nil)
	g, addr := newGateway(t, side("A", 50, a), side("B", 50, b))
	b.notReady.Store(true)
	g.probeAll(t.Context(), g.current.Load().backends())
	codes := make(map[string]int)
	for user := range 50 {
		resp, body := post(t, "http://"+addr+"/predict", fmt.Sprint("user", user), "{}")
		variant := resp.Header.Get("X-Pitwall-Variant")
		codes[variant] = resp.StatusCode
		if variant == "B" && !strings.Contains(body, `{"error":"variant B has no ready backend","variant":"B"}`) {
			t.Fatalf("answer %s", body)
		}
	}
	if codes["A"] != http.StatusOK || codes["B"] != http.StatusServiceUnavailable {
		t.Errorf("statuses %v, want A 200 and B 503", codes)
	}
	if s := g.State(); s.Variants[0].Errors != 0 || s.Variants[1].Errors != s.Variants[1].Requests || s.Variants[1].Errors == 0 {
		t.Errorf("counts %+v, want all of B's requests as B's errors", s.Variants)
	}
	b.notReady.Store(false)
	g.probeAll(t.Context(), g.current.Load().backends())
	for user := range 50 {
		if resp, _ := post(t, "http://"+addr+"/predict", fmt.Sprint("user", user), "{}"); resp.StatusCode != http.StatusOK {
			t.Fatalf("user %d: status %d after the recovery", user, resp.StatusCode)
		}
	}
}

func TestNoVariantsYet(t *testing.T) {
	_, addr := newGateway(t)
	if resp, body := post(t, "http://"+addr+"/predict", "u", "{}"); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "no variants") {
		t.Errorf("status %d, %s", resp.StatusCode, body)
	}
}

// TestDrainingBackendFinishes holds a request open while its backend drains.
func TestDrainingBackendFinishes(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	old := newBackend(t, "old", func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-finish
		io.WriteString(w, "old finished")
	})
	g, addr := newGateway(t, side("A", 100, old))
	answer := make(chan string, 1)
	go func() {
		_, body := post(t, "http://"+addr+"/predict", "u", "{}")
		answer <- body
	}()
	<-began
	state := State{Variants: []Variant{side("A", 100, old, newBackend(t, "new", nil))}}
	state.Variants[0].Backends[0].Draining = true
	after, err := g.SetState(t.Context(), state, 1)
	if err != nil {
		t.Fatal(err)
	}
	if b := after.Variants[0].Backends[0]; !b.Draining || b.InFlight != 1 {
		t.Errorf("old backend %+v, want it draining with one request", b)
	}
	for range 5 {
		if _, body := post(t, "http://"+addr+"/predict", "u", "{}"); !strings.Contains(body, "new") {
			t.Fatalf("answer %s, want one of the new backend", body)
		}
	}
	close(finish)
	if got := <-answer; got != "old finished" {
		t.Errorf("the open request got %q", got)
	}
	eventually(t, "the old backend is idle", func() bool { return g.State().Variants[0].Backends[0].InFlight == 0 })
}

// TestHalfBodyIsNotTakenForWhole breaks off a chunked upload.
func TestHalfBodyIsNotTakenForWhole(t *testing.T) {
	got := make(chan error, 1)
	backend := newBackend(t, "a", func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		got <- err
	})
	_, addr := newGateway(t, side("A", 100, backend))
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
	eventually(t, "the request is on its way", func() bool { return backend.served.Load() == 1 })
	conn.Close()
	select {
	case err := <-got:
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the backend read the body to %v, want an unexpected end", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the backend still waits for the body")
	}
}

// TestMaintainRecovers runs the health checks for real.
func TestMaintainRecovers(t *testing.T) {
	backend := newBackend(t, "a", nil)
	backend.notReady.Store(true)
	g, _ := newGateway(t, side("A", 100, backend))
	if g.State().Variants[0].Backends[0].Up {
		t.Fatal("a backend that is not ready entered the rotation")
	}
	backend.notReady.Store(false)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		g.Maintain(ctx)
		close(ended)
	}()
	eventually(t, "the backend is up", func() bool { return g.State().Variants[0].Backends[0].Up })
	cancel()
	<-ended
}
