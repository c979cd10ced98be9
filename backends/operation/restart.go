package operation

import (
	"fmt"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

// restart replaces every replica of a variant by a fresh one of the same version.
var restart = action{
	disabled: func(d backends.Deployment) string { return first(noVariants(d), rolling(d)) },
	plan:     planRestart,
	raises:   never,
	goal: func(p Plan, now time.Time) goal {
		old, _ := p.Before.Variant(p.Change.Variant)
		return &rolloutGoal{
			variant: p.Change.Variant, before: p.Before.Token, since: now, moved: len(old.Replicas) == 0,
			shows: func(v backends.Variant) bool { return v.Version == old.Version },
			fits:  func(r backends.Replica) bool { return !slices.ContainsFunc(old.Replicas, same(r)) },
			done:  fmt.Sprintf("every replica of %s is fresh and ready", p.Change.Variant),
		}
	},
	patience: rolloutPatience,
}

// same reports whether a replica is the process that r was.
func same(r backends.Replica) func(backends.Replica) bool {
	return func(o backends.Replica) bool {
		return o.Name == r.Name && o.PID == r.PID && o.StartedAt.Equal(r.StartedAt)
	}
}

func planRestart(w *world, p *Plan) error {
	v, err := onlyVariant(w.deployment, p.Change.Variant)
	if err != nil {
		return err
	}
	p.Change.Variant = v.Name
	p.Title = fmt.Sprintf("Restart %s of %s", v.Name, w.deployment.Name)
	p.Effects = []backends.Effect{{What: "replicas of " + v.Name, Before: words.Count(v.Desired, "running replica"), After: "replaced one after another"}}
	p.Consequences = []string{
		fmt.Sprintf("Version %s stays; memory, caches and drift windows of its replicas start afresh.", orDash(v.Version)),
	}
	p.UndoText = "a restart cannot be taken back"
	return nil
}
