package views

import (
	"context"
	"fmt"
	"sync"
)

// Running keeps the operations of one console apart: at most one at a time on
// a deployment. One that the backend has accepted, and that is only watched
// until the world shows it, makes room for the next: the way back to safety is
// never barred by what went wrong. The zero value is ready; a nil Running
// keeps nothing apart. It is safe for concurrent use.
type Running struct {
	mu      sync.Mutex
	claims  map[string]*Claim // by deployment
	watches map[string]context.CancelCauseFunc
}

// Claim is an operation's hold on a deployment.
type Claim struct {
	running           *Running // nil keeps nothing apart
	deployment, title string
	yields            bool // makes room for the next operation
	cancel            context.CancelCauseFunc
	before            *Claim // that made room, nil for none
	done              chan struct{}
}

// SupersededError is the cause with which the context of an operation ends
// that made room for another one.
type SupersededError struct{ By string } // title of the other operation

func (e *SupersededError) Error() string { return fmt.Sprintf("%q took its place", e.By) }

// Begin claims a deployment for an operation, which then runs under the
// returned context. The claim is nil when another operation is on its way to
// the backend; its title is then returned.
func (r *Running) Begin(ctx context.Context, deployment, title string) (run context.Context, c *Claim, other string) {
	run, cancel := context.WithCancelCause(ctx)
	c = &Claim{running: r, deployment: deployment, title: title, cancel: cancel, done: make(chan struct{})}
	if r == nil {
		return run, c, ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if before, busy := r.claims[deployment]; busy {
		if !before.yields {
			cancel(nil)
			return nil, nil, before.title
		}
		before.cancel(&SupersededError{By: title})
		c.before = before
	}
	if r.claims == nil {
		r.claims = make(map[string]*Claim)
	}
	r.claims[deployment] = c
	r.stopWatch(deployment, &SupersededError{By: title})
	return run, c, ""
}

// Turn waits until the operation that made room has ended, or ctx has.
func (c *Claim) Turn(ctx context.Context) {
	if c.before == nil {
		return
	}
	select {
	case <-c.before.done:
	case <-ctx.Done():
	}
	c.before = nil
}

// Yield makes room for the next operation: this one is only watched now.
func (c *Claim) Yield() {
	if c.running == nil {
		return
	}
	c.running.mu.Lock()
	defer c.running.mu.Unlock()
	c.yields = true
}

// End gives the deployment free. It is called once.
func (c *Claim) End() {
	c.cancel(nil)
	close(c.done)
	r := c.running
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.claims[c.deployment] == c {
		delete(r.claims, c.deployment)
	}
}

// Busy returns the title of the operation that bars another one on a
// deployment, "" for none.
func (r *Running) Busy(deployment string) string {
	title, yields := r.claim(deployment)
	if yields {
		return ""
	}
	return title
}

// Title returns the title of the operation that runs on a deployment, be it
// that it is only watched; "" for none.
func (r *Running) Title(deployment string) string {
	title, _ := r.claim(deployment)
	return title
}

func (r *Running) claim(deployment string) (title string, yields bool) {
	if r == nil {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, claimed := r.claims[deployment]; claimed {
		return c.title, c.yields
	}
	return "", false
}

// Watch returns a context for watching a deployment's recovery; it ends with
// ctx, with the next watch and with the next operation on that deployment.
func (r *Running) Watch(ctx context.Context, deployment string) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	end := func() { cancel(nil) }
	if r == nil {
		return ctx, end
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopWatch(deployment, &SupersededError{By: "another watch"})
	if r.watches == nil {
		r.watches = make(map[string]context.CancelCauseFunc)
	}
	r.watches[deployment] = cancel
	return ctx, end
}

func (r *Running) stopWatch(deployment string, cause error) {
	if cancel, watched := r.watches[deployment]; watched {
		cancel(cause)
		delete(r.watches, deployment)
	}
}
