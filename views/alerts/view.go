package alerts

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

const (
	topLines   = 1
	wideFrom   = 120 // columns from which the timeline stands beside the alerts
	detailMost = 14
)

// area is a rectangle of the screen, in cells from its top left corner.
type area struct{ x, y, width, height int }

func (a area) holds(x, y int) bool {
	return x >= a.x && x < a.x+a.width && y >= a.y && y < a.y+a.height
}

// places is where the panes are.
type places struct{ firing, detail, timeline area }

// arrange places the panes: the timeline at the right, or below.
func arrange(width, height, alerts int) places {
	rows := max(min(alerts, height/3-2), 3) + 3 // with header and frame
	body := height - topLines
	if width >= wideFrom {
		left := width / 2
		list := body - min(detailMost, body/2)
		return places{area{0, topLines, left, list}, area{0, topLines + list, left, body - list}, area{left, topLines, width - left, body}}
	}
	detail := min(detailMost, max((body-rows)/3, 4))
	return places{area{0, topLines, width, rows}, area{0, topLines + rows, width, detail},
		area{0, topLines + rows + detail, width, body - rows - detail}}
}

// View draws the summary, the alerts, what the row under the cursor says in
// full, and the timeline.
func (s *Screen) View(f ui.Frame) []string {
	s.looked = true
	if f.Plain {
		return s.plain(f)
	}
	if s.cache.lines != nil && s.cache.frame == f && s.cache.revision == s.revision {
		return s.cache.lines
	}
	s.look = look{f.Theme, f.Now}
	p := arrange(f.Width, f.Height, len(s.alerts))
	firing, detail, timeline := s.firingBox(f, p.firing), s.detailBox(f, p.detail), s.timelineBox(f, p.timeline)
	lines := append(make([]string, 0, f.Height), s.top(f))
	left := append(firing, detail...)
	if p.timeline.x > 0 {
		lines = append(lines, draw.JoinColumns(f.Height-topLines, draw.Pane{Lines: left, Width: p.firing.width},
			draw.Pane{Lines: timeline, Width: p.timeline.width})...)
	} else {
		lines = append(append(lines, left...), timeline...)
	}
	s.cache.frame, s.cache.revision, s.cache.lines, s.cache.places = f, s.revision, lines, p
	return lines
}

// top is the note while it is typed, else how many alerts there are and how
// old that is.
func (s *Screen) top(f ui.Frame) string {
	th := f.Theme
	if s.note.Typing() {
		return s.note.View(th, f.Width)
	}
	k := known(s.snapshot)
	right := th.Dim.Paint("as of " + views.Age(f.Now, k.at, th.Glyphs) + " ago ")
	if !k.current {
		right = th.Warn.Paint(th.Glyphs.Unknown+" may be out of date: "+views.Words(th, k.words)) + " "
	}
	return draw.Ends(" "+s.summary(th, k), right, f.Width, th.Glyphs.Ellipsis)
}

// summary is "✗ 1 critical  ▲ 1 warning".
func (s *Screen) summary(th *theme.Theme, k knowledge) string {
	about := ""
	if s.name != "" {
		about = draw.TruncateMiddle(draw.Sanitize(s.name), 32, th.Glyphs.Ellipsis) + ": "
	}
	if len(s.alerts) == 0 {
		if k.current {
			return about + "no alerts"
		}
		return about + "alerts unknown"
	}
	var parts []string
	for i := 0; i < len(s.alerts); {
		a, n := s.alerts[i], 0
		for ; i < len(s.alerts) && severityText(s.alerts[i]) == severityText(a); i++ {
			n++
		}
		glyph, style := views.AlertLook(th, a)
		parts = append(parts, style.Paint(glyph+" "+strconv.Itoa(n)+" "+severityText(a)))
	}
	return about + strings.Join(parts, "  ")
}

func (s *Screen) firingBox(f ui.Frame, a area) []string {
	s.firing.SetSize(a.width-2, a.height-2)
	if len(s.alerts) == 0 {
		lines := nothing(known(s.snapshot), f.Theme, f.Now)
		if _, found := s.snapshot.Row(s.name); s.name != "" && !found {
			lines = []string{"", "There is no deployment " + draw.Sanitize(s.name) + " now."}
		}
		if len(lines) > a.height-3 {
			lines = lines[1:] // without the blank one
		}
		s.firing.SetEmpty(lines...)
	}
	return draw.Box(f.Theme, draw.BoxOptions{Title: "alerts", Focus: !s.inTimeline}, s.firing.View(f.Theme), a.width, a.height)
}

