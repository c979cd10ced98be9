package operation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
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

// target finds the revision to restore. Without a number it is the last
// known-good one before the present one, else simply the one before.
func target(w *world, c backends.Change) (backends.Revision, error) {
	variant := c.Variant
	if variant == "" && c.Revision == 0 {
		variant = lastChanged(w.revisions)
	}
	var have []string
	var earlier []backends.Revision
	current := 0
	for _, r := range w.revisions {
		if variant != "" && r.Variant != variant {
			continue
		}
		have = append(have, strconv.Itoa(r.Number))
		if c.Revision != 0 && r.Number == c.Revision {
			return r, nil
		}
		if r.Current {
			current = r.Number
		} else if r.Number < current || current == 0 {
			earlier = append(earlier, r)
		}
	}
	if c.Revision != 0 {
		return backends.Revision{}, &backends.NotFoundError{Kind: "revision", Name: strconv.Itoa(c.Revision), Have: have}
	}
	if i := slices.IndexFunc(earlier, func(r backends.Revision) bool { return r.Good }); i >= 0 {
		return earlier[i], nil
	}
	if len(earlier) == 0 {
		return backends.Revision{}, fmt.Errorf("%s has no earlier revision to go back to", strings.TrimSpace(w.deployment.Name+" "+variant))
	}
	return earlier[0], nil
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

func revisionEffects(w *world, v backends.Variant, r backends.Revision) []backends.Effect {
	effects := []backends.Effect{{What: "version of " + v.Name, Before: orDash(v.Version), After: orDash(r.Version)}}
	if r.Image != "" && r.Image != v.Image {
		effects = append(effects, backends.Effect{What: "image of " + v.Name, Before: orDash(v.Image), After: r.Image})
	}
	if r.Replicas > 0 && r.Replicas != v.Desired {
		effects = append(effects, backends.Effect{What: "replicas of " + v.Name, Before: strconv.Itoa(v.Desired), After: strconv.Itoa(r.Replicas)})
	}
	i := slices.IndexFunc(w.revisions, func(o backends.Revision) bool { return o.Variant == v.Name && o.Current })
	if i < 0 {
		return effects
	}
	return append(effects, settingEffects(w.revisions[i].Settings, r.Settings)...)
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
	return ", " + count(r.Replicas, "replica")
}

func settingsOf(r backends.Revision) string {
	if len(r.Settings) == 0 {
		return ""
	}
	return ", " + count(len(r.Settings), "setting")
}
