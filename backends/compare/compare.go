// Package compare tells from counters whether a candidate fails more often
// than the stable variant, at any time and as often as one looks, without the
// false alarms of repeated testing (reference/traffic.md §5).
package compare

// Test compares the failures of two variants interval by interval. The zero
// value is ready to use. It is not safe for concurrent use.
type Test struct{}

// Add counts one interval: requests and errors of the stable variant A and of
// the candidate B, as reset-corrected counter deltas.
func (t *Test) Add(nA, eA, nB, eB float64) {}

// Kind is the verdict in a word.
type Kind string

// Verdict is what the counts so far say.
type Verdict struct {
	Kind Kind
	Text string
}

// Result gives the verdict on everything added so far.
func (t *Test) Result() Verdict { return Verdict{} }
