package operation

import (
	"fmt"
	"time"

	"pitwall/backends"
)

// abort gives stable all the traffic and stops the rollout in progress.
var abort = action{
	disabled: func(d backends.Deployment) string {
		if d.Rollout == nil && d.Split().Equal(backends.AllToStable(variantNames(d))) {
			return "stable has all the traffic and no rollout is in progress"
		}
		return ""
	},
	plan:   planAbort,
	raises: never,
	goal: func(p Plan, _ time.Time) goal {
		moved := splitGoal{want: backends.AllToStable(variantNames(p.Before)), old: p.Before.Split()}
		if _, stays := stranded(p.Before); stays {
			return &moved
		}
		return &abortGoal{moved}
	},
	patience: splitPatience,
}

func planAbort(w *world, p *Plan) error {
	d := w.deployment
	after := w.after(p.Change)
	p.Title = fmt.Sprintf("Abort: all traffic of %s to stable (%s)", d.Name, backends.Stable)
	p.Effects = w.weightEffects(after)
	if !after.Equal(d.Split()) {
		p.Consequences = w.splitConsequences(after)
		undoSplit(w, p)
	}
	if r, stays := stranded(d); stays {
		p.Consequences = append(p.Consequences, fmt.Sprintf("The %s, stays: nothing ran before it.", r.Title()))
		if p.Undo == nil {
			p.UndoText = "nothing is changed"
		}
		return nil
	}
	if r := d.Rollout; r != nil {
		p.Effects = append(p.Effects, backends.Effect{What: "rollout of " + r.Variant, Before: fmt.Sprintf("%d of %d", r.Done, r.Total), After: "stopped"})
		p.Consequences = append(p.Consequences, stops(*r))
		if p.Undo == nil {
			p.UndoText = "the rollout has to be started again"
		}
	}
	return nil
}

// stops says what becomes of a rollout.
func stops(r backends.Rollout) string {
	if r.First() {
		return fmt.Sprintf("The %s, stops: nothing ran before it.", r.Title())
	}
	return fmt.Sprintf("The %s of %s from %s to %s stops and does not go on by itself.", r.Operation, r.Variant, orDash(r.From), orDash(r.To))
}

// abortGoal is reached when stable has the traffic and nothing rolls.
type abortGoal struct{ splitGoal }

func (g *abortGoal) look(d backends.Deployment, now time.Time) sight {
	if d.Rollout != nil {
		return sight{text: "what rolled is not back yet where it was"}
	}
	return g.splitGoal.look(d, now)
}
