package operation

import (
	"fmt"
	"time"

	"pitwall/backends"
)

// pause holds the rollout in progress. Holding harms nobody, so it needs no
// confirmation.
var pause = action{
	disabled: func(d backends.Deployment) string {
		switch {
		case d.Rollout == nil:
			return "no rollout is in progress"
		case d.Rollout.Paused:
			return "the rollout is already held"
		}
		return ""
	},
	plan: func(w *world, p *Plan) error {
		r := w.deployment.Rollout
		if r == nil {
			p.Title = "Hold the rollout of " + w.deployment.Name
			return nil
		}
		p.Title = fmt.Sprintf("Hold the %s of %s", r.Operation, w.deployment.Name)
		p.Effects = []backends.Effect{{What: "rollout of " + r.Variant, Before: fmt.Sprintf("%d of %d", r.Done, r.Total), After: "held"}}
		if !r.First() {
			p.Consequences = []string{fmt.Sprintf("Users of %s stay on two versions, %s and %s, until it goes on.", r.Variant, orDash(r.From), orDash(r.To))}
			if r.Done == 0 {
				p.Consequences = []string{fmt.Sprintf("Users of %s stay on %s, and nobody is on %s, until it goes on.", r.Variant, orDash(r.From), orDash(r.To))}
			}
		}
		p.Undo = &backends.Change{Op: backends.OpResume, Deployment: w.deployment.Name}
		p.UndoText = "resume lets it go on"
		return nil
	},
	raises:   never,
	goal:     func(Plan, time.Time) goal { return holdGoal{held: true} },
	patience: holdPatience,
}
