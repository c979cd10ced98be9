package supervisor

import (
	"maps"
	"strings"

	"pitwall/backends"
	"pitwall/serve/gateway/split"
)

// planSplit changes the weights.
func planSplit(f facts, c backends.Change) (plan, error) {
	if err := c.Split.Validate(f.conf.Names()); err != nil {
		return plan{}, refuse(c, "%v", err)
	}
	return weigh(f, c, c.Split)
}

// planCutover gives a candidate all the traffic at once.
func planCutover(f facts, c backends.Change) (plan, error) {
	v, err := candidateOf(&f.conf, c)
	if err != nil {
		return plan{}, err
	}
	if f.ready[v.Name] == 0 {
		return plan{}, refuse(c, "%s has no ready replica", v.Name)
	}
	return weigh(f, c, backends.Split{v.Name: 100})
}

// planAbort gives stable all the traffic and ends the rollout in progress.
func planAbort(f facts, c backends.Change) (plan, error) {
	ro := active(f.conf)
	all := backends.AllToStable(f.conf.Names())
	if ro == nil && splitOf(f).Equal(all) {
		return plan{}, refuse(c, "stable has all the traffic and no rollout is in progress")
	}
	p, err := weigh(f, c, all)
	if err != nil {
		return plan{}, err
	}
	p.conf.Rollout = nil
	if ro == nil {
		return p, nil
	}
	p.interrupts = true
	p.effects = append(p.effects, backends.Effect{What: string(ro.Operation) + " of " + ro.Variant, Before: "in progress", After: "stopped"})
	p.event.Text = strings.TrimPrefix(p.event.Text+"; ", "; ") + string(ro.Operation) + " of " + ro.Variant + " stopped"
	p.effects = append(p.effects, rolledBack(&p.conf, *ro)...)
	return p, nil
}

func splitOf(f facts) backends.Split {
	s := make(backends.Split)
	for _, v := range f.conf.Variants {
		s[v.Name] = v.Weight
	}
	return s
}

// weigh sets the weights; a variant that is not named gets none. A variant
// without a ready replica gets no more than it has.
func weigh(f facts, c backends.Change, to backends.Split) (plan, error) {
	before, after := splitOf(f), make(backends.Split)
	var p plan
	var layout []split.Weight
	for i := range f.conf.Variants {
		v := &f.conf.Variants[i]
		if w := to[v.Name]; w > v.Weight && f.ready[v.Name] == 0 {
			return plan{}, refuse(c, "%s has no ready replica, so it cannot get %s of the users", v.Name, percent(w))
		}
		p.effects = changed(p.effects, "weight of "+v.Name, percent(v.Weight), percent(to[v.Name]))
		v.Weight = to[v.Name]
		after[v.Name] = v.Weight
		points, err := split.Points(v.Weight)
		if err != nil {
			return plan{}, refuse(c, "%v", err)
		}
		layout = append(layout, split.Weight{Variant: v.Name, Points: points})
	}
	if _, err := split.New(layout); err != nil {
		return plan{}, refuse(c, "%v", err)
	}
	if !maps.Equal(before, after) {
		f.conf.SplitBy, f.conf.SplitAt = c.By, f.now
		p.event.Text = "split changed from " + before.String() + " to " + after.String()
	}
	p.conf, p.event.State = f.conf, backends.OK
	return p, nil
}
