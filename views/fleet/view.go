package fleet

import (
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
	tableTop     = 1   // lines above the table
	detailLines  = 3   // lines below it, with the rule
	previewFrom  = 160 // columns from which the preview stands beside it
	previewWidth = 62
)

// cache holds the lines of the last frame and what they were drawn from.
type cache struct {
	frame      ui.Frame
	revision   uint64
	lines      []string
	tableWidth int
}

// View draws the summary or the filter, the table, and the row under the
// cursor: below the table, or beside it on a wide terminal.
func (s *Screen) View(f ui.Frame) []string {
	if f.Plain {
		return s.plain(f)
	}
	if s.cache.lines != nil && s.cache.frame == f && s.cache.revision == s.revision {
		return s.cache.lines
	}
	if s.cache.frame.Width != f.Width || len(s.cells.kinds) == 0 {
		s.layout(f.Width)
	}
	s.cells.begin(f.Theme, f.Now)
	s.mark()
	lines := s.draw(f)
	s.cache.frame, s.cache.revision, s.cache.lines = f, s.revision, lines
	return lines
}

// layout chooses the columns for a width.
func (s *Screen) layout(width int) {
	s.cache.tableWidth = width
	if width >= previewFrom {
		s.cache.tableWidth = width - previewWidth - 1
	}
	chosen := columns(s.cache.tableWidth)
	s.cells.kinds, s.cells.memo = s.cells.kinds[:0], nil
	for i, c := range chosen {
		s.cells.kinds = append(s.cells.kinds, c.ID)
		if c.ID == "p95" && s.cells.mean {
			chosen[i].Title = "MEAN"
		}
	}
	s.table.SetColumns(chosen)
	s.table.SetSize(s.cache.tableWidth, 1)
	s.cells.nameWidth = 0
	for x := range s.cache.tableWidth {
		if id, _ := s.table.ColumnAt(x); id == "name" {
			s.cells.nameWidth++
		}
	}
}

func (s *Screen) draw(f ui.Frame) []string {
	wide := f.Width >= previewFrom
	height := f.Height - tableTop
	if !wide {
		height -= detailLines
	}
	s.table.SetSize(s.cache.tableWidth, height)
	if s.table.Len() == 0 {
		s.table.SetEmpty(s.empty(f.Theme, f.Now, s.cache.tableWidth-margin, height)...)
	}
	table := s.table.View(f.Theme)
	s.tellUnlisted(f.Theme, table)
	lines := append(make([]string, 0, f.Height), s.top(f))
	if !wide {
		return append(append(lines, table...), s.detail(f)...)
	}
	return append(lines, draw.JoinColumns(height, draw.Pane{Lines: table, Width: s.cache.tableWidth},
		draw.Pane{Width: 1}, draw.Pane{Lines: s.preview(f, previewWidth, height), Width: previewWidth})...)
}

// tellUnlisted says below the rows what is not among them, where they leave room.
func (s *Screen) tellUnlisted(th *theme.Theme, table []string) {
	text := s.unlisted(s.cache.tableWidth - margin)
	if free := len(table) - 1 - s.table.Len(); len(text) == 0 || s.table.Len() == 0 || free < len(text)+1 {
		return
	}
	for i, line := range text {
		table[len(table)-len(text)+i] = draw.Fit("  "+th.Dim.Paint(line), s.cache.tableWidth, draw.Left, th.Glyphs.Ellipsis)
	}
}

// top is the filter while there is one, else a summary.
func (s *Screen) top(f ui.Frame) string {
	th := f.Theme
	count := strconv.Itoa(s.table.Len()) + " of " + strconv.Itoa(len(s.snapshot.Rows))
	order := "worst first"
	if s.order.column != "" {
		order = "by " + s.order.column
	}
	if s.order.pending {
		order += ", moves when the cursor is still"
	}
	right := th.Dim.Paint(order) + " "
	if !s.filter.typing && s.filter.text == "" {
		left := " " + s.summary(th)
		if draw.Width(left)+2+draw.Width(right) > f.Width && s.order.column == "" {
			right = "" // the order that is usual
		}
		return draw.Ends(left, right, f.Width, th.Glyphs.Ellipsis)
	}
	text := draw.Sanitize(s.filter.text)
	if w, room := draw.Width(text), f.Width/2; w > room {
		text = draw.Cut(text, w-room, w) // its end is what is typed
	}
	left := " " + th.Key.Paint("/") + " " + text
	if s.filter.typing {
		left += th.Selected.Paint(" ")
	}
	left += "  " + th.Dim.Paint(count)
	if s.filter.err != nil {
		left += "  " + th.Fail.Paint(draw.Sanitize(s.filter.err.Error()))
		right = ""
	}
	return draw.Ends(left, right, f.Width, th.Glyphs.Ellipsis)
}

// summary is "12 deployments: ✗ 1 fail  ▲ 2 warn  ● 9 ok".
func (s *Screen) summary(th *theme.Theme) string {
	count := make(map[backends.State]int)
	for i := range s.snapshot.Rows {
		count[s.snapshot.Rows[i].State]++
	}
	n := len(s.snapshot.Rows)
	out := strconv.Itoa(n) + " deployments"
	switch n {
	case 0:
		return th.Dim.Paint("no deployments")
	case 1:
		out = "1 deployment"
	}
	for _, state := range worstFirst {
		if count[state] > 0 {
			glyph, style := views.StateLook(th, state)
			out += "  " + style.Paint(glyph+" "+strconv.Itoa(count[state])+" "+state.String())
		}
	}
	if n := len(s.hidden.Names); n > 0 {
		out += "  " + th.Dim.Paint("+"+strconv.Itoa(n)+" not shown")
	}
	return out
}

var worstFirst = [...]backends.State{
	backends.Fail, backends.Warn, backends.Unknown, backends.Progressing, backends.Paused, backends.OK,
}

// detail is what a narrow table has no room for: the reason and the variants
// of the row under the cursor.
func (s *Screen) detail(f ui.Frame) []string {
	th := f.Theme
	lines := []string{th.Border.Paint(strings.Repeat(th.Glyphs.H, f.Width)), "", ""}
	if row, ok := s.row(); ok {
		d := row.Deployment
		lines[1] = " " + views.StateText(th, row.State) + " " + since(f.Now, row.Since)
		if row.Reason != "" {
			lines[1] += "  " + views.Words(th, row.Reason)
		}
		for _, v := range d.Variants {
			lines[2] += " " + views.VariantText(th, v) + " " + backends.FormatWeight(v.Weight) + " %, " +
				strconv.Itoa(v.Ready) + " of " + strconv.Itoa(v.Desired) + " ready  "
		}
	}
	for i := range lines {
		lines[i] = draw.Fit(lines[i], f.Width, draw.Left, th.Glyphs.Ellipsis)
	}
	return lines
}

func since(now, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return "for " + draw.Age(now.Sub(at))
}
