// Package rollout makes the containers of a deployment what is wanted of them,
// one step at a time and without losing a request: start a new container, wait
// until it is ready, put it into the front door, take an old one out, let it
// finish its requests, stop it and keep it.
//
// Every step is decided from what is there at that moment, so that a rollout
// can be interrupted anywhere (the engine restarts, the process dies) and gone
// on with by anybody.
package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/world"
)

// Scene is everything that is known of a deployment at one moment.
type Scene struct {
	Found world.Deployment
	Door  frontdoor.Config
	Entry ledger.Entry
	Names map[string]bool // of all containers that are known, nil for those of Found
}

// Site is the deployment that is rolled.
type Site interface {
	// Look reads the deployment anew.
	Look(ctx context.Context) (Scene, error)
	// Commit changes the ledger's entry, again from the newest one when somebody
	// else was faster. What change returns as an error is returned.
	Commit(ctx context.Context, change func(*ledger.Entry) error) error
	// Tell makes the front door serve what edit makes of what it serves now. It
	// does nothing when that is the same.
	Tell(ctx context.Context, edit func(Scene) (frontdoor.Want, error)) error
}

// Containers is what a rollout does to containers; *engine.Client has it.
type Containers interface {
	Clone(ctx context.Context, from string, c engine.CloneSpec) (string, error)
	Start(ctx context.Context, id string) error
	Stop(ctx context.Context, id string, grace time.Duration) error
	Remove(ctx context.Context, id string) error
}

// Roller carries out the rollout of one deployment.
type Roller struct {
	Site       Site
	Containers Containers
	Owner      string // this process, as in the ledger's Work

	// Probe tells whether a member could serve now: nil, or why not.
	Probe func(ctx context.Context, m world.Member) error
	// LastLine is the end of a container's log, "" when there is none.
	LastLine func(ctx context.Context, id string) string

	// Waits is told what a step waits for, and "" when it goes on; nil for nobody.
	Waits func(why string)

	Now   func() time.Time
	Start time.Duration // for a container to become ready
	Drain time.Duration // for the requests of a container that was taken out of the front door
	Grace time.Duration // between SIGTERM and SIGKILL
}

// The limits that a Roller has when none are given.
const (
	DefaultStart = time.Minute
	DefaultDrain = 2 * time.Second
	DefaultGrace = 10 * time.Second
)

// ErrSuperseded says that the work is somebody else's now.
var ErrSuperseded = errors.New("another change has taken over")

// FailedError says that a rollout was given up and why. What ran before serves.
type FailedError struct{ Reason string }

func (e *FailedError) Error() string { return e.Reason }

// Run carries out the rollout that the ledger has, to its end: done, given up,
// or taken over by somebody else. It returns ctx's error when it ends before;
// the ledger then still has the rollout.
func (r *Roller) Run(ctx context.Context) error {
	scene, err := r.look(ctx)
	if err != nil {
		return err
	}
	ro := scene.Entry.Conf.Active()
	if ro == nil {
		return r.goBack(ctx)
	}
	err = r.carryOut(ctx, *ro)
	var failed *FailedError
	if errors.As(err, &failed) {
		return r.giveUp(ctx, *ro, failed.Reason)
	}
	return err
}

func (r *Roller) carryOut(ctx context.Context, ro desired.Rollout) error {
	if err := r.converge(ctx, ro.Variant, true); err != nil {
		return err
	}
	if ro.Operation == backends.OpPromote {
		return r.finishPromotion(ctx, ro)
	}
	return r.commit(ctx, func(e *ledger.Entry) error {
		e.Conf.Variant(ro.Variant).Revision = ro.To
		e.Conf.Rollout, e.Work = nil, nil
		e.Say(backends.Event{At: r.Now(), Kind: desired.EventKind(ro.Operation), State: backends.OK, Variant: ro.Variant, By: ro.By,
			Text: fmt.Sprintf("%s of %s is done", ro.Operation, ro.Variant)})
		return nil
	})
}

