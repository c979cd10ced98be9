package operation

import (
	"fmt"
	"time"

	"pitwall/backends"
)

// promote makes the candidate's version the stable one.
var promote = action{
	disabled: func(d backends.Deployment) string { return first(noCandidate(d), rolling(d)) },
	plan:     planPromote,
	raises:   always,
	goal: func(p Plan, now time.Time) goal {
		v, _ := p.Before.Variant(p.Change.Variant)
		return versionGoal(p, backends.Stable, v.Version, now)
	},
	patience: rolloutPatience,
}

func planPromote(w *world, p *Plan) error {
	v, err := candidate(w.deployment, p.Change.Variant)
	if err != nil {
		return err
	}
	p.Change.Variant = v.Name
	p.Title = fmt.Sprintf("Promote %s (%s) of %s to stable", v.Name, orDash(v.Version), w.deployment.Name)
	stable, ok := w.deployment.Variant(backends.Stable)
	if !ok {
		return &backends.NotFoundError{Kind: "variant", Name: backends.Stable, Have: variantNames(w.deployment)}
	}
	p.Effects = []backends.Effect{{What: "version of " + stable.Name, Before: orDash(stable.Version), After: orDash(v.Version)}}
	p.Consequences = []string{
		fmt.Sprintf("%s replaced one after another by %s.", are(stable.Desired, "replica", stable.Name), orDash(v.Version)),
		fmt.Sprintf("Then %s serves all users with it, and %s is retired.", stable.Name, v.Name),
	}
	undoRevision(w, p, stable)
	p.UndoText += fmt.Sprintf("; %s does not come back by itself", v.Name)
	return nil
}
