package deployment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/prometheus"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

// stateLine is the state with its reason, and who changed the split last.
func (s *Screen) stateLine(f ui.Frame) string {
	th, d := f.Theme, s.row.Deployment
	left := " " + views.StateText(th, s.row.State)
	if since := s.row.Since; !since.IsZero() {
		left += th.Dim.Paint(" for " + draw.Age(f.Now.Sub(since)))
	}
	switch {
	case !s.found:
		left = " " + th.Warn.Paint(th.Glyphs.Unknown+" gone") + "  the backend no longer lists it; this is how it was"
	case s.row.Reason != "":
		left += "  " + draw.Sanitize(s.row.Reason)
	}
	right := ""
	switch {
	case d.Rollout != nil:
		right = s.rollout(th)
	case views.Stale(f.Now, s.row.ListedAt):
		right = th.Warn.Paint("listed " + views.Age(f.Now, s.row.ListedAt, th.Glyphs) + " ago")
	case d.SplitBy != "" && f.Width >= 100:
		right = th.Dim.Paint("split by " + draw.SanitizeLine(d.SplitBy, 24) + " " + views.Age(f.Now, d.SplitAt, th.Glyphs) + " ago")
	}
	if right != "" {
		right = "  " + right + " "
	}
	return draw.Ends(left, right, f.Width, th.Glyphs.Ellipsis)
}

// rollout is "◐ deploy B 1.0.0 → 1.1.0, 1 of 3".
func (s *Screen) rollout(th *theme.Theme) string {
	r := s.row.Deployment.Rollout
	state := backends.Progressing
	if r.Paused {
		state = backends.Paused
	}
	glyph, style := views.StateLook(th, state)
	word := string(r.Operation)
	if r.Paused {
		word += " paused"
	}
	return style.Paint(fmt.Sprintf("%s %s %s %s, %d of %d", glyph, word, draw.SanitizeLine(r.Variant, 4), views.FromTo(th, *r, 12), r.Done, r.Total))
}

// timeLine is the ranges, the time on screen, and in a narrow frame the pages.
func (s *Screen) timeLine(f ui.Frame) string {
	th := f.Theme
	left := ""
	zoomed := true
	for i, span := range ranges {
		text := " " + spanText(span) + " "
		if span == s.axis.span {
			left += th.Selected.Paint(text)
			zoomed = false
			continue
		}
		left += th.Key.Paint(strconv.Itoa(i+1)) + th.Dim.Paint(text)
	}
	if zoomed {
		left += th.Selected.Paint(" " + spanText(s.axis.span) + " ")
	}
	return draw.Ends(" "+left+" "+s.window(th), s.pages(f), f.Width, th.Glyphs.Ellipsis)
}

// spanText writes a span that is a range in the unit of its key: "24h".
func spanText(span time.Duration) string {
	if span >= time.Hour {
		return strconv.Itoa(int(span.Hours())) + "h"
	}
	return draw.Duration(span)
}

// window is the time on screen, when it is not just the present.
func (s *Screen) window(th *theme.Theme) string {
	if s.axis.live() {
		return th.OK.Paint("live")
	}
	form, dash := "15:04:05", "–"
	if s.axis.span > time.Hour {
		form = "15:04"
	}
	if th.Glyphs.ASCII {
		dash = "-"
	}
	return th.Warn.Paint(s.axis.from.Format(form)+dash+s.axis.to.Format(form)) + " " + th.Key.Paint("0") + th.Dim.Paint(" live")
}

// pages names the pages of a narrow frame; empty when all is on screen.
func (s *Screen) pages(f ui.Frame) string {
	if s.full {
		return f.Theme.Key.Paint("f") + f.Theme.Dim.Paint(" ends the full view ")
	}
	if !s.paged() {
		return ""
	}
	var out strings.Builder
	for _, p := range [...]struct {
		at   stop
		text string
	}{{firstChart, "charts"}, {replicas, "replicas"}, {drift, "drift"}, {alerts, "alerts"}, {events, "events"}} {
		text := " " + p.text + " "
		if s.focus.page() == p.at {
			out.WriteString(f.Theme.Selected.Paint(text))
		} else {
			out.WriteString(f.Theme.Dim.Paint(text))
		}
	}
	return out.String()
}

