// Package operation carries out changes to the world, the same way for the
// console and the CLI: plan → guard → dry run → confirm → record the intent →
// apply → observe → record the result → undo.
//
// "Done" is said only of what was observed. A lost race is shown, never
// retried. Without a journal that can be written nothing is changed.
package operation

import (
	"context"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// Recorder is the part of *journal.Journal that operations need.
type Recorder interface {
	Append(journal.Record) (journal.Record, error)
}

// Options is what an Engine works with.
type Options struct {
	// Backend reads the world. Its other capabilities (Changer, Reviser,
	// Watcher) are found by type assertion; without a Changer every operation
	// is disabled.
	Backend backends.Lister
	Journal Recorder // nil is allowed without a Changer only

	// Signals gives the latest signals of a deployment by variant, "" for the
	// whole deployment. nil means that no source is configured.
	Signals func(deployment string) map[string]backends.Signals

	// Known gives the last reading of a deployment and its time, for when the
	// backend does not answer. nil means that there is none.
	Known func(deployment string) (backends.Deployment, time.Time, bool)

	Now      func() time.Time
	Actor    journal.Actor
	ReadOnly bool // nothing can be changed, whatever the backend can do

	Scrape time.Duration // between two scrapes of the signals; 0 means 15 s
	Every  time.Duration // between two looks while observing; 0 means 1 s
}

// Engine plans and runs operations on one backend. It is safe for concurrent
// use; two operations on one deployment are kept apart by the backend's tokens.
type Engine struct {
	Options
	changer backends.Changer // nil when nothing can be changed
	reviser backends.Reviser
	watcher backends.Watcher
}

// New makes an engine.
func New(o Options) *Engine {
	o.Scrape = orDefault(o.Scrape, 15*time.Second)
	o.Every = orDefault(o.Every, time.Second)
	e := &Engine{Options: o}
	if !o.ReadOnly {
		e.changer, _ = o.Backend.(backends.Changer)
	}
	e.reviser, _ = o.Backend.(backends.Reviser)
	e.watcher, _ = o.Backend.(backends.Watcher)
	return e
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// Disabled gives the reason why an operation is off for a deployment as it
// was read, or "". It does no I/O, so a view may call it.
func (e *Engine) Disabled(op backends.Op, d backends.Deployment) string { return "" }

// Plan reads the world and says what the change would do. Defaults are filled:
// the variant when it is clear which one is meant, the last known-good
// revision for a rollback. A change that guards refuse still gives a plan,
// with Danger Denied. It changes nothing.
// Errors: *backends.NotFoundError, *backends.ConflictError from the dry run,
// or that the world cannot be read.
func (e *Engine) Plan(ctx context.Context, c backends.Change) (Plan, error) { return Plan{}, nil }

// Run carries out a plan. report may be nil and is called from Run's own
// goroutine. The outcome is in the journal when Run returns.
// Errors: *DeniedError, *NotConfirmedError and *JournalError (not Changed)
// before anything was changed; *backends.ConflictError when somebody was
// faster; ctx's error when it ended while observing (Outcome "unknown").
func (e *Engine) Run(ctx context.Context, p Plan, c Confirmation, report func(Progress)) (Outcome, error) {
	return Outcome{}, nil
}
