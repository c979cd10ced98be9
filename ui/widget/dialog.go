package widget

import (
	"fmt"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// Button is one answer of a dialog. Key is the key that gives it, shown beside its label.
type Button struct {
	Key, Label string
}

// Input is the line in which a name must be typed to confirm.
type Input struct {
	Label string // what to type: "type model-api to confirm"
	Value string // what was typed so far; sanitised
	Want  string // what confirms; "" accepts anything
}

// Matches reports whether the typed text confirms.
func (i Input) Matches() bool {
	return i.Want == "" && i.Value != "" || i.Want != "" && i.Value == i.Want
}

// Dialog is a question over the screen.
type Dialog struct {
	Title   string
	Body    []string // plain or painted; lines that are too wide are wrapped when plain, cut when painted
	Foot    []string // below the body, always in full; painted, no wider than the body
	Scroll  *Scroll  // nil cuts the middle out of a body that is too long
	Input   *Input   // nil without one
	Buttons []Button
	Focus   int // the focused button, -1 for none; make it the harmless one
	Danger  bool
	Note    string // a last line in a dim style: why a button does nothing yet, a countdown
}

// Scroll is where a long body stands. The view sets what it needs to be moved.
type Scroll struct {
	Top      int    // first line on screen
	Page     int    // lines on screen, set by the view
	Last     int    // the greatest Top, set by the view; 0 when all is on screen
	Down, Up string // the keys that move it, as they are told
}

// To moves to a line, as far as there are any.
func (s *Scroll) To(line int) { s.Top = max(min(line, s.Last), 0) }

// View returns the framed dialog, as wide and high as its content needs and at most maxWidth × maxHeight. A body that is
// too long is scrolled, or its middle is cut; a line says how much is not shown. The input and the buttons always show.
func (d Dialog) View(t *theme.Theme, maxWidth, maxHeight int) []string {
	if maxWidth < 8 || maxHeight < 3 {
		return nil
	}
	buttons := d.buttonLine(t)
	width := max(draw.Width(d.Title)+4, draw.Width(buttons)+4, 24)
	for _, lines := range [][]string{d.Body, d.Foot} {
		for _, line := range lines {
			width = max(width, draw.Width(line)+4)
		}
	}
	if d.Scroll != nil && len(d.Body) > maxHeight-4 {
		width = max(width, widestHidden)
	}
	if d.Input != nil {
		width = max(width, draw.Width(d.Input.Label)+4, draw.Width(d.Input.Want)+8)
	}
	width = min(width, maxWidth)
	inner := width - 4
	tail := append([]string{}, d.Foot...)
	tail = append(tail, d.inputLines(t, inner)...)
	if len(d.Buttons) > 0 {
		tail = append(tail, "", buttons)
	}
	if d.Note != "" {
		for _, line := range draw.Wrap(d.Note, inner) {
			tail = append(tail, t.Dim.Paint(line))
		}
	}
	room := maxHeight - 2 - len(tail)
	lines := append(d.bodyLines(t, inner, room), tail...)
	for i := range lines {
		lines[i] = " " + draw.Fit(lines[i], inner, draw.Left, t.Glyphs.Ellipsis) + " "
	}
	height := min(len(lines)+2, maxHeight)
	return draw.Box(t, draw.BoxOptions{Title: d.Title, Focus: true, Danger: d.Danger}, lines, width, height)
}

func (d Dialog) bodyLines(t *theme.Theme, inner, room int) []string {
	var lines []string
	for _, line := range d.Body {
		if draw.Width(line) <= inner || draw.IsPainted(line) {
			lines = append(lines, line)
			continue
		}
		lines = append(lines, draw.Wrap(line, inner)...)
	}
	if d.Scroll != nil {
		return d.Scroll.window(t, lines, room)
	}
	if len(lines) <= room {
		return lines
	}
	if room < 2 {
		return lines[:max(room, 0)]
	}
	head := (room - 1) * 2 / 3
	rest := room - 1 - head
	out := append([]string{}, lines[:head]...)
	out = append(out, moreLines(len(lines)-head-rest))
	return append(out, lines[len(lines)-rest:]...)
}

// window is the part of the lines that is on screen, with a line that tells how many are not.
func (s *Scroll) window(t *theme.Theme, lines []string, room int) []string {
	s.Page, s.Last = max(room-1, 1), 0
	if len(lines) > room {
		s.Last = len(lines) - s.Page
	}
	s.To(s.Top)
	switch {
	case s.Last == 0:
		return lines
	case room < 2:
		return lines[s.Top:][:max(room, 0)]
	}
	out := append([]string{}, lines[s.Top:s.Top+s.Page]...)
	return append(out, t.Dim.Paint(s.hidden()))
}

// widestHidden has room for the longest of what hidden says, in a frame.
const widestHidden = 54

// hidden tells how many lines are not on screen, and the keys that lead to them.
func (s *Scroll) hidden() string {
	above, below := s.Top, s.Last-s.Top
	switch {
	case above == 0:
		return fmt.Sprintf("(%s below: %s)", more(below), s.Down)
	case below == 0:
		return fmt.Sprintf("(%s above: %s)", more(above), s.Up)
	}
	return fmt.Sprintf("(%s above: %s, %d below: %s)", more(above), s.Up, below, s.Down)
}

func (d Dialog) inputLines(t *theme.Theme, inner int) []string {
	if d.Input == nil {
		return nil
	}
	style, mark := t.Warn, t.Glyphs.Next
	if d.Input.Matches() {
		style, mark = t.OK, t.Glyphs.Check
	}
	room := max(inner-4, 1)
	value := d.Input.Value
	if w := draw.Width(value); w > room-1 {
		value = draw.Cut(value, w-room+1, w)
	}
	field := t.Key.Paint(">") + " " + style.Paint(value) + t.Selected.Paint(" ")
	return []string{"", d.Input.Label, draw.Pad(field, inner-1, draw.Left) + style.Paint(mark)}
}

func (d Dialog) buttonLine(t *theme.Theme) string {
	buf := []byte{}
	for i, b := range d.Buttons {
		if i > 0 {
			buf = append(buf, "  "...)
		}
		label := "[" + b.Key + "] " + b.Label
		if i == d.Focus {
			buf = t.ButtonFocus.Append(buf, t.Glyphs.Cursor+label+" ")
			continue
		}
		buf = t.Button.Append(buf, " "+label+" ")
	}
	return string(buf)
}
