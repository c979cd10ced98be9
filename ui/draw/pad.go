package draw

// Align is where text stands in a field.
type Align uint8

// The alignments.
const (
	Left Align = iota
	Right
	Center
)

// Pad returns s filled with blanks to width columns; longer text is returned as it is.
func Pad(s string, width int, align Align) string {
	gap := width - Width(s)
	if gap <= 0 {
		return s
	}
	switch align {
	case Right:
		return spaces(gap) + s
	case Center:
		return spaces(gap/2) + s + spaces(gap-gap/2)
	default:
		return s + spaces(gap)
	}
}

// Fit returns s in exactly width columns: cut at its end with tail in place of the rest, or padded.
func Fit(s string, width int, align Align, tail string) string {
	if width <= 0 {
		return ""
	}
	return Pad(Truncate(s, width, tail), width, align)
}

// AppendFit appends Fit(s, width, align, tail) to dst. Plain ASCII text, nearly every cell, takes no allocation.
func AppendFit(dst []byte, s string, width int, align Align, tail string) []byte {
	if width <= 0 {
		return dst
	}
	columns := Width(s)
	if columns > width {
		s = Truncate(s, width, tail)
		columns = Width(s)
	}
	gap := width - columns
	before := 0
	switch align {
	case Right:
		before = gap
	case Center:
		before = gap / 2
	}
	dst = append(dst, spaces(before)...)
	dst = append(dst, s...)
	return append(dst, spaces(gap-before)...)
}
