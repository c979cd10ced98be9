package desired

import (
	"fmt"
	"slices"
	"strconv"

	"pitwall/backends"
	"pitwall/serve/gateway/split"
)

// planDeploy runs another version as a variant. A variant that is not there
// yet begins with one replica and without weight.
func planDeploy(f Facts, c backends.Change) (Plan, error) {
	if err := refuseDuring(f.Conf, c); err != nil {
		return Plan{}, err
	}
	model, err := modelOf(f, c)
	if err != nil {
		return Plan{}, err
	}
	if c.Variant == "" {
		c.Variant = "B"
	}
	if !split.Known(c.Variant) {
		return Plan{}, Refuse(c, "%q cannot be a variant: use %s (stable) or a candidate from B to E", c.Variant, backends.Stable)
	}
	v := f.Conf.Variant(c.Variant)
	if v == nil {
		return planCandidate(f, c, model), nil
	}
	running := f.Conf.Revision(v.Revision).Model
	if running.Version == model.Version && running.SHA256 == model.SHA256 {
		return Plan{}, Refuse(c, "%s runs %s already: restart replaces its replicas", v.Name, model.Version)
	}
	p := Plan{Effects: f.artifactEffects(v.Name, running, model)}
	return roll(f, c, p, v, model, v.Replicas, "deploy of "+v.Name+" from "+running.Version+" to "+model.Version+" began"), nil
}

// planCandidate deploys to a variant that is new.
func planCandidate(f Facts, c backends.Change, model Model) Plan {
	f.Conf.Variants = append(f.Conf.Variants, Variant{Name: c.Variant})
	slices.SortFunc(f.Conf.Variants, func(a, b Variant) int { return int(a.Name[0]) - int(b.Name[0]) })
	p := Plan{Effects: append(f.artifactEffects(c.Variant, Model{}, model),
		backends.Effect{What: "replicas of " + c.Variant, Before: "0", After: "1"},
		backends.Effect{What: "weight of " + c.Variant, Before: "none", After: "0 %"})}
	v := f.Conf.Variant(c.Variant)
	p = roll(f, c, p, v, model, 1, "deploy of "+model.Version+" as new candidate "+c.Variant+" began")
	p.Conf.Variant(c.Variant).Revision = p.Conf.Rollout.To // there is nothing else it could show
	return p
}

// modelOf finds the model to deploy: that of the file given, or the version
// that the stack has.
func modelOf(f Facts, c backends.Change) (Model, error) {
	var versions []string
	for _, m := range f.Conf.Models {
		versions = append(versions, m.Version)
		if m.Version != c.Version {
			continue
		}
		if f.Model != nil && f.Model.SHA256 != m.SHA256 {
			return m, Refuse(c, "version %s is another %s (sha256 %s): give this one another version", m.Version, f.Artifact, short(m.SHA256))
		}
		return m, nil
	}
	switch {
	case c.Version == "" && f.Model != nil:
		return Model{}, Refuse(c, "a %s needs a version: --version", f.Artifact)
	case c.Version == "":
		return Model{}, Refuse(c, "name a version: there is %v", versions)
	case f.Model == nil:
		return Model{}, &backends.NotFoundError{Kind: "version", Name: c.Version, Have: versions}
	}
	return *f.Model, nil
}

// roll records a revision of a variant and begins to roll it out.
func roll(f Facts, c backends.Change, p Plan, v *Variant, model Model, replicas int, text string) Plan {
	from, fromReplicas := v.Revision, v.Replicas
	variant := v.Name
	v.Replicas = replicas
	to := f.Conf.AddRevision(Revision{Variant: variant, Model: model, Replicas: replicas, CreatedAt: f.Now, By: c.By, Reason: c.Reason})
	f.Conf.Rollout = &Rollout{Operation: c.Op, Variant: variant, From: from, To: to, FromReplicas: fromReplicas, By: c.By, StartedAt: f.Now}
	p.Conf, p.Rolls, p.Interrupts = f.Conf, true, true
	p.Event.State, p.Event.Variant, p.Event.Text = backends.Progressing, variant, text
	return p
}

