package fleet

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"pitwall/backends"
)

// Metrics is what a Fleet reads signals and alerts from;
// *prometheus.Client (backends/prometheus) is one. Data that comes with an
// error is used: it is incomplete.
type Metrics interface {
	// Signals returns deployment → variant ("" is the whole deployment) → signals.
	Signals(ctx context.Context) (map[string]map[string]backends.Signals, error)
	// Alerts returns the alerts that are pending or firing.
	Alerts(ctx context.Context) ([]backends.Alert, error)
	// Recent returns the requests per second of each deployment, oldest first.
	Recent(ctx context.Context, window, step time.Duration) (map[string][]float64, error)
}

// What the sparkline of a Row shows.
const (
	SparkWindow = 5 * time.Minute
	SparkStep   = 10 * time.Second
)

const (
	publishGap = 100 * time.Millisecond // between two snapshots: at most ten a second
	freshEvery = time.Second            // between two snapshots of which only the times differ
	ageEvery   = time.Second            // between two looks at the ages when nothing arrives
)

// Options tells New what to join. Only Backend is required.
type Options struct {
	Backend     backends.Lister // watched instead of polled when it is a backends.Watcher too
	BackendName string          // name of the source, "backend" when empty
	Metrics     Metrics         // nil: no signals, no alerts and no such source
	MetricsName string          // name of the source, "prometheus" when empty

	Every  time.Duration    // between two readings of a source, 1 s when 0
	Now    func() time.Time // time.Now when nil
	Random func() float64   // jitter of the retries, [0,1); math/rand/v2 when nil
}

// Fleet keeps the newest Snapshot. Its methods may be called from any goroutine.
type Fleet struct {
	options Options
	backend *source
	metrics *source // nil without metrics

	mu     sync.Mutex
	inputs inputs  // guarded by mu
	counts history // guarded by mu

	// Those of join: what the newest snapshot was made of.
	entries map[string]entry // by deployment
	joined  uint64           // the turn of the inputs

	changed chan struct{} // holds one token while inputs wait to be joined
	updates chan *Snapshot
	current atomic.Pointer[Snapshot]
}

// New prepares a Fleet; Run makes it work.
func New(o Options) *Fleet {
	o.BackendName = cmp.Or(o.BackendName, "backend")
	o.MetricsName = cmp.Or(o.MetricsName, "prometheus")
	o.Every = cmp.Or(o.Every, time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	f := &Fleet{options: o, changed: make(chan struct{}, 1), updates: make(chan *Snapshot, 1), backend: newSource(o.BackendName, o)}
	if _, watched := o.Backend.(backends.Watcher); watched {
		f.backend.patience += resyncEvery // its silence means that nothing changes
	}
	if o.Metrics != nil {
		f.metrics = newSource(o.MetricsName, o)
	}
	f.current.Store(f.join(o.Now()))
	return f
}

// Run reads the sources until ctx ends and returns its error. It is called
// once; Updates is closed when it returns.
func (f *Fleet) Run(ctx context.Context) error {
	defer close(f.updates)
	var sources sync.WaitGroup
	if w, ok := f.options.Backend.(backends.Watcher); ok {
		sources.Go(func() { f.watch(ctx, w) })
	} else {
		sources.Go(func() { f.poll(ctx, f.backend, f.list) })
	}
	if f.metrics != nil {
		sources.Go(func() { f.poll(ctx, f.metrics, f.measure) })
	}
	f.publish(ctx)
	sources.Wait()
	return ctx.Err()
}

// Snapshot returns the newest snapshot; it is never nil.
func (f *Fleet) Snapshot() *Snapshot { return f.current.Load() }

// Updates is a mailbox that holds the newest snapshot only and gets at most ten
// a second. A snapshot with the Version of the one before brings nothing but
// newer times, and comes at most once a second. The mailbox has one reader.
func (f *Fleet) Updates() <-chan *Snapshot { return f.updates }

// Refresh makes every source read again at once, whatever it waits for.
func (f *Fleet) Refresh() {
	f.backend.wake()
	if f.metrics != nil {
		f.metrics.wake()
	}
}

// touch asks for a new snapshot.
func (f *Fleet) touch() {
	select {
	case f.changed <- struct{}{}:
	default: // one is asked for already
	}
}

// publish joins whatever arrived, again and again, and sends what is new.
func (f *Fleet) publish(ctx context.Context) {
	ages := time.NewTicker(ageEvery)
	defer ages.Stop()
	var sent time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.changed:
		case <-ages.C:
		}
		now := f.options.Now()
		before, next := f.current.Load(), f.join(now)
		same := equalSnapshots(before, next)
		next.Version = before.Version
		if !same {
			next.Version++
		}
		f.current.Store(next)
		if !same || now.Sub(sent) >= freshEvery && fresher(before, next) {
			f.post(next)
			sent = now
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(publishGap):
		}
	}
}

// post replaces what is in the mailbox. There is only one sender, so that the
// mailbox has room after it was emptied.
func (f *Fleet) post(s *Snapshot) {
	select {
	case <-f.updates:
	default:
	}
	f.updates <- s
}

// fresher reports whether a source was read since.
func fresher(before, next *Snapshot) bool {
	for i, s := range next.Sources {
		if s.At.After(before.Sources[i].At) {
			return true
		}
	}
	return false
}
