package widget

import (
	"math"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// SplitBar draws the shares of the variants as one bar of width columns, each variant with a colour and a fill of its
// own. Weights are in any unit, their sum is the whole bar; every weight above 0 gets at least one column. Without a
// positive sum, or with a NaN weight, the bar is a row of missing glyphs.
func SplitBar(t *theme.Theme, weights []float64, width int) string {
	if width <= 0 {
		return ""
	}
	cells := shareCells(weights, width)
	if cells == nil {
		return t.Dim.Paint(string(appendRepeat(nil, t.Glyphs.Missing, width)))
	}
	buf := make([]byte, 0, 4*width+16*len(weights))
	fill := make([]byte, 0, 4*width)
	for i, n := range cells {
		fill = appendRepeat(fill[:0], t.VariantFill(i), n)
		buf = t.Variant(i).Append(buf, string(fill))
	}
	return string(buf)
}

// shareCells divides width columns by weight, nil when there is nothing to divide by. Cumulative rounding keeps the
// sum exact; a positive weight that rounds to nothing takes a column from the widest.
func shareCells(weights []float64, width int) []int {
	sum := 0.0
	for _, w := range weights {
		if math.IsNaN(w) || math.IsInf(w, 0) || w < 0 {
			return nil
		}
		sum += w
	}
	if sum <= 0 {
		return nil
	}
	cells := make([]int, len(weights))
	acc, at := 0.0, 0
	for i, w := range weights {
		acc += w
		end := int(math.Round(acc / sum * float64(width)))
		cells[i] = end - at
		at = end
	}
	for i, w := range weights {
		if w > 0 && cells[i] == 0 {
			widest := 0
			for j := range cells {
				if cells[j] > cells[widest] {
					widest = j
				}
			}
			if cells[widest] > 1 {
				cells[widest]--
				cells[i]++
			}
		}
	}
	return cells
}

// ShareBar draws one variant's share of the whole in width columns, filled from start to start+share (both 0 to 1),
// so that the bars of all variants below each other show where each begins.
func ShareBar(t *theme.Theme, variant int, start, share float64, width int) string {
	if width <= 0 {
		return ""
	}
	if math.IsNaN(start + share) {
		return t.Dim.Paint(string(appendRepeat(nil, t.Glyphs.Missing, width)))
	}
	from := clamp(int(math.Round(start*float64(width))), 0, width)
	to := clamp(int(math.Round((start+share)*float64(width))), from, width)
	if share > 0 && to == from { // a sliver is still there
		to = min(from+1, width)
		from = to - 1
	}
	buf := make([]byte, 0, 4*width+48)
	buf = t.Dim.Append(buf, string(appendRepeat(nil, t.Glyphs.BarEmpty, from)))
	buf = t.Variant(variant).Append(buf, string(appendRepeat(nil, t.Glyphs.BarFull, to-from)))
	return string(t.Dim.Append(buf, string(appendRepeat(nil, t.Glyphs.BarEmpty, width-to))))
}

// Progress draws a ratio from 0 to 1 as a bar of width columns in the given style. NaN, progress that is not known,
// is a row of missing glyphs.
func Progress(t *theme.Theme, style theme.Style, ratio float64, width int) string {
	if width <= 0 {
		return ""
	}
	if math.IsNaN(ratio) {
		return t.Dim.Paint(string(appendRepeat(nil, t.Glyphs.Missing, width)))
	}
	full := clamp(int(ratio*float64(width)), 0, width) // full only when done
	buf := make([]byte, 0, 4*width+32)
	buf = style.Append(buf, string(appendRepeat(nil, t.Glyphs.BarFull, full)))
	return string(t.Dim.Append(buf, string(appendRepeat(nil, t.Glyphs.BarEmpty, width-full))))
}

// Skeleton is a row of a list that is still loading.
func Skeleton(t *theme.Theme, width int) string {
	n := max(min(width, 24), 0)
	return draw.Pad(t.Faint.Paint(string(appendRepeat(nil, t.Glyphs.Skeleton, n))), width, draw.Left)
}

func appendRepeat(dst []byte, s string, n int) []byte {
	for range n {
		dst = append(dst, s...)
	}
	return dst
}

func clamp(v, low, high int) int { return max(min(v, high), low) }
