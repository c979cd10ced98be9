package explain

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"pitwall/backends/explain"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
)

const (
	headLines = 2
	indent    = 6   // columns before detail and next
	widest    = 120 // columns in which text is wrapped: longer lines are hard to read
)

// View draws the state of the deployment and the evidence, the most telling
// first, scrolled to what the cursor is on.
func (s *Screen) View(f ui.Frame) []string {
	s.seen = true
	if f.Plain {
		return s.plain(f)
	}
	var body []string
	s.tops = s.tops[:0]
	for i, e := range s.evidence {
		s.tops = append(s.tops, len(body))
		body = append(body, s.block(f, i, e)...)
	}
	room := max(f.Height-headLines-len(s.foot(f)), 1)
	s.offset = s.scrolled(len(body), room)
	if len(s.evidence) == 0 {
		body = s.absent(f)
	}
	lines := append(make([]string, 0, f.Height), s.head(f), s.position(f, len(body), room))
	lines = append(lines, draw.FitLines(f.Theme, body[min(s.offset, len(body)):], f.Width, room)...)
	lines = append(lines, s.foot(f)...)
	return draw.FitLines(f.Theme, lines, f.Width, f.Height)
}

// position tells which evidence is on screen when not all of it is.
func (s *Screen) position(f ui.Frame, lines, room int) string {
	if lines <= room {
		return ""
	}
	first, last := len(s.tops), 0
	for i, top := range s.tops {
		if top >= s.offset && top < s.offset+room {
			first, last = min(first, i+1), i+1
		}
	}
	return draw.Ends("", f.Theme.Dim.Paint(fmt.Sprintf("%d-%d of %d ", first, last, len(s.tops))), f.Width, "")
}

// scrolled is the first line on screen, so that the evidence under the cursor
// is there in full when there is room for it.
func (s *Screen) scrolled(lines, room int) int {
	offset := min(s.offset, max(lines-room, 0))
	if s.cursor >= len(s.tops) {
		return offset
	}
	top, end := s.tops[s.cursor], lines
	if s.cursor+1 < len(s.tops) {
		end = s.tops[s.cursor+1] - 1 // without the free line
	}
	return min(max(offset, end-room), top)
}

// head is the state of the deployment and the age of the evidence.
func (s *Screen) head(f ui.Frame) string {
	th := f.Theme
	if !s.found {
		return ""
	}
	left := " " + views.StateText(th, s.row.State)
	if since := s.row.Since; !since.IsZero() {
		left += th.Dim.Paint(" for " + draw.Age(f.Now.Sub(since)))
	}
	if s.row.Reason != "" {
		left += "  " + views.Words(th, s.row.Reason)
	}
	return draw.Ends(left, "  "+s.status(f)+" ", f.Width, th.Glyphs.Ellipsis)
}

// status is the age of the evidence.
func (s *Screen) status(f ui.Frame) string {
	th := f.Theme
	age := f.Now.Sub(s.at)
	switch {
	case s.at.IsZero():
		return th.Dim.Paint("looking")
	case age <= 2*every:
		return th.OK.Paint("live")
	case views.Stale(f.Now, s.at):
		return th.Warn.Paint("stale " + draw.Age(age))
	default:
		return th.Dim.Paint(draw.Age(age))
	}
}

// block is one piece of evidence: title, detail, what to do next with the key
// that does it, and a free line.
func (s *Screen) block(f ui.Frame, i int, e explain.Evidence) []string {
	th := f.Theme
	mark := " "
	if i == s.cursor {
		mark = th.BorderFocus.Paint(th.Glyphs.Cursor)
	}
	lead := mark + draw.Fit(strconv.Itoa(e.Rank), 2, draw.Right, "") + " " + views.StateText(th, e.State) + "  "
	began := s.began(f, e)
	left := draw.Width(lead)
	var lines []string
	for part, text := range draw.Wrap(views.Words(th, e.Title), min(f.Width, widest)-left-draw.Width(began)) {
		if part == 0 {
			lines = append(lines, draw.Ends(lead+th.Title.Paint(text), began, f.Width, th.Glyphs.Ellipsis))
			continue
		}
		lines = append(lines, draw.Spaces(left)+th.Title.Paint(text))
	}
	if i == s.cursor {
		lines[0] = th.Selected.Around(lines[0])
	}
	width := min(f.Width, widest) - indent - 1
	if e.Detail != "" {
		for _, part := range draw.Wrap(views.Words(th, e.Detail), width) {
			lines = append(lines, draw.Spaces(indent)+part)
		}
	}
	return append(append(lines, s.next(f, e, width)...), "")
}

