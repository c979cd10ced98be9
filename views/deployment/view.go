package deployment

import (
	"strings"

	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
)

const (
	asideFrom  = 140 // columns from which the lists stand beside the charts
	asideLeast = 56
	asideMost  = 72
	leastChart = 3 // lines of a chart with its title
	notedChart = 5 // lines from which on it has room for what its figures leave out
	laneLines  = 2 // the marks and the time below the charts
)

// layout is where the charts of the last frame are.
type layout struct {
	width  int
	top    int // first line of the charts
	plot   int // columns of a chart with its axis
	charts []placed
}

// placed is a chart on screen.
type placed struct {
	chart  stop
	height int
}

// cache holds the lines of the last frame and what they were drawn from.
type cache struct {
	frame    ui.Frame
	revision uint64
	lines    []string
}

// View draws the head, and below it the charts with the lists beside them; in
// a narrow frame the charts or one of the lists.
func (s *Screen) View(f ui.Frame) []string {
	s.looked = true
	if f.Plain {
		return s.plain(f)
	}
	if s.cache.lines != nil && s.cache.frame == f && s.cache.revision == s.revision {
		return s.cache.lines
	}
	s.layout = layout{width: f.Width}
	lines := s.draw(f)
	s.cache = cache{f, s.revision, lines}
	return lines
}

func (s *Screen) draw(f ui.Frame) []string {
	if !s.known {
		return draw.FitLines(f.Theme, s.absent(f), f.Width, f.Height)
	}
	lines := make([]string, 0, f.Height)
	lines = append(lines, s.stateLine(f), s.timeLine(f))
	if !s.full && f.Width < asideFrom {
		lines = append(lines, s.summary(f)...)
	}
	s.layout.top = len(lines)
	height := f.Height - len(lines)
	switch {
	case s.full || f.Width < asideFrom:
		return append(lines, s.pane(f, f.Width, height)...)
	default:
		aside := min(max(f.Width*2/5, asideLeast), asideMost)
		plot := f.Width - aside - 2
		rule := f.Theme.Border.Paint(f.Theme.Glyphs.V) + " "
		bar := make([]string, height)
		for i := range bar {
			bar[i] = rule
		}
		return append(lines, draw.JoinColumns(height,
			draw.Pane{Lines: s.charts(f, plot, height), Width: plot}, draw.Pane{Lines: bar, Width: 2},
			draw.Pane{Lines: s.aside(f, aside, height), Width: aside})...)
	}
}

// pane is what has the focus: one chart or all of them, or a list.
func (s *Screen) pane(f ui.Frame, width, height int) []string {
	if s.focus.isChart() {
		return s.charts(f, width, height)
	}
	return s.section(f, s.list(f, s.focus, width), width, height)
}

// charts draws the charts above one lane of marks and one line of time.
func (s *Screen) charts(f ui.Frame, width, height int) []string {
	s.columns = width - widget.ChartAxis
	s.layout.plot = width
	s.layout.charts = s.place(height - laneLines)
	lines := make([]string, 0, height)
	for _, c := range s.layout.charts {
		lines = append(lines, s.chart(f, c, width)...)
	}
	lines = append(lines, s.lane(f, width)...)
	return draw.FitLines(f.Theme, lines, width, height)
}

// place divides the lines among the charts: evenly, or when that would make
// all of them small, most to the one that has the focus.
func (s *Screen) place(height int) []placed {
	const roomy = 6
	focus := s.focus
	if !focus.isChart() {
		focus = firstChart
	}
	if s.full {
		return []placed{{focus, height}}
	}
	count := min(max(height/leastChart, 1), len(kinds))
	first := min(max(focus-stop(count)+1, firstChart), lastChart-stop(count)+1)
	each := leastChart
	if height/count >= roomy {
		each = height / count
	}
	out := make([]placed, count)
	for i := range out {
		out[i] = placed{first + stop(i), each}
		if out[i].chart == focus {
			out[i].height = height - each*(count-1)
		}
	}
	return out
}

// chart draws one chart; its title stands in the line of its legend.
func (s *Screen) chart(f ui.Frame, at placed, width int) []string {
	th := f.Theme
	p := &s.panels[at.chart]
	status, stale := s.status(f, p)
	height := at.height
	note := s.limits(p)
	if height < notedChart || note == "" {
		note = ""
	} else {
		height-- // for the note
	}
	lines := p.draw(th, &s.axis, stale, s.reason(p), width, height)
	legend := strings.TrimRight(strings.TrimPrefix(lines[0], draw.Spaces(widget.ChartAxis)), " ")
	title := s.title(th, at.chart, p.title)
	out := make([]string, 0, at.height)
	out = append(out, draw.Ends(draw.Pad(title, widget.ChartAxis+1, draw.Left)+legend, "  "+status, width, th.Glyphs.Ellipsis))
	if note != "" {
		out = append(out, draw.Spaces(widget.ChartAxis)+th.Dim.Paint(draw.Truncate(note, width-widget.ChartAxis, th.Glyphs.Ellipsis)))
	}
	return append(out, lines[1:]...)
}

// title marks what has the focus.
func (s *Screen) title(th *theme.Theme, at stop, text string) string {
	if at == s.focus {
		return th.BorderFocus.Paint(th.Glyphs.Cursor + text)
	}
	return " " + th.Title.Paint(text)
}

// lane is the line of what was changed and what fired, and the line of the
// time: those of a chart without series.
func (s *Screen) lane(f ui.Frame, width int) []string {
	th := f.Theme
	chart := widget.Chart{From: s.axis.from.UnixMilli(), To: s.axis.to.UnixMilli(), Location: f.Now.Location(), Marks: s.timeline.marks(&s.row)}
	lines := chart.View(th, width, 2+laneLines)[2:]
	label := th.Dim.Paint("changes")
	if s.timeline.err != nil {
		label = th.Warn.Paint("unread" + th.Glyphs.Ellipsis)
	}
	lines[0] = draw.Pad(label, widget.ChartAxis, draw.Left) + strings.TrimPrefix(lines[0], draw.Spaces(widget.ChartAxis))
	return lines
}

// absent is the screen of a deployment that nobody has told about.
func (s *Screen) absent(f ui.Frame) []string {
	name := draw.Sanitize(s.name)
	lines := []string{"", " No deployment " + name + " is known."}
	if snapshot := s.deps.Snapshot(); snapshot != nil {
		for _, src := range snapshot.Sources {
			line := " " + draw.Sanitize(src.Name) + " is " + src.State.String()
			if src.Err != nil {
				line += ": " + draw.Sanitize(src.Err.Error())
			}
			lines = append(lines, f.Theme.Dim.Paint(line))
		}
	}
	return append(lines, "", " "+f.Theme.Key.Paint("r")+" asks again, "+f.Theme.Key.Paint("esc")+" leads back.")
}
