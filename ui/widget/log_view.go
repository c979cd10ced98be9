package widget

import (
	"slices"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// View returns height lines of width columns, the newest at the bottom. Fewer lines stand at the top.
func (p *LogPane) View(t *theme.Theme) []string {
	if p.width < 1 || p.height < 1 {
		return nil
	}
	lines := make([]string, 0, p.height+8)
	for i := p.bottomIndex(); i >= 0 && len(lines) < p.height; i-- {
		n := p.visible[i]
		line := p.at(n)
		if !p.wrap {
			lines = append(lines, p.cutLine(t, line, n == p.hit))
			continue
		}
		rows := p.wrapLine(t, line, n == p.hit)
		slices.Reverse(rows)
		lines = append(lines, rows...)
	}
	lines = lines[:min(len(lines), p.height)]
	slices.Reverse(lines)
	for len(lines) < p.height {
		lines = append(lines, draw.Spaces(p.width))
	}
	return lines
}

// cutLine draws the columns of a line that the window shows.
func (p *LogPane) cutLine(t *theme.Theme, line *LogLine, selected bool) string {
	painted := p.paint(t, line, selected)
	if p.left > 0 {
		painted = draw.Cut(painted, p.left, p.left+p.width)
	}
	return draw.Fit(painted, p.width, draw.Left, t.Glyphs.Ellipsis)
}

// wrapLine breaks a line at the window's width, later rows indented under the text.
func (p *LogPane) wrapLine(t *theme.Theme, line *LogLine, selected bool) []string {
	indent := min(tagWidth(line), p.width/2)
	painted := p.paint(t, line, selected)
	total := draw.Width(painted)
	if total <= p.width {
		return []string{draw.Pad(painted, p.width, draw.Left)}
	}
	rows := []string{draw.Pad(draw.Cut(painted, 0, p.width), p.width, draw.Left)}
	step := max(p.width-indent, 1)
	for at := p.width; at < total; at += step {
		row := draw.Spaces(indent) + draw.Cut(painted, at, at+step)
		rows = append(rows, draw.Fit(row, p.width, draw.Left, ""))
	}
	return rows
}

// rowsOf returns how many rows wrapLine gives a line.
func (p *LogPane) rowsOf(line *LogLine) int {
	rest := tagWidth(line) + draw.Width(line.Text) - p.width
	if rest <= 0 {
		return 1
	}
	step := max(p.width-min(tagWidth(line), p.width/2), 1)
	return 1 + (rest+step-1)/step
}

// paint draws the whole line: the tag, and the text with its matches marked, those of the selected line as the
// cursor is.
func (p *LogPane) paint(t *theme.Theme, line *LogLine, selected bool) string {
	buf := make([]byte, 0, len(line.Text)+len(line.Tag)+32)
	if line.Tag != "" {
		buf = line.TagStyle.Append(buf, line.Tag)
		buf = append(buf, ' ')
	}
	text := line.Text
	style := t.Match
	if selected {
		style = t.Selected
	}
	for p.query != "" && text != "" {
		at := indexFold(text, p.query)
		if at < 0 {
			break
		}
		end := at + foldLen(text[at:], p.query)
		buf = line.Style.Append(buf, text[:at])
		buf = style.Append(buf, text[at:end])
		text = text[end:]
	}
	return string(line.Style.Append(buf, text))
}

// tagWidth is the columns of a line before its text.
func tagWidth(line *LogLine) int {
	if line.Tag == "" {
		return 0
	}
	return draw.Width(line.Tag) + 1
}
