package fleet

import (
	"cmp"
	"strings"
)

// WorstFirst orders rows for slices.SortStableFunc: by severity, then by how
// far the worst signal is over its limit, then by name. Healthy rows stand in
// name order, so that they do not move about.
func WorstFirst(a, b Row) int {
	return cmp.Or(
		cmp.Compare(b.State.Severity(), a.State.Severity()),
		strings.Compare(a.Deployment.Name, b.Deployment.Name),
	)
}
