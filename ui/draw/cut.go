package draw

import (
	"strings"

	"pitwall/ui/theme"
)

// split returns the byte index at which the first width columns of s end, the columns really taken (one less than
// width when a wide rune would straddle the edge), and whether a style is open there.
func split(s string, width int) (index, taken int, open bool) {
	for index < len(s) {
		size, w := step(s[index:])
		if taken+w > width {
			break
		}
		if s[index] == esc {
			open = !isReset(s[index : index+size])
		}
		taken += w
		index += size
	}
	return index, taken, open
}

func isReset(seq string) bool { return seq == theme.Reset || seq == "\x1b[0m" }

// spaces returns n blanks, "" for n ≤ 0.
func spaces(n int) string {
	const blanks = "                                                                                                    "
	if n <= 0 {
		return ""
	}
	if n <= len(blanks) {
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// Spaces returns n blanks, "" for n ≤ 0, without allocation up to 100.
func Spaces(n int) string { return spaces(n) }

// Truncate returns s cut at its end to at most width columns; tail (an ellipsis, or "") takes the place of what was
// cut. A style that is open at the cut is closed.
func Truncate(s string, width int, tail string) string {
	if len(s) <= width || Width(s) <= width {
		return s
	}
	if width <= 0 {
		return ""
	}
	tailWidth := Width(tail)
	if tailWidth > width {
		tail, tailWidth = "", 0
	}
	index, _, open := split(s, width-tailWidth)
	if open {
		return s[:index] + tail + theme.Reset
	}
	return s[:index] + tail
}

// TruncateMiddle returns plain text cut to at most width columns by replacing its middle with ellipsis. The end gets
// the larger half: names like "fraud-scorer-canary-v13" differ at their end.
func TruncateMiddle(s string, width int, ellipsis string) string {
	if len(s) <= width || Width(s) <= width {
		return s
	}
	if width <= 0 {
		return ""
	}
	room := width - Width(ellipsis)
	if room < 2 {
		return Cut(s, Width(s)-width, Width(s))
	}
	head, taken, _ := split(s, room/3)
	return s[:head] + ellipsis + tailOf(s, room-taken)
}

// tailOf returns the last runes of plain s that fit in width columns.
func tailOf(s string, width int) string {
	total := Width(s)
	index, taken, _ := split(s, total-width)
	if total-taken > width && index < len(s) { // a wide rune straddles the edge
		size, _ := step(s[index:])
		index += size
	}
	return s[index:]
}

// Cut returns the columns [left, right) of s, plain or painted. Styles open at left are opened again, and closed at
// the end. A wide rune that straddles an edge is replaced by a blank, so that columns keep their place.
func Cut(s string, left, right int) string {
	left = max(left, 0)
	if right <= left {
		return ""
	}
	from, taken, open := split(s, left)
	prefix := ""
	if open {
		prefix = openStyle(s[:from])
	}
	if taken < left && from < len(s) {
		size, w := step(s[from:])
		from += size
		taken += w
		prefix += spaces(min(taken, right) - left)
		left = taken
	}
	index, got, openAtEnd := split(s[from:], right-left)
	out := prefix + s[from:from+index]
	if index < len(s)-from && got < right-left {
		out += spaces(right - left - got)
	}
	if openAtEnd || open && !strings.Contains(out, theme.Reset) {
		out += theme.Reset
	}
	return out
}

// openStyle returns the SGR sequences of s that are still in force at its end.
func openStyle(s string) string {
	var style string
	for i := 0; i < len(s); {
		size, _ := step(s[i:])
		if s[i] == esc {
			if seq := s[i : i+size]; isReset(seq) {
				style = ""
			} else {
				style += seq
			}
		}
		i += size
	}
	return style
}
