package drift

import (
	"fmt"
	"math"
	"slices"
)

const (
	// quantileBins is fixed: PSI is not comparable between numbers of bins.
	quantileBins = 10
	// fewValues is the greatest number of distinct values that get a bin each.
	fewValues = 20
)

// Fit makes the column of a baseline from its training values; NaN is missing.
//
// A column of at most 20 distinct values, a constant one included, gets a bin
// for each value and for each gap between two of them. Any other gets 10
// quantile bins, fewer where many values are equal. Both have a bin below the
// least value, one above the greatest and one for missing values, so that no
// change is invisible. It refuses an empty column and infinite values.
func Fit(name string, values []float32) (Column, error) {
	if len(values) == 0 {
		return Column{}, fmt.Errorf("fit %q: no rows", name)
	}
	sorted := make([]float32, 0, len(values))
	for _, v := range values {
		if math.IsInf(float64(v), 0) {
			return Column{}, fmt.Errorf("fit %q: value %v", name, v)
		}
		if v == v {
			sorted = append(sorted, v)
		}
	}
	slices.Sort(sorted)
	c := Column{Name: name, Edges: fitEdges(sorted)}
	c.Shares = make([]float64, len(c.Edges)+2)
	for _, v := range values {
		c.Shares[c.bin(v)]++
	}
	for i := range c.Shares {
		c.Shares[i] /= float64(len(values))
	}
	return c, nil
}

// fitEdges chooses the edges for sorted values without NaN.
func fitEdges(sorted []float32) []float32 {
	distinct := slices.Compact(slices.Clone(sorted))
	edges := make([]float32, 0, quantileBins+1)
	// add keeps the edges ascending and finite
	add := func(e float32) {
		if e >= -math.MaxFloat32 && (len(edges) == 0 || e > edges[len(edges)-1]) {
			edges = append(edges, e)
		}
	}
	if len(distinct) <= fewValues {
		for _, v := range distinct {
			add(below(v))
			add(v)
		}
		return edges
	}
	least, most := distinct[0], distinct[len(distinct)-1]
	add(below(least))
	for b := 1; b < quantileBins; b++ {
		// an edge at the greatest value would leave the last bin empty
		if e := sorted[b*len(sorted)/quantileBins]; e < most {
			add(e)
		}
	}
	add(most)
	return edges
}

// below is the greatest float32 under v, so that (below(v), …] begins with v.
func below(v float32) float32 { return math.Nextafter32(v, float32(math.Inf(-1))) }

// bin is the index of the share that v belongs to.
func (c *Column) bin(v float32) int {
	if v != v {
		return len(c.Edges) + 1
	}
	return countBelow(c.Edges, v)
}

// countBelow is the number of edges under v, found by halving.
func countBelow(edges []float32, v float32) int {
	lo, hi := 0, len(edges)
	for lo < hi {
		if mid := (lo + hi) / 2; v > edges[mid] {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
