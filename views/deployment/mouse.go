package deployment

import (
	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/ui/widget"
)

// Mouse puts the crosshair where a chart is pressed or dragged, and zooms with
// the wheel over the charts; elsewhere the wheel scrolls the focused list.
func (s *Screen) Mouse(e ui.MouseEvent) tea.Cmd {
	chart, over := s.chartAt(e.X, e.Y)
	switch {
	case e.Kind == ui.MouseWheel && over:
		direction := 1
		if e.Wheel < 0 {
			direction = -1
		}
		s.axis.zoom(direction, s.deps.Now())
		return s.askSoon()
	case e.Kind == ui.MouseWheel && !s.focus.isChart():
		return s.move(e.Wheel)
	case (e.Kind == ui.MousePress || e.Kind == ui.MouseDrag) && over && e.X >= widget.ChartAxis:
		s.revision++
		s.focus = chart
		line := widget.Chart{From: s.axis.from.UnixMilli(), To: s.axis.to.UnixMilli()}
		s.axis.point(line.TimeAt(e.X, s.layout.plot))
	}
	return nil
}

// chartAt finds the chart under a cell of the screen.
func (s *Screen) chartAt(x, y int) (stop, bool) {
	if x >= s.layout.plot {
		return 0, false
	}
	top := s.layout.top
	for _, c := range s.layout.charts {
		if y >= top && y < top+c.height {
			return c.chart, true
		}
		top += c.height
	}
	return 0, false
}
