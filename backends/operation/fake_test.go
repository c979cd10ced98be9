package operation

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// fake is a backend in memory: one deployment, changed by Apply and by time.
type fake struct {
	mu        sync.Mutex
	d         backends.Deployment
	revisions []backends.Revision
	reasons   []backends.Reason
	applied   []backends.Change
	applyErr  error
	readErr   error
	dryErr    error
	effect    func(d *backends.Deployment, c backends.Change) // what Apply does; nil: the split only
}

func (f *fake) Deployments(ctx context.Context) ([]backends.Deployment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readErr != nil {
		return nil, f.readErr
	}
	d := f.d
	d.Variants = slices.Clone(d.Variants)
	return []backends.Deployment{d}, ctx.Err()
}

func (f *fake) Revisions(context.Context, string) ([]backends.Revision, error) {
	return f.revisions, nil
}

func (f *fake) Reasons(context.Context, string) ([]backends.Reason, error) { return f.reasons, nil }

func (f *fake) DryRun(context.Context, backends.Change) ([]backends.Effect, error) {
	return nil, f.dryErr
}

func (f *fake) Apply(_ context.Context, c backends.Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.applyErr != nil {
		return f.applyErr
	}
	if c.Token != f.d.Token {
		return &backends.ConflictError{Deployment: c.Deployment, Now: f.d}
	}
	f.applied = append(f.applied, c)
	f.d.Token += "'"
	f.d.Variants = slices.Clone(f.d.Variants)
	if f.effect != nil {
		f.effect(&f.d, c)
		return nil
	}
	after := (&world{deployment: f.d}).after(c)
	for i, v := range f.d.Variants {
		f.d.Variants[i].Weight = after[v.Name]
	}
	return nil
}

// change edits the world from outside.
func (f *fake) change(edit func(d *backends.Deployment)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.d.Variants = slices.Clone(f.d.Variants)
	edit(&f.d)
}

// split is how traffic is split now.
func (f *fake) split() backends.Split {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.d.Split()
}

// traffic sends requests each second, split exactly by the weights, until ctx ends.
func (f *fake) traffic(ctx context.Context, rps float64) {
	rest := map[string]float64{}
	for tick := time.Tick(time.Second); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
		f.change(func(d *backends.Deployment) {
			for i := range d.Variants {
				v := &d.Variants[i]
				rest[v.Name] += rps * v.Weight / 100
				n := uint64(rest[v.Name])
				v.Requests, rest[v.Name] = v.Requests+n, rest[v.Name]-float64(n)
			}
		})
	}
}

// memory is a journal in memory.
type memory struct {
	mu      sync.Mutex
	records []journal.Record
	fail    string // phase whose records cannot be written
}

func (m *memory) Append(r journal.Record) (journal.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.Phase == m.fail {
		return journal.Record{}, errors.New("no space left on device")
	}
	r.ID = string(rune('a' + len(m.records)))
	m.records = append(m.records, r)
	return r, nil
}

func (m *memory) last() journal.Record { return m.records[len(m.records)-1] }

func replica(name, version string, pid int) backends.Replica {
	return backends.Replica{Name: name, State: backends.OK, Version: version, PID: pid}
}

// modelAPI is A 1.0.0 ×3 and B 1.1.0 ×1 at 70/30.
func modelAPI() backends.Deployment {
	return backends.Deployment{
		Name: "model-api", Backend: "local", Environment: "local", Token: "t1", State: backends.OK,
		Variants: []backends.Variant{
			{Name: "A", Version: "1.0.0", Weight: 70, Desired: 3, Ready: 3, Revision: 1, Counted: true, Requests: 1000,
				Replicas: []backends.Replica{replica("a-1", "1.0.0", 11), replica("a-2", "1.0.0", 12), replica("a-3", "1.0.0", 13)}},
			{Name: "B", Version: "1.1.0", Weight: 30, Desired: 1, Ready: 1, Revision: 3, Counted: true, Requests: 400,
				Replicas: []backends.Replica{replica("b-1", "1.1.0", 21)}},
		},
	}
}

var _ Recorder = (*journal.Journal)(nil)

// bench is an engine on a fake world.
type bench struct {
	*Engine
	world   *fake
	journal *memory
	signals map[string]backends.Signals // nil means none are configured

	measured func(string) bool
}

func signalsOf(rps float64) backends.Signals {
	return backends.Signals{RPS: rps, ErrorRatio: 0.001, P50: 0.005, P95: 0.02, P99: 0.03, DriftPSI: 0.03, Feature: "age", DriftRows: 900, At: time.Now()}
}

func healthy() map[string]backends.Signals {
	return map[string]backends.Signals{"": signalsOf(40), "A": signalsOf(28), "B": signalsOf(12)}
}

func newBench(edit func(*Options)) *bench {
	b := &bench{world: &fake{d: modelAPI()}, journal: &memory{}, signals: healthy()}
	o := Options{
		Backend: b.world, Journal: b.journal, Now: time.Now,
		Actor:    journal.Actor{OSUser: "ana", Host: "desk"},
		Signals:  func(string) map[string]backends.Signals { return b.signals },
		Measured: func(name string) bool { return b.measured == nil || b.measured(name) },
	}
	if edit != nil {
		edit(&o)
	}
	b.Engine = New(o)
	return b
}

func splitTo(words ...string) backends.Change {
	s, err := backends.ParseSplit(words)
	if err != nil {
		panic(err)
	}
	return backends.Change{Op: backends.OpSplit, Deployment: "model-api", Split: s}
}

func (b *bench) plan(t *testing.T, c backends.Change) Plan {
	t.Helper()
	p, err := b.Plan(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
