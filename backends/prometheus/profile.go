package prometheus

import (
	"cmp"
	"strings"

	"github.com/prometheus/common/model"
)

// Profile tells what a serving system calls its metrics. A field that is left
// empty is a signal that the system does not have.
type Profile struct {
	Name string

	Deployment string // label that names the deployment
	Variant    string // label that names the variant, "" when there is none

	Requests Selector  // counter
	Errors   Selector  // counter, the part of Requests that was answered 5xx
	Latency  Histogram // of the requests
	InFlight Selector  // gauge, summed over the replicas
	Memory   Selector  // gauge in bytes, summed over the replicas
	CPU      Selector  // counter of core seconds, summed over the replicas

	// Gauges per replica. The drift of a variant is the mean over its replicas,
	// because each of them sees a part of the same traffic.
	FeatureDrift    DriftGauge
	PredictionDrift DriftGauge // without a feature label
	MissingRatio    Selector   // share of the rows without a value, by the label of FeatureDrift
	DriftRows       Selector   // rows in the drift window
}

// Selector names a metric and narrows it down.
type Selector struct {
	Metric string
	Match  string // label matchers without braces, as in `code=~"5.."`
}

// Histogram is a latency histogram, native, classic or both.
type Histogram struct {
	Selector
	Seconds float64 // length of the metric's unit in seconds, 1 when 0
}

// DriftGauge is a gauge per measure. The matchers pick one measure each.
type DriftGauge struct {
	Selector
	Feature string // label that names the feature
	PSI, KS string // label matchers
}

// Pitwall is the profile of pitwall's own gateway and serving binary. What
// users feel is measured at the gateway, what a replica uses at the replica,
// which is told from the gateway by its variant.
func Pitwall() Profile {
	return Profile{
		Name:       "pitwall",
		Deployment: "deployment", Variant: "variant",
		Requests:        Selector{Metric: "gateway_requests_total"},
		Errors:          Selector{Metric: "gateway_requests_total", Match: `code=~"5.."`},
		Latency:         Histogram{Selector: Selector{Metric: "gateway_request_duration_seconds"}},
		InFlight:        Selector{Metric: "gateway_in_flight"},
		Memory:          Selector{Metric: "process_resident_memory_bytes", Match: `variant!=""`},
		CPU:             Selector{Metric: "process_cpu_seconds_total", Match: `variant!=""`},
		FeatureDrift:    DriftGauge{Selector: Selector{Metric: "model_feature_drift"}, Feature: "feature", PSI: `measure="psi"`, KS: `measure="ks"`},
		PredictionDrift: DriftGauge{Selector: Selector{Metric: "model_prediction_drift"}, PSI: `measure="psi"`, KS: `measure="ks"`},
		MissingRatio:    Selector{Metric: "model_feature_missing_ratio"},
		DriftRows:       Selector{Metric: "model_drift_window_rows"},
	}
}

// where renders the selector with more matchers.
func (s Selector) where(matchers ...string) string {
	all := make([]string, 0, 1+len(matchers))
	for _, m := range append([]string{s.Match}, matchers...) {
		if m != "" {
			all = append(all, m)
		}
	}
	return s.Metric + "{" + strings.Join(all, ",") + "}"
}

func (s Selector) absent() bool { return s.Metric == "" && s.Match == "" }

// suffixed is the selector of a series that belongs to the metric, as in _bucket.
func (s Selector) suffixed(suffix string) Selector {
	return Selector{Metric: s.Metric + suffix, Match: s.Match}
}

// featureLabel is the label that names features.
func (p Profile) featureLabel() model.LabelName {
	return model.LabelName(cmp.Or(p.FeatureDrift.Feature, "feature"))
}

// unit is the length of the histogram's unit in seconds.
func (h Histogram) unit() float64 { return cmp.Or(h.Seconds, 1) }
