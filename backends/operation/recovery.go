package operation

import (
	"context"
	"time"
)

// Limits are the signals under which a deployment counts as recovered. A zero
// field is not judged.
type Limits struct {
	ErrorRatio float64       // 0-1
	P95        time.Duration // latency
	DriftPSI   float64
}

// RecoveryWatch asks to watch a deployment after an operation.
type RecoveryWatch struct {
	Deployment string
	IntentID   string        // of the operation that should have cured it
	Limits     Limits        // zero means DefaultLimits
	Hold       time.Duration // how long the signals must stay good; 0 means 1 min
	Timeout    time.Duration // when to give up; 0 means 10 min
}

// Recovery is how far a recovery has come, or how it ended.
type Recovery struct {
	Verified bool          // the signals were good for Hold
	Done     bool          // the watch has ended
	Bad      []string      // what is still bad or unknown, one sentence each
	Good     time.Duration // for how long everything has been good
	Took     time.Duration // since the watch began
	Text     string        // one sentence
}

// DefaultLimits are used when a watch names none.
func DefaultLimits() Limits { return Limits{ErrorRatio: 0.01, P95: 500 * time.Millisecond} }

// WatchRecovery watches the signals of a deployment until they have been
// within the limits for Hold ("verified") or Timeout has passed ("not
// recovered", with what is still bad), and writes that as a note to the
// journal. report may be nil and is called from WatchRecovery's goroutine on
// every look.
func (e *Engine) WatchRecovery(ctx context.Context, w RecoveryWatch, report func(Recovery)) (Recovery, error) {
	return Recovery{}, nil
}
