package views

import (
	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/prometheus"
)

// Limits tell what the metrics of a server leave out: "" where nothing is to be
// said, or where that is not known yet.
type Limits interface {
	Missing(p prometheus.Panel) string // why a panel stays empty for good
	Caveat(p prometheus.Panel) string  // what its figures leave out or mix together
}

// MeanOnly reports whether a mean is all that is known of a deployment's latency:
// some serving systems publish no quantiles.
func MeanOnly(r *fleet.Row) bool {
	mean := false
	for _, s := range r.Signals {
		if !backends.Missing(s.P50) || !backends.Missing(s.P95) || !backends.Missing(s.P99) {
			return false
		}
		mean = mean || !backends.Missing(s.Mean)
	}
	return mean
}

// AllMeanOnly reports the same of a table: where one row has quantiles, its
// column is theirs.
func AllMeanOnly(rows []fleet.Row) bool {
	mean := false
	for i := range rows {
		switch {
		case MeanOnly(&rows[i]):
			mean = true
		case !backends.Missing(rows[i].Signal("").P95):
			return false
		}
	}
	return mean
}

// Latency is the latency that a screen shows first, with the name of what it is.
func Latency(s backends.Signals, meanOnly bool) (value float64, name string) {
	if meanOnly {
		return s.Mean, "mean"
	}
	return s.P95, "p95"
}
