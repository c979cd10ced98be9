package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/serve/gateway"
)

// door is the admin API of a running gateway; *gateway.Client is one.
type door interface {
	State(ctx context.Context) (gateway.State, error)
	SetState(ctx context.Context, s gateway.State, generation int64) (gateway.State, error)
	Close()
}

// gateStatus is what is known of a gateway now.
type gateStatus struct {
	up       bool // runs and was told the split
	addr     string
	admin    string // of the last process
	pid      int
	reason   string        // why it is not up
	state    gateway.State // as read last
	counted  bool          // state is of this process
	restarts int
}

// gate keeps the gateway of one deployment alive and tells it the split and
// the backends that are wanted.
type gate struct {
	start   func(listen string) (instance, error)
	dial    func(admin string) (door, error)
	wanted  func() gateway.State // the split and the backends of this moment
	listen  func() string        // address to ask for
	listens func(addr string)    // told where it listens
	changed func()               // something that a listing shows; must not lead to Sync, which changes the status
	opened  func()               // it is up: whatever changed while it started has to be told
	event   func(kind string, state backends.State, text string)
	now     func() time.Time

	done chan struct{}

	sync sync.Mutex // held while the gateway is told

	mu   sync.Mutex
	st   gateStatus
	door door // nil while it does not run
}

// Status is safe to call from any goroutine.
func (g *gate) Status() gateStatus {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.st
}

func (g *gate) update(f func(*gateStatus)) {
	g.mu.Lock()
	f(&g.st)
	g.mu.Unlock()
	g.changed()
}

func (g *gate) setDoor(d door) {
	g.mu.Lock()
	g.door = d
	g.mu.Unlock()
}

func (g *gate) currentDoor() door {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.door
}

// run lives until ctx ends and then stops the gateway, which drains.
func (g *gate) run(ctx context.Context) {
	defer close(g.done)
	keep(ctx, g.life, func(failures int, wait time.Duration) {
		g.update(func(s *gateStatus) {
			s.restarts++
			s.reason += fmt.Sprintf("; next start in %v", wait)
		})
		g.event("backoff", backends.Fail, fmt.Sprintf("the front door starts again in %v (failure %d in a row)", wait, failures))
	})
}

func (g *gate) life(ctx context.Context) (healthy time.Duration) {
	child, err := g.start(g.listen())
	if err != nil {
		g.ended(err.Error())
		return 0
	}
	since, err := g.watch(ctx, child)
	g.setDoor(nil)
	child.Stop(stopGrace)
	if ctx.Err() != nil {
		return 0
	}
	exit := child.Exit()
	reason := exitText(&exit)
	if err != nil {
		reason += ": " + err.Error()
	}
	g.ended(reason)
	if since.IsZero() {
		return 0
	}
	return g.now().Sub(since)
}

func (g *gate) ended(reason string) {
	g.update(func(s *gateStatus) {
		s.up, s.counted, s.pid, s.reason = false, false, 0, "the front door "+reason
	})
	g.event("exit", backends.Fail, "the front door "+reason)
}

// watch tells the gateway its state and then reads its counters each second.
func (g *gate) watch(ctx context.Context, child instance) (since time.Time, err error) {
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	at, err := child.Listening(starting)
	if err != nil {
		return since, err
	}
	d, err := g.dial(at.Admin)
	if err != nil {
		return since, err
	}
	defer d.Close()
	g.setDoor(d)
	g.listens(at.Addr)
	g.update(func(s *gateStatus) {
		s.addr, s.admin, s.pid, s.reason = at.Addr, at.Admin, child.PID(), "the front door is starting"
	})
	if err := g.Sync(ctx); err != nil {
		return since, err
	}
	since = g.now()
	g.opened()
	g.event("ready", backends.OK, "the front door listens on http://"+at.Addr)
	t := time.NewTicker(probeEvery)
	defer t.Stop()
	for failures := 0; failures < probeFailures; {
		select {
		case <-child.Done():
			return since, nil
		case <-ctx.Done():
			return since, nil
		case <-t.C:
			if err = g.read(ctx, d); err != nil && ctx.Err() == nil {
				failures++
				continue
			}
			failures = 0
		}
	}
	return since, fmt.Errorf("its admin API did not answer %d times: %w", probeFailures, err)
}

func (g *gate) read(ctx context.Context, d door) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	state, err := d.State(ctx)
	if err != nil {
		g.update(func(s *gateStatus) { s.counted = false })
		return err
	}
	g.update(func(s *gateStatus) { s.state, s.counted = state, true })
	return nil
}

// errNoDoor says that no gateway runs that could be told anything.
var errNoDoor = errors.New("the front door does not run")

// Sync tells the gateway what is wanted now and returns when it is in effect:
// no new request reaches a backend that is draining or gone. Without a running
// gateway it returns errNoDoor; the next one starts with what is wanted then.
func (g *gate) Sync(ctx context.Context) error {
	g.sync.Lock()
	defer g.sync.Unlock()
	d := g.currentDoor()
	if d == nil {
		return errNoDoor
	}
	now, err := d.State(ctx)
	if err != nil {
		return err
	}
	// The supervisor owns the gateway; a generation moved by someone else with
	// the token is read and overwritten, but only once a call.
	for attempt := range 2 {
		wanted := g.wanted()
		if sameTold(wanted, now) {
			break
		}
		after, err := d.SetState(ctx, wanted, now.Generation)
		conflict := (*gateway.ConflictError)(nil)
		if attempt == 0 && errors.As(err, &conflict) {
			now = conflict.Current
			continue
		}
		if err != nil {
			return err
		}
		now = after
		break
	}
	err = errNoDoor
	g.update(func(s *gateStatus) {
		if g.door == d { // else it ended just now, and that stands
			s.up, s.reason, s.state, s.counted = true, "", now, true
			err = nil
		}
	})
	return err
}

// sameTold compares what a gateway is told, without counters.
func sameTold(a, b gateway.State) bool {
	return a.Salt == b.Salt && slices.EqualFunc(a.Variants, b.Variants, func(v, w gateway.Variant) bool {
		return v.Name == w.Name && v.Version == w.Version && v.Weight == w.Weight &&
			slices.EqualFunc(v.Backends, w.Backends, func(x, y gateway.Backend) bool {
				return x.Addr == y.Addr && x.Name == y.Name && x.Draining == y.Draining
			})
	})
}

// backendState finds a replica in what the gateway answers.
func (g *gate) backendState(ctx context.Context, replica string) (b gateway.Backend, found bool, err error) {
	d := g.currentDoor()
	if d == nil {
		return b, false, errNoDoor
	}
	state, err := d.State(ctx)
	if err != nil {
		return b, false, err
	}
	for _, v := range state.Variants {
		for _, b := range v.Backends {
			if b.Name == replica {
				return b, true, nil
			}
		}
	}
	return b, false, nil
}
