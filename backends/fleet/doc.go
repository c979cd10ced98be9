// Package fleet joins the deployments of a backend with their signals and
// alerts into one immutable snapshot, with the age of each source.
//
// A Fleet polls (or watches) the backend and polls the metrics, each on its own
// goroutine, so that a dead source never holds up the other. What they read is
// state, not events: after any of them brought something new, the whole
// snapshot is computed again from the newest inputs, and it is sent on only
// when something visible changed.
package fleet
