package checklist

import (
	"fmt"
	"strings"

	"pitwall/checklist"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

const (
	headLines  = 1
	besideFrom = 110 // columns from which the evidence stands beside the list
	listWide   = 64
	stateWide  = 10 // "● attested"
)

// look returns the glyph and the style of a state.
func look(t *theme.Theme, s checklist.State) (glyph string, style theme.Style) {
	switch s {
	case checklist.Pass, checklist.Attested:
		return t.Glyphs.Check, t.OK
	case checklist.Waived:
		return t.Glyphs.Paused, t.Info
	case checklist.Warn:
		return t.Glyphs.Warn, t.Warn
	case checklist.Fail:
		return t.Glyphs.Fail, t.Fail
	case checklist.NotApplicable:
		return t.Glyphs.Missing, t.Dim
	}
	return t.Glyphs.Unknown, t.Warn
}

func stateText(t *theme.Theme, s checklist.State) string {
	glyph, style := look(t, s)
	return style.Paint(draw.Pad(glyph+" "+s.String(), stateWide, draw.Left))
}

// View draws how the checklist stands, the items, and the evidence of the one
// under the cursor below them, or beside them on a wide terminal.
func (s *Screen) View(f ui.Frame) []string {
	if f.Plain {
		return s.plain(f)
	}
	lines := append(make([]string, 0, f.Height), s.head(f))
	var foot []string
	if s.form.open {
		foot = s.formLines(f)
	} else if s.err != nil {
		foot = []string{" " + f.Theme.Warn.Paint(f.Theme.Glyphs.Warn+" "+views.Words(f.Theme, s.err.Error()))}
	}
	height := max(f.Height-headLines-len(foot), 1)
	switch {
	case len(s.report.Rows) == 0:
		lines = append(lines, draw.FitLines(f.Theme, s.absent(f), f.Width, height)...)
	case s.step:
		s.lines = s.lines[:0]
		lines = append(lines, s.box(f, f.Width, height)...)
	case f.Width >= besideFrom:
		width := f.Width - listWide - 1
		lines = append(lines, draw.JoinColumns(height, draw.Pane{Lines: s.list(f, listWide, height), Width: listWide},
			draw.Pane{Width: 1}, draw.Pane{Lines: s.box(f, width, height), Width: width})...)
	default:
		below := min(10, height/2)
		lines = append(lines, s.list(f, f.Width, height-below)...)
		lines = append(lines, s.box(f, f.Width, below)...)
	}
	return draw.FitLines(f.Theme, append(lines, foot...), f.Width, f.Height)
}

// head is the subject, the summary and what goes on.
func (s *Screen) head(f ui.Frame) string {
	th := f.Theme
	if len(s.report.Rows) == 0 {
		return ""
	}
	left := " " + th.Title.Paint("variant "+draw.Sanitize(s.subject.Variant)) + " " + draw.Sanitize(s.subject.Runs()) + "  " + views.Words(th, s.report.Summary())
	verdict, style := "holds", th.OK
	if n := len(s.report.Holding()); n > 0 {
		verdict, style = fmt.Sprintf("%d do not hold", n), th.Fail
	}
	right := style.Paint(verdict)
	if s.looking > 0 {
		right = th.Dim.Paint("looking  ") + right
	}
	return draw.Ends(left, "  "+right+" ", f.Width, th.Glyphs.Ellipsis)
}

// list is the items below the headings of their phases, scrolled so that the
// one under the cursor is on screen.
func (s *Screen) list(f ui.Frame, width, height int) []string {
	var all []string
	var of []int
	at, phase := 0, checklist.Phase("")
	for i, row := range s.report.Rows {
		if row.Item.Phase != phase {
			phase = row.Item.Phase
			all, of = append(all, " "+f.Theme.Dim.Paint(phase.Title())), append(of, -1)
		}
		if i == s.cursor {
			at = len(all)
		}
		all, of = append(all, s.line(f, i, row, width)), append(of, i)
	}
	top := at
	if at > 0 && of[at-1] < 0 {
		top = at - 1 // with its heading
	}
	s.offset = max(min(s.offset, top, len(all)-height), at-height+1, 0)
	s.lines = append(s.lines[:0], of[s.offset:min(s.offset+height, len(of))]...)
	return draw.FitLines(f.Theme, all[s.offset:], width, height)
}

func (s *Screen) line(f ui.Frame, i int, row checklist.Row, width int) string {
	th := f.Theme
	mark := " "
	if i == s.cursor {
		mark = th.BorderFocus.Paint(th.Glyphs.Cursor)
	}
	text := mark + " " + stateText(th, row.State) + "  " + draw.Sanitize(row.Item.Title)
	if s.next(row) {
		text += th.Dim.Paint(" " + th.Glyphs.Ellipsis)
	}
	line := draw.Fit(text, width, draw.Left, th.Glyphs.Ellipsis)
	if i == s.cursor {
		line = th.Selected.Around(line)
	}
	return line
}

// next reports whether an item is being looked at for the first time.
func (s *Screen) next(row checklist.Row) bool {
	if s.looking == 0 {
		return false
	}
	for _, e := range row.Evidence {
		if e.At.IsZero() {
			return true
		}
	}
	return false
}

// box is everything about the item under the cursor.
func (s *Screen) box(f ui.Frame, width, height int) []string {
	row, _ := s.chosen()
	glyph, style := look(f.Theme, row.State)
	o := draw.BoxOptions{Title: draw.TruncateMiddle(draw.Sanitize(row.Item.ID), 32, f.Theme.Glyphs.Ellipsis), Status: style.Paint(glyph + " " + row.State.String()), Focus: s.step}
	if s.step {
		o.Title = fmt.Sprintf("%d of %d  %s", s.cursor+1, len(s.report.Rows), o.Title)
	}
	lines := s.about(f, row, width-4)
	s.scroll = max(min(s.scroll, len(lines)-(height-2)), 0)
	lines = lines[s.scroll:]
	if over := len(lines) - (height - 2); over > 0 && height > 2 {
		lines[height-3] = " " + f.Theme.Dim.Paint(fmt.Sprintf("%d more lines, J scrolls", over+1))
	}
	return draw.Box(f.Theme, o, lines, width, height)
}

// absent says why there are no items.
func (s *Screen) absent(f ui.Frame) []string {
	th := f.Theme
	switch {
	case !s.found:
		return []string{" No deployment " + draw.Sanitize(s.name) + " is known.", "", " " + th.Key.Paint("r") + " asks again, " + th.Key.Paint("esc") + " leads back."}
	case s.deps.Checklist == nil:
		return []string{" This console walks no checklist."}
	case s.err != nil:
		lines := []string{" " + th.Fail.Paint(th.Glyphs.Fail+" The checklist cannot be opened:")}
		for _, text := range draw.SanitizeLines(s.err.Error(), 12) {
			for _, part := range draw.Wrap(text, max(f.Width-4, 20)) {
				lines = append(lines, "   "+part)
			}
		}
		return append(lines, "", " "+th.Key.Paint("r")+" tries again.")
	}
	return []string{" " + th.Dim.Paint("reading the checklist of "+draw.Sanitize(s.name))}
}

// plain says the checklist as sentences.
func (s *Screen) plain(f ui.Frame) []string {
	if len(s.report.Rows) == 0 {
		return s.absent(f)
	}
	lines := []string{fmt.Sprintf("Checklist of %s %s, %s: %s", draw.Sanitize(s.name), draw.Sanitize(s.subject.Variant), draw.Sanitize(s.subject.Runs()), draw.Sanitize(s.report.Verdict())), s.report.Summary()}
	phase := checklist.Phase("")
	for _, row := range s.report.Rows {
		if row.Item.Phase != phase {
			phase = row.Item.Phase
			lines = append(lines, "", phase.Title())
		}
		lines = append(lines, fmt.Sprintf("%s: %s: %s", row.State, draw.Sanitize(row.Item.Title), draw.Sanitize(row.Text)))
		if row.Next != "" {
			lines = append(lines, "Next: "+draw.Sanitize(row.Next))
		}
	}
	if s.err != nil {
		lines = append(lines, "", "Not everything worked: "+strings.Join(draw.SanitizeLines(s.err.Error(), 4), "; "))
	}
	if s.form.open {
		lines = append(lines, "", fmt.Sprintf("Signing: %s %s, %s: %s", s.form.verdict, s.form.item.ID, names[s.form.at], s.form.fields[s.form.at]))
	}
	return lines
}
