package split

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
)

// alike is how much two shares may differ, in percent, and be the same: pitwall
// writes splits with two decimals.
const alike = 0.005

// A weigher is a mechanism that is told weights.
type weigher interface {
	// sums are what weights may amount to beside the sum that they have; most
	// is the greatest single weight.
	sums() (sums []int64, most int64)
	weigh(d Door, weights []int64) ([]Write, []string, error)
}

// A mover is a mechanism that has stops.
type mover interface {
	move(d Door, shares []float64) ([]Write, []string, error)
}

// An actor is a mechanism whose controller can be asked for more.
type actor interface {
	act(d Door, op backends.Op) (Plan, error)
}

// Plan gives the patches that make a split: percents by the names of sides. A
// side that is left out gets nothing. A plan without patches says that the
// split is as wanted already.
// Errors: *backends.UnsupportedError, *backends.NotFoundError, or a sentence.
func (d Door) Plan(want map[string]float64) (Plan, error) {
	shares, err := d.wanted(want)
	if err != nil {
		return Plan{}, err
	}
	if d.Fixed != "" {
		return Plan{}, refuse(backends.OpSplit, "%s", d.Fixed)
	}
	if d.same(shares) {
		return d.outline(shares), nil
	}
	switch how := d.how.(type) {
	case weigher:
		return d.planWeights(how, shares)
	case mover:
		return d.planStop(how, shares)
	}
	return Plan{}, refuse(backends.OpSplit, "the split of a %s cannot be written", d.Word())
}

// wanted puts percents by name in the order of the sides.
func (d Door) wanted(want map[string]float64) ([]float64, error) {
	shares := make([]float64, len(d.Sides))
	sum := 0.0
	for _, name := range slices.Sorted(maps.Keys(want)) {
		i := slices.IndexFunc(d.Sides, func(s Side) bool { return s.Name == name })
		if i < 0 {
			have := make([]string, len(d.Sides))
			for j, side := range d.Sides {
				have[j] = side.Name
			}
			return nil, &backends.NotFoundError{Kind: "side", Name: name, Have: have}
		}
		w := want[name]
		if math.IsNaN(w) || w < 0 || w > 100 {
			return nil, fmt.Errorf("share of %s is %v: shares are percentages from 0 to 100", name, w)
		}
		shares[i] = w
		sum += w
	}
	if math.Abs(sum-100) >= alike {
		return nil, fmt.Errorf("the shares of %s sum to %s, not 100", d.Ref, backends.FormatWeight(sum))
	}
	return shares, nil
}

func (d Door) planWeights(how weigher, shares []float64) (Plan, error) {
	for i, side := range d.Sides { // a mover brings its pods up first, or sees to it that they are
		if side.Ready == 0 && shares[i] > side.Share+alike {
			return Plan{}, refuse(backends.OpSplit, "%s has no ready endpoint: its share of the requests would fail", side.Name)
		}
	}
	sums, most := how.sums()
	weights, sum := fit(append([]int64{d.own}, sums...), most, shares)
	if weights == nil {
		return Plan{}, refuse(backends.OpSplit, "its weights go in steps of %s %%", backends.FormatWeight(d.Step))
	}
	writes, notes, err := how.weigh(d, weights)
	if err != nil {
		return Plan{}, err
	}
	plan := d.outline(shares)
	for i, w := range weights {
		plan.Share[d.Sides[i].Name] = 100 * float64(w) / float64(sum)
	}
	if sum != d.own && d.own > 0 {
		notes = append(notes, fmt.Sprintf("the weights sum to %d then, to %d before", sum, d.own))
	}
	plan.Patches, plan.Notes = writes, notes
	return plan, nil
}

func (d Door) planStop(how mover, shares []float64) (Plan, error) {
	i := d.candidate()
	if i < 0 || !slices.ContainsFunc(d.Stops, func(stop float64) bool { return math.Abs(stop-shares[i]) < alike }) {
		return Plan{}, refuse(backends.OpSplit, "only %s can be had here", d.describeStops())
	}
	writes, notes, err := how.move(d, shares)
	if err != nil {
		return Plan{}, err
	}
	plan := d.outline(shares)
	plan.Patches, plan.Notes = writes, notes
	return plan, nil
}

