package prometheus

import (
	"cmp"
	"fmt"
	"strconv"
)

// LatencyKind is the form in which a server publishes how long requests take.
type LatencyKind int

// The forms. The first two give quantiles, the others only a mean.
const (
	HistogramLatency LatencyKind = iota // native, classic (Metric + _bucket) or both
	SummaryLatency                      // quantiles that each replica computed, in the label "quantile"
	SumCountLatency                     // Metric + _sum over Metric + _count, without quantiles
	CounterLatency                      // a counter of the time spent over the counter Count
)

// LatencySource is one metric of latency.
type LatencySource struct {
	Selector
	Kind    LatencyKind
	Count   Selector // of CounterLatency: the requests whose time was added up
	Seconds float64  // length of the metric's unit in seconds, 1 when 0
}

// quantiles tells whether the source gives p50, p95 and p99.
func (l LatencySource) quantiles() bool {
	return l.Kind == HistogramLatency || l.Kind == SummaryLatency
}

// scaled turns the source's unit into seconds.
func (l LatencySource) scaled(expr string) string {
	unit := cmp.Or(l.Seconds, 1)
	if unit == 1 {
		return expr
	}
	return fmt.Sprintf("(%s) * %s", expr, strconv.FormatFloat(unit, 'g', -1, 64))
}

// latency is all that the sources tell: of two that tell the same of the same
// variant, the first counts.
func (s scope) latency() string {
	parts := make([]string, 0, 4)
	for _, q := range quantiles {
		for _, source := range s.profile.Latency {
			if source.quantiles() {
				parts = append(parts, s.quantile(source, q.name, q.value))
			}
		}
	}
	for _, source := range s.profile.Latency {
		if !source.quantiles() {
			parts = append(parts, s.mean(source))
		}
	}
	return union(parts...)
}

func (s scope) quantile(l LatencySource, name, q string) string {
	return s.each(name, func(by string) string {
		if l.Kind == SummaryLatency {
			// Quantiles cannot be averaged: the worst replica stands for all.
			return l.scaled(fmt.Sprintf("max by (%s) (%s)", by, s.present(l.narrowed("quantile="+strconv.Quote(q)))))
		}
		return l.scaled(s.histogramQuantile(l.Selector, q, by))
	})
}

// histogramQuantile asks for the exact native histogram first, and for the
// buckets where there is none.
func (s scope) histogramQuantile(of Selector, q, by string) string {
	classic := fmt.Sprintf("histogram_quantile(%s, sum by (%s,le) (%s))", q, by, s.perSecond(of.suffixed("_bucket")))
	if !s.native {
		return classic
	}
	return fmt.Sprintf("histogram_quantile(%s, sum by (%s) (%s)) or %s", q, by, s.perSecond(of), classic)
}

func (s scope) mean(l LatencySource) string {
	time, count := l.Selector, l.Count
	if l.Kind == SumCountLatency {
		time, count = l.suffixed("_sum"), l.suffixed("_count")
	}
	return s.each(nameMean, func(by string) string {
		return l.scaled(fmt.Sprintf("sum by (%s) (%s) / sum by (%s) (%s)", by, s.perSecond(time), by, s.perSecond(count)))
	})
}
