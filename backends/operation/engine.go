// Package operation carries out changes to the world, the same way for the
// console and the CLI: plan → guard → dry run → confirm → record the intent →
// apply → observe → record the result → undo.
//
// "Done" is said only of what was observed. A lost race is shown, never
// retried. Without a journal that can be written nothing is changed.
package operation

import (
	"context"
	"errors"
	"fmt"
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
	Journal Recorder // nil: every operation is disabled

	// Place is where the deployments are, for the journal: a target without a name.
	Place journal.Target

	// JournalErr is why there is no Journal, nil when that is meant.
	JournalErr error

	// Signals gives the latest signals of a deployment by variant, "" for the
	// whole deployment. nil means that no source is configured.
	Signals func(deployment string) map[string]backends.Signals

	// Measured reports whether the source has signals of a deployment, or may
	// have: it answers and knows none only of one that nobody measures. nil:
	// every deployment is measured.
	Measured func(deployment string) bool

	// Known gives the last reading of a deployment and its time, for when the
	// backend does not answer. nil means that there is none.
	Known func(deployment string) (backends.Deployment, time.Time, bool)

	// Counts gives how many requests each variant got since a time, as the source
	// of the signals counted them; empty while it counted none. It is asked where
	// the front door keeps no counters. nil: nobody counts.
	Counts func(ctx context.Context, deployment string, since time.Time) (map[string]float64, error)

	Now      func() time.Time
	Actor    journal.Actor
	ReadOnly bool // nothing can be changed, whatever the backend can do

	Scrape time.Duration // between two scrapes of the signals; 0 means 15 s
	Window time.Duration // the longest over which rates of the signals are taken; 0 means 1 min
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
	o.Window = orDefault(o.Window, time.Minute)
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
func (e *Engine) Disabled(op backends.Op, d backends.Deployment) string {
	a, err := actionOf(op)
	switch {
	case err != nil:
		return err.Error()
	case e.ReadOnly:
		return "read-only: pitwall was started with --read-only"
	case e.Journal == nil && e.JournalErr != nil:
		return "no journal: " + e.JournalErr.Error()
	case e.changer == nil:
		return "the backend cannot change anything"
	case e.Journal == nil:
		return "there is no journal, and nothing is changed without one"
	case op == backends.OpRollback && e.reviser == nil:
		return "the backend keeps no revisions"
	}
	return a.disabled(d)
}

// Plan reads the world and says what the change would do. Defaults are filled:
// the variant when it is clear which one is meant, the last known-good
// revision for a rollback. A change that guards refuse still gives a plan,
// with Danger Denied. It changes nothing.
// Errors: *backends.NotFoundError, *backends.ConflictError from the dry run,
// that the change is not a valid one, or that the world cannot be read.
func (e *Engine) Plan(ctx context.Context, c backends.Change) (Plan, error) {
	a, err := actionOf(c.Op)
	if err != nil {
		return Plan{}, err
	}
	w, err := e.read(ctx, c.Deployment)
	if err != nil {
		return Plan{}, fmt.Errorf("plan %s of %s: %w", c.Op, c.Deployment, err)
	}
	if c.Op == backends.OpRollback && e.reviser != nil {
		if w.revisions, err = e.reviser.Revisions(ctx, c.Deployment); err != nil {
			return Plan{}, fmt.Errorf("plan rollback of %s: read revisions: %w", c.Deployment, err)
		}
	}
	c.Token, c.By = w.deployment.Token, first(c.By, e.Actor.String())
	p := Plan{Change: c, Before: w.deployment, ReadAt: w.listedAt}
	off := e.Disabled(c.Op, w.deployment)
	if err := a.plan(w, &p); err != nil {
		if off != "" {
			err = errors.New(off) // the better reason
		}
		return Plan{}, fmt.Errorf("plan %s of %s: %w", c.Op, c.Deployment, err)
	}
	return e.guard(ctx, a, w, p, off)
}

// guard adds the guards' verdicts, the backend's dry run and the confirmation
// that they ask for.
func (e *Engine) guard(ctx context.Context, a action, w *world, p Plan, off string) (Plan, error) {
	if off != "" {
		p.Guards = []Guard{{"possible", Deny, off}}
	} else {
		p.Guards = judge(e.facts(a, w, p))
	}
	if dangerOf(p.Change.Op, p.Guards) != Denied {
		if err := e.dryRun(ctx, &p); err != nil {
			return Plan{}, err
		}
	}
	p.Danger = dangerOf(p.Change.Op, p.Guards)
	if p.Danger == Typed {
		p.Confirm = p.Change.Deployment
	}
	return p, nil
}

func (e *Engine) facts(a action, w *world, p Plan) facts {
	return facts{world: w, plan: p, after: w.after(p.Change), exposed: w.exposed(p.Change),
		raises: a.raises(w, p.Change), by: p.Change.By}
}

// dryRun asks the backend, whose words for the effects and whose refusal count.
func (e *Engine) dryRun(ctx context.Context, p *Plan) error {
	effects, err := e.changer.DryRun(ctx, p.Change)
	if _, conflict := errors.AsType[*backends.ConflictError](err); conflict || isNotFound(err) || ctx.Err() != nil {
		return fmt.Errorf("plan %s of %s: %w", p.Change.Op, p.Change.Deployment, err)
	}
	if err != nil {
		if refused, is := errors.AsType[*backends.UnsupportedError](err); is {
			p.WantsReason, p.Commit = refused.Overridable, refused.Commit
		}
		p.Guards = append([]Guard{{"backend", Deny, err.Error()}}, p.Guards...)
		return nil
	}
	if len(effects) > 0 {
		p.Effects = effects
	}
	return nil
}

func isNotFound(err error) bool {
	_, ok := errors.AsType[*backends.NotFoundError](err)
	return ok
}
