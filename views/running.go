package views

import (
	"context"
	"sync"
)

// Running keeps the operations of one console apart: at most one runs on a
// deployment, and a new one ends the watch over the recovery from the one
// before. The zero value is ready; a nil Running keeps nothing apart. It is
// safe for concurrent use.
type Running struct {
	mu      sync.Mutex
	titles  map[string]string // by deployment
	watches map[string]context.CancelFunc
}

// Begin claims a deployment for an operation. end gives it free again; it is
// nil when another operation runs there, whose title is then returned.
func (r *Running) Begin(deployment, title string) (end func(), other string) {
	if r == nil {
		return func() {}, ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other, busy := r.titles[deployment]; busy {
		return nil, other
	}
	if r.titles == nil {
		r.titles = make(map[string]string)
	}
	r.titles[deployment] = title
	r.stopWatch(deployment)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.titles, deployment)
	}, ""
}

// Title returns the title of the operation that runs on a deployment, "" for none.
func (r *Running) Title(deployment string) string {
	if r == nil {
		return ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.titles[deployment]
}

// Watch returns a context for watching a deployment's recovery; it ends with
// ctx, with the next watch and with the next operation on that deployment.
func (r *Running) Watch(ctx context.Context, deployment string) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if r == nil {
		return ctx, cancel
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopWatch(deployment)
	if r.watches == nil {
		r.watches = make(map[string]context.CancelFunc)
	}
	r.watches[deployment] = cancel
	return ctx, cancel
}

func (r *Running) stopWatch(deployment string) {
	if cancel, watched := r.watches[deployment]; watched {
		cancel()
		delete(r.watches, deployment)
	}
}
