package operation

import (
	"fmt"
	"time"

	"pitwall/backends"
)

// cutover gives a candidate all the traffic at once (blue-green).
var cutover = action{
	disabled: noCandidate,
	plan:     planCutover,
	raises:   always,
	goal: func(p Plan, _ time.Time) goal {
		want := complete(backends.Split{p.Change.Variant: 100}, variantNames(p.Before))
		return &splitGoal{want: want, old: p.Before.Split()}
	},
	patience: splitPatience,
}

func planCutover(w *world, p *Plan) error {
	v, err := candidate(w.deployment, p.Change.Variant)
	if err != nil {
		return err
	}
	p.Change.Variant = v.Name
	after := w.after(p.Change)
	p.Title = fmt.Sprintf("Cut %s over to %s (%s)", w.deployment.Name, v.Name, orDash(v.Version))
	p.Effects = w.weightEffects(after)
	p.Consequences = append(w.splitConsequences(after),
		fmt.Sprintf("%s keeps its replicas: going back is another change of the split.", backends.Stable))
	undoSplit(w, p)
	return nil
}