// status is the age of a chart's data, or why there is none, for its title;
// stale reports whether it is to be drawn dim.
func (s *Screen) status(f ui.Frame, p *panel) (text string, stale bool) {
	th := f.Theme
	if s.deps.Metrics == nil {
		return th.Dim.Paint("no data"), false
	}
	if p.at.IsZero() {
		return unanswered(th, p.err), false
	}
	age := f.Now.Sub(p.at)
	old := max(views.StaleAfter, 3*s.every())
	stale = age >= old && (s.axis.live() || p.err != nil)
	switch {
	case stale:
		text = th.Warn.Paint("stale " + draw.Age(age))
	case p.empty(&s.axis):
		text = th.Dim.Paint("no data")
	case !s.axis.live():
		text = th.Dim.Paint("past")
	case age <= s.every()+beat:
		text = th.OK.Paint("live")
	default:
		text = th.Dim.Paint(draw.Age(age))
	}
	if p.err != nil {
		text = th.Fail.Paint(s.queryError(p)) + " " + text
	}
	return text, stale
}

// unanswered is the status of what was never read.
func unanswered(th *theme.Theme, err error) string {
	switch {
	case err == nil:
		return th.Dim.Paint("asking")
	case views.NoSource(err):
		return th.Dim.Paint("no source")
	}
	return th.Fail.Paint("query error")
}

// queryError leaves room for the legend: the chart that has the focus says
// what is wrong, the others only that.
func (s *Screen) queryError(p *panel) string {
	const most = 40 // columns
	if s.panels[max(min(s.focus, lastChart), firstChart)].kind != p.kind {
		return "query error"
	}
	return "query error: " + draw.SanitizeLine(p.err.Error(), most)
}

// reason is why a chart has no value.
func (s *Screen) reason(p *panel) string {
	switch {
	case s.deps.Metrics == nil:
		return "there is no Prometheus here"
	case p.err != nil:
		return draw.Sanitize(p.err.Error())
	case p.at.IsZero():
		return "asking Prometheus"
	case len(p.curves) == 0 && s.deps.Limits != nil && s.deps.Limits.Missing(p.kind) != "":
		return draw.Sanitize(s.deps.Limits.Missing(p.kind))
	case len(p.curves) == 0 && p.title == "drift":
		return s.driftRows()
	case len(p.curves) == 0:
		return "Prometheus has no series of " + draw.Sanitize(s.name)
	default:
		return "nothing was measured in this time"
	}
}

// limits says what the figures of a chart leave out or mix together, "" for nothing.
func (s *Screen) limits(p *panel) string {
	if s.deps.Limits == nil || len(p.curves) == 0 {
		return ""
	}
	var parts []string
	if p.kind == prometheus.Latency && !p.quantiles() {
		parts = append(parts, s.deps.Limits.Missing(p.kind))
	}
	parts = append(parts, s.deps.Limits.Caveat(p.kind))
	return draw.Sanitize(strings.Join(slices.DeleteFunc(parts, func(text string) bool { return text == "" }), "; "))
}

// driftRows says how much is missing before there is a drift verdict.
func (s *Screen) driftRows() string {
	var parts []string
	for _, v := range s.row.Deployment.Variants {
		rows := s.row.Signal(v.Name).DriftRows
		if !backends.Missing(rows) && rows < backends.DriftNeeded {
			parts = append(parts, fmt.Sprintf("%s %.0f of %d rows", draw.Sanitize(v.Name), rows, backends.DriftNeeded))
		}
	}
	if parts == nil {
		return "no baseline to compare with, or fewer than " + strconv.Itoa(backends.DriftNeeded) + " rows yet"
	}
	return strings.Join(parts, ", ")
}
