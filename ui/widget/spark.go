package widget

import (
	"math"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// Sparkline draws the last width values as one plain line of width columns, on a scale from 0 (or the least value,
// if that is negative) to the largest. NaN is a blank: a gap, not a zero. Fewer values stand at the right.
func Sparkline(values []float64, width int, g *theme.Glyphs) string {
	if width <= 0 {
		return ""
	}
	if len(values) > width {
		values = values[len(values)-width:]
	}
	low, high := 0.0, 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	buf := make([]byte, 0, 3*width)
	buf = append(buf, draw.Spaces(width-len(values))...)
	top := float64(len(g.Spark) - 1)
	for _, v := range values {
		if math.IsNaN(v) {
			buf = append(buf, ' ')
			continue
		}
		level := 0
		if high > low {
			level = int((v-low)/(high-low)*top + 0.5)
		}
		buf = append(buf, g.Spark[max(min(level, len(g.Spark)-1), 0)]...)
	}
	return string(buf)
}