// finishPromotion gives stable, which runs the candidate's version now, all the
// traffic and retires the candidate. Every step may find itself done already.
func (r *Roller) finishPromotion(ctx context.Context, ro desired.Rollout) error {
	err := r.commit(ctx, func(e *ledger.Entry) error {
		e.Conf.Variant(ro.Variant).Revision = ro.To
		for i := range e.Conf.Variants {
			e.Conf.Variants[i].Weight = 0
		}
		e.Conf.Variant(backends.Stable).Weight = 100
		e.Conf.SplitBy, e.Conf.SplitAt = ro.By, r.Now()
		if c := e.Conf.Variant(ro.Candidate); c != nil {
			c.Replicas = 0
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := r.tell(ctx, nil, nil); err != nil {
		return err
	}
	if err := r.converge(ctx, ro.Candidate, true); err != nil {
		return err
	}
	return r.commit(ctx, func(e *ledger.Entry) error {
		e.Conf.Remove(ro.Candidate)
		e.Conf.Rollout, e.Work = nil, nil
		e.Say(backends.Event{At: r.Now(), Kind: "deploy", State: backends.OK, Variant: backends.Stable, By: ro.By,
			Text: "promotion is done: all traffic to " + backends.Stable + ", " + ro.Candidate + " is retired"})
		return nil
	})
}

// giveUp ends a rollout that failed and goes back to what served before.
func (r *Roller) giveUp(ctx context.Context, ro desired.Rollout, reason string) error {
	message := fmt.Sprintf("the %s of %s was abandoned: %s", ro.Operation, ro.Variant, reason)
	err := r.commit(ctx, func(e *ledger.Entry) error {
		desired.RolledBack(&e.Conf, ro)
		if e.Conf.Rollout != nil {
			e.Conf.Rollout.Failed, e.Conf.Rollout.Paused = true, false
			e.Conf.Rollout.Message, e.Conf.Rollout.EndedAt = message, r.Now()
		}
		e.Work.Text = "going back after the " + string(ro.Operation)
		e.Say(backends.Event{At: r.Now(), Kind: desired.EventKind(ro.Operation), State: backends.Warn, Variant: ro.Variant, By: ro.By,
			Text: message + "; what ran before still serves"})
		return nil
	})
	if err != nil {
		return err
	}
	return r.goBack(ctx)
}

// goBack makes the containers of every variant those that the configuration
// asks for, for as long as it takes.
func (r *Roller) goBack(ctx context.Context) error {
	scene, err := r.look(ctx)
	if err != nil {
		return err
	}
	for _, name := range variants(scene) {
		if err := r.converge(ctx, name, false); err != nil {
			return err
		}
	}
	return r.commit(ctx, func(e *ledger.Entry) error { e.Work = nil; return nil })
}

// variants lists the variants that are wanted or there.
func variants(s Scene) []string {
	names := s.Entry.Conf.Names()
	for _, v := range s.Found.Variants {
		if s.Entry.Conf.Variant(v.Name) == nil {
			names = append(names, v.Name)
		}
	}
	return names
}

// commit changes the ledger while the work is this process's. It waits for room
// on the engine's disk: without the ledger nobody would know of the next step.
func (r *Roller) commit(ctx context.Context, change func(*ledger.Entry) error) error {
	return r.waiting(ctx, isFull, func() error {
		return r.Site.Commit(ctx, func(e *ledger.Entry) error {
			if e.Work == nil || e.Work.Owner != r.Owner {
				return ErrSuperseded
			}
			e.Work.Beat = r.Now()
			return change(e)
		})
	})
}

// look reads the deployment and checks that the work is still this process's.
func (r *Roller) look(ctx context.Context) (s Scene, err error) {
	err = r.patiently(ctx, func() error {
		if s, err = r.Site.Look(ctx); err != nil {
			return err
		}
		if s.Entry.Work == nil || s.Entry.Work.Owner != r.Owner {
			return ErrSuperseded
		}
		return nil
	})
	return s, err
}
