package operation

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

// place is the part of the users, in percent of the key space, that a
// candidate of that weight takes from the stable variant: B grows up from 0 and
// C down from 100, E down and D up from the middle, as serve/gateway/split and
// the generated nginx files lay them out. Other names have no fixed place.
func place(name string, weight float64) (low, high float64) {
	switch name {
	case "B":
		return 0, weight
	case "C":
		return 100 - weight, 100
	case "D":
		return 50, 50 + weight
	case "E":
		return 50 - weight, 50
	default:
		return 0, 0
	}
}

// overlap is the share of users that candidate from had and candidate to gets.
func overlap(from string, before float64, to string, after float64) float64 {
	fromLow, fromHigh := place(from, before)
	toLow, toHigh := place(to, after)
	return max(0, min(fromHigh, toHigh)-max(fromLow, toLow))
}

// move is a share of the users, in percent, that goes from one variant to another.
type move struct {
	from, to string
	share    float64
}

// moves tells who moves when the split changes, greatest first: candidates
// trade users with stable, and with each other only where their places meet.
func moves(before, after backends.Split) []move {
	names := complete(before, after.Names()).Names()
	var out []move
	add := func(from, to string, share float64) {
		if share > 0.005 {
			out = append(out, move{from, to, share})
		}
	}
	for _, name := range names {
		if name == backends.Stable {
			continue
		}
		kept := min(before[name], after[name]) // a candidate's own place only grows or shrinks
		lost, gained := before[name]-kept, after[name]-kept
		for _, other := range names {
			if other == name || other == backends.Stable {
				continue
			}
			taken := overlap(name, before[name], other, after[other])
			add(name, other, taken)
			lost -= taken
			gained -= overlap(other, before[other], name, after[name])
		}
		add(name, backends.Stable, lost)
		add(backends.Stable, name, gained)
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
	all, each := apart(before, next), apart(before/float64(v.Ready), next/float64(v.Ready))
	s := fmt.Sprintf("%s: %s → %s requests/s", v.Name, all[0], all[1])
	switch {
	case v.Ready > 0:
		s += fmt.Sprintf(", %s → %s for each of %s", each[0], each[1], words.Count(v.Ready, "ready replica"))
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
