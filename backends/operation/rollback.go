package operation

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

// rollback restores an earlier revision of a variant.
var rollback = action{
	disabled: noVariants,
	plan:     planRollback,
	raises:   never,
	goal: func(p Plan, now time.Time) goal {
		return versionGoal(p, p.Change.Variant, p.Revision.Version, now)
	},
	patience: rolloutPatience,
}

func planRollback(w *world, p *Plan) error {
	r, err := target(w, p.Change)
	if err != nil {
		return err
	}
	p.Revision, p.Change.Variant, p.Change.Revision = &r, r.Variant, r.Number
	v, ok := w.deployment.Variant(r.Variant)
	if !ok {
		return &backends.NotFoundError{Kind: "variant", Name: r.Variant, Have: variantNames(w.deployment)}
	}
	p.Title = fmt.Sprintf("Roll %s of %s back to revision %d (%s)", v.Name, w.deployment.Name, r.Number, orDash(r.Version))
	p.Effects = revisionEffects(w, v, r)
	p.Consequences = []string{
		fmt.Sprintf("Comes back: model %s%s%s.", orDash(r.Version), replicasOf(r), settingsOf(r)),
		fmt.Sprintf("Stays as it is: the split %s, the other variants, data and the model registry; requests already answered are not taken back.", w.deployment.Split()),
	}
	if running := w.deployment.Rollout; running != nil {
		p.Consequences = append(p.Consequences, fmt.Sprintf("Replaces the %s of %s in progress.", running.Operation, running.Variant))
	}
	undoRevision(w, p, v)
	return nil
}

// target finds the revision to restore: the one named, else the default.
func target(w *world, c backends.Change) (backends.Revision, error) {
	variant := c.Variant
	if r := w.deployment.Rollout; r != nil && r.First() && c.Revision == 0 && (variant == "" || variant == r.Variant) {
		return backends.Revision{}, errors.New(nothingBefore(w.deployment, *r))
	}
	if variant == "" && c.Revision == 0 {
		variant = lastChanged(w.revisions)
	}
	of := slices.DeleteFunc(slices.Clone(w.revisions), func(r backends.Revision) bool { return variant != "" && r.Variant != variant })
	if c.Revision == 0 {
		if r, ok := interrupted(w.deployment, of); ok {
			return r, nil
		}
		r, err := DefaultRevision(of)
		if err != nil {
			return r, fmt.Errorf("%s %w", strings.TrimSpace(w.deployment.Name+" "+variant), err)
		}
		return r, nil
	}
	have := make([]string, len(of))
	for i, r := range of {
		if r.Number == c.Revision {
			return r, nil
		}
		if have[i] = strconv.Itoa(r.Number); variant == "" {
			have[i] += " of " + r.Variant
		}
	}
	return backends.Revision{}, &backends.NotFoundError{Kind: "revision", Name: strconv.Itoa(c.Revision), Have: have}
}

// interrupted is the revision that a rollout in progress replaces: whoever
// rolls back in the middle wants that one back.
func interrupted(d backends.Deployment, of []backends.Revision) (backends.Revision, bool) {
	if d.Rollout == nil || d.Rollout.Variant == "" || d.Rollout.From == "" {
		return backends.Revision{}, false
	}
	running := func(r backends.Revision) bool { return r.Variant == d.Rollout.Variant && r.Current }
	i := slices.IndexFunc(of, running)
	if i >= 0 && arrives(of[i], *d.Rollout) {
		replaced := func(r backends.Revision) bool { return r.Variant == d.Rollout.Variant && r.Version == d.Rollout.From }
		older := slices.IndexFunc(of[i+1:], replaced)
		if older < 0 {
			return backends.Revision{}, false
		}
		i += 1 + older
	}
	if i < 0 {
		return backends.Revision{}, false
	}
	return of[i], true
}

// arrives reports whether a rollout brings the revision that counts as the
// running one: on Kubernetes that is the newest template from the moment it is
// asked for, elsewhere the one that is replaced until the rollout is done.
func arrives(running backends.Revision, r backends.Rollout) bool {
	return running.Version == r.To && r.From != r.To || !r.StartedAt.IsZero() && !running.CreatedAt.Before(r.StartedAt)
}

