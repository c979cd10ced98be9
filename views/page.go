package views

import (
	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// Page gathers lines of text that are wrapped to a width.
type Page struct {
	Theme *theme.Theme
	Width int // columns, from 20 on
	Label int // columns of the names of fields
	Lines []string
}

// Free adds an empty line.
func (p *Page) Free() { p.Lines = append(p.Lines, "") }

// Text adds a sentence, sanitised; nothing for "".
func (p *Page) Text(style theme.Style, text string) {
	if text == "" {
		return
	}
	for _, part := range draw.Wrap(Words(p.Theme, text), p.Width-1) {
		p.Lines = append(p.Lines, " "+style.Paint(part))
	}
}

// Field adds a name and what belongs to it, both sanitised; nothing for "".
func (p *Page) Field(name, text string) {
	if text == "" {
		return
	}
	name = draw.SanitizeLine(name, max(p.Label, 1))
	for i, part := range draw.Wrap(Words(p.Theme, text), max(p.Width-p.Label-3, 10)) {
		if i > 0 {
			name = ""
		}
		p.Lines = append(p.Lines, "   "+p.Theme.Dim.Paint(draw.Pad(name, p.Label, draw.Left))+part)
	}
}
