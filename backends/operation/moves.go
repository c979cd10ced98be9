package operation

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"pitwall/backends"
)

// layout is the order in which variants share the key space, as the front
// doors lay it out: stable between the candidates, so that growing a candidate
// moves stable's users only.
func layout(names []string) []string {
	var left, right []string
	for i, name := range candidates(names) {
		if i%2 == 0 {
			left = append(left, name)
		} else {
			right = append(right, name)
		}
	}
	slices.Reverse(right)
	return slices.Concat(left, []string{backends.Stable}, right)
}

func candidates(names []string) []string {
	out := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == backends.Stable })
	slices.Sort(out)
	return out
}

// move is a share of the users, in percent, that goes from one variant to another.
type move struct {
	from, to string
	share    float64
}

// moves tells who moves when the split changes, by laying both splits over
// the same key space. Greatest first.
func moves(before, after backends.Split) []move {
	names := layout(complete(before, after.Names()).Names())
	var out []move
	var oldLow float64
	for _, from := range names {
		oldHigh := oldLow + before[from]
		var newLow float64
		for _, to := range names {
			newHigh := newLow + after[to]
			share := min(oldHigh, newHigh) - max(oldLow, newLow)
			if from != to && share > 0.005 {
				out = append(out, move{from, to, share})
			}
			newLow = newHigh
		}
		oldLow = oldHigh
	}
	slices.SortStableFunc(out, func(a, b move) int { return cmp.Compare(b.share, a.share) })
	return out
}

// whoMoves puts moves into one sentence.
func whoMoves(before, after backends.Split) string {
	all := moves(before, after)
	if len(all) == 0 {
		return "No user moves to another variant."
	}
	parts := make([]string, len(all))
	for i, m := range all {
		back := ""
		if m.to == backends.Stable {
			back = "back "
		}
		parts[i] = fmt.Sprintf("%s of users move from %s %sto %s", percent(m.share), m.from, back, m.to)
	}
	s := strings.Join(parts, ", ")
	if !slices.ContainsFunc(all, func(m move) bool { return m.to == backends.Stable }) {
		return s + "; nobody moves back."
	}
	if !slices.ContainsFunc(all, func(m move) bool { return m.to != backends.Stable }) {
		return s + "; nobody else moves."
	}
	return s + "."
}

// load says what a split means for one variant's replicas.
func (w *world) load(v backends.Variant, after float64) string {
	before, next := w.variantRPS(v), w.rps()*after/100
	if backends.Missing(next) {
		return fmt.Sprintf("%s: %s → %s of the requests; how many that is is unknown without signals.",
			v.Name, percent(v.Weight), percent(after))
	}
	s := fmt.Sprintf("%s: %s → %s requests/s", v.Name, rate(before), rate(next))
	switch {
	case v.Ready > 0:
		s += fmt.Sprintf(", %s → %s for each of %s", rate(before/float64(v.Ready)), rate(next/float64(v.Ready)), count(v.Ready, "ready replica"))
	case after > 0:
		s += ", with no ready replica to answer them"
	}
	return s + "."
}

// splitConsequences says what a new split leads to: load, capacity, users.
func (w *world) splitConsequences(after backends.Split) []string {
	var out []string
	for _, v := range w.deployment.Variants {
		if math.Abs(after[v.Name]-v.Weight) >= 0.005 {
			out = append(out, w.load(v, after[v.Name]))
		}
	}
	return append(out, whoMoves(w.deployment.Split(), after))
}

// weightEffects lists the weights that change.
func (w *world) weightEffects(after backends.Split) []backends.Effect {
	var out []backends.Effect
	for _, v := range w.deployment.Variants {
		if math.Abs(after[v.Name]-v.Weight) >= 0.005 {
			out = append(out, backends.Effect{What: "weight of " + v.Name, Before: percent(v.Weight), After: percent(after[v.Name])})
		}
	}
	return out
}
