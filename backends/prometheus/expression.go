package prometheus

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The names of the values that one query brings back together, in the label
// signalLabel.
const (
	signalLabel   = "pitwall_signal"
	partLabel     = "pitwall_part" // keeps the counters of one sum apart
	nameRequests  = "requests"
	nameEarly     = "early requests"
	nameErrors    = "errors"
	nameRejects   = "rejects"
	nameP50       = "p50"
	nameP95       = "p95"
	nameP99       = "p99"
	nameMean      = "mean"
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
	profile    Profile
	window     time.Duration // of rates and quantiles
	deployment string        // the only one, "" for all: the profile is that of Client.asked for it
	native     bool          // the server knows native histograms
	whole      bool          // whole deployments besides their variants
}

// groupings are the label lists by which a value is asked for.
func (s scope) groupings() []string {
	p := s.profile
	switch {
	case p.pods != nil:
		return []string{p.pods.grouping()}
	case p.Variant == "":
		return []string{p.Deployment}
	case s.whole:
		return []string{p.Deployment + "," + p.Variant, p.Deployment}
	default:
		return []string{p.Deployment + "," + p.Variant}
	}
}

// each joins the expressions of all groupings under one name. Whole deployments
// come first: their labels are those of a part without a variant, and of equal
// labels the first stands.
func (s scope) each(name string, form func(by string) string) string {
	parts := make([]string, 0, 2)
	for _, by := range slices.Backward(s.groupings()) {
		parts = append(parts, form(by))
	}
	return named(name, union(parts...))
}

// series is the selector within the scope.
func (s scope) series(of Selector) string {
	if s.deployment == "" {
		return of.where()
	}
	return of.where(s.profile.only(of, s.deployment))
}

// present is the last values of a metric.
func (s scope) present(of Selector) string { return s.profile.unified(of, s.series(of)) }

// perSecond is how fast a counter or a histogram grows.
func (s scope) perSecond(of Selector) string {
	return s.profile.unified(of, fmt.Sprintf("rate(%s[%s])", s.series(of), duration(s.window)))
}

// requests is how many there are a second.
func (s scope) requests() string {
	if len(s.profile.Requests) == 0 {
		return ""
	}
	return s.each(nameRequests, func(by string) string {
		return fmt.Sprintf("sum by (%s) (%s)", by, s.allRequests(s.perSecond))
	})
}

// earlyRequests is how many there are a second where the window reaches back
// beyond the first scrape. A rate divides by the whole window, also by the part
// that nobody measured; the slope of what was measured does not. It does not see
// restarts, so where the window is covered the rate counts.
func (s scope) earlyRequests() string {
	if len(s.profile.Requests) == 0 {
		return ""
	}
	window := duration(s.window)
	slope := func(of Selector) string {
		return s.profile.unified(of, fmt.Sprintf("deriv(%s[%s])", s.series(of), window))
	}
	before := func(of Selector) string { return s.profile.unified(of, s.series(of)+" offset "+window) }
	return s.each(nameEarly, func(by string) string {
		return fmt.Sprintf("(sum by (%s) (%s) unless sum by (%s) (%s))", by, s.allRequests(slope), by, s.allRequests(before))
	})
}

// allRequests is one form of every counter of requests. They differ by their
// names, which most functions drop, so each gets a label that keeps it apart.
func (s scope) allRequests(form func(Selector) string) string {
	all := s.profile.Requests
	if len(all) == 1 {
		return form(all[0])
	}
	parts := make([]string, len(all))
	for i, of := range all {
		parts[i] = fmt.Sprintf("label_replace(%s, %q, %q, \"\", \"\")", form(of), partLabel, strconv.Itoa(i))
	}
	return union(parts...)
}

func (s scope) rate(name string, of Selector) string {
	return s.aggregated(name, of, "sum", s.perSecond)
}

func (s scope) sum(name string, of Selector) string {
	return s.aggregated(name, of, "sum", s.present)
}

func (s scope) max(name string, of Selector) string {
	return s.aggregated(name, of, "max", s.present)
}

func (s scope) aggregated(name string, of Selector, operator string, form func(Selector) string) string {
	if of.absent() {
		return ""
	}
	return s.each(name, func(by string) string {
		return fmt.Sprintf("%s by (%s) (%s)", operator, by, form(of))
	})
}

// drift is one measure by feature, the prediction among them.
func (s scope) drift(name string, measure func(DriftGauge) string) string {
	p := s.profile
	var parts []string
	if d := p.FeatureDrift; !d.absent() && measure(d) != "" {
		parts = append(parts, s.byFeature(s.present(d.narrowed(measure(d)))))
	}
	if d := p.PredictionDrift; !d.absent() && measure(d) != "" {
		parts = append(parts, s.byFeature(fmt.Sprintf("label_replace(%s, %q, %q, \"\", \"\")",
			s.present(d.narrowed(measure(d))), s.profile.featureLabel(), Prediction)))
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
