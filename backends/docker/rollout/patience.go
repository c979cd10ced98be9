package rollout

import (
	"context"
	"errors"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
)

// pollEvery is the pace of waiting.
const pollEvery = 200 * time.Millisecond

// patiently repeats a step for as long as the engine is away: a rollout outlives
// a restart of the engine. Other errors end it.
func (r *Roller) patiently(ctx context.Context, step func() error) error {
	for {
		err := step()
		if down := (*engine.DownError)(nil); err == nil || !errors.As(err, &down) {
			return err
		}
		if !sleep(ctx, 5*pollEvery) {
			return ctx.Err()
		}
	}
}

// tell brings the front door up to date with the configuration's weights and
// the members, one put in and one taken out. A door that is away (its container
// restarts) is waited for, and one that somebody else changed is read again.
func (r *Roller) tell(ctx context.Context, in, out *string) error {
	deadline, last := r.Now().Add(r.Start), r.Now()
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
		if err := r.beat(ctx, &last); err != nil {
			return err
		}
		if !sleep(ctx, pollEvery) {
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

// sleep waits, and reports false when ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
