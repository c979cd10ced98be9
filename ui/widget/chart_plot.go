package widget

import (
	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

func (p painter) mark(k MarkKind) (string, theme.Style) {
	switch k {
	case MarkDeploy:
		return p.Glyphs.Deploy, p.Info
	case MarkSplit:
		return p.Glyphs.Split, p.Accent
	default:
		return p.Glyphs.Alert, p.Fail
	}
}

// plotLines draws the y axis, the series, the thresholds and the crosshair.
func (c *Chart) plotLines(lines []string, p painter, f fitted, low, high float64) []string {
	low, high, step := niceRange(low, high, f.plotHeight)
	labels := c.axisLabels(low, high, step, f.plotHeight)
	r := newRaster(p.Glyphs.ASCII, f.plotWidth, f.plotHeight)
	for i := range c.Series {
		c.trace(r, i, low, high)
	}
	limits := c.limitRows(low, high, f.plotHeight)
	cross := -1
	if c.Crosshair >= c.From && c.Crosshair <= c.To && c.Crosshair != 0 {
		cross = clamp(c.columnAt(c.Crosshair, f.plotWidth), 0, f.plotWidth-1)
	}
	axis, dim := p.style(p.Border), p.style(p.Dim)
	buf := make([]byte, 0, 8*f.plotWidth)
	for row := range f.plotHeight {
		buf = buf[:0]
		tick := p.Glyphs.AxisV
		if labels[row] != "" {
			tick = p.Glyphs.AxisTick
		}
		buf = append(buf, dim.Prefix()...)
		buf = draw.AppendFit(buf, labels[row], ChartAxis-1, draw.Right, p.Glyphs.Ellipsis)
		if !dim.IsZero() {
			buf = append(buf, theme.Reset...)
		}
		buf = axis.Append(buf, tick)
		lines = append(lines, string(c.appendCells(buf, p, r, row, limits[row], cross)))
	}
	return lines
}

// limitRows returns for each row the threshold that is drawn on it plus one, 0 for none.
func (c *Chart) limitRows(low, high float64, rows int) []int {
	limits := make([]int, rows)
	for i, th := range c.Thresholds {
		if th.Value >= low && th.Value <= high {
			limits[rowOf(th.Value, low, high, rows)] = i + 1
		}
	}
	return limits
}

// appendCells draws one row of the plot. Equal styles in a row share one SGR sequence.
func (c *Chart) appendCells(dst []byte, p painter, r *raster, row, limit, cross int) []byte {
	var current theme.Style
	var label string
	if limit > 0 {
		label = c.Thresholds[limit-1].Label
	}
	labelAt := r.width - draw.Width(label) - 1
	set := func(s theme.Style) {
		if s == current {
			return
		}
		if !current.IsZero() {
			dst = append(dst, theme.Reset...)
		}
		dst = append(dst, s.Prefix()...)
		current = s
	}
	for x := 0; x < r.width; x++ {
		owner := r.owner[row*r.width+x]
		switch {
		case owner > 0:
			set(p.style(c.Series[owner-1].Style))
			dst = r.appendCell(dst, row, x)
		case x == cross:
			set(p.style(p.Accent))
			dst = append(dst, p.Glyphs.Crosshair...)
		case limit > 0 && label != "" && x == labelAt && x > 0 && r.clear(row, x, draw.Width(label)):
			set(p.style(c.Thresholds[limit-1].Style))
			dst = append(dst, label...)
			x += draw.Width(label) - 1
		case limit > 0:
			set(p.style(c.Thresholds[limit-1].Style))
			dst = append(dst, p.Glyphs.Threshold...)
		default:
			set(theme.Style{})
			dst = append(dst, ' ')
		}
	}
	set(theme.Style{})
	return dst
}
