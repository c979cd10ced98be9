package supervisor

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/backends"
	"pitwall/backends/local/supervisor/process"
	"pitwall/serve/fault"
)

// fakeChild is a process that listens at once and ends when it is told.
type fakeChild struct {
	done chan struct{}
	exit backends.Exit
	sent []string
}

func (c *fakeChild) PID() int { return 42 }
func (c *fakeChild) Listening(context.Context) (process.Listening, error) {
	return process.Listening{Addr: "127.0.0.1:4001", Admin: "127.0.0.1:4002"}, nil
}
func (c *fakeChild) Done() <-chan struct{} { return c.done }
func (c *fakeChild) Exit() backends.Exit   { return c.exit }
func (c *fakeChild) Send(line []byte) error {
	c.sent = append(c.sent, string(line))
	return nil
}
func (c *fakeChild) Stop(time.Duration) {
	select {
	case <-c.done:
	default:
		close(c.done)
	}
}

func (c *fakeChild) crash() {
	c.exit = backends.Exit{Code: 3, At: time.Now(), Log: `{"msg":"practice crash"}`}
	close(c.done)
}

// rig runs a replica whose processes are fakes.
type rig struct {
	*replica
	ready  atomic.Bool
	cancel context.CancelFunc

	mu       sync.Mutex
	children []*fakeChild
}

func newRig(t *testing.T) *rig {
	g := &rig{}
	g.ready.Store(true)
	g.replica = &replica{name: "m-a-1", variant: "A", version: "1", now: time.Now, first: make(chan error, 1), done: make(chan struct{}),
		changed: func() {}, event: func(string, backends.State, string) {},
		faults: func(*replica) []fault.Fault { return []fault.Fault{{Kind: fault.Errors, Ratio: 0.5}} },
		probe: func(context.Context, string) error {
			if !g.ready.Load() {
				return errors.New("not ready")
			}
			return nil
		}}
	g.start = func() (instance, error) {
		c := &fakeChild{done: make(chan struct{})}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.children = append(g.children, c)
		return c, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	g.cancel = cancel
	go g.run(ctx)
	synctest.Wait()
	return g
}

// started counts the processes that were started.
func (g *rig) started() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.children)
}

func (g *rig) last() *fakeChild {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.children[len(g.children)-1]
}

// TestBackoff crashes a replica again and again: the pauses double up to 30 s,
// and a minute of health makes the next one short again.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		var pauses []time.Duration
		crash := func() {
			at := time.Now()
			n := g.started()
			g.last().crash()
			for synctest.Wait(); g.started() == n; synctest.Wait() {
				time.Sleep(100 * time.Millisecond)
			}
			pauses = append(pauses, time.Since(at))
		}
		for range 7 {
			crash()
		}
		if st := g.Status(); st.restarts != 7 || st.failures != 7 || st.phase != phaseReady || st.reason == "" {
			t.Errorf("after seven crashes: %+v", st)
		}
		time.Sleep(healthyReset + time.Second)
		crash()
		want := []time.Duration{1, 2, 4, 8, 16, 30, 30, 1}
		for i, w := range want {
			if pauses[i].Round(time.Second) != w*time.Second {
				t.Errorf("pause %d is %v, want %v s", i+1, pauses[i], w)
			}
		}
		if st := g.Status(); st.exit == nil || st.exit.Code != 3 {
			t.Errorf("last exit: %+v", st.exit)
		}
		if len(g.last().sent) != 1 {
			t.Error("a new process did not get the fault that practice gives it")
		}
		g.cancel()
		<-g.done
	})
}

func TestUnreadyReplicaIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRig(t)
		g.ready.Store(false)
		time.Sleep(probeEvery + time.Millisecond)
		synctest.Wait()
		if st := g.Status(); st.phase != phaseUnready || g.started() != 1 {
			t.Fatalf("after one failed probe: %+v", st)
		}
		time.Sleep(2*probeEvery + firstBackoff)
		synctest.Wait()
		if g.started() != 2 {
			t.Fatal("it was not replaced after three failed probes")
		}
		g.ready.Store(true)
		time.Sleep(probeEvery)
		synctest.Wait()
		if st := g.Status(); st.phase != phaseReady || st.restarts != 1 {
			t.Errorf("after it was replaced: %+v", st)
		}
		g.cancel()
		<-g.done
	})
}

func TestReplicaOnTrialIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := &replica{name: "m-a-2", trial: true, now: time.Now, first: make(chan error, 1), done: make(chan struct{}),
			changed: func() {}, event: func(string, backends.State, string) {}, start: func() (instance, error) { return nil, errors.New("no such file") }}
		ctx, cancel := context.WithCancel(t.Context())
		go failing.run(ctx)
		if err := <-failing.first; err == nil {
			t.Fatal("it started")
		}
		time.Sleep(time.Hour)
		if st := failing.Status(); st.restarts != 0 || st.phase != phaseDown {
			t.Errorf("after an hour: %+v", st)
		}
		cancel()
		<-failing.done
	})
}