// DefaultRevision picks what a rollback restores when no revision is named,
// from the revisions of one variant, newest first: the last known-good one
// before the running one that differs from it, else, when none ever was
// known-good, the newest before that nothing speaks against. It never goes back
// to a revision that another rollback has just left. The error completes a
// sentence about the variant.
func DefaultRevision(revisions []backends.Revision) (backends.Revision, error) {
	i := slices.IndexFunc(revisions, func(r backends.Revision) bool { return r.Current })
	earlier := revisions[i+1:]
	if len(earlier) == 0 {
		return backends.Revision{}, errors.New("has no earlier revision to go back to: deploy another version instead")
	}
	anyGood := false
	for _, r := range earlier {
		anyGood = anyGood || r.Good
		if r.Good && (i < 0 || !sameModel(r, revisions[i])) {
			return r, nil
		}
	}
	if anyGood {
		return backends.Revision{}, errors.New("runs its last known-good version already: name the revision to go back to")
	}
	for _, same := range []bool{false, true} { // a restart is gone back over, where anything else is there
		for _, r := range earlier {
			if r.Doubt == "" && (i < 0 || same || !sameModel(r, revisions[i]) || !slices.Equal(r.Settings, revisions[i].Settings)) {
				return r, nil
			}
		}
	}
	return backends.Revision{}, fmt.Errorf("has no earlier revision that was healthy (revision %d: %s): deploy another image, or name the revision to go back to all the same", earlier[0].Number, earlier[0].Doubt)
}

// sameModel reports whether two revisions run the same file as the same version.
func sameModel(a, b backends.Revision) bool {
	return a.Version == b.Version && a.Image == b.Image && a.Digest == b.Digest
}

// lastChanged is the variant whose running revision is the newest among those
// that have an earlier one: the change that most likely is meant.
func lastChanged(revisions []backends.Revision) string {
	for _, r := range revisions { // newest first
		if r.Current && slices.ContainsFunc(revisions, func(o backends.Revision) bool { return o.Variant == r.Variant && o.Number < r.Number }) {
			return r.Variant
		}
	}
	return ""
}

// runs is the version of a variant, and the one that a rollout brings.
func (w *world) runs(v backends.Variant) string {
	if r := w.deployment.Rollout; r != nil && r.Variant == v.Name && r.To != "" && r.To != v.Version {
		return orDash(v.Version) + ", " + r.To + " on its way"
	}
	return orDash(v.Version)
}

func revisionEffects(w *world, v backends.Variant, r backends.Revision) []backends.Effect {
	effects := []backends.Effect{{What: "version of " + v.Name, Before: w.runs(v), After: orDash(r.Version)}}
	if r.Image != "" && r.Image != v.Image {
		effects = append(effects, backends.Effect{What: "image of " + v.Name, Before: orDash(v.Image), After: r.Image})
	}
	if r.Replicas > 0 && r.Replicas != v.Desired {
		effects = append(effects, backends.Effect{What: "replicas of " + v.Name, Before: strconv.Itoa(v.Desired), After: strconv.Itoa(r.Replicas)})
	}
	if now, ok := w.current(v.Name); ok {
		effects = append(effects, settingEffects(now.Settings, r.Settings)...)
	}
	return effects
}

// current is the revision of a variant that counts as the running one.
func (w *world) current(variant string) (backends.Revision, bool) {
	i := slices.IndexFunc(w.revisions, func(r backends.Revision) bool { return r.Variant == variant && r.Current })
	if i < 0 {
		return backends.Revision{}, false
	}
	return w.revisions[i], true
}

// settingEffects lists the settings in which two revisions differ, in name order.
func settingEffects(before, after []backends.Setting) []backends.Effect {
	values := make(map[string][2]string)
	for _, s := range before {
		values[s.Name] = [2]string{s.Value, ""}
	}
	for _, s := range after {
		values[s.Name] = [2]string{values[s.Name][0], s.Value}
	}
	var out []backends.Effect
	for name, v := range values {
		if v[0] != v[1] {
			out = append(out, backends.Effect{What: "setting " + name, Before: orDash(v[0]), After: orDash(v[1])})
		}
	}
	slices.SortFunc(out, func(a, b backends.Effect) int { return strings.Compare(a.What, b.What) })
	return out
}

func replicasOf(r backends.Revision) string {
	if r.Replicas == 0 {
		return ""
	}
	return ", " + words.Count(r.Replicas, "replica")
}

func settingsOf(r backends.Revision) string {
	if len(r.Settings) == 0 {
		return ""
	}
	return ", " + words.Count(len(r.Settings), "setting")
}
