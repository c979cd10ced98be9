package supervisor

import (
	"fmt"

	"pitwall/backends"
	"pitwall/backends/local/supervisor/state"
)

// maxReplicas bounds the processes of one variant: it is one machine.
const maxReplicas = 16

// planScale changes the number of replicas. The revision that runs takes the
// number over, so that a later rollback brings back what really served.
func planScale(f facts, c backends.Change) (plan, error) {
	if err := refuseDuring(f.conf, c); err != nil {
		return plan{}, err
	}
	v, err := variantOf(&f.conf, c)
	if err != nil {
		return plan{}, err
	}
	switch n := c.Replicas; {
	case n < 0 || n > maxReplicas:
		return plan{}, refuse(c, "%d replicas: a local variant has 0 to %d", n, maxReplicas)
	case n == v.Replicas:
		return plan{}, refuse(c, "%s has %d replicas already", v.Name, n)
	case n == 0 && v.Weight > 0:
		return plan{}, refuse(c, "%s has %s of the users: give it no weight first", v.Name, percent(v.Weight))
	}
	p := plan{effects: replicasEffect(nil, v.Name, v.Replicas, c.Replicas), rolls: true, interrupts: true}
	f.conf.Rollout = &state.Rollout{Operation: c.Op, Variant: v.Name, From: v.Revision, To: v.Revision,
		FromReplicas: v.Replicas, By: c.By, StartedAt: f.now}
	p.event = backends.Event{Variant: v.Name, State: backends.OK, Text: fmt.Sprintf("%s scaled from %d to %d replicas", v.Name, v.Replicas, c.Replicas)}
	v.Replicas = c.Replicas
	f.conf.Revision(v.Revision).Replicas = c.Replicas
	p.conf = f.conf
	return p, nil
}

// planRestart replaces every replica of a variant by a fresh one of its version.
func planRestart(f facts, c backends.Change) (plan, error) {
	if err := refuseDuring(f.conf, c); err != nil {
		return plan{}, err
	}
	v, err := variantOf(&f.conf, c)
	if err != nil {
		return plan{}, err
	}
	if v.Replicas == 0 {
		return plan{}, refuse(c, "%s has no replicas", v.Name)
	}
	f.conf.Rollout = &state.Rollout{Operation: c.Op, Variant: v.Name, From: v.Revision, To: v.Revision,
		FromReplicas: v.Replicas, By: c.By, StartedAt: f.now}
	text := fmt.Sprintf("%d, one after another", v.Replicas)
	return plan{conf: f.conf, rolls: true, interrupts: true,
		effects: []backends.Effect{{What: "processes of " + v.Name, Before: "as they are", After: "fresh: " + text}},
		event:   backends.Event{Variant: v.Name, State: backends.Progressing, Text: "restart of " + v.Name + " began: " + text}}, nil
}

// planPause holds the rollout in progress after the step it is in.
func planPause(f facts, c backends.Change) (plan, error) { return hold(f, c, true) }

// planResume lets a held rollout go on.
func planResume(f facts, c backends.Change) (plan, error) { return hold(f, c, false) }

func hold(f facts, c backends.Change, paused bool) (plan, error) {
	ro := active(f.conf)
	words := map[bool]string{true: "held", false: "going on"}
	switch {
	case ro == nil:
		return plan{}, refuse(c, "no rollout is in progress")
	case ro.Paused == paused:
		return plan{}, refuse(c, "the %s of %s is %s already", ro.Operation, ro.Variant, words[paused])
	}
	ro.Paused = paused // of the clone
	what := string(ro.Operation) + " of " + ro.Variant
	return plan{conf: f.conf,
		effects: []backends.Effect{{What: what, Before: words[!paused], After: words[paused]}},
		event:   backends.Event{Variant: ro.Variant, State: backends.OK, Text: what + " is " + words[paused]}}, nil
}

// rolledBack makes a configuration as it was before a rollout that ends early,
// and tells the effects.
func rolledBack(conf *state.Deployment, ro state.Rollout) (effects []backends.Effect) {
	v := conf.Variant(ro.Variant)
	if v == nil {
		return nil
	}
	if ro.From == 0 {
		effects = append(effects, backends.Effect{What: "variant " + ro.Variant, Before: "starting", After: "removed"})
		removeVariant(conf, ro.Variant)
		return effects
	}
	effects = replicasEffect(nil, ro.Variant, v.Replicas, ro.FromReplicas)
	v.Replicas = ro.FromReplicas
	if ro.Operation == backends.OpScale {
		conf.Revision(ro.To).Replicas = ro.FromReplicas
	}
	return effects
}
