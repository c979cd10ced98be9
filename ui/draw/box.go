package draw

import "pitwall/ui/theme"

// BoxOptions is the frame of a box.
type BoxOptions struct {
	Title  string // top left; plain or painted
	Status string // top right: "live", "12s", "stale 3m", "no data"; plain or painted
	Focus  bool   // the box takes the keys: heavier lines, not only another colour
	Danger bool   // a dangerous dialog
}

// Box frames lines in width × height columns and rows, frame included, and returns exactly height lines. Lines are
// cut or padded to width-2 columns; missing ones are blank. Nil for less than 2 × 2.
func Box(t *theme.Theme, o BoxOptions, lines []string, width, height int) []string {
	if width < 2 || height < 2 {
		return nil
	}
	f := frameOf(t, o)
	out := make([]string, 0, height)
	out = append(out, f.top(t, o, width))
	inner := width - 2
	side := f.style.Paint(f.v)
	buf := make([]byte, 0, 4*width)
	for i := range height - 2 {
		buf = append(buf[:0], side...)
		if i < len(lines) {
			buf = AppendFit(buf, lines[i], inner, Left, t.Glyphs.Ellipsis)
		} else {
			buf = append(buf, spaces(inner)...)
		}
		out = append(out, string(append(buf, side...)))
	}
	buf = append(buf[:0], f.bottomLeft...)
	buf = appendRepeat(buf, f.h, inner)
	buf = append(buf, f.bottomRight...)
	return append(out, f.style.Paint(string(buf)))
}

type frame struct {
	style                                            theme.Style
	h, v, topLeft, topRight, bottomLeft, bottomRight string
}

func frameOf(t *theme.Theme, o BoxOptions) frame {
	g := t.Glyphs
	f := frame{t.Border, g.H, g.V, g.TopLeft, g.TopRight, g.BottomLeft, g.BottomRight}
	if o.Focus {
		f = frame{t.BorderFocus, g.HFocus, g.VFocus, g.TopLeftFocus, g.TopRightFocus, g.BottomLeftFocus, g.BottomRightFocus}
	}
	if o.Danger {
		f.style = t.DangerBorder
	}
	return f
}

// top draws "╭ title ───── status ╮". On a narrow box the status goes first, then the end of the title.
func (f frame) top(t *theme.Theme, o BoxOptions, width int) string {
	inner := width - 2
	title, status := o.Title, o.Status
	titleWidth, statusWidth := labelWidth(title), labelWidth(status)
	if titleWidth+statusWidth > inner {
		status, statusWidth = "", 0
	}
	if titleWidth > inner {
		title = Truncate(title, max(inner-2, 0), t.Glyphs.Ellipsis)
		titleWidth = labelWidth(title)
	}
	if titleWidth > inner {
		title, titleWidth = "", 0
	}
	buf := make([]byte, 0, 4*width)
	buf = f.style.Append(buf, f.topLeft)
	if title != "" {
		style := t.Title
		if o.Danger {
			style = t.Danger
		}
		buf = append(buf, ' ')
		buf = append(buf, style.Around(title)...)
		buf = append(buf, ' ')
	}
	line := appendRepeat(nil, f.h, inner-titleWidth-statusWidth)
	buf = f.style.Append(buf, string(line))
	if status != "" {
		buf = append(buf, ' ')
		buf = append(buf, t.Dim.Around(status)...)
		buf = append(buf, ' ')
	}
	return string(f.style.Append(buf, f.topRight))
}

// labelWidth is the columns of a label in a frame with a blank on either side, 0 without a label.
func labelWidth(s string) int {
	if s == "" {
		return 0
	}
	return Width(s) + 2
}

func appendRepeat(dst []byte, s string, n int) []byte {
	for range n {
		dst = append(dst, s...)
	}
	return dst
}
