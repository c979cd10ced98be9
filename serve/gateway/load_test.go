package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// load posts over keep-alive connections until stopped.
type load struct {
	wg       sync.WaitGroup
	done     chan struct{}
	answered atomic.Int64
	failures chan string
}

// startLoad runs clients against addr. Each failed request goes to failures;
// ignore tells the errors that lost no request.
func startLoad(tb testing.TB, addr string, clients int, ignore func(error) bool) *load {
	l := &load{done: make(chan struct{}), failures: make(chan string, 1000)}
	for i := range clients {
		transport := &http.Transport{}
		client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
		l.wg.Go(func() {
			defer transport.CloseIdleConnections()
			for n := 0; ; n++ {
				select {
				case <-l.done:
					return
				default:
				}
				if err := l.one(client, addr, fmt.Sprintf("user%d-%d", i, n%500)); err != nil {
					if ignore != nil && ignore(err) {
						return
					}
					l.failures <- err.Error()
					return
				}
				l.answered.Add(1)
			}
		})
	}
	tb.Cleanup(func() { l.stop(tb) })
	return l
}

func (l *load) one(client *http.Client, addr, user string) error {
	// A body of unknown type cannot be replayed: the client must not repair
	// what the gateway breaks.
	body := struct{ io.Reader }{strings.NewReader(requestBody)}
	req, err := http.NewRequest(http.MethodPost, "http://"+addr+"/predict", body)
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(requestBody))
	req.Header.Set("X-User-Id", user)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", resp.StatusCode, text)
	}
	return err
}

// stop ends the load and reports every lost request.
func (l *load) stop(tb testing.TB) {
	tb.Helper()
	select {
	case <-l.done:
		return
	default:
	}
	close(l.done)
	l.wg.Wait()
	close(l.failures)
	for f := range l.failures {
		tb.Errorf("lost request: %s", f)
	}
}

// waitAnswers lets the load make n more requests.
func (l *load) waitAnswers(tb testing.TB, n int64) {
	tb.Helper()
	from := l.answered.Load()
	eventually(tb, fmt.Sprintf("%d more answers", n), func() bool {
		return l.answered.Load() >= from+n || len(l.failures) > 0
	})
}

// TestFiftyWeightChangesUnderLoad moves the slider while clients post.
func TestFiftyWeightChangesUnderLoad(t *testing.T) {
	a, b := newBackend(t, "a", nil), newBackend(t, "b", nil)
	g, addr := newGateway(t, side("A", 100, a), side("B", 0, b))
	client := NewClient(newAdmin(t, g).Listener.Addr().String(), testToken)
	defer client.Close()
	l := startLoad(t, addr, 8, nil)
	for i := range 50 {
		weight := float64((i * 37) % 101)
		state := State{Variants: []Variant{side("A", 100-weight, a), side("B", weight, b)}}
		if _, err := client.SetState(t.Context(), state, int64(i+1)); err != nil {
			t.Fatal(err)
		}
		l.waitAnswers(t, 20)
	}
	l.stop(t)
	s := g.State()
	if served := s.Variants[0].Requests + s.Variants[1].Requests; served != l.answered.Load() || s.Variants[0].Errors+s.Variants[1].Errors > 0 {
		t.Errorf("%d answers, state %+v", l.answered.Load(), s.Variants)
	}
}

// TestRollingReplacementUnderLoad replaces the only backend of A ten times, as
// a supervisor does: add and drain in one change, wait, remove, stop.
func TestRollingReplacementUnderLoad(t *testing.T) {
	current := newBackend(t, "a-0", nil)
	g, addr := newGateway(t, side("A", 100, current))
	l := startLoad(t, addr, 8, nil)
	generation := int64(1)
	set := func(v Variant) {
		t.Helper()
		if _, err := g.SetState(t.Context(), State{Variants: []Variant{v}}, generation); err != nil {
			t.Fatal(err)
		}
		generation++
	}
	for i := range 10 {
		l.waitAnswers(t, 50)
		next := newBackend(t, fmt.Sprintf("a-%d", i+1), nil)
		both := side("A", 100, next, current)
		both.Backends[1].Draining = true
		set(both)
		eventually(t, "the old backend is idle", func() bool { return g.State().Variants[0].Backends[1].InFlight == 0 })
		served := current.served.Load()
		set(side("A", 100, next))
		current.CloseClientConnections()
		current.Close()
		if late := current.served.Load() - served; late > 0 {
			t.Errorf("%d requests reached the backend after it was idle", late)
		}
		current = next
	}
	l.stop(t)
}

// TestStopUnderLoad stops a gateway process in both ways while clients post.
func TestStopUnderLoad(t *testing.T) {
	for name, stop := range map[string]func(*process) error{
		"SIGTERM":      func(p *process) error { return p.cmd.Process.Signal(syscall.SIGTERM) },
		"end of input": func(p *process) error { return p.stdin.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			slow := newBackend(t, "a", func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				time.Sleep(2 * time.Millisecond) // so that requests are open at any moment
			})
			p := startGateway(t)
			fmt.Fprintf(p.stdin, `{"state":{"variants":[{"name":"A","version":"1","weight":100,"backends":[{"addr":%q}]}]}}`+"\n", slow.addr)
			client := NewClient(p.admin, testToken)
			defer client.Close()
			eventually(t, "the first state is set", func() bool {
				s, err := client.State(t.Context())
				return err == nil && s.Generation == 1
			})
			refused := func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) } // the door is closed: nothing was sent
			l := startLoad(t, p.addr, 8, refused)
			l.waitAnswers(t, 100)
			if err := stop(p); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-p.exited:
				if err != nil {
					t.Errorf("the gateway ended with %v, want status 0", err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("the gateway still runs")
			}
			l.stop(t)
		})
	}
}
