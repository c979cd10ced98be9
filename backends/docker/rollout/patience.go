package rollout

import (
	"context"
	"errors"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/internal/flow"
)

// pollEvery is the pace of waiting.
const pollEvery = 200 * time.Millisecond

// patiently repeats a step for as long as the engine is away: a rollout outlives
// a restart of the engine. Other errors end it.
func (r *Roller) patiently(ctx context.Context, step func() error) error {
	return r.waiting(ctx, func(error) bool { return false }, step)
}

// waiting is patiently that repeats a step also when what hinders it passes.
func (r *Roller) waiting(ctx context.Context, passes func(error) bool, step func() error) error {
	defer r.waits("")
	for {
		err := step()
		if down := (*engine.DownError)(nil); err == nil || !errors.As(err, &down) && !passes(err) {
			return err
		}
		r.waits(err.Error())
		if !flow.Sleep(ctx, 5*pollEvery) {
			return ctx.Err()
		}
	}
}

func (r *Roller) waits(why string) {
	if r.Waits != nil {
		r.Waits(why)
	}
}

func isFull(err error) bool {
	full := (*engine.FullError)(nil)
	return errors.As(err, &full)
}

// tell brings the front door up to date with the configuration's weights and
// the members, one put in and one taken out. A door that is away (its container
// restarts) is waited for, and one that somebody else changed is read again.
func (r *Roller) tell(ctx context.Context, in, out *string) error {
	deadline, last := r.Now().Add(r.Start), r.Now()
	defer r.waits("")
	for {
		err := r.patiently(ctx, func() error {
			return r.Site.Tell(ctx, func(s Scene) (frontdoor.Want, error) {
				if s.Entry.Work == nil || s.Entry.Work.Owner != r.Owner {
					return frontdoor.Want{}, ErrSuperseded
				}
				return Want(s, in, out), nil
			})
		})
		var rejected *frontdoor.RejectedError
		switch {
		case err == nil || errors.Is(err, ErrSuperseded) || ctx.Err() != nil:
			return err
		case errors.As(err, &rejected), r.Now().After(deadline):
			return &FailedError{"the front door: " + err.Error()}
		}
		r.waits("the front door: " + err.Error())
		if err := r.beat(ctx, &last); err != nil {
			return err
		}
		if !flow.Sleep(ctx, pollEvery) {
			return ctx.Err()
		}
	}
}

// beat keeps the work alive while a step takes long.
func (r *Roller) beat(ctx context.Context, last *time.Time) error {
	if r.Now().Sub(*last) < ledger.BeatEvery {
		return nil
	}
	*last = r.Now()
	return r.commit(ctx, func(*ledger.Entry) error { return nil })
}

// stop ends a container in the time that it was made to have, when that is more
// than ours. Meanwhile the work is kept alive, which
// somebody else would take over otherwise.
func (r *Roller) stop(ctx context.Context, c engine.Container) error {
	ended := make(chan error, 1)
	go func() { ended <- r.Containers.Stop(ctx, c.ID, max(c.StopTimeout, r.Grace)) }()
	tick := time.NewTicker(ledger.BeatEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			if err := r.beat(ctx, new(time.Time)); err != nil {
				<-ended // not while another change goes on
				return err
			}
		}
	}
}
