package widget

import (
	"time"

	"pitwall/ui/theme"
)

// Point is one value of a series. V is NaN where nothing is known.
type Point struct {
	T int64 // Unix milliseconds
	V float64
}

// Pattern is how the line of a series is drawn, so that series differ without colour.
type Pattern uint8

// The patterns.
const (
	Solid Pattern = iota
	Dashed
	Dotted
)

// Series is one line of a chart. Points are in order of time.
type Series struct {
	Name    string // sanitised
	Style   theme.Style
	Pattern Pattern
	Points  []Point
}

// Threshold is a horizontal line: an objective, an alert's limit.
type Threshold struct {
	Value float64
	Label string
	Style theme.Style
}

// MarkKind is what happened at a mark.
type MarkKind uint8

// The marks that a lane can show.
const (
	MarkDeploy MarkKind = iota
	MarkSplit
	MarkAlert
)

// Mark is something that happened at a time: "▼ w20→50", "◆ deploy v13", "! alert".
type Mark struct {
	T     int64 // Unix milliseconds
	Kind  MarkKind
	Label string // sanitised; shown where there is room
}

// Chart is a multi-series line chart over time. It is a value: fill it, draw it.
type Chart struct {
	Series     []Series
	From, To   int64                  // the time axis in Unix milliseconds, From < To
	MaxGap     int64                  // two points further apart (milliseconds) are not joined; 0 joins all. Use 2.5 steps
	Format     func(v float64) string // of axis and legend values; nil writes plain numbers
	YMin, YMax float64                // the least range of the y axis; it grows to hold all values and, near them, thresholds
	Thresholds []Threshold
	Marks      []Mark         // nil without a lane; empty but not nil keeps the lane's row
	Crosshair  int64          // Unix milliseconds; 0 without
	Location   *time.Location // of time labels; nil is UTC
	Reason     string         // why there is no data, shown when no series has a value in range
	Legend     bool           // a first row with names and last values (those at the crosshair, if there is one)
	HideTime   bool           // no time labels: for a chart stacked on another with the same axis
	Stale      bool           // draw everything faint
}

// ChartAxis is the columns left of the plot, always, so that stacked charts share their time axis.
const ChartAxis = 8

// TimeAt returns the time under screen column x of a chart of the given width, clamped to its range.
func (c *Chart) TimeAt(x, width int) int64 {
	plot := width - ChartAxis
	if plot <= 0 {
		return c.From
	}
	x = clamp(x-ChartAxis, 0, plot-1)
	return c.From + (c.To-c.From)*int64(2*x+1)/int64(2*plot)
}
