package operation

import (
	"errors"
	"fmt"
	"time"

	"pitwall/backends"
)

// deploy runs another version as a variant.
var deploy = action{
	disabled: unfinished,
	plan:     planDeploy,
	raises: func(w *world, c backends.Change) bool { // nobody meets it before it has a weight
		v, _ := w.deployment.Variant(c.Variant)
		return v.Weight > 0
	},
	goal: func(p Plan, now time.Time) goal {
		c := p.Change
		return versionGoal(p, c.Variant, c.Version, now)
	},
	patience: rolloutPatience,
}

// versionGoal is reached when every replica of a variant runs a version and is
// ready. A version of "" is unknown beforehand: then any change of the
// deployment's state counts as the start.
func versionGoal(p Plan, variant, version string, now time.Time) goal {
	old, _ := p.Before.Variant(variant)
	done := fmt.Sprintf("every replica of %s is ready with version %s", variant, version)
	if version == "" {
		done = fmt.Sprintf("every replica of %s is new and ready", variant)
	}
	return &rolloutGoal{
		variant: variant, stale: p.Before.Rollout != nil && p.Before.Rollout.Stuck, before: p.Before.Token, since: now, moved: version == "" || old.Version == version,
		shows: func(v backends.Variant) bool { return version == "" || v.Version == version },
		fits:  func(r backends.Replica) bool { return version == "" || r.Version == "" || r.Version == version },
		done:  done,
	}
}

func planDeploy(w *world, p *Plan) error {
	c, d := &p.Change, w.deployment
	if c.Version == "" && c.Image == "" {
		return errors.New("name a version or an image to deploy")
	}
	if c.Variant == "" {
		v, err := onlyVariant(d, "")
		if err != nil {
			return err
		}
		c.Variant = v.Name
	}
	v, exists := d.Variant(c.Variant)
	if !exists && (len(c.Variant) != 1 || c.Variant < "A" || c.Variant > "Z") {
		return fmt.Errorf("%q cannot be a variant: use one letter, as in B", c.Variant)
	}
	what := orDash(c.Version)
	if c.Version == "" {
		what = c.Image
	}
	p.Title = fmt.Sprintf("Deploy %s as %s of %s", what, c.Variant, d.Name)
	p.Effects = []backends.Effect{{What: "version of " + c.Variant, Before: w.runs(v), After: what}}
	if !exists {
		p.Consequences = []string{fmt.Sprintf("%s is new: nobody uses it until the split gives it a weight.", c.Variant)}
		p.UndoText = "give it no weight and scale it to 0"
		return nil
	}
	p.Consequences = replaceConsequences(w, v, what)
	undoRevision(w, p, v)
	return nil
}

// replaceConsequences says who meets the new version of a variant.
func replaceConsequences(w *world, v backends.Variant, to string) []string {
	if v.Desired == 0 {
		return []string{fmt.Sprintf("%s has no replicas: nothing runs %s until it has some.", v.Name, to)}
	}
	out := []string{fmt.Sprintf("%s replaced one after another by %s.", are(v.Desired, "replica", v.Name), to)}
	switch rps := w.variantRPS(v); {
	case v.Weight == 0:
		out = append(out, fmt.Sprintf("%s has no users now: its weight is 0 %%.", v.Name))
	case backends.Missing(rps):
		out = append(out, fmt.Sprintf("%s of users (%s) meet it as it rolls out; the split stays %s.", percent(v.Weight), v.Name, w.deployment.Split()))
	default:
		out = append(out, fmt.Sprintf("%s of users (%s, %s requests/s) meet it as it rolls out; the split stays %s.",
			percent(v.Weight), v.Name, rate(rps), w.deployment.Split()))
	}
	return out
}

// undoRevision takes a change of a variant back by restoring its present revision.
func undoRevision(w *world, p *Plan, v backends.Variant) {
	number, version := v.Revision, v.Version
	if r, ok := w.current(v.Name); ok { // it may not answer yet
		number, version = r.Number, r.Version
	}
	if number == 0 {
		p.UndoText = fmt.Sprintf("the backend keeps no revision of %s to go back to", v.Name)
		return
	}
	p.Undo = &backends.Change{Op: backends.OpRollback, Deployment: w.deployment.Name, Variant: v.Name, Revision: number}
	p.UndoText = fmt.Sprintf("roll %s back to revision %d (%s)", v.Name, number, orDash(version))
}
