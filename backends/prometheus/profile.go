package prometheus

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
)

// Profile tells what a serving system calls its metrics. A field that is left
// empty is a signal that the system does not have. Labels that are not named
// here (method, endpoint, GPU, engine…) are summed over.
type Profile struct {
	Name string

	Deployment string // label that names the deployment
	Variant    string // label that names the variant, "" when there is none

	// The server's own labels, which ByModel puts in the place of Deployment
	// and Variant: "" where the server has no such label.
	Model   string
	Version string

	Requests []Selector      // counters that together count all requests
	Errors   Selector        // counter, the part of Requests that was answered 5xx
	Rejects  Selector        // counter, the part of Requests that was answered 4xx
	Latency  []LatencySource // of the requests, the best first
	InFlight Selector        // gauge, summed over the replicas
	Memory   Selector        // gauge in bytes, summed over the replicas
	CPU      Selector        // counter of core seconds, summed over the replicas

	// Gauges per replica. The drift of a variant is the mean over its replicas,
	// because each of them sees a part of the same traffic.
	FeatureDrift    DriftGauge
	PredictionDrift DriftGauge // without a feature label
	MissingRatio    Selector   // share of the rows without a value, by the label of FeatureDrift
	DriftRows       Selector   // rows in the drift window

	// Caveats say what the figures of a panel leave out or mix together.
	Caveats map[Panel]string

	marks     []string       // metric families that together tell the server, see Detect
	front     bool           // it measures at a front door, not at the replicas
	variantOf VariantOf      // set by ByModel
	pods      *podNaming     // set by ByPod
	dropped   map[Panel]bool // what ByModel took away
}

// Selector names a metric and narrows it down.
type Selector struct {
	Metric string // its name, or a regular expression of the names it has had
	Match  string // label matchers without braces, as in `code=~"5.."`

	// Whole says that the series carry no label of a model: they are of the
	// whole process, and tell a variant only where their target does.
	Whole bool

	// Model and Version are the server's own labels on this metric, where they
	// are not those of the profile.
	Model, Version string
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
	p := own("pitwall", "gateway_requests_total", "gateway_request_duration_seconds", "gateway_in_flight", "gateway_(requests|split_weight)")
	p.front = true
	return p
}

// PitwallServe is the profile of pitwall's serving binary behind a front door
// that is not pitwall's: everything is measured at the replicas, which the
// labels of their targets tell apart.
func PitwallServe() Profile {
	return own("pitwall-serve", "model_requests_total", "model_request_duration_seconds", "model_requests_in_flight", "model_requests", "model_info")
}

// ofReplicas tells the processes of replicas from that of the gateway.
const ofReplicas = `variant!=""`

// own is a profile of pitwall's own processes, with the metrics of where the
// requests are measured.
func own(name, requests, latency, inFlight string, marks ...string) Profile {
	return Profile{
		Name:       name,
		Deployment: "deployment", Variant: "variant",
		Requests:        []Selector{{Metric: requests}},
		Errors:          Selector{Metric: requests, Match: `code=~"5.."`},
		Rejects:         Selector{Metric: requests, Match: `code=~"4..",code!="499"`}, // 499: the client left
		Latency:         []LatencySource{{Selector: Selector{Metric: latency}}},
		InFlight:        Selector{Metric: inFlight},
		Memory:          Selector{Metric: "process_resident_memory_bytes", Match: ofReplicas},
		CPU:             Selector{Metric: "process_cpu_seconds_total", Match: ofReplicas},
		FeatureDrift:    DriftGauge{Selector: Selector{Metric: "model_feature_drift"}, Feature: "feature", PSI: `measure="psi"`, KS: `measure="ks"`},
		PredictionDrift: DriftGauge{Selector: Selector{Metric: "model_prediction_drift"}, PSI: `measure="psi"`, KS: `measure="ks"`},
		MissingRatio:    Selector{Metric: "model_feature_missing_ratio"},
		DriftRows:       Selector{Metric: "model_drift_window_rows"},
		marks:           marks,
	}
}

// where renders the selector with more matchers.
func (s Selector) where(matchers ...string) string {
	name, all := s.Metric, make([]string, 0, 2+len(matchers))
	if s.renamed() {
		name, all = "", append(all, model.MetricNameLabel+"=~"+strconv.Quote(s.Metric))
	}
	for _, m := range append([]string{s.Match}, matchers...) {
		if m != "" {
			all = append(all, m)
		}
	}
	return name + "{" + strings.Join(all, ",") + "}"
}

// narrowed is the selector with one more matcher.
func (s Selector) narrowed(matcher string) Selector {
	s.Match = strings.Trim(s.Match+","+matcher, ",")
	return s
}

// renamed tells a regular expression from a name, which has none of these.
func (s Selector) renamed() bool { return strings.ContainsAny(s.Metric, "?|()[]") }

func (s Selector) absent() bool { return s.Metric == "" && s.Match == "" }

// suffixed is the selector of a series that belongs to the metric, as in _bucket.
func (s Selector) suffixed(suffix string) Selector {
	s.Metric += suffix
	return s
}

// featureLabel is the label that names features.
func (p Profile) featureLabel() model.LabelName {
	return model.LabelName(cmp.Or(p.FeatureDrift.Feature, "feature"))
}

// clone is a profile that may be changed without changing p.
func (p Profile) clone() Profile {
	p.Requests, p.Latency = slices.Clone(p.Requests), slices.Clone(p.Latency)
	p.Caveats, p.dropped = maps.Clone(p.Caveats), maps.Clone(p.dropped)
	return p
}
