package supervisor

import (
	"fmt"
	"slices"
	"strconv"

	"pitwall/backends"
	"pitwall/backends/local/supervisor/state"
	"pitwall/serve/gateway/split"
)

// planDeploy runs another version as a variant. A variant that is not there
// yet begins with one replica and without weight.
func planDeploy(f facts, c backends.Change) (plan, error) {
	if err := refuseDuring(f.conf, c); err != nil {
		return plan{}, err
	}
	model, err := modelOf(f, c)
	if err != nil {
		return plan{}, err
	}
	if c.Variant == "" {
		c.Variant = "B"
	}
	if !split.Known(c.Variant) {
		return plan{}, refuse(c, "%q cannot be a variant: use %s (stable) or a candidate from B to E", c.Variant, backends.Stable)
	}
	v := f.conf.Variant(c.Variant)
	if v == nil {
		return planCandidate(f, c, model), nil
	}
	running := f.conf.Revision(v.Revision).Model
	if running.Version == model.Version && running.SHA256 == model.SHA256 {
		return plan{}, refuse(c, "%s runs %s already: restart replaces its replicas", v.Name, model.Version)
	}
	p := plan{effects: digestEffect(nil, v.Name, running, model)}
	return roll(f, c, p, v, model, v.Replicas, "deploy of "+v.Name+" from "+running.Version+" to "+model.Version+" began"), nil
}

// planCandidate deploys to a variant that is new.
func planCandidate(f facts, c backends.Change, model state.Model) plan {
	f.conf.Variants = append(f.conf.Variants, state.Variant{Name: c.Variant})
	slices.SortFunc(f.conf.Variants, func(a, b state.Variant) int { return int(a.Name[0]) - int(b.Name[0]) })
	p := plan{effects: append(digestEffect(nil, c.Variant, state.Model{}, model),
		backends.Effect{What: "replicas of " + c.Variant, Before: "0", After: "1"},
		backends.Effect{What: "weight of " + c.Variant, Before: "none", After: "0 %"})}
	v := f.conf.Variant(c.Variant)
	p = roll(f, c, p, v, model, 1, "deploy of "+model.Version+" as new candidate "+c.Variant+" began")
	p.conf.Variant(c.Variant).Revision = p.conf.Rollout.To // there is nothing else it could show
	return p
}

// modelOf finds the model to deploy: that of the file given, or the version
// that the stack has.
func modelOf(f facts, c backends.Change) (state.Model, error) {
	var versions []string
	for _, m := range f.conf.Models {
		versions = append(versions, m.Version)
		if m.Version != c.Version {
			continue
		}
		if f.model != nil && f.model.SHA256 != m.SHA256 {
			return m, refuse(c, "version %s is another file (sha256 %s): give this one another version", m.Version, short(m.SHA256))
		}
		return m, nil
	}
	switch {
	case c.Version == "" && f.model != nil:
		return state.Model{}, refuse(c, "a model file needs a version: --version")
	case c.Version == "":
		return state.Model{}, refuse(c, "name a version: there is %v", versions)
	case f.model == nil:
		return state.Model{}, &backends.NotFoundError{Kind: "version", Name: c.Version, Have: versions}
	}
	return *f.model, nil
}

// roll records a revision of a variant and begins to roll it out.
func roll(f facts, c backends.Change, p plan, v *state.Variant, model state.Model, replicas int, text string) plan {
	from, fromReplicas := v.Revision, v.Replicas
	variant := v.Name
	v.Replicas = replicas
	to := f.conf.AddRevision(state.Revision{Variant: variant, Model: model, Replicas: replicas, CreatedAt: f.now, By: c.By, Reason: c.Reason})
	f.conf.Rollout = &state.Rollout{Operation: c.Op, Variant: variant, From: from, To: to, FromReplicas: fromReplicas, By: c.By, StartedAt: f.now}
	p.conf, p.rolls, p.interrupts = f.conf, true, true
	p.event.State, p.event.Variant, p.event.Text = backends.Progressing, variant, text
	return p
}

