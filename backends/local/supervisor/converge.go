package supervisor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pitwall/backends/internal/flow"
)

const (
	doorSees  = 10 * time.Second // for the front door to see a new replica ready
	drainTime = 15 * time.Second // for the requests of a replica that leaves
	pollEvery = 25 * time.Millisecond
)

// failedStart says that a replica of a rollout did not become ready.
type failedStart struct{ reason string }

func (e *failedStart) Error() string { return e.reason }

// converge makes the replicas of a variant those that are wanted, one step at
// a time, without losing a request. When strict, a replica that does not start
// ends it with a *failedStart; otherwise it waits for as long as it takes.
func (d *deployment) converge(ctx context.Context, variant string, strict bool) error {
	for {
		if err := d.whilePaused(ctx); err != nil {
			return err
		}
		retire, start := d.nextStep(variant)
		var err error
		switch {
		case retire != nil:
			err = d.retire(ctx, retire)
		case start:
			err = d.introduce(ctx, variant, strict)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// nextStep decides from the replicas that run: one to retire, or that one has
// to be started, or neither. A stale replica goes only when there are more
// replicas than wanted, so that capacity never falls below the wish.
func (d *deployment) nextStep(variant string) (retire *replica, start bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	want := d.targets[variant]
	var stale, fresh []*replica
	for _, r := range d.replicas {
		switch {
		case r.variant != variant:
		case r.epoch == want.epoch && want.replicas > 0:
			fresh = append(fresh, r)
		default:
			stale = append(stale, r)
		}
	}
	switch {
	case len(stale) > 0 && len(stale)+len(fresh) > want.replicas:
		return leastUseful(stale), false
	case len(fresh) < want.replicas:
		return nil, true
	case len(fresh) > want.replicas:
		return leastUseful(fresh), false
	}
	return nil, false
}

// leastUseful is a replica that is not ready, else the one with the highest number.
func leastUseful(replicas []*replica) *replica {
	useful := func(r *replica) int {
		if st := r.Status(); st.draining || st.phase != phaseReady {
			return 0
		}
		return 1
	}
	return slices.MinFunc(replicas, func(a, b *replica) int {
		return cmp.Or(cmp.Compare(useful(a), useful(b)), cmp.Compare(replicaNumber(b.name), replicaNumber(a.name)))
	})
}

// introduce starts a replica and returns when the front door sends to it.
func (d *deployment) introduce(ctx context.Context, variant string, strict bool) error {
	r := d.launch(variant, strict)
	var first error
	select {
	case first = <-r.first:
	case <-ctx.Done():
		d.remove(r) // whoever goes on starts its own
		r.cancel()
		return ctx.Err()
	}
	if first == nil {
		d.tell(ctx)
		first = d.waitDoor(ctx, doorSees, r.name, func(found, up bool, _ int64) bool { return found && up })
		if first == nil {
			return nil
		}
		first = fmt.Errorf("the front door does not see %s ready: %w", r.name, first)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !strict {
		return d.waitReady(ctx, r)
	}
	d.remove(r)
	d.stop(ctx, r)
	return &failedStart{first.Error()}
}

// waitReady waits for a replica that keeps being restarted.
func (d *deployment) waitReady(ctx context.Context, r *replica) error {
	for r.Status().phase != phaseReady {
		if !flow.Sleep(ctx, probeEvery) {
			return ctx.Err()
		}
	}
	d.tell(ctx)
	return ctx.Err()
}

// retire drains a replica at the front door, then stops it.
func (d *deployment) retire(ctx context.Context, r *replica) error {
	r.update(func(s *status) { s.draining = true })
	d.tell(ctx)
	err := d.waitDoor(ctx, drainTime, r.name, func(found, _ bool, inFlight int64) bool { return !found || inFlight == 0 })
	if ctx.Err() != nil {
		r.update(func(s *status) { s.draining = false }) // whoever goes on decides anew
		return ctx.Err()
	}
	if err != nil {
		d.log.Warn("a replica is stopped before all its requests ended", "replica", r.name, "error", err.Error())
	}
	d.remove(r)
	d.tell(ctx)
	d.stop(ctx, r)
	return ctx.Err()
}

// stop ends the process and waits for it, but not longer than ctx.
func (d *deployment) stop(ctx context.Context, r *replica) {
	r.cancel()
	select {
	case <-r.done:
	case <-ctx.Done():
	}
}

func (d *deployment) remove(r *replica) {
	d.mu.Lock()
	d.replicas = slices.DeleteFunc(d.replicas, func(o *replica) bool { return o == r })
	d.mu.Unlock()
	d.noteChange()
}

// errTooLong says that the front door did not show what was waited for.
var errTooLong = errors.New("it took too long")

// waitDoor polls what the front door knows of a replica until enough. Without
// a running gateway there is nothing to wait for.
func (d *deployment) waitDoor(ctx context.Context, limit time.Duration, replica string, enough func(found, up bool, inFlight int64) bool) error {
	limited, cancel := context.WithTimeoutCause(ctx, limit, errTooLong)
	defer cancel()
	for {
		b, found, err := d.gate.backendState(limited, replica)
		if err == errNoDoor || err == nil && enough(found, b.Up, b.InFlight) {
			return nil
		}
		if !flow.Sleep(limited, pollEvery) {
			return context.Cause(limited)
		}
	}
}

// whilePaused returns when the rollout is not held, or when ctx ends.
func (d *deployment) whilePaused(ctx context.Context) error {
	for {
		if ro := d.config().Rollout; ro == nil || ro.Failed || !ro.Paused {
			return ctx.Err()
		}
		if !flow.Sleep(ctx, pollEvery) {
			return ctx.Err()
		}
	}
}
