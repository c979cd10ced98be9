package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/split"
)

// errands are the promotes that this process carries on, and why it gave one up.
// Safe for concurrent use.
type errands struct {
	mu    sync.Mutex
	runs  map[string]bool
	ended map[string]string
}

// begin reports false where it runs already.
func (e *errands) begin(name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.runs[name] {
		return false
	}
	e.runs[name] = true
	delete(e.ended, name)
	return true
}

func (e *errands) end(name string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.runs, name)
	if err != nil {
		e.ended[name] = err.Error()
	}
}

// of tells whether one is carried on here, and why it was given up here.
func (e *errands) of(name string) (runs bool, ended string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.runs[name], e.ended[name]
}

// Rolling are the deployments whose promote ends with this process.
func (m *MutableBackend) Rolling() []string {
	m.errands.mu.Lock()
	defer m.errands.mu.Unlock()
	return slices.Sorted(maps.Keys(m.errands.runs))
}

// orphaned is how long a promote may stand between two steps before it counts
// as one that nobody carries on.
const orphaned = 30 * time.Second

// rolloutOf shows a promote whose first step, the rollout of A, is done.
func (p promotion) rolloutOf(shown []backends.Variant, from string, now time.Time) *backends.Rollout {
	a := p.a.Workload
	r := &backends.Rollout{Operation: backends.OpPromote, Variant: p.a.Name, From: from, To: shown[0].Version, Done: a.Desired, Total: a.Desired,
		Paused: a.Paused, StartedAt: p.At}
	since := p.At
	for _, pod := range p.a.Pods {
		if pod.ReadySince.After(since) {
			since = pod.ReadySince
		}
	}
	if now.Sub(since) > orphaned && !r.Paused {
		r.Paused, r.Message = true, fmt.Sprintf("%s has the version of %s, and nobody carries it on: resume sends the requests home and retires %s", p.a.Name, p.b.Name, p.b.Name)
	}
	return r
}

// attend puts into a deployment what this process knows of its promote.
func (b *Backend) attend(d *backends.Deployment) {
	r := d.Rollout
	if r == nil || r.Operation != backends.OpPromote {
		return
	}
	switch runs, ended := b.errands.of(d.Name); {
	case runs && r.Message != "" && !r.Stuck:
		r.Paused, r.Message = false, ""
	case ended != "":
		r.Paused, r.Stuck, r.Message = true, true, "it was not finished: "+ended
	}
}

// follow carries a promote on until it is done, in the background.
func (m *MutableBackend) follow(name string) {
	if !m.errands.begin(name) {
		return
	}
	m.spawn(func(ctx context.Context) {
		m.errands.end(name, m.carryOn(ctx, name))
		m.wake()
	})
}

// carryOn does what is left of a promote, step by step, each planned from what
// is there then. It returns nil when it is done, or is none any more.
func (m *MutableBackend) carryOn(ctx context.Context, name string) error {
	for {
		news := m.changed()
		done, err := m.advance(ctx, name)
		if done || err != nil && !passing(err) {
			return err
		}
		select {
		case <-news:
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return nil
		}
	}
}

// advance does the next step of a promote, if its time has come.
func (m *MutableBackend) advance(ctx context.Context, name string) (done bool, err error) {
	m.applying.Lock()
	defer m.applying.Unlock()
	s, err := m.scene(ctx, name)
	if err != nil {
		return false, err
	}
	p, ok := promoting(s.found)
	if !ok {
		return true, nil
	}
	c := backends.Change{Op: backends.OpPromote, Deployment: name, Variant: p.b.Name, By: p.By, Reason: p.Reason, Token: s.shown.Token}
	err = steady(ctx, c, func() error {
		if s, err = m.scene(ctx, name); err != nil {
			return err
		}
		if p, ok = promoting(s.found); !ok {
			done = true
			return nil
		}
		if s.shown.Token != c.Token {
			return &backends.ConflictError{Deployment: name, Now: s.shown}
		}
		var next plan
		if next, done, err = s.nextOf(c, p, m.options.Now()); err != nil || len(next.writes) == 0 {
			return err
		}
		return m.send(ctx, s, c, next)
	})
	var moved *backends.ConflictError
	if errors.As(err, &moved) {
		return false, nil // a rollout moves on: the next look plans from that
	}
	return done && err == nil, err
}

// nextOf plans the next step of a promote: nothing while something has to be
// waited for. done says that the step is the last.
func (s scene) nextOf(c backends.Change, p promotion, now time.Time) (next plan, done bool, err error) {
	a := p.a.Workload
	switch status := rollout.Status(a); {
	case status.Phase == rollout.Failed:
		return plan{}, false, errors.New(status.Text)
	case status.Phase != rollout.Done || a.Paused || p.a.Side.Service != "" && p.a.Side.Ready >= 0 && p.a.Side.Ready < a.Desired:
		return plan{}, false, nil
	}
	if home := s.all(backends.Stable); !s.shown.Split().Equal(home) {
		if s.found.Door == nil {
			return plan{}, false, errors.New("its front door is gone")
		}
		if s.found.Door.Mechanism == split.ReplicaRatio && p.b.Workload.Desired == 0 {
			return plan{}, false, nil // asked for: its pods are on their way out
		}
		next, err = s.planSplit(c, home)
		next.note.Op, next.note.By, next.note.At, next.note.Reason = c.Op, c.By, now, c.Reason
		return next, false, err
	}
	if d := s.found.Door; d != nil && d.Accepted.State == backends.Progressing {
		return plan{}, false, nil
	}
	if p.b.Workload.Desired > 0 {
		scaled, err := rollout.Scale(p.b.Workload, 0, s.space.Scalers)
		return plan{writes: []split.Write{{Patch: scaled.Patch}}, about: rollout.Ref(a)}, false, err
	}
	last, err := p.write(func(n *note) { n.Promoted.Done = true })
	return plan{writes: []split.Write{{Patch: last}}, about: rollout.Ref(a)}, true, err
}

// planCarryOn takes over a promote that nobody carries on any more.
func (s scene) planCarryOn(c backends.Change, p promotion, now time.Time) (plan, error) {
	patch, err := p.write(func(n *note) { n.By, n.At = c.By, now })
	if err != nil {
		return plan{}, err
	}
	out := plan{writes: []split.Write{{Patch: patch}}, about: rollout.Ref(p.a.Workload), text: fmt.Sprintf("%s of the promote of %s by %s", c.Op, p.b.Name, c.By)}
	err = s.planHome(c, p.b, &out)
	return out, err
}