// planRollback restores a revision of a variant: model, version, baseline and
// number of replicas. It may replace the rollout in progress of that variant.
func planRollback(f facts, c backends.Change) (plan, error) {
	r, err := revisionOf(f, c)
	if err != nil {
		return plan{}, err
	}
	v := f.conf.Variant(r.Variant)
	if v == nil {
		return plan{}, &backends.NotFoundError{Kind: "variant", Name: r.Variant, Have: f.conf.Names()}
	}
	ro := active(f.conf)
	switch {
	case ro != nil && (ro.Variant != v.Name || ro.Operation == backends.OpPromote || ro.From == 0):
		return plan{}, refuseDuring(f.conf, c)
	case ro == nil && v.Revision == r.Number:
		return plan{}, refuse(c, "revision %d of %s runs already", r.Number, v.Name)
	}
	replicas := r.Replicas
	if v.Weight > 0 {
		replicas = max(replicas, 1)
	}
	running := f.conf.Revision(v.Revision).Model
	p := plan{effects: replicasEffect(digestEffect(nil, v.Name, running, r.Model), v.Name, v.Replicas, replicas)}
	if ro != nil {
		p.effects = append(p.effects, backends.Effect{What: string(ro.Operation) + " of " + ro.Variant, Before: "in progress", After: "replaced"})
		v.Replicas = ro.FromReplicas
	}
	if c.Reason == "" {
		c.Reason = fmt.Sprintf("back to revision %d", r.Number)
	}
	return roll(f, c, p, v, r.Model, replicas, fmt.Sprintf("rollback of %s to revision %d (%s) began", v.Name, r.Number, r.Model.Version)), nil
}

// revisionOf finds the revision to restore: the one with the number, else the
// newest known-good one before the one that runs, else the one before it.
func revisionOf(f facts, c backends.Change) (state.Revision, error) {
	if c.Revision != 0 {
		r := f.conf.Revision(c.Revision)
		if r == nil || c.Variant != "" && r.Variant != c.Variant {
			return state.Revision{}, &backends.NotFoundError{Kind: "revision", Name: strconv.Itoa(c.Revision), Have: revisionNumbers(f.conf, c.Variant)}
		}
		return *r, nil
	}
	v, err := variantOf(&f.conf, c)
	if err != nil {
		return state.Revision{}, err
	}
	var before *state.Revision
	for _, r := range slices.Backward(f.conf.Revisions) {
		if r.Variant != v.Name || r.Number >= v.Revision {
			continue
		}
		if r.GoodFor >= goodAfter {
			return r, nil
		}
		if before == nil {
			before = &r
		}
	}
	if before == nil {
		return state.Revision{}, refuse(c, "%s has no earlier revision to go back to", v.Name)
	}
	return *before, nil
}

func revisionNumbers(conf state.Deployment, variant string) []string {
	var have []string
	for _, r := range slices.Backward(conf.Revisions) {
		if variant == "" || r.Variant == variant {
			have = append(have, strconv.Itoa(r.Number))
		}
	}
	return have
}

// planPromote makes the candidate's version the stable one: A is replaced
// replica by replica, then gets the traffic, then the candidate is retired.
func planPromote(f facts, c backends.Change) (plan, error) {
	if err := refuseDuring(f.conf, c); err != nil {
		return plan{}, err
	}
	b, err := candidateOf(&f.conf, c)
	if err != nil {
		return plan{}, err
	}
	if f.ready[b.Name] == 0 {
		return plan{}, refuse(c, "%s has no ready replica", b.Name)
	}
	candidate, weight, replicas := b.Name, b.Weight, b.Replicas
	model := f.conf.Revision(b.Revision).Model
	a := f.conf.Variant(backends.Stable)
	running := f.conf.Revision(a.Revision).Model
	p := plan{effects: digestEffect(nil, a.Name, running, model)}
	p.effects = changed(p.effects, "weight of "+a.Name, percent(a.Weight), "100 %")
	p.effects = changed(p.effects, "weight of "+candidate, percent(weight), "retired")
	p.effects = append(p.effects, backends.Effect{What: "replicas of " + candidate, Before: strconv.Itoa(replicas), After: "retired"})
	p = roll(f, c, p, a, model, max(a.Replicas, 1), fmt.Sprintf("promotion of %s from %s to stable began", model.Version, candidate))
	p.conf.Rollout.Candidate = candidate
	return p, nil
}