// candidate is the index of the side that Stops are percents of, -1 when there
// is none.
func (d Door) candidate() int {
	if len(d.Sides) != 2 {
		return -1
	}
	if d.Sides[1].Stable {
		return 0
	}
	return 1
}

func (d Door) describeStops() string {
	const most = 12
	name := ""
	if i := d.candidate(); i >= 0 {
		name = " % of " + d.Sides[i].Name
	}
	parts := make([]string, 0, most)
	for i, stop := range d.Stops {
		if i == most {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, backends.FormatWeight(stop))
	}
	return strings.Join(parts, ", ") + name
}

// same reports whether every side has the share that is wanted.
func (d Door) same(shares []float64) bool {
	for i, side := range d.Sides {
		if math.Abs(side.Share-shares[i]) >= alike {
			return false
		}
	}
	return true
}

// outline is a plan without patches: what changes for people.
func (d Door) outline(shares []float64) Plan {
	plan := Plan{Share: make(map[string]float64, len(shares))}
	for i, side := range d.Sides {
		plan.Share[side.Name] = shares[i]
		if math.Abs(side.Share-shares[i]) >= alike {
			plan.Effects = append(plan.Effects, backends.Effect{What: "share of " + side.Name, Before: percent(side.Share), After: percent(shares[i])})
		}
	}
	return plan
}

// fit gives whole weights that make the shares, with the first sum that can
// express them, and that sum; nil when none can.
func fit(sums []int64, most int64, shares []float64) ([]int64, int64) {
	for _, sum := range sums {
		if sum <= 0 {
			continue
		}
		weights := make([]int64, len(shares))
		left, fits := sum, true
		for i, share := range shares {
			w := math.Round(share * float64(sum) / 100)
			fits = fits && math.Abs(100*w/float64(sum)-share) < alike && w <= float64(most)
			weights[i] = int64(w)
			left -= int64(w)
		}
		if fits && left == 0 {
			return weights, sum
		}
	}
	return nil, 0
}

// Act gives the patches that ask the object's controller for an operation that
// is not a split. Verbs are those that it can be asked for now; for the others
// the error says why not.
// Errors: *backends.UnsupportedError, or a sentence.
func (d Door) Act(op backends.Op) (Plan, error) {
	if d.Parent != nil {
		return Plan{}, refuse(op, "the %s writes it: ask there", *d.Parent)
	}
	how, ok := d.how.(actor)
	if d.gone || !ok && d.Fixed != "" {
		return Plan{}, refuse(op, "%s", d.Fixed)
	}
	if !ok {
		return Plan{}, refuse(op, "nothing can be asked of a %s but a split", d.Word())
	}
	return how.act(d, op)
}

// Asked reports whether a door has a controller that can be asked for more than
// a split, be it not now.
func (d Door) Asked() bool {
	_, ok := d.how.(actor)
	return ok
}

// offer sets the verbs of a door: the operations that it can be asked for now.
func (d *Door) offer(ops ...backends.Op) {
	for _, op := range ops {
		if _, err := d.Act(op); err == nil {
			d.Verbs = append(d.Verbs, op)
		}
	}
}

func refuse(op backends.Op, format string, args ...any) error {
	return &backends.UnsupportedError{Op: op, Reason: fmt.Sprintf(format, args...)}
}

func percent(share float64) string { return backends.FormatWeight(share) + " %" }

// reweigh gives the operations that set weights in a list, and test before that
// the list, with its names and weights, is as it was read.
func reweigh(path []any, read []any, weights []int64) []api.Op {
	ops := []api.Op{api.Test(api.Pointer(path...), read)}
	for i, w := range weights {
		if n, ok := number(read, i, "weight"); ok && n == w {
			continue
		}
		ops = append(ops, api.Add(api.Pointer(append(slices.Clone(path), i, "weight")...), w))
	}
	return ops
}

// one makes the writes of a single patch.
func one(patch api.Patch, err error) ([]Write, error) {
	if err != nil {
		return nil, err
	}
	return []Write{{Patch: patch}}, nil
}
