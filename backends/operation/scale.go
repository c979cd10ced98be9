package operation

import (
	"fmt"
	"strconv"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

// scale changes the number of replicas of a variant.
var scale = action{
	disabled: func(d backends.Deployment) string {
		if _, is := stranded(d); is {
			return noVariants(d) // to 0 ends it
		}
		return first(noVariants(d), rolling(d))
	},
	plan: planScale,
	raises: func(w *world, c backends.Change) bool {
		v, _ := w.deployment.Variant(c.Variant)
		return c.Replicas < v.Desired
	},
	goal: func(p Plan, now time.Time) goal {
		n := p.Change.Replicas
		return &rolloutGoal{
			variant: p.Change.Variant, before: p.Before.Token, since: now,
			shows: func(v backends.Variant) bool {
				return v.Desired == n && (len(v.Replicas) >= n || len(v.Replicas) == 0)
			},
			gone: func(v backends.Variant) bool { return len(v.Replicas) <= n },
			fits: func(backends.Replica) bool { return true },
			done: fmt.Sprintf("%s runs %s", p.Change.Variant, words.Count(n, "ready replica")),
		}
	},
	patience: rolloutPatience,
}

func planScale(w *world, p *Plan) error {
	v, err := onlyVariant(w.deployment, p.Change.Variant)
	if err != nil {
		return err
	}
	n := p.Change.Replicas
	if n < 0 {
		return fmt.Errorf("%d replicas: the number cannot be negative", n)
	}
	p.Change.Variant = v.Name
	p.Title = fmt.Sprintf("Scale %s of %s from %d to %d", v.Name, w.deployment.Name, v.Desired, n)
	before := strconv.Itoa(v.Desired)
	missing := lost(w.deployment, v)
	if missing > 0 {
		before = fmt.Sprintf("%d of %d there", v.Desired-missing, v.Desired)
	}
	p.Effects = []backends.Effect{{What: "replicas of " + v.Name, Before: before, After: strconv.Itoa(n)}}
	if rps := w.variantRPS(v); n > 0 && !backends.Missing(rps) {
		each := apart(rps/float64(max(v.Ready, 1)), rps/float64(n))
		p.Consequences = append(p.Consequences, fmt.Sprintf("%s: %s requests/s, %s → %s for each replica.",
			v.Name, rate(rps), each[0], each[1]))
	}
	if n < v.Desired {
		p.Consequences = append(p.Consequences, fmt.Sprintf("%s drain and stop.", words.Count(v.Desired-n, "replica")))
	}
	if n == v.Desired && missing > 0 {
		p.Title = fmt.Sprintf("Bring %s of %s back to %s", v.Name, w.deployment.Name, words.Count(n, "replica"))
		p.UndoText = "nothing to undo: that many are wanted already"
		return nil
	}
	p.Undo = &backends.Change{Op: backends.OpScale, Deployment: w.deployment.Name, Variant: v.Name, Replicas: v.Desired}
	p.UndoText = fmt.Sprintf("scale %s back to %d", v.Name, v.Desired)
	return nil
}

// lost is how many replicas of a variant are gone and come back only when
// somebody asks for them. The controllers of Kubernetes make theirs by themselves.
func lost(d backends.Deployment, v backends.Variant) int {
	if d.Backend == "kubernetes" || d.Rollout != nil || len(v.Replicas) == 0 {
		return 0
	}
	there := 0
	for _, r := range v.Replicas {
		if r.Cause != backends.CauseRemoved {
			there++
		}
	}
	return max(0, v.Desired-there)
}
