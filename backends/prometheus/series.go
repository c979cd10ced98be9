package prometheus

import "time"

// Panel is what one chart shows.
type Panel int

// The panels and the unit of their series.
const (
	Latency    Panel = iota // p50, p95 and p99 in seconds
	Errors                  // share of the requests, 0-1
	Throughput              // requests per second
	Drift                   // greatest PSI over the features and the prediction
	Memory                  // resident bytes of all replicas
	CPU                     // cores used by all replicas
	InFlight                // requests being answered
)

// Series is one line of a chart. Points[i] is the value at Start + i·Step and
// NaN where it is missing; Start is a multiple of Step since the Unix epoch.
type Series struct {
	Variant string // "" when the system does not tell its variants apart
	Name    string // "p95", "errors", "requests", "psi", "memory", "cpu", "in flight"
	Points  []float64
	Start   time.Time
	Step    time.Duration
}

// FeatureDrift is how far one feature has moved from its baseline; a measure
// that is missing is NaN.
type FeatureDrift struct {
	Variant string
	Feature string  // Prediction for the predicted score
	PSI     float64 // population stability index, ≥ 0
	KS      float64 // Kolmogorov-Smirnov distance, 0-1
	Missing float64 // share of the rows without a value, 0-1
}

// Prediction is the Feature under which the drift of the predicted score goes.
const Prediction = "prediction"

// Interval is what was counted between two moments. The figures are exact
// differences of the counters, corrected for restarts and not extrapolated.
type Interval struct {
	From, To time.Time
	N        map[string]float64 // requests by variant
	Errors   map[string]float64 // of these, answered 5xx
}
