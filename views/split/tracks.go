package split

import (
	"fmt"
	"strconv"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

// tracks is where the sliders were drawn last, for the mouse.
type tracks struct {
	left     int   // first column of every track
	rows     []int // line of each variant's track
	dragging bool
}

// at finds the variant whose track is in line y.
func (t *tracks) at(y int) (variant int, ok bool) {
	for i, row := range t.rows {
		if row == y && i > 0 {
			return i, true
		}
	}
	return 0, false
}

// layout is the columns of the bars and tracks, which stand above each other.
type layout struct {
	width   int
	name    int  // columns of a variant's name and version
	track   int  // columns of bars and tracks: 101 has one for each percent
	rate    bool // there is room for the requests per second
	compact bool // few lines and columns: what passed takes one line
}

const (
	shareWidth    = 7
	observedWidth = 10
	rateWidth     = 8
	latencyWidth  = 9
	errorsWidth   = 9
	driftWidth    = 7
	mostTrack     = 101
)

func layoutFor(width int) layout {
	l := layout{width: width, name: 13, compact: width < 100}
	if width >= 100 {
		l.name, l.rate = 24, true
	}
	used := 1 + l.name + shareWidth + observedWidth + latencyWidth + errorsWidth + driftWidth
	if l.rate {
		used += rateWidth
	}
	l.track = min(max(width-used, 11), mostTrack)
	return l
}

// page gathers the lines of a frame.
type page struct {
	theme *theme.Theme
	now   time.Time // of the frame
	layout
	lines []string
}

// value is one figure with its look.
type value struct {
	text  string
	style theme.Style
}

// figures are the measurements of one variant.
type figures struct{ observed, rate, p95, errors, drift value }

// head draws the banner, the titles and one bar for each variant.
func (s *Screen) head(p *page, f ui.Frame) {
	th := p.theme
	if b := s.banner(); b != "" {
		line := th.Glyphs.Warn + " " + views.Words(th, b)
		p.lines = append(p.lines, " "+th.Warn.Paint(draw.Truncate(line, p.width-2, th.Glyphs.Ellipsis)))
	}
	title := draw.Pad("configured", p.name+p.track, draw.Left) + draw.Pad("share", shareWidth, draw.Right) + draw.Pad("observed", observedWidth, draw.Right)
	if p.rate {
		title += draw.Pad("req/s", rateWidth, draw.Right)
	}
	title += draw.Pad(s.latencyName(), latencyWidth-1, draw.Right) + " " + draw.Pad("errors", errorsWidth-1, draw.Right) + " " + draw.Pad("drift", driftWidth-1, draw.Right)
	p.lines = append(p.lines, " "+th.Header.Paint(title))
	start := 0.0
	for i, v := range s.row.Deployment.Variants {
		p.lines = append(p.lines, s.barLine(p, i, v, start))
		start += v.Weight
	}
	switch why := s.row.Deployment.Uncounted; {
	case len(s.row.Observed) > 0:
		p.lines = append(p.lines, s.observedLine(p))
	case why != "":
		line := draw.Pad("observed", p.name, draw.Left) + th.Glyphs.Missing + " not counted: " + draw.Sanitize(why)
		p.lines = append(p.lines, " "+th.Faint.Paint(draw.Truncate(line, p.width-2, th.Glyphs.Ellipsis)))
	}
	if age := s.ages(f); age != "" {
		p.lines = append(p.lines, " "+th.Faint.Paint(draw.Truncate(age, p.width-2, th.Glyphs.Ellipsis)))
	}
}

// ages says how old the data is when it is too old to trust.
func (s *Screen) ages(f ui.Frame) string {
	g := f.Theme.Glyphs
	text := ""
	if views.Stale(f.Now, s.row.ListedAt) {
		text = "stale: configured as of " + views.Age(f.Now, s.row.ListedAt, g) + " ago"
	}
	switch {
	case s.row.SignalsAt.IsZero():
		return join(text, "no signals have been read")
	case views.Stale(f.Now, s.row.SignalsAt):
		return join(text, "signals stale "+views.Age(f.Now, s.row.SignalsAt, g))
	}
	return text
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// observedLine is the shares that the variants really got over the last
// minute, in the columns of the bars.
func (s *Screen) observedLine(p *page) string {
	th := p.theme
	style := th.Dim
	if views.Stale(p.now, s.row.SignalsAt) {
		style = th.Faint
	}
	shares := make([]float64, len(s.row.Deployment.Variants))
	for i, v := range s.row.Deployment.Variants {
		shares[i] = s.row.Observed[v.Name]
	}
	return " " + style.Paint(draw.Pad("observed", p.name, draw.Left)) + widget.SplitBar(th, shares, p.track) + style.Paint("  over the last minute")
}

func (s *Screen) barLine(p *page, i int, v backends.Variant, start float64) string {
	th, c := p.theme, s.figures(p, v)
	name := draw.Fit(views.VariantPlain(v), p.name-1, draw.Left, th.Glyphs.Ellipsis) + " "
	share := value{backends.FormatWeight(v.Weight) + " %", th.Title}
	if views.Stale(p.now, s.row.ListedAt) {
		share.style = th.Faint
	}
	line := " " + th.Variant(i).Paint(name) + widget.ShareBar(th, i, start/100, v.Weight/100, p.track) +
		share.cell(shareWidth) + c.observed.cell(observedWidth)
	if p.rate {
		line += c.rate.cell(rateWidth)
	}
	return line + c.p95.marked(th, latencyWidth) + c.errors.marked(th, errorsWidth) + c.drift.marked(th, driftWidth)
}

func (v value) cell(width int) string {
	return v.style.Paint(draw.Fit(v.text, width, draw.Right, ""))
}

// marked adds an arrow when the value is worse than stable's.
func (v value) marked(t *theme.Theme, width int) string {
	mark := " "
	if v.style == t.Warn {
		mark = t.Glyphs.Up
	}
	return v.style.Paint(draw.Fit(v.text, width-1, draw.Right, "") + mark)
}

// figures measures a variant; what is clearly worse than stable is marked, and
// what is old is faint.
func (s *Screen) figures(p *page, v backends.Variant) figures {
	th := p.theme
	g := th.Glyphs
	its, stable := s.row.Signal(v.Name), s.row.Signal(backends.Stable)
	latency, _ := views.Latency(its, views.MeanOnly(&s.row))
	c := figures{
		observed: value{text: g.Missing}, rate: value{text: draw.Rate(its.RPS, g)}, p95: value{text: draw.Latency(latency, g)},
		errors: value{text: draw.Percent(its.ErrorRatio, g)}, drift: value{text: g.Missing},
	}
	if share, known := s.row.Observed[v.Name]; known {
		c.observed.text = fmt.Sprintf("%.1f %%", share)
	}
	if !backends.Missing(its.DriftPSI) {
		c.drift.text = strconv.FormatFloat(its.DriftPSI, 'f', 2, 64)
	}
	if views.Stale(p.now, s.row.SignalsAt) {
		c.observed.style, c.rate.style, c.p95.style, c.errors.style, c.drift.style = th.Faint, th.Faint, th.Faint, th.Faint, th.Faint
		return c
	}
	if its.P95 > 1.2*stable.P95 && its.P95-stable.P95 > 0.005 {
		c.p95.style = th.Warn
	}
	if worseErrors(its.ErrorRatio, stable.ErrorRatio) {
		c.errors.style = th.Warn
	}
	if its.DriftPSI >= fleet.DriftWarn {
		c.drift.style = th.Warn
	}
	return c
}

// latencyName is the name of the latency in the table.
func (s *Screen) latencyName() string {
	_, name := views.Latency(backends.Signals{}, views.MeanOnly(&s.row))
	return name
}

// worseErrors reports whether a share of failures is clearly above that of stable.
func worseErrors(its, stable float64) bool { return its > 1.5*stable && its-stable > 0.001 }

// trackLines draws the proposal, each track right below its bar's columns.
func (s *Screen) trackLines(p *page) {
	th := p.theme
	p.lines = append(p.lines, "", " "+th.Header.Paint(draw.Pad("proposed", p.name+p.track, draw.Left)))
	s.tracks.left = 1 + p.name
	for i, v := range s.row.Deployment.Variants {
		s.tracks.rows = append(s.tracks.rows, len(p.lines))
		p.lines = append(p.lines, s.trackLine(p, i, v))
	}
}

func (s *Screen) trackLine(p *page, i int, v backends.Variant) string {
	th := p.theme
	cursor, style := " ", th.Variant(i)
	if i == s.slider.Focus() {
		cursor, style = th.Key.Paint(th.Glyphs.Cursor), style.With(th.Key)
	}
	after := s.proposal()[v.Name]
	share, note := value{text: backends.FormatWeight(after) + " %", style: th.Dim}, ""
	if delta := after - v.Weight; delta > 0.004 || delta < -0.004 {
		share.style = th.Title
		note = "  " + plus(delta) + s.load(after)
	} else if i == 0 {
		note = "  stable gets the rest"
	}
	if s.slider.Locked(i) {
		note += "  locked"
	}
	name := draw.Fit(views.VariantPlain(v), p.name-1, draw.Left, th.Glyphs.Ellipsis) + " "
	room := p.width - 1 - p.name - p.track - shareWidth
	note = draw.Truncate(views.Words(th, note), room, th.Glyphs.Ellipsis)
	return cursor + style.Paint(name) + s.slider.Track(th, i) + share.cell(shareWidth) + th.Dim.Paint(note)
}

func plus(delta float64) string {
	if delta > 0 {
		return "+" + backends.FormatWeight(delta)
	}
	return backends.FormatWeight(delta)
}

// load is what a share means in requests, "" when the traffic is not known.
func (s *Screen) load(percent float64) string {
	total := s.row.Signal("").RPS
	if backends.Missing(total) {
		return ""
	}
	return fmt.Sprintf(", about %.1f requests/s", total*percent/100)
}
