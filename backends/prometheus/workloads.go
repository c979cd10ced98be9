package prometheus

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"pitwall/backends"
)

// source is a key, or one of several workloads of it.
type source struct {
	key
	workload string
}

// together makes of the cells of workloads those of their variants and of the
// whole deployments.
func together(parts map[source]*cell) map[source]*cell {
	sorted := slices.SortedFunc(maps.Keys(parts), func(a, b source) int { // a sum of floats depends on the order
		return cmp.Or(cmp.Compare(a.workload, b.workload), cmp.Compare(a.deployment, b.deployment), cmp.Compare(a.variant, b.variant))
	})
	sums := map[source]*sum{}
	add := func(to source, c *cell) {
		if sums[to] == nil {
			sums[to] = &sum{cell: newCell(), time: math.NaN()}
		}
		sums[to].add(c)
	}
	for _, from := range sorted {
		add(source{key: key{from.deployment, ""}}, parts[from])
		if from.variant != "" {
			add(source{key: from.key}, parts[from])
		}
	}
	all := make(map[source]*cell, len(sums))
	for to, s := range sums {
		s.signals.Mean = s.time / s.timed
		all[to] = s.cell
	}
	return all
}

// sum is a cell that others are added to.
type sum struct {
	*cell
	time, timed float64 // of the mean: seconds spent and requests, both a second
}

func (s *sum) add(c *cell) {
	from, to := c.signals, &s.signals
	early := c.early
	if !(early > from.RPS) {
		early = from.RPS
	}
	s.early = plus(s.early, early)
	to.RPS, s.errors, s.rejects = plus(to.RPS, from.RPS), plus(s.errors, c.errors), plus(s.rejects, c.rejects)
	to.InFlight, to.Memory, to.CPU = plus(to.InFlight, from.InFlight), plus(to.Memory, from.Memory), plus(to.CPU, from.CPU)
	to.DriftRows = greater(to.DriftRows, from.DriftRows)
	if !(from.DriftPSI <= to.DriftPSI) && !backends.Missing(from.DriftPSI) {
		to.DriftPSI, to.Feature = from.DriftPSI, from.Feature
	}
	if from.At.After(to.At) {
		to.At = from.At
	}
	if !(from.RPS > 0) { // what it was like once is not how it is
		return
	}
	to.P50, to.P95, to.P99 = greater(to.P50, from.P50), greater(to.P95, from.P95), greater(to.P99, from.P99)
	if !backends.Missing(from.Mean) {
		s.time, s.timed = plus(s.time, from.Mean*from.RPS), s.timed+from.RPS
	}
}

// plus adds what is there.
func plus(a, b float64) float64 {
	switch {
	case math.IsNaN(a):
		return b
	case math.IsNaN(b):
		return a
	}
	return a + b
}

// greater is the greater of what is there.
func greater(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}
