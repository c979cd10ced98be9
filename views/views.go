// Package views holds what the screens share: the data they are fed with and
// the seams through which they act. Each screen is a package of its own below.
package views

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
	"pitwall/backends/prometheus"
	"pitwall/checklist"
)

// SnapshotMsg brings the newest state of the fleet to every screen.
type SnapshotMsg struct{ Snapshot *fleet.Snapshot }

// InspectMsg tells the inspect screen of a deployment which replica to show,
// "" for the front door. It is sent after the ui.Go that opens the screen.
type InspectMsg struct{ Deployment, Replica string }

// Metrics is what the charts ask of Prometheus.
type Metrics interface {
	Range(ctx context.Context, deployment string, p prometheus.Panel, from, to time.Time, step time.Duration) ([]prometheus.Series, error)
	Features(ctx context.Context, deployment string) ([]prometheus.FeatureDrift, error)
	Counts(ctx context.Context, deployment string, since time.Time, step time.Duration) ([]prometheus.Interval, error)
}

// Records reads the journal.
type Records interface {
	Records(since time.Time) ([]journal.Record, error)
}

// Operations plans and runs changes; *operation.Engine is one.
type Operations interface {
	Disabled(op backends.Op, d backends.Deployment) string
	Plan(ctx context.Context, c backends.Change) (operation.Plan, error)
	Run(ctx context.Context, p operation.Plan, c operation.Confirmation, report func(operation.Progress)) (operation.Outcome, error)
}

// Recovery watches whether a deployment gets well again; *operation.Engine is one.
type Recovery interface {
	WatchRecovery(ctx context.Context, w operation.RecoveryWatch, report func(operation.Recovery)) (operation.Recovery, error)
}

// Deps are the seams of a console. A nil field is a capability that the
// backend does not have; screens say so instead of failing.
type Deps struct {
	Snapshot   func() *fleet.Snapshot
	Metrics    Metrics
	Limits     Limits // what Metrics leave out
	Records    Records
	Note       func(deployment, text string) error // append a note to the journal
	Operations Operations
	Recovery   Recovery
	Running    *Running        // shared by all screens; nil does not keep operations apart
	Context    context.Context // of the console: operations outlive the screen that began them; nil never ends
	Revisions  backends.Reviser
	Versions   backends.Versioner
	Logs       backends.LogStreamer
	Events     backends.Eventer
	Practice   backends.Practicer
	Measure    backends.Measurer                                         // what each replica uses; asked only while somebody looks
	Inspect    backends.Inspector                                        // everything that the backend knows of a replica
	Explain    backends.Explainer                                        // what the backend itself knows to be wrong
	Hidden     backends.Hider                                            // what the backend sees and does not list
	Smoke      backends.SmokeTester                                      // nil also when nothing may be done to a replica
	Checklist  func(deployment, variant string) (*checklist.Walk, error) // of a variant, "" for the one that is being shipped
	Registry   Registry                                                  // nil when no model registry is configured
	Champion   Operations                                                // promotes: of a change, Deployment is the model's name and Version its number in the registry; nil where Registry is
	Send       func(tea.Msg)                                             // from any goroutine, for progress of running operations
	Now        func() time.Time
}
