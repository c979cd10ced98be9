package fleet

import (
	"slices"
	"strings"
	"time"

	"pitwall/backends"
)

// Snapshot is everything that is known about all deployments at one moment. It
// is never changed after it was handed out, nor is anything it points to.
type Snapshot struct {
	// Version counts the visible changes. Two snapshots of one Fleet with the
	// same Version differ at most in their times, so that whatever was drawn
	// from the one holds for the other, except for the ages.
	Version uint64
	At      time.Time // when the snapshot was computed
	Rows    []Row     // in name order
	Sources []Source  // the backend first, then the metrics
	Alerts  []backends.Alert
}

// Row is one deployment with all that belongs to it.
type Row struct {
	Deployment backends.Deployment

	// Signals holds the measurements by variant; those of the whole deployment
	// are under "". A variant without any measurement is absent: use Signal.
	Signals map[string]backends.Signals
	Spark   []float64 // requests per second, oldest first, NaN where missing; every SparkStep over SparkWindow
	Alerts  []backends.Alert

	// State is the worst of the backend's state, the firing alerts and the
	// signals over their limits, and Unknown at least while the backend is
	// offline. Reason tells in one sentence why it is not OK; it may quote
	// foreign text.
	State  backends.State
	Reason string

	// Since is when the deployment entered State, as far as that is known: the
	// Since of an alert or of the backend where these decide, else when it was
	// first seen. Deployment.Since is about Deployment.State only.
	Since time.Time

	ListedAt  time.Time // when the backend told about the deployment, zero never
	SignalsAt time.Time // when the signals were read, zero never

	// Observed is the share of the requests that each variant got over the last
	// minute, in percent; nil when that is unknown or there were no requests.
	Observed backends.Split
}

// Signal returns the measurements of a variant, or of the whole deployment for
// "". Everything is missing (NaN) when there are none.
func (r Row) Signal(variant string) backends.Signals {
	if s, found := r.Signals[variant]; found {
		return s
	}
	return backends.NoSignals()
}

// Row finds a deployment by name.
func (s *Snapshot) Row(name string) (Row, bool) {
	i, found := slices.BinarySearchFunc(s.Rows, name, func(r Row, name string) int {
		return strings.Compare(r.Deployment.Name, name)
	})
	if !found {
		return Row{}, false
	}
	return s.Rows[i], true
}

// Source is one place that data comes from.
type Source struct {
	Name  string // "local", "prometheus"
	State SourceState
	At    time.Time // of the last good data, zero never

	// Err is the newest failure, nil after success. It is also set while Live
	// when only a part of the data is missing (alerts, the sparkline).
	Err     error
	RetryAt time.Time // when the next attempt starts after a failure, else zero
}

// SourceState tells how far the data of a source can be trusted.
type SourceState int

// The states of a source.
const (
	Connecting SourceState = iota // no answer yet
	Live                          // data arrives
	Stale                         // the last data is old or the last attempt failed; it may be a hiccup
	Offline                       // there is no answer, attempts go on
)

// String gives the word that the status line shows.
func (s SourceState) String() string {
	switch s {
	case Live:
		return "live"
	case Stale:
		return "stale"
	case Offline:
		return "offline"
	default:
		return "connecting"
	}
}
