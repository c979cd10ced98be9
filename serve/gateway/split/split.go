// Package split decides which variant of a deployment serves a user: the same
// assignment as nginx's split_clients, so that pitwall's gateway, a generated
// nginx file and the console's "who moves" agree on every single user.
//
// The hash space is laid out so that a candidate only ever trades users with
// the stable variant A. B grows up from 0 % and C down from 100 %, with A
// between them: [B, A, C]. D grows up and E down from the middle, each within
// its half: [B, A, E, D, A, C]. A candidate's place depends on its name alone,
// never on which other candidates exist.
//
// Everything here is pure and safe for concurrent use.
package split

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Whole is 100 % in points; one point is 0.01 %, the finest step of
// split_clients.
const Whole = 10000

// Stable is the name of the stable variant.
const Stable = "A"

// Names are the variants that have a place in the layout.
const Names = "ABCDE"

// Weight is the share of one variant, in points of 0.01 %.
type Weight struct {
	Variant string
	Points  int
}

// Part is a contiguous piece of the hash space. In split_clients the last one
// is written "*". A variant can own two parts.
type Part struct {
	Variant string
	Points  int
}

// Table assigns every hash to a variant.
type Table struct {
	parts []Part
	ends  []uint32 // ends[i] is the first hash above part i; the last part has none
}

// Known tells whether a variant of this name has a place in the layout.
func Known(name string) bool {
	return len(name) == 1 && strings.Contains(Names, name)
}

// Points converts a percentage (0 to 100, at most two decimals) to points.
func Points(percent float64) (int, error) {
	points := math.Round(percent * 100)
	if !(points >= 0 && points <= Whole) {
		return 0, fmt.Errorf("weight %v %% is not between 0 and 100", percent)
	}
	if math.Abs(percent*100-points) > 1e-6 {
		return 0, fmt.Errorf("weight %v %% has more than two decimals", percent)
	}
	return int(points), nil
}

// New lays out the variants. It refuses weights that do not sum to 100 %,
// unknown or repeated names, and candidates that outgrow the half of the hash
// space that they share when there are more than two of them.
func New(weights []Weight) (*Table, error) {
	points := make(map[string]int, len(weights))
	sum := 0
	for _, w := range weights {
		if _, twice := points[w.Variant]; twice {
			return nil, fmt.Errorf("variant %q is listed twice", w.Variant)
		}
		if !Known(w.Variant) {
			return nil, fmt.Errorf("variant %q has no place in a split: use %s (stable) and B to E", w.Variant, Stable)
		}
		if w.Points < 0 || w.Points > Whole {
			return nil, fmt.Errorf("weight of %s is %.2f %%, not between 0 and 100", w.Variant, float64(w.Points)/100)
		}
		points[w.Variant] = w.Points
		sum += w.Points
	}
	if sum != Whole {
		return nil, fmt.Errorf("weights sum to %.2f %%, not 100", float64(sum)/100)
	}
	parts, err := layout(points["B"], points["C"], points["D"], points["E"])
	if err != nil {
		return nil, err
	}
	t := &Table{parts: parts}
	var end uint32
	for _, p := range parts[:len(parts)-1] {
		end += threshold(p.Points)
		t.ends = append(t.ends, end)
	}
	return t, nil
}

// layout places the candidates and gives A all that lies between them.
func layout(b, c, d, e int) ([]Part, error) {
	const half = Whole / 2
	inner := []Part{{Stable, Whole - b - c}}
	if d+e > 0 {
		if b+e > half || c+d > half {
			return nil, fmt.Errorf("with more than two candidates B and E share one half of the users, C and D the other: "+
				"B+E is %.2f %% and C+D is %.2f %%, each may be 50 at most", float64(b+e)/100, float64(c+d)/100)
		}
		inner = []Part{{Stable, half - b - e}, {"E", e}, {"D", d}, {Stable, half - c - d}}
	}
	parts := slices.Concat([]Part{{"B", b}}, inner, []Part{{"C", c}})
	return slices.DeleteFunc(parts, func(p Part) bool { return p.Points == 0 }), nil
}

// Parts gives the pieces in hash order, none of them empty: what a
// split_clients block lists.
func (t *Table) Parts() []Part { return slices.Clone(t.parts) }

// Assign gives the variant that owns a hash.
func (t *Table) Assign(hash uint32) string {
	for i, end := range t.ends {
		if hash < end {
			return t.parts[i].Variant
		}
	}
	return t.parts[len(t.parts)-1].Variant
}

// AssignKey gives the variant of one user. The salt keeps experiments apart:
// the same users would otherwise get every new thing first.
func (t *Table) AssignKey(salt, key string) string { return t.Assign(Hash(salt + key)) }

// Move is the share of all users that changes its variant, in points.
type Move struct {
	From, To string
	Points   int
}

// Moves tells who moves when the split changes from one table to another with
// the same salt, in hash order, one entry for each pair of variants.
func Moves(from, to *Table) []Move {
	var moves []Move
	i, j := 0, 0
	leftI, leftJ := from.parts[0].Points, to.parts[0].Points
	for {
		step := min(leftI, leftJ)
		moves = addMove(moves, Move{from.parts[i].Variant, to.parts[j].Variant, step})
		if leftI -= step; leftI == 0 {
			if i++; i == len(from.parts) {
				return moves
			}
			leftI = from.parts[i].Points
		}
		if leftJ -= step; leftJ == 0 {
			j++
			leftJ = to.parts[j].Points
		}
	}
}

func addMove(moves []Move, m Move) []Move {
	if m.From == m.To {
		return moves
	}
	if i := slices.IndexFunc(moves, func(o Move) bool { return o.From == m.From && o.To == m.To }); i >= 0 {
		moves[i].Points += m.Points
		return moves
	}
	return append(moves, m)
}
