package prometheus

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The names of the values that one query brings back together, in the label
// signalLabel.
const (
	signalLabel   = "pitwall_signal"
	nameRequests  = "requests"
	nameErrors    = "errors"
	nameP50       = "p50"
	nameP95       = "p95"
	nameP99       = "p99"
	nameInFlight  = "in flight"
	nameMemory    = "memory"
	nameCPU       = "cpu"
	nameDrift     = "psi"
	nameDriftKS   = "ks"
	nameMissing   = "missing"
	nameDriftRows = "rows"
)

var quantiles = []struct {
	name  string
	value string
}{{nameP50, "0.5"}, {nameP95, "0.95"}, {nameP99, "0.99"}}

// scope is what an expression covers.
type scope struct {
	profile Profile
	window  time.Duration // of rates and quantiles
	match   string        // matcher of one deployment, "" for all
	native  bool          // the server knows native histograms
	whole   bool          // whole deployments besides their variants
}

// only is the matcher that picks one deployment.
func (p Profile) only(deployment string) string {
	return p.Deployment + "=" + strconv.Quote(deployment)
}

// groupings are the label lists by which a value is asked for.
func (s scope) groupings() []string {
	p := s.profile
	switch {
	case p.Variant == "":
		return []string{p.Deployment}
	case s.whole:
		return []string{p.Deployment + "," + p.Variant, p.Deployment}
	default:
		return []string{p.Deployment + "," + p.Variant}
	}
}

// each joins the expressions of all groupings under one name.
func (s scope) each(name string, form func(by string) string) string {
	parts := make([]string, 0, 2)
	for _, by := range s.groupings() {
		parts = append(parts, form(by))
	}
	return named(name, union(parts...))
}

func (s scope) rate(name string, of Selector) string {
	if of.absent() {
		return ""
	}
	return s.each(name, func(by string) string {
		return fmt.Sprintf("sum by (%s) (rate(%s[%s]))", by, of.where(s.match), duration(s.window))
	})
}

func (s scope) sum(name string, of Selector) string {
	if of.absent() {
		return ""
	}
	return s.each(name, func(by string) string {
		return fmt.Sprintf("sum by (%s) (%s)", by, of.where(s.match))
	})
}

func (s scope) max(name string, of Selector) string {
	if of.absent() {
		return ""
	}
	return s.each(name, func(by string) string {
		return fmt.Sprintf("max by (%s) (%s)", by, of.where(s.match))
	})
}

// quantile asks for the exact native histogram first, and for the buckets where
// there is none.
func (s scope) quantile(name, q string) string {
	h := s.profile.Latency
	if h.absent() {
		return ""
	}
	return s.each(name, func(by string) string {
		classic := fmt.Sprintf("histogram_quantile(%s, sum by (%s,le) (rate(%s[%s])))",
			q, by, h.suffixed("_bucket").where(s.match), duration(s.window))
		if !s.native {
			return classic
		}
		return fmt.Sprintf("histogram_quantile(%s, sum by (%s) (rate(%s[%s]))) or %s",
			q, by, h.where(s.match), duration(s.window), classic)
	})
}

func (s scope) latency() string {
	parts := make([]string, 0, len(quantiles))
	for _, q := range quantiles {
		parts = append(parts, s.quantile(q.name, q.value))
	}
	return union(parts...)
}

// drift is one measure by feature, the prediction among them.
func (s scope) drift(name string, measure func(DriftGauge) string) string {
	p := s.profile
	var parts []string
	if d := p.FeatureDrift; !d.absent() && measure(d) != "" {
		parts = append(parts, s.byFeature(d.where(measure(d), s.match)))
	}
	if d := p.PredictionDrift; !d.absent() && measure(d) != "" {
		parts = append(parts, s.byFeature(fmt.Sprintf("label_replace(%s, %q, %q, \"\", \"\")",
			d.where(measure(d), s.match), s.profile.featureLabel(), Prediction)))
	}
	return named(name, union(parts...))
}

// worstDrift is the feature of each variant that moved furthest.
func (s scope) worstDrift() string {
	all := s.drift(nameDrift, func(d DriftGauge) string { return d.PSI })
	if all == "" {
		return ""
	}
	return fmt.Sprintf("topk by (%s) (1, %s)", s.groupings()[0], all)
}

func (s scope) byFeature(vector string) string {
	return fmt.Sprintf("avg by (%s,%s) (%s)", s.groupings()[0], s.profile.featureLabel(), vector)
}

// named marks the result of an expression.
func named(name, expr string) string {
	if expr == "" {
		return ""
	}
	return fmt.Sprintf("label_replace(%s, %q, %q, \"\", \"\")", expr, signalLabel, name)
}

// union joins the expressions that are there.
func union(exprs ...string) string {
	present := make([]string, 0, len(exprs))
	for _, e := range exprs {
		if e != "" {
			present = append(present, e)
		}
	}
	return strings.Join(present, " or ")
}

// duration writes a range; milliseconds are exact for every interval in use.
func duration(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) + "ms" }
