package desired

import (
	"fmt"
	"strconv"

	"pitwall/backends"
)

// planScale changes the number of replicas. The revision that runs takes the
// number over, so that a later rollback brings back what really served.
func planScale(f Facts, c backends.Change) (Plan, error) {
	if err := refuseDuring(f.Conf, c); err != nil {
		return Plan{}, err
	}
	v, err := variantOf(&f.Conf, c)
	if err != nil {
		return Plan{}, err
	}
	switch n := c.Replicas; {
	case n < 0 || n > f.MaxReplicas:
		return Plan{}, Refuse(c, "%d replicas: a variant has 0 to %d here", n, f.MaxReplicas)
	case n == v.Replicas && f.Lost[v.Name] == 0:
		return Plan{}, Refuse(c, "%s has %d replicas already", v.Name, n)
	case n == 0 && v.Weight > 0:
		return Plan{}, Refuse(c, "%s has %s of the users: give it no weight first", v.Name, percent(v.Weight))
	}
	p := Plan{Effects: replicasEffect(nil, v.Name, v.Replicas, c.Replicas), Rolls: true, Interrupts: true}
	text := fmt.Sprintf("%s scaled from %d to %d replicas", v.Name, v.Replicas, c.Replicas)
	if lost := f.Lost[v.Name]; lost > 0 {
		there := fmt.Sprintf("%d of %d", v.Replicas-lost, v.Replicas)
		p.Effects = []backends.Effect{{What: "replicas of " + v.Name, Before: there + " there", After: strconv.Itoa(c.Replicas)}}
		text = fmt.Sprintf("%s, of which %s were there, scaled to %d replicas", v.Name, there, c.Replicas)
	}
	f.Conf.Rollout = &Rollout{Operation: c.Op, Variant: v.Name, From: v.Revision, To: v.Revision,
		FromReplicas: v.Replicas, By: c.By, StartedAt: f.Now}
	p.Event = backends.Event{Variant: v.Name, State: backends.OK, Text: text}
	v.Replicas = c.Replicas
	f.Conf.Revision(v.Revision).Replicas = c.Replicas
	p.Conf = f.Conf
	return p, nil
}

// planRestart replaces every replica of a variant by a fresh one of its version.
func planRestart(f Facts, c backends.Change) (Plan, error) {
	if err := refuseDuring(f.Conf, c); err != nil {
		return Plan{}, err
	}
	v, err := variantOf(&f.Conf, c)
	if err != nil {
		return Plan{}, err
	}
	if v.Replicas == 0 {
		return Plan{}, Refuse(c, "%s has no replicas", v.Name)
	}
	f.Conf.Rollout = &Rollout{Operation: c.Op, Variant: v.Name, From: v.Revision, To: v.Revision,
		FromReplicas: v.Replicas, By: c.By, StartedAt: f.Now}
	text := fmt.Sprintf("%d, one after another", v.Replicas)
	return Plan{Conf: f.Conf, Rolls: true, Interrupts: true,
		Effects: []backends.Effect{{What: "replicas of " + v.Name, Before: "as they are", After: "fresh: " + text}},
		Event:   backends.Event{Variant: v.Name, State: backends.Progressing, Text: "restart of " + v.Name + " began: " + text}}, nil
}

// planPause holds the rollout in progress after the step it is in.
func planPause(f Facts, c backends.Change) (Plan, error) { return hold(f, c, true) }

// planResume lets a held rollout go on.
func planResume(f Facts, c backends.Change) (Plan, error) { return hold(f, c, false) }

func hold(f Facts, c backends.Change, paused bool) (Plan, error) {
	ro := f.Conf.Active()
	words := map[bool]string{true: "held", false: "going on"}
	switch {
	case ro == nil:
		return Plan{}, Refuse(c, "no rollout is in progress")
	case ro.Paused == paused:
		return Plan{}, Refuse(c, "the %s of %s is %s already", ro.Operation, ro.Variant, words[paused])
	}
	ro.Paused = paused // of the clone
	what := string(ro.Operation) + " of " + ro.Variant
	return Plan{Conf: f.Conf,
		Effects: []backends.Effect{{What: what, Before: words[!paused], After: words[paused]}},
		Event:   backends.Event{Variant: ro.Variant, State: backends.OK, Text: what + " is " + words[paused]}}, nil
}

// RolledBack makes a configuration as it was before a rollout that ends early,
// and tells the effects.
func RolledBack(conf *Deployment, ro Rollout) (effects []backends.Effect) {
	v := conf.Variant(ro.Variant)
	if v == nil {
		return nil
	}
	if ro.From == 0 {
		effects = append(effects, backends.Effect{What: "variant " + ro.Variant, Before: "starting", After: "removed"})
		conf.Remove(ro.Variant)
		return effects
	}
	effects = replicasEffect(nil, ro.Variant, v.Replicas, ro.FromReplicas)
	v.Replicas = ro.FromReplicas
	if ro.Operation == backends.OpScale {
		conf.Revision(ro.To).Replicas = ro.FromReplicas
	}
	return effects
}