// planRollback restores a revision of a variant: model, version, baseline and
// number of replicas. It may replace the rollout in progress of that variant.
func planRollback(f Facts, c backends.Change) (Plan, error) {
	r, err := revisionOf(f, c)
	if err != nil {
		return Plan{}, err
	}
	v := f.Conf.Variant(r.Variant)
	if v == nil {
		return Plan{}, &backends.NotFoundError{Kind: "variant", Name: r.Variant, Have: f.Conf.Names()}
	}
	ro := f.Conf.Active()
	switch {
	case ro != nil && (ro.Variant != v.Name || ro.Operation == backends.OpPromote || ro.From == 0):
		return Plan{}, refuseDuring(f.Conf, c)
	case ro == nil && v.Revision == r.Number:
		return Plan{}, Refuse(c, "revision %d of %s runs already", r.Number, v.Name)
	}
	replicas := r.Replicas
	if v.Weight > 0 {
		replicas = max(replicas, 1)
	}
	running := f.Conf.Revision(v.Revision).Model
	p := Plan{Effects: replicasEffect(f.artifactEffects(v.Name, running, r.Model), v.Name, v.Replicas, replicas)}
	if ro != nil {
		p.Effects = append(p.Effects, backends.Effect{What: string(ro.Operation) + " of " + ro.Variant, Before: "in progress", After: "replaced"})
		v.Replicas = ro.FromReplicas
	}
	if c.Reason == "" {
		c.Reason = fmt.Sprintf("back to revision %d", r.Number)
	}
	return roll(f, c, p, v, r.Model, replicas, fmt.Sprintf("rollback of %s to revision %d (%s) began", v.Name, r.Number, r.Model.Version)), nil
}

// revisionOf finds the revision to restore: the one with the number, else the
// newest known-good one before the one that runs, else the one before it.
func revisionOf(f Facts, c backends.Change) (Revision, error) {
	if c.Revision != 0 {
		r := f.Conf.Revision(c.Revision)
		if r == nil || c.Variant != "" && r.Variant != c.Variant {
			return Revision{}, &backends.NotFoundError{Kind: "revision", Name: strconv.Itoa(c.Revision), Have: revisionNumbers(f.Conf, c.Variant)}
		}
		return *r, nil
	}
	v, err := variantOf(&f.Conf, c)
	if err != nil {
		return Revision{}, err
	}
	var before *Revision
	for _, r := range slices.Backward(f.Conf.Revisions) {
		if r.Variant != v.Name || r.Number >= v.Revision {
			continue
		}
		if r.GoodFor >= GoodAfter {
			return r, nil
		}
		if before == nil {
			before = &r
		}
	}
	if before == nil {
		return Revision{}, Refuse(c, "%s has no earlier revision to go back to", v.Name)
	}
	return *before, nil
}

func revisionNumbers(conf Deployment, variant string) []string {
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
func planPromote(f Facts, c backends.Change) (Plan, error) {
	if err := refuseDuring(f.Conf, c); err != nil {
		return Plan{}, err
	}
	b, err := candidateOf(&f.Conf, c)
	if err != nil {
		return Plan{}, err
	}
	if f.Ready[b.Name] == 0 {
		return Plan{}, Refuse(c, "%s has no ready replica", b.Name)
	}
	candidate, weight, replicas := b.Name, b.Weight, b.Replicas
	model := f.Conf.Revision(b.Revision).Model
	a := f.Conf.Variant(backends.Stable)
	running := f.Conf.Revision(a.Revision).Model
	p := Plan{Effects: f.artifactEffects(a.Name, running, model)}
	p.Effects = changed(p.Effects, "weight of "+a.Name, percent(a.Weight), "100 %")
	p.Effects = changed(p.Effects, "weight of "+candidate, percent(weight), "retired")
	p.Effects = append(p.Effects, backends.Effect{What: "replicas of " + candidate, Before: strconv.Itoa(replicas), After: "retired"})
	p = roll(f, c, p, a, model, max(a.Replicas, 1), fmt.Sprintf("promotion of %s from %s to stable began", model.Version, candidate))
	p.Conf.Rollout.Candidate = candidate
	return p, nil
}