func (s *Screen) timelineBox(f ui.Frame, a area) []string {
	th := f.Theme
	s.timeline.SetSize(a.width-2, a.height-2)
	s.timeline.SetEmpty(s.noTimeline(th)...)
	o := draw.BoxOptions{Title: "timeline, newest first", Focus: s.inTimeline}
	switch {
	case s.err != nil:
		room := max(a.width-40, 12)
		o.Status = th.Fail.Paint(th.Glyphs.Fail + " " + draw.Truncate(views.Words(th, s.err.Error()), room, th.Glyphs.Ellipsis))
	case !s.at.IsZero():
		o.Status = "24h"
	}
	return draw.Box(th, o, s.timeline.View(th), a.width, a.height)
}

// noTimeline says why the timeline is empty.
func (s *Screen) noTimeline(th *theme.Theme) []string {
	switch {
	case s.deps.Events == nil && s.deps.Records == nil:
		return []string{"", "This backend tells no events, and there is no journal."}
	case s.err != nil:
		return []string{"", "What happened is unknown: " + views.Words(th, s.err.Error()), th.Dim.Paint("r asks again")}
	case s.at.IsZero():
		return []string{"", th.Dim.Paint("reading events and journal")}
	default:
		return []string{"", "Nothing happened in the last 24 hours.", th.Dim.Paint("changes, alerts, restarts and notes will stand here")}
	}
}

// detailBox says in full what the row under the cursor says.
func (s *Screen) detailBox(f ui.Frame, a area) []string {
	var title string
	var lines []string
	width := a.width - 4
	if m, ok := s.moment(); ok && s.inTimeline {
		title, lines = draw.SanitizeLine(m.Kind, 40), momentLines(f, m, width)
	} else if al, ok := s.alert(); ok && !s.inTimeline {
		title, lines = draw.SanitizeLine(al.Name, 80), alertLines(f, al, width)
	}
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return draw.Box(f.Theme, draw.BoxOptions{Title: title}, lines, a.width, a.height)
}

// alertLines is the summary, what to do, and the rest of what is known.
func alertLines(f ui.Frame, a backends.Alert, width int) []string {
	th := f.Theme
	lines := draw.Wrap(views.Words(th, cmp.Or(a.Summary, a.Name)), width)
	if a.Runbook != "" {
		for _, part := range draw.Wrap(views.Words(th, "Next: "+a.Runbook), width) {
			lines = append(lines, th.Accent.Paint(part))
		}
	}
	what := draw.SanitizeLine(a.State, 20) + " " + draw.SanitizeLine(a.Severity, 20) + " since " + clockTime(f, a.Since) + ", value " + value(a, th)
	if a.Replica != "" {
		what += ", replica " + draw.SanitizeLine(a.Replica, 120)
	}
	lines = append(lines, draw.Wrap(what, width)...)
	var labels []string
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		labels = append(labels, draw.SanitizeLine(name+"="+a.Labels[name], 200))
	}
	for _, part := range draw.Wrap(strings.Join(labels, " "), width) {
		lines = append(lines, th.Dim.Paint(part))
	}
	return lines
}

func momentLines(f ui.Frame, m *views.Moment, width int) []string {
	th := f.Theme
	lines := draw.Wrap(views.Words(th, m.Text), width)
	if m.Reason != "" && m.Reason != m.Text {
		lines = append(lines, draw.Wrap(views.Words(th, "Reason: "+m.Reason), width)...)
	}
	about := clockTime(f, m.At)
	for _, part := range []string{m.Deployment, m.Variant, m.By} {
		if part != "" {
			about += ", " + draw.SanitizeLine(part, 120)
		}
	}
	for _, part := range draw.Wrap(about+", "+m.State.String(), width) {
		lines = append(lines, th.Dim.Paint(part))
	}
	return lines
}

// clockTime is a moment's time of day, with its date unless it is today.
func clockTime(f ui.Frame, at time.Time) string {
	if at.IsZero() {
		return f.Theme.Glyphs.Missing
	}
	at = at.In(f.Now.Location())
	if at.Format(time.DateOnly) == f.Now.Format(time.DateOnly) {
		return at.Format(time.TimeOnly)
	}
	return at.Format(time.DateTime)
}
