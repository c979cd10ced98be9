package desired

import (
	"maps"
	"strings"

	"pitwall/backends"
	"pitwall/serve/gateway/split"
)

// planSplit changes the weights.
func planSplit(f Facts, c backends.Change) (Plan, error) {
	if err := c.Split.Validate(f.Conf.Names()); err != nil {
		return Plan{}, Refuse(c, "%v", err)
	}
	return weigh(f, c, c.Split)
}

// planCutover gives a candidate all the traffic at once.
func planCutover(f Facts, c backends.Change) (Plan, error) {
	v, err := candidateOf(&f.Conf, c)
	if err != nil {
		return Plan{}, err
	}
	if f.Ready[v.Name] == 0 {
		return Plan{}, Refuse(c, "%s has no ready replica", v.Name)
	}
	return weigh(f, c, backends.Split{v.Name: 100})
}

// planAbort gives stable all the traffic and ends the rollout in progress.
func planAbort(f Facts, c backends.Change) (Plan, error) {
	ro := f.Conf.Active()
	all := backends.AllToStable(f.Conf.Names())
	if ro == nil && splitOf(f).Equal(all) {
		return Plan{}, Refuse(c, "stable has all the traffic and no rollout is in progress")
	}
	p, err := weigh(f, c, all)
	if err != nil {
		return Plan{}, err
	}
	p.Conf.Rollout = nil
	if ro == nil {
		return p, nil
	}
	p.Interrupts = true
	p.Effects = append(p.Effects, backends.Effect{What: string(ro.Operation) + " of " + ro.Variant, Before: "in progress", After: "stopped"})
	p.Event.Text = strings.TrimPrefix(p.Event.Text+"; ", "; ") + string(ro.Operation) + " of " + ro.Variant + " stopped"
	p.Effects = append(p.Effects, RolledBack(&p.Conf, *ro)...)
	return p, nil
}

func splitOf(f Facts) backends.Split {
	s := make(backends.Split)
	for _, v := range f.Conf.Variants {
		s[v.Name] = v.Weight
	}
	return s
}

// weigh sets the weights; a variant that is not named gets none. A variant
// without a ready replica gets no more than it has.
func weigh(f Facts, c backends.Change, to backends.Split) (Plan, error) {
	before, after := splitOf(f), make(backends.Split)
	var p Plan
	var layout []split.Weight
	for i := range f.Conf.Variants {
		v := &f.Conf.Variants[i]
		if w := to[v.Name]; w > v.Weight && f.Ready[v.Name] == 0 {
			return Plan{}, Refuse(c, "%s has no ready replica, so it cannot get %s of the users", v.Name, percent(w))
		}
		p.Effects = changed(p.Effects, "weight of "+v.Name, percent(v.Weight), percent(to[v.Name]))
		v.Weight = to[v.Name]
		after[v.Name] = v.Weight
		points, err := split.Points(v.Weight)
		if err != nil {
			return Plan{}, Refuse(c, "%v", err)
		}
		layout = append(layout, split.Weight{Variant: v.Name, Points: points})
	}
	if _, err := split.New(layout); err != nil {
		return Plan{}, Refuse(c, "%v", err)
	}
	if !maps.Equal(before, after) {
		f.Conf.SplitBy, f.Conf.SplitAt = c.By, f.Now
		p.Event.Text = "split changed from " + before.String() + " to " + after.String()
	}
	p.Conf, p.Event.State = f.Conf, backends.OK
	return p, nil
}
