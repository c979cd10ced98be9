package operation

import (
	"fmt"
	"slices"
	"time"

	"pitwall/backends"
)

// action is what the engine knows about one kind of operation. Each kind has
// its own file.
type action struct {
	// disabled gives the reason why the operation is off for d, "" when it is on.
	disabled func(d backends.Deployment) string
	// plan completes p.Change and fills Title, Effects, Consequences, Undo and
	// UndoText. Errors are about what was asked for, not about the world.
	plan func(w *world, p *Plan) error
	// raises reports whether the change exposes users to more risk than now.
	// Only such changes are held back by stale data.
	raises func(w *world, c backends.Change) bool
	// goal is what the world must show before the operation is done.
	goal func(p Plan, now time.Time) goal
	// patience is how long to watch for the goal.
	patience time.Duration
}

const (
	splitPatience   = 2 * time.Minute
	rolloutPatience = 15 * time.Minute
	holdPatience    = time.Minute
)

// actionOf finds the action of an operation.
func actionOf(op backends.Op) (action, error) {
	switch op {
	case backends.OpSplit:
		return split, nil
	case backends.OpRollback:
		return rollback, nil
	case backends.OpDeploy:
		return deploy, nil
	case backends.OpScale:
		return scale, nil
	case backends.OpRestart:
		return restart, nil
	case backends.OpPause:
		return pause, nil
	case backends.OpResume:
		return resume, nil
	case backends.OpCutover:
		return cutover, nil
	case backends.OpPromote:
		return promote, nil
	case backends.OpAbort:
		return abort, nil
	default:
		return action{}, fmt.Errorf("no operation %q: there is %v", op, backends.Ops())
	}
}

func always(*world, backends.Change) bool { return true }
func never(*world, backends.Change) bool  { return false }

// onlyVariant is the variant that is meant when none is named: the only one.
func onlyVariant(d backends.Deployment, named string) (backends.Variant, error) {
	if named == "" && len(d.Variants) == 1 {
		return d.Variants[0], nil
	}
	return namedVariant(d, named, variantNames(d))
}

// candidate is the candidate that is meant: the named one, or the only one.
func candidate(d backends.Deployment, named string) (backends.Variant, error) {
	names := slices.DeleteFunc(variantNames(d), func(n string) bool { return n == backends.Stable })
	if named == "" && len(names) == 1 {
		named = names[0]
	}
	if named == backends.Stable {
		return backends.Variant{}, fmt.Errorf("%s is the stable variant of %s: name a candidate", named, d.Name)
	}
	return namedVariant(d, named, names)
}

func namedVariant(d backends.Deployment, named string, have []string) (backends.Variant, error) {
	if named == "" {
		return backends.Variant{}, fmt.Errorf("name the variant of %s: there is %s", d.Name, list(have))
	}
	v, ok := d.Variant(named)
	if !ok {
		return v, &backends.NotFoundError{Kind: "variant", Name: named, Have: have}
	}
	return v, nil
}

func variantNames(d backends.Deployment) []string {
	names := make([]string, len(d.Variants))
	for i, v := range d.Variants {
		names[i] = v.Name
	}
	return names
}

// noCandidate is the reason that disables what needs a candidate.
func noCandidate(d backends.Deployment) string {
	if len(d.Variants) < 2 {
		return "there is no candidate: only variant " + backends.Stable
	}
	return ""
}

// noVariants is the reason that disables what needs any variant.
func noVariants(d backends.Deployment) string {
	if len(d.Variants) == 0 {
		return "the deployment has no variant"
	}
	return ""
}

// rolling is the reason that disables what must not interfere with a rollout.
func rolling(d backends.Deployment) string {
	if r, is := stranded(d); is {
		return fmt.Sprintf("the %s, is in progress (%d of %d): wait, deploy another image, or scale %s to 0", r.Title(), r.Done, r.Total, r.Variant)
	}
	if r := d.Rollout; r != nil {
		return fmt.Sprintf("a %s of %s is in progress (%d of %d): wait, abort it or roll back", r.Operation, r.Variant, r.Done, r.Total)
	}
	return ""
}

// unfinished is the reason that disables a deploy while something rolls out that
// may still end well: what is stuck, or never ran, is replaced.
func unfinished(d backends.Deployment) string {
	if r := d.Rollout; r != nil && (r.Stuck || r.First()) {
		return ""
	}
	return rolling(d)
}

// first gives the first reason that is not "".
func first(reasons ...string) string {
	for _, r := range reasons {
		if r != "" {
			return r
		}
	}
	return ""
}
