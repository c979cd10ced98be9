package fleet

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"pitwall/backends"
)

// The limits from which on a signal makes a deployment Warn or Fail. They are
// those of the alert rules of the local stack, so that a server without rules
// gives the same verdicts.
const (
	P95Warn, P95Fail       = 0.25, 1.0  // seconds
	ErrorWarn, ErrorFail   = 0.02, 0.05 // share of the requests
	RejectWarn, RejectFail = 0.2, 0.9   // share of the requests
	DriftWarn, DriftFail   = 0.1, 0.25  // PSI, from backends.DriftNeeded rows on
)

// fewRequests a second are too few for a quantile or a ratio: ten in 30 s.
const fewRequests = 0.33

// judge finds the worst that is known about a deployment. Of equally bad
// things the backend's comes first, for it is nearest to the cause, then the
// alerts, then the signals. Replicas that are missing are told beside what is worse.
func judge(r *Row, backend Source) verdict {
	v := verdict{r.Deployment.State, r.Deployment.Reason, byBackend}
	if backend.State == Offline && backends.Unknown.Severity() > v.state.Severity() {
		v = verdict{backends.Unknown, fmt.Sprintf("%s does not answer: %v", backend.Name, backend.Err), bySilence}
	}
	drift := false
	for _, a := range r.Alerts {
		if s := alertState(a); s.Severity() > v.state.Severity() {
			v, drift = verdict{s, alertReason(a), byAlert}, a.Name == driftAlert
		}
	}
	for _, m := range [...]*measure{&errorMeasure, &rejectMeasure, &latencyMeasure, &driftMeasure} {
		variant, value := m.worst(r)
		if s := m.state(value); s.Severity() > v.state.Severity() {
			v, drift = verdict{s, m.reason(variant, value), bySignal}, m == &driftMeasure
		}
	}
	if v.by == byAlert || v.by == bySignal {
		v.reason = beside(v.reason, drift, r.Deployment)
	}
	return v
}

// driftAlert is the name of the alert of drift.
const driftAlert = "Drift"

// beside tells what the backend finds wrong beside what is worse. It comes first
// beside drift, of which no request fails, and a list shows the beginning.
func beside(reason string, drift bool, d backends.Deployment) string {
	if d.State.Severity() < backends.Warn.Severity() || d.Reason == "" {
		return reason
	}
	if drift {
		return strings.TrimSuffix(d.Reason, ".") + "; " + reason
	}
	return strings.TrimSuffix(reason, ".") + "; " + d.Reason
}

func alertState(a backends.Alert) backends.State {
	switch {
	case a.State != "firing":
		return backends.OK
	case a.Severity == "critical":
		return backends.Fail
	case a.Severity == "warning":
		return backends.Warn
	default:
		return backends.OK
	}
}

func alertReason(a backends.Alert) string {
	if a.Summary == "" {
		return a.Name + " fires."
	}
	return a.Summary
}

// measure is a signal that has limits.
type measure struct {
	value      func(backends.Signals) float64 // NaN when it tells nothing
	warn, fail float64
	text       func(variant, value string) string
	format     func(float64) string
}

// worst is the greatest value among the variants, or that of the whole
// deployment (with the name "") where the variants have none.
func (m *measure) worst(r *Row) (variant string, value float64) {
	value = math.NaN()
	for _, v := range r.Deployment.Variants {
		if x := m.value(r.Signal(v.Name)); !(x <= value) && !backends.Missing(x) {
			variant, value = v.Name, x
		}
	}
	if backends.Missing(value) {
		return "", m.value(r.Signal(""))
	}
	return variant, value
}

func (m *measure) state(value float64) backends.State {
	switch {
	case value >= m.fail:
		return backends.Fail
	case value >= m.warn:
		return backends.Warn
	default: // missing, too
		return backends.OK
	}
}

func (m *measure) reason(variant string, value float64) string {
	limit := m.warn
	if value >= m.fail {
		limit = m.fail
	}
	if variant != "" {
		variant = " of " + variant
	}
	return m.text(variant, m.format(value)) + ", the limit is " + m.format(limit) + "."
}

var errorMeasure = measure{
	value: func(s backends.Signals) float64 { return enough(s, s.ErrorRatio) },
	warn:  ErrorWarn, fail: ErrorFail,
	text:   func(variant, value string) string { return value + " of the requests" + variant + " fail" },
	format: func(v float64) string { return short(100*v) + " %" },
}

// rejectMeasure has no small limit: some clients send nonsense at all times.
var rejectMeasure = measure{
	value: func(s backends.Signals) float64 { return enough(s, s.RejectRatio) },
	warn:  RejectWarn, fail: RejectFail,
	text:   func(variant, value string) string { return value + " of the requests" + variant + " are refused (4xx)" },
	format: func(v float64) string { return short(100*v) + " %" },
}

var latencyMeasure = measure{
	value: func(s backends.Signals) float64 { return enough(s, s.P95) },
	warn:  P95Warn, fail: P95Fail,
	text:   func(variant, value string) string { return "p95" + variant + " is " + value },
	format: func(v float64) string { return short(1000*v) + " ms" },
}

// driftSure is the number of rows from which a PSI of DriftWarn counts. One
// feature in a thousand has it by chance at 300 rows, and the signal is the
// greatest of dozens of features on several replicas.
const driftSure = 2 * backends.DriftNeeded

var driftMeasure = measure{
	value: func(s backends.Signals) float64 {
		if s.DriftRows < backends.DriftNeeded || s.DriftRows < driftSure && s.DriftPSI < DriftFail {
			return math.NaN()
		}
		return s.DriftPSI
	},
	warn: DriftWarn, fail: DriftFail,
	text:   func(variant, value string) string { return "drift" + variant + " is PSI " + value },
	format: func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) },
}

// enough is the value when it was measured on enough requests.
func enough(s backends.Signals, value float64) float64 {
	if s.RPS < fewRequests {
		return math.NaN()
	}
	return value
}

// short writes three digits at most where that is enough.
func short(v float64) string {
	if v >= 10 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(math.Round(10*v)/10, 'f', -1, 64)
}
