package operation

import (
	"fmt"
	"time"

	"pitwall/backends"
)

// resume lets a held rollout go on.
var resume = action{
	disabled: func(d backends.Deployment) string {
		switch {
		case d.Rollout == nil && heldVariant(d) != "":
			return ""
		case d.Rollout == nil:
			return "no rollout is in progress"
		case !d.Rollout.Paused && d.Rollout.Message != "":
			return "the rollout is not held: " + d.Rollout.Message
		case !d.Rollout.Paused:
			return "the rollout is not held"
		}
		return ""
	},
	plan: func(w *world, p *Plan) error {
		r := w.deployment.Rollout
		if r == nil {
			p.Title = "Resume the rollout of " + w.deployment.Name
			if name := heldVariant(w.deployment); name != "" {
				p.Effects = []backends.Effect{{What: "rollouts of " + name, Before: "held", After: "go on"}}
				p.Consequences = []string{fmt.Sprintf("Nothing rolls now: what is deployed to %s later does not wait any more.", name)}
			}
			return nil
		}
		p.Title = fmt.Sprintf("Resume the %s of %s", r.Operation, w.deployment.Name)
		p.Effects = []backends.Effect{{What: "rollout of " + r.Variant, Before: "held", After: fmt.Sprintf("goes on from %d of %d", r.Done, r.Total)}}
		p.Consequences = []string{fmt.Sprintf("The remaining %s replaced by version %s.", are(r.Total-r.Done, "replica", r.Variant), orDash(r.To))}
		p.Undo = &backends.Change{Op: backends.OpPause, Deployment: w.deployment.Name}
		p.UndoText = "pause holds it again; what was replaced meanwhile stays"
		return nil
	},
	raises:   always,
	goal:     func(Plan, time.Time) goal { return holdGoal{held: false} },
	patience: holdPatience,
}

// heldVariant is the first variant whose rollouts are held, "" for none.
func heldVariant(d backends.Deployment) string {
	for _, v := range d.Variants {
		if v.Held {
			return v.Name
		}
	}
	return ""
}

// holdGoal is reached when the rollout is held, or no longer held.
type holdGoal struct{ held bool }

func (g holdGoal) look(d backends.Deployment, _ time.Time) sight {
	switch r := d.Rollout; {
	case r == nil && g.held:
		return sight{state: missed, text: "the rollout had ended before it was held"}
	case r == nil && heldVariant(d) != "":
		return sight{text: heldVariant(d) + " is held still"}
	case r == nil:
		return sight{state: reached, text: "the rollout went on and has ended"}
	case r.Paused == g.held && g.held:
		return sight{state: reached, text: fmt.Sprintf("held at %d of %d", r.Done, r.Total)}
	case r.Paused == g.held:
		return sight{state: reached, text: fmt.Sprintf("goes on: %d of %d", r.Done, r.Total)}
	default:
		return sight{text: "the backend has not acted yet"}
	}
}

func (holdGoal) overdue() sight { return sight{text: "the backend has not acted"} }
