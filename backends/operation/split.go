package operation

import (
	"fmt"
	"time"

	"pitwall/backends"
)

// split changes the weights.
var split = action{
	disabled: noCandidate,
	plan:     planSplit,
	raises:   func(w *world, c backends.Change) bool { return len(w.exposed(c)) > 0 },
	goal:     splitGoalOf,
	patience: splitPatience,
}

func planSplit(w *world, p *Plan) error {
	names := variantNames(w.deployment)
	if err := p.Change.Split.Validate(names); err != nil {
		return err
	}
	after := w.after(p.Change)
	p.Change.Split = after
	p.Title = fmt.Sprintf("Move %s from %s to %s", w.deployment.Name, w.deployment.Split(), after)
	if after.Equal(backends.AllToStable(names)) {
		p.Title = fmt.Sprintf("Move all traffic of %s to stable (%s)", w.deployment.Name, backends.Stable)
	}
	p.Effects = w.weightEffects(after)
	p.Consequences = w.splitConsequences(after)
	undoSplit(w, p)
	return nil
}

// undoSplit takes a change of weights back by restoring the present ones.
func undoSplit(w *world, p *Plan) {
	before := w.deployment.Split()
	p.Undo = &backends.Change{Op: backends.OpSplit, Deployment: w.deployment.Name, Split: before}
	p.UndoText = "the split " + before.String() + " comes back; requests already answered do not"
}

func splitGoalOf(p Plan, _ time.Time) goal {
	return &splitGoal{want: complete(p.Change.Split, variantNames(p.Before)), old: p.Before.Split()}
}
