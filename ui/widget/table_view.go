package widget

import (
	"slices"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// place chooses the visible columns and their widths: the columns of the lowest priority go while the rest does not
// fit at its minimum, then widths grow to what is wanted and the flexible ones share what is left.
func (t *Table) place() {
	t.headerTheme = nil
	t.layout = t.layout[:0]
	for i := range t.columns {
		t.layout = append(t.layout, placed{index: i, width: t.columns[i].min()})
	}
	for len(t.layout) > 1 && t.used() > t.width && t.hideOne() {
	}
	room := t.width - t.used()
	for i := range t.layout {
		p := &t.layout[i]
		grow := min(max(t.columns[p.index].Width-p.width, 0), max(room, 0))
		p.width += grow
		room -= grow
	}
	t.stretch(room)
	x := gutter
	for i := range t.layout {
		t.layout[i].x = x
		x += t.layout[i].width + 1
	}
}

func (c Column) min() int {
	if c.Min > 0 {
		return c.Min
	}
	return max(c.Width, 1)
}

// used is the columns that the layout takes: gutter, cells and one blank between cells.
func (t *Table) used() int {
	used := gutter + len(t.layout) - 1
	for _, p := range t.layout {
		used += p.width
	}
	return used
}

// hideOne drops the column with the highest priority, the rightmost of equals, and reports whether there was one.
func (t *Table) hideOne() bool {
	worst := -1
	for i, p := range t.layout {
		pr := t.columns[p.index].Priority
		if pr > 0 && (worst < 0 || pr >= t.columns[t.layout[worst].index].Priority) {
			worst = i
		}
	}
	if worst < 0 {
		return false
	}
	t.layout = slices.Delete(t.layout, worst, worst+1)
	return true
}

// stretch shares room columns among the flexible columns by weight.
func (t *Table) stretch(room int) {
	total := 0
	for _, p := range t.layout {
		total += t.columns[p.index].Flex
	}
	for i := range t.layout {
		p := &t.layout[i]
		flex := t.columns[p.index].Flex
		if flex == 0 || room <= 0 {
			continue
		}
		grow := room * flex / total
		p.width += grow
		room -= grow
		total -= flex
	}
}

// View returns height lines of width columns: the header, and the rows in the window.
func (t *Table) View(th *theme.Theme) []string {
	if t.width < 1 || t.height < 1 {
		return nil
	}
	if t.width <= gutter {
		return draw.FitLines(th, nil, t.width, t.height)
	}
	lines := make([]string, 0, t.height)
	lines = append(lines, t.headerLine(th))
	if t.Len() == 0 {
		for i := range t.window() {
			text := ""
			if i < len(t.empty) {
				text = draw.Spaces(gutter) + t.empty[i]
			}
			lines = append(lines, draw.Fit(text, t.width, draw.Left, th.Glyphs.Ellipsis))
		}
		return lines
	}
	first, end := t.Window()
	buf := make([]byte, 0, 8*t.width)
	for row := first; row < end; row++ {
		buf = t.appendRow(buf[:0], th, row)
		lines = append(lines, string(buf))
	}
	for len(lines) < t.height {
		lines = append(lines, draw.Spaces(t.width))
	}
	return lines
}

func (t *Table) headerLine(th *theme.Theme) string {
	if t.headerTheme == th {
		return t.header
	}
	buf := []byte(draw.Spaces(gutter))
	for i, p := range t.layout {
		c := &t.columns[p.index]
		title := c.Title
		if c.ID == t.sortID && t.sortID != "" {
			marker := th.Glyphs.Up
			if t.descending {
				marker = th.Glyphs.Down
			}
			title = draw.Truncate(title, p.width-1, "") + marker
		}
		if i > 0 {
			buf = append(buf, ' ')
		}
		buf = draw.AppendFit(buf, title, p.width, c.Align, th.Glyphs.Ellipsis)
	}
	t.header = th.Header.Paint(draw.Fit(string(buf), t.width, draw.Left, ""))
	t.headerTheme = th
	return t.header
}

// appendRow paints one row. On the selected row the base style starts again after each cell's own.
func (t *Table) appendRow(dst []byte, th *theme.Theme, row int) []byte {
	base := ""
	if row == t.cursor {
		base = th.Selected.Prefix()
		dst = append(dst, base...)
		dst = append(dst, th.Glyphs.Cursor...)
		dst = append(dst, ' ')
	} else {
		dst = append(dst, "  "...)
	}
	used := gutter
	for i, p := range t.layout {
		if used+min(i, 1) >= t.width {
			break
		}
		if i > 0 {
			dst = append(dst, ' ')
			used++
		}
		width := min(p.width, t.width-used)
		dst = appendCell(dst, th, t.rows.Cell(row, p.index), width, t.columns[p.index].Align, base)
		used += width
	}
	dst = append(dst, draw.Spaces(t.width-used)...)
	if base != "" {
		dst = append(dst, theme.Reset...)
	}
	return dst
}

func appendCell(dst []byte, th *theme.Theme, c Cell, width int, align draw.Align, base string) []byte {
	if c.Style.IsZero() {
		if base == "" || !draw.IsPainted(c.Text) {
			return draw.AppendFit(dst, c.Text, width, align, th.Glyphs.Ellipsis)
		}
		text := draw.Fit(c.Text, width, align, th.Glyphs.Ellipsis)
		dst = append(dst, th.Selected.Around(text)...)
		return append(dst, base...)
	}
	dst = append(dst, c.Style.Prefix()...)
	dst = draw.AppendFit(dst, c.Text, width, align, th.Glyphs.Ellipsis)
	dst = append(dst, theme.Reset...)
	return append(dst, base...)
}
