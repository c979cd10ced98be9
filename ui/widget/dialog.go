package widget

import (
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
	Input   *Input   // nil without one
	Buttons []Button
	Focus   int // the focused button, -1 for none; make it the harmless one
	Danger  bool
	Note    string // a last line in a dim style: why a button does nothing yet, a countdown
}

// View returns the framed dialog, as wide and high as its content needs and at most maxWidth × maxHeight. Of a body
// that is too long the middle is cut, and a line says how much; the input and the buttons always show.
func (d Dialog) View(t *theme.Theme, maxWidth, maxHeight int) []string {
	if maxWidth < 8 || maxHeight < 3 {
		return nil
	}
	buttons := d.buttonLine(t)
	width := max(draw.Width(d.Title)+4, draw.Width(buttons)+4, 24)
	for _, line := range d.Body {
		width = max(width, draw.Width(line)+4)
	}
	if d.Input != nil {
		width = max(width, draw.Width(d.Input.Label)+4, draw.Width(d.Input.Want)+8)
	}
	width = min(width, maxWidth)
	inner := width - 4
	var tail []string
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
	lines := append(d.bodyLines(inner, room), tail...)
	for i := range lines {
		lines[i] = " " + draw.Fit(lines[i], inner, draw.Left, t.Glyphs.Ellipsis) + " "
	}
	height := min(len(lines)+2, maxHeight)
	return draw.Box(t, draw.BoxOptions{Title: d.Title, Focus: true, Danger: d.Danger}, lines, width, height)
}

func (d Dialog) bodyLines(inner, room int) []string {
	var lines []string
	for _, line := range d.Body {
		if draw.Width(line) <= inner || draw.IsPainted(line) {
			lines = append(lines, line)
			continue
		}
		lines = append(lines, draw.Wrap(line, inner)...)
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
