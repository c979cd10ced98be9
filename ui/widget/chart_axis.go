package widget

import (
	"math"
	"sort"
	"strconv"
	"time"

	"pitwall/ui/draw"
)

// format writes a value for the axis and the legend.
func (c *Chart) format(v float64) string {
	if c.Format != nil {
		return c.Format(v)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// niceStep returns the least of 1, 2, 2.5, 5 × 10ⁿ that divides span into at most parts parts (P. Heckbert, "Nice
// numbers for graph labels", Graphics Gems, 1990).
func niceStep(span float64, parts int) float64 {
	raw := span / float64(max(parts, 1))
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range [...]float64{1, 2, 2.5, 5} {
		if m*unit >= raw*0.9999 {
			return m * unit
		}
	}
	return 10 * unit
}

// niceRange widens low and high to multiples of a nice step with about one label per three rows.
func niceRange(low, high float64, rows int) (from, to, step float64) {
	step = niceStep(high-low, clamp(rows/3, 1, 6))
	from = math.Floor(low/step+1e-9) * step
	to = math.Ceil(high/step-1e-9) * step
	if to <= from {
		to = from + step
	}
	return from, to, step
}

// axisLabels returns the label of each plot row, "" for none.
func (c *Chart) axisLabels(low, high, step float64, rows int) []string {
	labels := make([]string, rows)
	if rows == 1 {
		labels[0] = c.format(high)
		return labels
	}
	const most = 32 // far more than niceRange asks for: extreme values must not loop
	for i := range most {
		v := low + float64(i)*step
		if v > high+step/1e3 {
			break
		}
		if math.Abs(v) < step/1e6 {
			v = 0
		}
		labels[rowOf(v, low, high, rows)] = c.format(v)
	}
	return labels
}

// rowOf returns the row from the top, out of rows, in which v lies.
func rowOf(v, low, high float64, rows int) int {
	return clamp(int(math.Round((high-v)/(high-low)*float64(rows-1))), 0, rows-1)
}

// columnAt returns the column out of width in which time t lies, which may be outside 0..width-1.
func (c *Chart) columnAt(t int64, width int) int {
	return int(math.Floor(float64(t-c.From) / float64(c.To-c.From) * float64(width)))
}

// valueAt returns the value of the series nearest to t, NaN when that is further away than half a gap.
func (c *Chart) valueAt(s *Series, t int64) float64 {
	i := sort.Search(len(s.Points), func(i int) bool { return s.Points[i].T >= t })
	best := -1
	for _, j := range [...]int{i - 1, i} {
		if j >= 0 && j < len(s.Points) && (best < 0 || abs(s.Points[j].T-t) < abs(s.Points[best].T-t)) {
			best = j
		}
	}
	if best < 0 || c.MaxGap > 0 && abs(s.Points[best].T-t) > c.MaxGap/2 {
		return math.NaN()
	}
	return s.Points[best].V
}

func abs(v int64) int64 { return max(v, -v) }

// timeSteps are the distances that time labels may have.
var timeSteps = [...]time.Duration{
	time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 168 * time.Hour,
}

// timeStep returns the distance of the labels: at least 12 columns.
func (c *Chart) timeStep(plotWidth int) time.Duration {
	span := time.Duration(c.To-c.From) * time.Millisecond
	most := max(plotWidth/12, 1)
	for _, step := range timeSteps {
		if span/step <= time.Duration(most) {
			return step
		}
	}
	return (span/time.Duration(most)/(168*time.Hour) + 1) * 168 * time.Hour
}

// clock formats a time for a label, with seconds when asked or when the range is short.
func (c *Chart) clock(ms int64, seconds bool) string {
	loc := c.Location
	if loc == nil {
		loc = time.UTC
	}
	at := time.UnixMilli(ms).In(loc)
	switch span := time.Duration(c.To-c.From) * time.Millisecond; {
	case seconds || span <= 2*time.Minute:
		return at.Format("15:04:05")
	case span > 36*time.Hour:
		return at.Format("Jan 2 15:04")
	default:
		return at.Format("15:04")
	}
}

// timeLine draws the time labels, each starting under its column, at multiples of the step in local time.
func (c *Chart) timeLine(p painter, plotWidth int) string {
	step := c.timeStep(plotWidth).Milliseconds()
	loc := c.Location
	if loc == nil {
		loc = time.UTC
	}
	_, offset := time.UnixMilli(c.From).In(loc).Zone()
	shift := int64(offset) * 1000
	buf := make([]byte, 0, 2*plotWidth)
	first := (c.From+shift+step-1)/step*step - shift
	for at := first; at <= c.To; at += step {
		x := c.columnAt(at, plotWidth)
		label := c.clock(at, false)
		if x < len(buf) || x+len(label) > plotWidth {
			continue
		}
		buf = append(buf, draw.Spaces(x-len(buf))...)
		buf = append(buf, label...)
		buf = append(buf, ' ')
	}
	line := draw.Fit(string(buf), plotWidth, draw.Left, "")
	return draw.Spaces(ChartAxis) + p.style(p.Dim).Paint(line)
}

// markLine draws the lane of marks: a glyph at each time, and its label where the next mark leaves room.
func (c *Chart) markLine(p painter, plotWidth int) string {
	buf := make([]byte, 0, 4*plotWidth)
	buf = append(buf, draw.Spaces(ChartAxis)...)
	used := 0
	for i, m := range c.Marks {
		x := c.columnAt(m.T, plotWidth)
		if x < used || x >= plotWidth {
			continue
		}
		buf = append(buf, draw.Spaces(x-used)...)
		room := plotWidth - x - 1
		for _, next := range c.Marks[i+1:] {
			if nx := c.columnAt(next.T, plotWidth); nx > x {
				room = min(room, nx-x-2)
				break
			}
		}
		glyph, style := p.mark(m.Kind)
		text := glyph
		if w := draw.Width(m.Label); w > 0 && w+1 <= room {
			text += " " + m.Label
		}
		buf = p.style(style).Append(buf, text)
		used = x + draw.Width(text)
	}
	return string(append(buf, draw.Spaces(plotWidth-used)...))
}
