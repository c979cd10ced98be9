package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pitwall/serve/gateway/split"
)

// table is all that a request needs to find its backend. It never changes: a
// new state is a new table, swapped in at once.
type table struct {
	generation int64
	salt       string
	remark     string
	split      *split.Table // nil before the first state
	routes     []*route     // as listed
}

func (t *table) assign(hash uint32) *route {
	name := t.split.Assign(hash)
	for _, r := range t.routes {
		if r.name == name {
			return r
		}
	}
	return t.routes[0] // not reached: split knows the names of routes only
}

func (t *table) backends() []*backend {
	var all []*backend
	for _, r := range t.routes {
		all = append(all, r.all...)
	}
	return all
}

// ErrInvalid is wrapped by the errors of SetState that a better state avoids.
var ErrInvalid = errors.New("invalid state")

// ConflictError says that the state changed since its writer read it.
type ConflictError struct {
	Current State // what holds now
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("the gateway's state changed: it is at generation %d", e.Current.Generation)
}

// State tells the configuration and the counts of this moment.
func (g *Gateway) State() State {
	t := g.current.Load()
	s := State{
		Deployment: g.deployment, Generation: t.generation, Salt: t.salt, Remark: t.remark,
		Key: g.key, Started: g.started, Variants: []Variant{},
	}
	for _, r := range t.routes {
		v := Variant{
			Name: r.name, Version: r.version, Weight: r.weight,
			Requests: r.requests.Load(), Errors: r.errors.Load(),
			Backends: []Backend{},
		}
		for _, b := range r.all {
			// The flag before the count: see backend.acquire.
			draining := b.draining.Load()
			v.Backends = append(v.Backends, Backend{
				Addr: b.addr, Name: b.name, Up: b.up.Load(), Draining: draining, InFlight: b.inFlight.Load(),
			})
		}
		s.Variants = append(s.Variants, v)
	}
	return s
}

// SetState replaces the whole state at once, if its generation is still the
// given one, and returns the new state. New backends are probed before, so
// that ready ones serve from the first request on. When it returns, no new
// request reaches a draining or removed backend. Errors: *ConflictError,
// ErrInvalid; neither changes anything.
func (g *Gateway) SetState(ctx context.Context, s State, generation int64) (State, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	old := g.current.Load()
	if old.generation != generation {
		return State{}, &ConflictError{Current: g.State()}
	}
	if s.Deployment != "" && s.Deployment != g.deployment {
		return State{}, fmt.Errorf("%w: this gateway serves deployment %s, not %s", ErrInvalid, g.deployment, s.Deployment)
	}
	if err := s.Validate(); err != nil {
		return State{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	next, fresh, err := g.build(s)
	if err != nil {
		return State{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	g.probeAll(ctx, fresh)
	next.generation = generation + 1
	g.current.Store(next)
	g.drainOthers(next)
	g.log.Info("state changed", "generation", next.generation, "split", describe(next))
	after := g.State()
	g.keep(after)
	return after, nil
}

// build makes the table of a valid state and lists the backends that are new.
func (g *Gateway) build(s State) (*table, []*backend, error) {
	layout, err := s.table()
	if err != nil {
		return nil, nil, err
	}
	t := &table{salt: s.Salt, remark: s.Remark, split: layout}
	var fresh []*backend
	for _, v := range s.Variants {
		known, ok := g.variants[v.Name]
		if !ok {
			known = &variant{name: v.Name}
			g.variants[v.Name] = known
		}
		r := &route{variant: known, version: v.Version, weight: v.Weight, header: []string{v.Name}}
		r.metrics = g.metrics.route(v.Name, v.Version)
		for _, listed := range v.Backends {
			key := backendKey{listed.Addr, listed.Name}
			b, ok := g.backends[key]
			if !ok {
				b = &backend{addr: listed.Addr, name: listed.Name}
				g.backends[key] = b
				fresh = append(fresh, b)
			}
			r.all = append(r.all, b)
			if !listed.Draining {
				b.draining.Store(false)
				r.backends = append(r.backends, b)
			}
		}
		t.routes = append(t.routes, r)
	}
	return t, fresh, nil
}

// drainOthers drains every backend that takes no requests in t, and forgets
// those that are not in it at all.
func (g *Gateway) drainOthers(t *table) {
	all := t.backends()
	for key, b := range g.backends {
		serves := slices.ContainsFunc(t.routes, func(r *route) bool { return slices.Contains(r.backends, b) })
		if !serves {
			b.drain()
		}
		if !slices.Contains(all, b) {
			delete(g.backends, key)
		}
	}
	g.dialer.forget(func(addr string) bool {
		return slices.ContainsFunc(all, func(b *backend) bool { return b.addr == addr })
	})
}

// describe writes a split for the log, as "A=70 B=30".
func describe(t *table) string {
	text := ""
	for i, r := range t.routes {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprintf("%s=%v", r.name, r.weight)
	}
	return text
}
