package fleet

import (
	"context"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
)

// Metrics is what a Fleet reads signals and alerts from;
// *prometheus.Client (backends/prometheus) is one.
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

// Options tells New what to join. Only Backend is required.
type Options struct {
	Backend     backends.Lister // watched instead of polled when it is a backends.Watcher too
	BackendName string          // name of the source, "backend" when empty
	Metrics     Metrics         // nil: no signals, no alerts and no such source
	MetricsName string          // name of the source, "prometheus" when empty

	Every  time.Duration    // between two readings of a source, 1 s when 0
	Limits *Limits          // DefaultLimits when nil
	Now    func() time.Time // time.Now when nil
	Random func() float64   // jitter of the retries, [0,1); math/rand/v2 when nil
}

// Limits are the values above which a signal makes a deployment Warn or Fail.
type Limits struct {
	P95Warn, P95Fail     float64 // seconds
	ErrorWarn, ErrorFail float64 // share of the requests, 0-1
	DriftWarn, DriftFail float64 // PSI
}

// Fleet keeps the newest Snapshot. Its methods may be called from any goroutine.
type Fleet struct{}

// New prepares a Fleet; Run makes it work.
func New(o Options) *Fleet { return &Fleet{} }

// Run reads the sources until ctx ends and returns its error. It is called
// once; Updates is closed when it returns.
func (f *Fleet) Run(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// Snapshot returns the newest snapshot; it is never nil.
func (f *Fleet) Snapshot() *Snapshot { return &Snapshot{} }

// Updates is a mailbox that holds the newest snapshot only and gets at most ten
// a second. It has one reader.
func (f *Fleet) Updates() <-chan *Snapshot { return nil }

// Refresh makes every source read again at once, whatever it waits for.
func (f *Fleet) Refresh() {}

func search(rows []Row, name string) (int, bool) {
	return slices.BinarySearchFunc(rows, name, func(r Row, name string) int {
		return strings.Compare(r.Deployment.Name, name)
	})
}
