package draw

import "pitwall/ui/theme"

// Overlay returns base with the lines of top over it, the first at column x and row y (from 0). Only the covered rows
// are cut and rebuilt; the others are the same strings. Rows of top outside base are dropped. Base is not changed.
func Overlay(base, top []string, x, y int) []string {
	out := make([]string, len(base))
	copy(out, base)
	x = max(x, 0)
	for i, line := range top {
		row := y + i
		if row < 0 || row >= len(out) {
			continue
		}
		under := out[row]
		left := Pad(Cut(under, 0, x), x, Left)
		end := x + Width(line)
		out[row] = left + line + Cut(under, end, max(Width(under), end))
	}
	return out
}

// OverlayCenter puts top in the middle of base, which is width columns wide.
func OverlayCenter(base, top []string, width int) []string {
	widest := 0
	for _, line := range top {
		widest = max(widest, Width(line))
	}
	return Overlay(base, top, (width-widest)/2, (len(base)-len(top))/2)
}

// Pane is a block of lines that are each exactly Width columns.
type Pane struct {
	Lines []string
	Width int
}

// JoinColumns puts panes side by side in height rows. It does not measure: each line must have its pane's width, as
// every widget and Box guarantee. Panes that are shorter are filled with blanks.
func JoinColumns(height int, panes ...Pane) []string {
	out := make([]string, height)
	var buf []byte
	for row := range out {
		buf = buf[:0]
		for _, p := range panes {
			if row < len(p.Lines) {
				buf = append(buf, p.Lines[row]...)
			} else {
				buf = append(buf, spaces(p.Width)...)
			}
		}
		out[row] = string(buf)
	}
	return out
}

// FitLines returns exactly height lines of exactly width columns, cutting or padding.
func FitLines(t *theme.Theme, lines []string, width, height int) []string {
	out := make([]string, height)
	for i := range out {
		if i < len(lines) {
			out[i] = Fit(lines[i], width, Left, t.Glyphs.Ellipsis)
		} else {
			out[i] = spaces(width)
		}
	}
	return out
}

// Ends returns one line of width columns with left at its start and right at its end; on a narrow line left is cut.
func Ends(left, right string, width int, tail string) string {
	rightWidth := Width(right)
	if rightWidth >= width {
		return Fit(right, width, Left, tail)
	}
	return Fit(left, width-rightWidth, Left, tail) + right
}
