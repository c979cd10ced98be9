package widget

import (
	"math"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// View draws the chart in exactly height lines of exactly width columns. From the top: the legend, the plot with its
// y axis, the lane of marks, the time labels. The least useful rows are left out when the height is small.
func (c *Chart) View(t *theme.Theme, width, height int) []string {
	if width < 1 || height < 1 {
		return nil
	}
	f := c.fit(width, height)
	if f.plotWidth < 4 || f.plotHeight < 1 || c.To <= c.From {
		return draw.FitLines(t, []string{t.Dim.Paint("too narrow")}, width, height)
	}
	p := c.painter(t)
	lines := make([]string, 0, height)
	if f.legend {
		lines = append(lines, c.legendLine(p, width))
	}
	low, high, ok := c.bounds()
	if ok {
		lines = c.plotLines(lines, p, f, low, high)
	} else {
		lines = c.emptyLines(lines, p, f)
	}
	if f.marks {
		lines = append(lines, c.markLine(p, f.plotWidth))
	}
	if f.time {
		lines = append(lines, c.timeLine(p, f.plotWidth))
	}
	return lines
}

// painter is the theme as this chart uses it: a stale chart has one faint style for everything.
type painter struct {
	*theme.Theme
	stale bool
}

func (c *Chart) painter(t *theme.Theme) painter { return painter{Theme: t, stale: c.Stale} }

// style returns s, or the faint style on a stale chart.
func (p painter) style(s theme.Style) theme.Style {
	if p.stale {
		return p.Faint
	}
	return s
}

// fitted is which rows a chart of a given size has.
type fitted struct {
	plotWidth, plotHeight int
	legend, marks, time   bool
}

func (c *Chart) fit(width, height int) fitted {
	f := fitted{plotWidth: width - ChartAxis, plotHeight: height}
	take := func(wanted bool) bool {
		if wanted && f.plotHeight > 2 {
			f.plotHeight--
			return true
		}
		return false
	}
	f.legend = take(c.Legend)
	f.time = take(!c.HideTime)
	f.marks = take(c.Marks != nil)
	return f
}

// bounds returns the y range: all values in the time range, YMin and YMax, and thresholds that lie within twice the
// range of the values. ok is false without a value.
func (c *Chart) bounds() (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for i := range c.Series {
		for _, pt := range c.Series[i].Points {
			if pt.T >= c.From && pt.T <= c.To && !math.IsNaN(pt.V) && !math.IsInf(pt.V, 0) {
				low, high = min(low, pt.V), max(high, pt.V)
			}
		}
	}
	if low > high {
		return 0, 0, false
	}
	low, high = min(low, c.YMin), max(high, c.YMax)
	reach := high + (high - low)
	for _, th := range c.Thresholds {
		if th.Value > high && th.Value <= reach {
			high = th.Value
		}
	}
	if high == low {
		high = low + max(math.Abs(low)*0.1, 1e-9)
	}
	return low, high, true
}

// emptyLines is a plot without values: the frame of the axis and the reason.
func (c *Chart) emptyLines(lines []string, p painter, f fitted) []string {
	reason := "no data"
	if c.Reason != "" {
		reason += ": " + c.Reason
	}
	axis := draw.Spaces(ChartAxis-1) + p.style(p.Border).Paint(p.Glyphs.AxisV)
	for row := range f.plotHeight {
		text := ""
		if row == f.plotHeight/2 {
			text = reason
		}
		fitted := draw.Fit(draw.Truncate(text, f.plotWidth, p.Glyphs.Ellipsis), f.plotWidth, draw.Center, "")
		lines = append(lines, axis+p.Dim.Paint(fitted))
	}
	return lines
}

// legendLine names the series with their last values, or those under the crosshair.
func (c *Chart) legendLine(p painter, width int) string {
	buf := []byte(draw.Spaces(ChartAxis))
	if c.Crosshair != 0 {
		buf = p.style(p.Key).Append(buf, c.clock(c.Crosshair, true))
		buf = append(buf, "  "...)
	}
	for i := range c.Series {
		s := &c.Series[i]
		v := c.lastValue(s)
		if c.Crosshair != 0 {
			v = c.valueAt(s, c.Crosshair)
		}
		buf = p.style(s.Style).Append(buf, c.sample(p, i)+" "+s.Name)
		value := p.Glyphs.Missing
		if !math.IsNaN(v) {
			value = c.format(v)
		}
		buf = append(buf, ' ')
		buf = p.style(p.Text).Append(buf, value)
		buf = append(buf, "   "...)
	}
	return draw.Fit(string(buf), width, draw.Left, p.Glyphs.Ellipsis)
}

// sample is two columns that look like the line of a series.
func (c *Chart) sample(p painter, series int) string {
	if p.Glyphs.ASCII {
		m := string(seriesMark(series))
		return m + m
	}
	switch c.Series[series].Pattern {
	case Dashed:
		return "╺╸"
	case Dotted:
		return "··"
	default:
		return "──"
	}
}

func (c *Chart) lastValue(s *Series) float64 {
	for i := len(s.Points) - 1; i >= 0; i-- {
		if pt := s.Points[i]; pt.T <= c.To {
			if pt.T < c.From || c.MaxGap > 0 && c.To-pt.T > c.MaxGap {
				break
			}
			return pt.V
		}
	}
	return math.NaN()
}
