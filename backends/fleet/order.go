package fleet

import (
	"cmp"
	"strings"

	"pitwall/backends"
)

// WorstFirst orders rows for slices.SortStableFunc: by severity of the state,
// then by how far things are over their limits, then by name. Healthy rows
// stand in name order, so that they do not move about with every reading.
func WorstFirst(a, b Row) int {
	if order := cmp.Compare(b.State.Severity(), a.State.Severity()); order != 0 {
		return order
	}
	if a.State != backends.OK {
		if order := cmp.Compare(over(&b), over(&a)); order != 0 {
			return order
		}
	}
	return strings.Compare(a.Deployment.Name, b.Deployment.Name)
}

// over is the greatest of the signals as a multiple of its limit, in steps of a
// half so that noise does not change the order; the share of replicas that is
// missing counts for up to ten.
func over(r *Row) float64 {
	most := 0.0
	for _, m := range [...]*measure{&errorMeasure, &latencyMeasure, &driftMeasure} {
		if _, value := m.worst(r); value/m.warn > most {
			most = value / m.warn
		}
	}
	desired, ready := 0, 0
	for _, v := range r.Deployment.Variants {
		desired, ready = desired+v.Desired, ready+min(v.Ready, v.Desired)
	}
	if desired > 0 {
		most = max(most, 10*float64(desired-ready)/float64(desired))
	}
	return float64(int(2 * min(most, 1000)))
}
