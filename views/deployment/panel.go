package deployment

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"pitwall/backends/fleet"
	"pitwall/backends/prometheus"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

// kinds are the charts from top to bottom.
var kinds = [...]prometheus.Panel{prometheus.Latency, prometheus.Errors, prometheus.Throughput, prometheus.Drift}

// panel is one chart with its data.
type panel struct {
	kind   prometheus.Panel
	title  string
	curves []curve
	step   time.Duration // between two points
	err    error         // of the last answer
	at     time.Time     // of the last good answer, zero never

	version int // counts answers
	cache   chartCache
}

// curve is one line of a chart, ready to be drawn.
type curve struct {
	variant, name string
	points        []widget.Point
}

// chartCache holds the lines of a chart and what they were drawn from.
type chartCache struct {
	key   chartKey
	lines []string
}

type chartKey struct {
	theme         *theme.Theme
	width, height int
	version       int
	from, to      int64
	cross         int64
	stale         bool
	reason        string
}

func newPanels() []panel {
	titles := [...]string{"latency", "errors", "req/s", "drift"}
	panels := make([]panel, len(kinds))
	for i, kind := range kinds {
		panels[i] = panel{kind: kind, title: titles[i]}
	}
	return panels
}

// take shows an answer. After an error the data of before stands, with its age.
func (p *panel) take(a answer, at time.Time) {
	p.err = a.err
	p.version++
	if a.err != nil && a.series == nil {
		return
	}
	p.at = at
	p.curves = p.curves[:0:0]
	for _, s := range a.series {
		p.step = s.Step
		c := curve{variant: s.Variant, name: s.Name, points: make([]widget.Point, len(s.Points))}
		for i, v := range s.Points {
			c.points[i] = widget.Point{T: s.Start.Add(time.Duration(i) * s.Step).UnixMilli(), V: v}
		}
		p.curves = append(p.curves, c)
	}
	slices.SortStableFunc(p.curves, func(a, b curve) int {
		return cmp.Or(cmp.Compare(telling(a.name), telling(b.name)), cmp.Compare(a.variant, b.variant))
	})
}

// telling orders the quantiles, the one that people look at first.
func telling(name string) int { return slices.Index([]string{"p95", "p99", "p50"}, name) }

// mean is the name of a latency without quantiles.
const mean = "mean"

// quantiles reports whether a chart of latency has more than means.
func (p *panel) quantiles() bool {
	return slices.ContainsFunc(p.curves, func(c curve) bool { return telling(c.name) >= 0 })
}

// label is the curve's name in the legend: "A p95", or "A" where a chart has
// one curve a variant.
func (c curve) label() string {
	name := draw.Sanitize(c.variant)
	if name == "" {
		name = "all"
	}
	if telling(c.name) >= 0 || c.name == mean {
		name += " " + c.name
	}
	return name
}

// draw returns the chart in height lines, the first of which is the legend.
func (p *panel) draw(t *theme.Theme, a *axis, stale bool, reason string, width, height int) []string {
	key := chartKey{theme: t, width: width, height: height, version: p.version,
		from: a.from.UnixMilli(), to: a.to.UnixMilli(), stale: stale, reason: reason}
	if !a.cross.IsZero() {
		key.cross = a.cross.UnixMilli()
	}
	if p.cache.lines != nil && p.cache.key == key {
		return p.cache.lines
	}
	chart := widget.Chart{
		From: key.from, To: key.to, MaxGap: p.step.Milliseconds() * 5 / 2, Crosshair: key.cross,
		Location: a.to.Location(), Legend: true, HideTime: true, Stale: stale, Reason: reason,
		Format: p.format(t.Glyphs), YMax: p.least(), Thresholds: p.thresholds(t), Series: p.series(t, height),
	}
	p.cache = chartCache{key: key, lines: chart.View(t, width, height)}
	return p.cache.lines
}

// series are the curves in their variants' colours and patterns. A chart of
// few lines shows of the quantiles only p95.
func (p *panel) series(t *theme.Theme, height int) []widget.Series {
	const few = 5
	out := make([]widget.Series, 0, len(p.curves))
	for _, c := range p.curves {
		if height < few && (telling(c.name) > 0 || c.name == mean && p.quantiles()) {
			continue
		}
		s := widget.Series{Name: c.label(), Style: t.Text, Points: c.points}
		if c.variant != "" {
			i := views.VariantIndex(c.variant)
			s.Style, s.Pattern = t.Variant(i), widget.Pattern(i%3)
		}
		out = append(out, s)
	}
	return out
}

func (p *panel) format(g *theme.Glyphs) func(float64) string {
	switch p.kind {
	case prometheus.Latency:
		return func(v float64) string { return draw.Latency(v, g) }
	case prometheus.Errors:
		return func(v float64) string { return draw.Percent(v, g) }
	case prometheus.Throughput:
		return func(v float64) string { return draw.Rate(v, g) }
	default:
		return func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
	}
}

// least is the least range of the y axis from 0, so that noise does not fill
// the chart.
func (p *panel) least() float64 {
	switch p.kind {
	case prometheus.Latency:
		return 0.01
	case prometheus.Errors:
		return fleet.ErrorWarn
	case prometheus.Throughput:
		return 1
	default:
		return fleet.DriftFail
	}
}

// thresholds are the limits from which a signal makes the state warn or fail.
func (p *panel) thresholds(t *theme.Theme) []widget.Threshold {
	limits := func(warn, fail float64) []widget.Threshold {
		return []widget.Threshold{{Value: warn, Style: t.Warn}, {Value: fail, Style: t.Fail}}
	}
	switch p.kind {
	case prometheus.Latency:
		if len(p.curves) > 0 && !p.quantiles() {
			return nil // they are of p95
		}
		return limits(fleet.P95Warn, fleet.P95Fail)
	case prometheus.Errors:
		return limits(fleet.ErrorWarn, fleet.ErrorFail)
	case prometheus.Drift:
		return limits(fleet.DriftWarn, fleet.DriftFail)
	default:
		return nil
	}
}

// empty reports whether no curve has a value in the window.
func (p *panel) empty(a *axis) bool {
	from, to := a.from.UnixMilli(), a.to.UnixMilli()
	for _, c := range p.curves {
		if slices.ContainsFunc(c.points, func(pt widget.Point) bool { return pt.T >= from && pt.T <= to && pt.V == pt.V }) {
			return false
		}
	}
	return true
}