// began is when it began and how long ago, or in a narrow frame only the latter.
func (s *Screen) began(f ui.Frame, e explain.Evidence) string {
	if e.Since.IsZero() {
		return ""
	}
	return "  " + f.Theme.Dim.Paint(when(f, e, f.Width >= 100)) + " "
}

// when is how long ago something began, and at what time where its title does
// not tell that already.
func when(f ui.Frame, e explain.Evidence, withTime bool) string {
	text := draw.Age(f.Now.Sub(e.Since)) + " ago"
	if since := "since " + e.Since.In(f.Now.Location()).Format(time.TimeOnly); withTime && !strings.Contains(e.Title, since) {
		return since + ", " + text
	}
	return text
}

// next is what to do, and the keys that do it or lead there: on the same line
// where there is room.
func (s *Screen) next(f ui.Frame, e explain.Evidence, width int) []string {
	th := f.Theme
	const label = "next: "
	var lines []string
	for i, part := range draw.Wrap(views.Words(th, e.Next), width-len(label)) {
		lead := draw.Spaces(len(label))
		if i == 0 {
			lead = th.Dim.Paint(label)
		}
		lines = append(lines, draw.Spaces(indent)+lead+part)
	}
	keys := th.Key.Paint("enter") + " " + draw.Sanitize(e.Screen)
	if key, help, off := s.keyFor(e); key != "" {
		text := th.Key.Paint(key) + " " + help
		if off != "" {
			text = th.Faint.Paint(key+" "+help) + th.Dim.Paint(" off: "+draw.Sanitize(off))
		}
		keys = text + "   " + keys
	}
	if last := &lines[len(lines)-1]; draw.Width(*last)+4+draw.Width(keys) < f.Width {
		*last += "    " + keys
		return lines
	}
	return append(lines, draw.Spaces(indent+len(label))+keys)
}

// keyFor is the key of the evidence's action and why it is off. A key that
// would run the action of other evidence is not shown as this one's.
func (s *Screen) keyFor(e explain.Evidence) (key, help, off string) {
	if e.Action == nil {
		return "", "", ""
	}
	wanted, ok := cureOf(*e.Action)
	if !ok {
		return "", "", ""
	}
	for _, c := range s.cures() {
		if c.key == wanted.key && c.help == wanted.help && c.about == wanted.about {
			return c.key, c.help, s.off(c.change.Op)
		}
	}
	return wanted.key, wanted.help, "move the cursor here first"
}

// foot says what could not be read.
func (s *Screen) foot(f ui.Frame) []string {
	if s.err == nil {
		return nil
	}
	th := f.Theme
	var lines []string
	for _, text := range draw.SanitizeLines(s.err.Error(), 4) {
		lines = append(lines, " "+th.Warn.Paint(th.Glyphs.Warn+" "+text))
	}
	return lines
}

// absent says why there is no evidence yet.
func (s *Screen) absent(f ui.Frame) []string {
	if s.found {
		return []string{" " + f.Theme.Dim.Paint("looking at signals, replicas, alerts, events, the journal and memory of "+draw.Sanitize(s.name))}
	}
	return []string{" No deployment " + draw.Sanitize(s.name) + " is known.", "",
		" " + f.Theme.Key.Paint("r") + " asks again, " + f.Theme.Key.Paint("esc") + " leads back."}
}

// plain says the evidence as sentences.
func (s *Screen) plain(f ui.Frame) []string {
	if len(s.evidence) == 0 {
		return s.absent(f)
	}
	state := draw.Sanitize(s.name) + ": " + s.row.State.String()
	if s.row.Reason != "" {
		state += ", " + draw.Sanitize(s.row.Reason)
	}
	lines := []string{state}
	for _, e := range s.evidence {
		line := fmt.Sprintf("%d. %s: %s", e.Rank, e.State, draw.Sanitize(e.Title))
		if !e.Since.IsZero() {
			line += " (" + when(f, e, true) + ")"
		}
		lines = append(lines, "", line)
		if e.Detail != "" {
			lines = append(lines, "Detail: "+draw.Sanitize(e.Detail))
		}
		next := "Next: " + draw.Sanitize(e.Next)
		if e.Action != nil {
			if c, ok := cureOf(*e.Action); ok {
				next += " (key " + c.key + ", " + draw.Sanitize(c.help) + ")"
			}
		}
		lines = append(lines, next, "See: "+draw.Sanitize(e.Screen))
	}
	if s.err != nil {
		lines = append(lines, "", "Not everything could be read: "+strings.Join(draw.SanitizeLines(s.err.Error(), 4), "; "))
	}
	return lines
}
