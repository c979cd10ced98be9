package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/internal/flow"
)

// begin runs work as the one goroutine that changes the replicas.
func (d *deployment) begin(revert string, work func(context.Context)) {
	ctx, cancel := context.WithCancel(d.ctx)
	ro := &rollout{cancel: cancel, done: make(chan struct{}), revert: revert}
	d.mu.Lock()
	d.running = ro
	d.mu.Unlock()
	d.wg.Go(func() {
		defer close(ro.done)
		defer cancel()
		work(ctx)
		d.mu.Lock()
		if d.running == ro {
			d.running = nil
		}
		d.mu.Unlock()
		d.world.changed()
	})
}

// interrupt ends that goroutine, wherever it is.
func (d *deployment) interrupt() {
	d.mu.Lock()
	ro := d.running
	d.mu.Unlock()
	if ro != nil {
		ro.cancel()
		<-ro.done
	}
}

// want sets what the replicas of a variant have to be. Fresh asks for new
// processes even where old ones have the revision.
func (d *deployment) want(variant string, revision, replicas int, fresh bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.targets[variant]
	if fresh {
		d.epoch++
		t.epoch = d.epoch
	}
	t.revision, t.replicas = revision, replicas
	d.targets[variant] = t
}

// startRollout carries out the rollout that the configuration has.
func (d *deployment) startRollout() {
	conf := d.config()
	ro := conf.Active()
	v := conf.Variant(ro.Variant)
	d.want(ro.Variant, ro.To, v.Replicas, ro.Operation != backends.OpScale)
	d.begin("", func(ctx context.Context) {
		err := d.carryOut(ctx, *ro)
		failed := (*failedStart)(nil)
		switch {
		case err == nil:
			d.say(desired.EventKind(ro.Operation), backends.OK, ro.Variant, "", ro.By, fmt.Sprintf("%s of %s is done", ro.Operation, ro.Variant))
		case errors.As(err, &failed):
			d.giveUp(ctx, *ro, failed.reason)
		case ctx.Err() == nil:
			d.giveUp(ctx, *ro, err.Error())
		}
	})
}

func (d *deployment) carryOut(ctx context.Context, ro desired.Rollout) error {
	if err := d.converge(ctx, ro.Variant, true); err != nil {
		return err
	}
	if ro.Operation == backends.OpPromote {
		return d.finishPromotion(ctx, ro)
	}
	return d.commitAtLast(ctx, func(conf *desired.Deployment) error {
		conf.Variant(ro.Variant).Revision = ro.To
		conf.Rollout = nil
		return nil
	})
}

// finishPromotion gives stable, which runs the candidate's version now, all
// the traffic and retires the candidate. Every step may find itself done by an
// earlier run.
func (d *deployment) finishPromotion(ctx context.Context, ro desired.Rollout) error {
	err := d.commitAtLast(ctx, func(conf *desired.Deployment) error {
		conf.Variant(ro.Variant).Revision = ro.To
		for i := range conf.Variants {
			conf.Variants[i].Weight = 0
		}
		conf.Variant(backends.Stable).Weight = 100
		conf.SplitBy, conf.SplitAt = ro.By, d.now()
		return nil
	})
	if err != nil {
		return err
	}
	d.tell(ctx)
	d.say("split", backends.OK, backends.Stable, "", ro.By, "all traffic to "+backends.Stable+", which runs the promoted version")
	d.want(ro.Candidate, 0, 0, true)
	if err := d.converge(ctx, ro.Candidate, true); err != nil {
		return err
	}
	return d.commitAtLast(ctx, func(conf *desired.Deployment) error {
		conf.Remove(ro.Candidate)
		conf.Rollout = nil
		return nil
	})
}

// commitAtLast commits what has happened already, so it is tried until the
// disk takes it. It fails only when ctx ends: then nothing was committed.
func (d *deployment) commitAtLast(ctx context.Context, change func(*desired.Deployment) error) error {
	for {
		err := d.commit(func(conf *desired.Deployment) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return change(conf)
		})
		if err == nil || ctx.Err() != nil {
			return err
		}
		d.log.Error("the progress of a rollout cannot be remembered and is tried again", "deployment", d.name, "error", err.Error())
		if !flow.Sleep(ctx, probeEvery) {
			return ctx.Err()
		}
	}
}

// giveUp ends a rollout that failed and goes back to what served before.
func (d *deployment) giveUp(ctx context.Context, ro desired.Rollout, reason string) {
	message := fmt.Sprintf("the %s of %s was abandoned: %s", ro.Operation, ro.Variant, reason)
	d.log.Warn("rollout abandoned", "deployment", d.name, "variant", ro.Variant, "reason", reason)
	err := d.commitAtLast(ctx, func(conf *desired.Deployment) error {
		desired.RolledBack(conf, ro)
		if conf.Rollout != nil {
			conf.Rollout.Failed, conf.Rollout.Message, conf.Rollout.EndedAt = true, message, d.now()
			conf.Rollout.Paused = false
		}
		return nil
	})
	if err != nil {
		return // interrupted: whoever did it decides
	}
	d.say(desired.EventKind(ro.Operation), backends.Warn, ro.Variant, "", ro.By, message+"; what ran before still serves")
	d.tell(ctx)
	d.goBack(ctx)
}

// goBack makes the replicas of every variant those that the configuration
// asks for. Those that already are as they should be are kept.
func (d *deployment) goBack(ctx context.Context) {
	conf := d.config()
	for _, name := range d.variantsThatRun() {
		revision, replicas := 0, 0
		if v := conf.Variant(name); v != nil {
			revision, replicas = v.Revision, v.Replicas
		}
		d.want(name, revision, replicas, true)
		d.adopt(name, revision)
		if d.converge(ctx, name, false) != nil {
			return // ctx ended
		}
	}
}

// variantsThatRun lists the variants that are configured or have replicas.
func (d *deployment) variantsThatRun() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := d.conf.Names()
	for _, r := range d.replicas {
		if !slices.Contains(names, r.variant) {
			names = append(names, r.variant)
		}
	}
	return names
}

// adopt takes the replicas of a variant that have a revision for what is wanted.
func (d *deployment) adopt(variant string, revision int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.replicas {
		if r.variant == variant && r.revision == revision {
			r.epoch = d.targets[variant].epoch
		}
	}
}
