package deployment

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/prometheus"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
)

// list is the content of one of the lists.
type list struct {
	at     stop // stops for one without focus
	title  string
	status string // painted
	lines  []string
	least  int // lines needed, with the title

	from, to int // lines that stay on screen: those of what is selected
}

// list makes the lines of the list at a stop.
func (s *Screen) list(f ui.Frame, at stop, width int) list {
	switch at {
	case replicas:
		return s.replicaList(f, width)
	case drift:
		return s.driftList(f, width)
	case alerts:
		return s.alertList(f)
	default:
		return s.eventList(f, width)
	}
}

// exitText is "status 3, 9s ago: panic: out of memory".
func exitText(now time.Time, e *backends.Exit) string {
	text := fmt.Sprintf("status %d", e.Code)
	if e.Signal != "" {
		text = "signal " + draw.Sanitize(e.Signal)
	}
	text += ", " + draw.Age(now.Sub(e.At)) + " ago"
	if e.Log != "" {
		text += ": " + draw.Sanitize(e.Log)
	}
	return text
}

// features is the drift by feature.
type features struct {
	list []prometheus.FeatureDrift
	err  error
	at   time.Time
}

// take shows an answer; after an error what was known stands, with its age.
func (x *features) take(a featuresAnswer, at time.Time) {
	x.err = a.err
	if a.err == nil || a.features != nil {
		x.list, x.at = a.features, at
	}
}

// driftList is a bar a feature, the greatest PSI of any variant first. Its
// colour and the word tell the band.
func (s *Screen) driftList(f ui.Frame, width int) list {
	th, g := f.Theme, f.Theme.Glyphs
	l := list{at: drift, title: "drift by feature", status: s.featuresStatus(f), least: 3}
	for _, v := range s.row.Deployment.Variants {
		if rows := s.row.Signal(v.Name).DriftRows; !backends.Missing(rows) && rows < backends.DriftNeeded {
			l.lines = append(l.lines, th.Dim.Paint(fmt.Sprintf("%s: %.0f of %d rows, no verdict yet", draw.Sanitize(v.Name), rows, backends.DriftNeeded)))
		}
	}
	known := slices.DeleteFunc(slices.Clone(s.features.list), func(x prometheus.FeatureDrift) bool { return backends.Missing(x.PSI) })
	slices.SortStableFunc(known, func(a, b prometheus.FeatureDrift) int { return cmp.Compare(b.PSI, a.PSI) })
	name := min(max(width-44, 12), 32)
	for _, x := range known {
		l.lines = append(l.lines, s.driftLine(f, x, name, width))
	}
	switch {
	case len(known) > 0 || len(l.lines) > 0:
	case s.deps.Metrics == nil:
		l.lines = []string{th.Dim.Paint("no data: there is no Prometheus here")}
	case s.features.err != nil:
		l.lines = []string{th.Fail.Paint("no data: " + draw.Truncate(draw.Sanitize(s.features.err.Error()), width-10, g.Ellipsis))}
	case s.features.at.IsZero():
		l.lines = []string{th.Dim.Paint("asking Prometheus")}
	default:
		l.lines = []string{th.Dim.Paint("no data: " + s.driftRows())}
	}
	return l
}

func (s *Screen) driftLine(f ui.Frame, x prometheus.FeatureDrift, name, width int) string {
	th, g := f.Theme, f.Theme.Glyphs
	style, word := band(th, x.PSI)
	if s.featuresStale(f) {
		style = th.Faint
	}
	bar := max(width-name-3-5-8-1, 8)
	feature := draw.Sanitize(x.Feature)
	return th.Variant(views.VariantIndex(x.Variant)).Paint(draw.Fit(draw.Sanitize(x.Variant), 1, draw.Left, "")) + " " +
		draw.Pad(draw.TruncateMiddle(feature, name, g.Ellipsis), name, draw.Left) + " " +
		driftBar(th, style, x.PSI, bar) + style.Paint(fmt.Sprintf("%5.2f %s", x.PSI, word))
}

// alertList is what fires or is about to.
func (s *Screen) alertList(f ui.Frame) list {
	th := f.Theme
	l := list{at: alerts, title: "alerts", status: s.signalsStatus(f), least: 2}
	for _, a := range s.row.Alerts {
		glyph, style := views.AlertLook(th, a)
		word := ""
		if a.State != "firing" {
			word = " " + draw.Sanitize(a.State)
		}
		l.lines = append(l.lines, style.Paint(glyph+" "+draw.Sanitize(a.Name)+word)+" "+
			th.Dim.Paint(views.Age(f.Now, a.Since, th.Glyphs))+"  "+draw.Sanitize(a.Summary))
	}
	if l.lines == nil {
		l.lines = []string{th.Dim.Paint(views.NoAlerts(f.Now, &s.row))}
	}
	return l
}

// eventList is what happened, the newest first.
func (s *Screen) eventList(f ui.Frame, width int) list {
	th := f.Theme
	l := list{at: events, title: "events", status: s.timelineStatus(f), least: 3}
	if s.timeline.err != nil {
		l.lines = append(l.lines, th.Fail.Paint("not read: "+draw.Truncate(draw.Sanitize(s.timeline.err.Error()), width-12, th.Glyphs.Ellipsis)))
	}
	for _, m := range slices.Backward(s.timeline.moments) {
		glyph, style := views.StateLook(th, m.State)
		form := time.TimeOnly
		if f.Now.Sub(m.At) > 12*time.Hour {
			form = "Mon 15:04"
		}
		line := th.Dim.Paint(draw.Pad(m.At.In(f.Now.Location()).Format(form), 9, draw.Left)) + " " +
			style.Paint(draw.Pad(glyph, draw.Width(th.Glyphs.OK), draw.Left)+" "+draw.Pad(draw.SanitizeLine(m.Kind, 10), 10, draw.Left)) + " " +
			views.Words(th, m.Text)
		if m.By != "" {
			line += " " + th.Dim.Paint("by "+draw.Sanitize(m.By))
		}
		l.lines = append(l.lines, line)
	}
	switch {
	case l.lines != nil:
	case s.deps.Events == nil && s.deps.Records == nil:
		l.lines = []string{th.Dim.Paint("no data: this backend tells no events")}
	case s.timeline.at.IsZero():
		l.lines = []string{th.Dim.Paint("asking")}
	default:
		l.lines = []string{th.Dim.Paint("nothing happened in the last day")}
	}
	return l
}
