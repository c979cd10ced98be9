package fleet

import (
	"math"
	"strconv"
	"time"

	"pitwall/backends"
	data "pitwall/backends/fleet"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

const (
	barWidth   = 5
	sparkWidth = 12
)

// columns returns the columns for a table of a width. The Priorities decide
// what a narrow terminal shows: all but versions, sparkline, change and
// environment fit in 80 columns.
func columns(width int) []widget.Column {
	name := 12
	if width >= 100 {
		name = 20
	}
	return []widget.Column{
		{ID: "state", Title: "STATE", Width: 13, Min: 9},
		{ID: "name", Title: "NAME", Width: 26, Min: name, Flex: 2},
		{ID: "env", Title: "ENV", Width: 10, Min: 8, Priority: 9},
		{ID: "versions", Title: "VERSIONS", Width: 18, Min: 16, Flex: 1, Priority: 6},
		{ID: "ready", Title: "READY", Width: 5, Align: draw.Right, Priority: 1},
		{ID: "split", Title: "SPLIT", Width: barWidth + 6, Priority: 3},
		{ID: "rps", Title: "RPS", Width: 6, Min: 5, Align: draw.Right, Priority: 1},
		{ID: "spark", Title: "LAST 2M", Width: sparkWidth, Priority: 7},
		{ID: "p95", Title: "P95", Width: 6, Align: draw.Right},
		{ID: "change", Title: "IN 1M", Width: 7, Align: draw.Right, Priority: 8},
		{ID: "err", Title: "ERRORS", Width: 7, Align: draw.Right},
		{ID: "drift", Title: "DRIFT", Width: 5, Align: draw.Right, Priority: 4},
		{ID: "alerts", Title: "ALERT", Width: 6, Min: 5, Priority: 2},
		{ID: "age", Title: "AGE", Width: 4, Min: 3, Align: draw.Right, Priority: 5},
	}
}

// cells gives the table its rows. It is asked for visible ones only.
type cells struct {
	screen *Screen
	rows   []int // indices into the snapshot
	theme  *theme.Theme
	now    time.Time
	kinds  []string // column ids
	mean   bool     // no row has quantiles of the latency, only means

	nameWidth int // columns; a name that is longer loses its middle, not its end

	// memo holds the fields of rows by their index in the snapshot, for as long
	// as snapshot, theme, time and columns are the same.
	memo   map[int][]widget.Cell
	states [6]string         // "● ok" by state, in the look of the theme
	bars   map[string]string // split bars by their weights, in the look of the theme
}

// begin prepares for a frame.
func (c *cells) begin(t *theme.Theme, now time.Time) {
	if t == c.theme && now.Equal(c.now) && c.memo != nil {
		return
	}
	if t != c.theme {
		c.look(t)
	}
	c.now, c.memo = now, make(map[int][]widget.Cell)
}

// look draws what depends on the theme alone.
func (c *cells) look(t *theme.Theme) {
	c.theme, c.bars = t, make(map[string]string)
	for i := range c.states {
		state := backends.State(i)
		glyph, _ := views.StateLook(t, state)
		c.states[i] = draw.Pad(glyph, draw.Width(t.Glyphs.OK), draw.Left) + " " + state.String()
	}
}

// fields returns the cells of a row in the order of the columns.
func (c *cells) fields(i int) []widget.Cell {
	at := c.rows[i]
	if fields, known := c.memo[at]; known {
		return fields
	}
	fields := make([]widget.Cell, len(c.kinds))
	r := &c.screen.snapshot.Rows[at]
	signals := r.Signal("")
	for column, kind := range c.kinds {
		fields[column] = c.aged(r, &signals, kind)
	}
	c.memo[at] = fields
	return fields
}

func (c *cells) row(i int) *data.Row { return &c.screen.snapshot.Rows[c.rows[i]] }

// Len is the number of rows that match the filter.
func (c *cells) Len() int { return len(c.rows) }

// ID is the deployment's name.
func (c *cells) ID(i int) string { return c.row(i).Deployment.Name }

// Cell is one field of a row.
func (c *cells) Cell(i, column int) widget.Cell { return c.fields(i)[column] }

// aged is a field that is faint when what it says is old, whatever it says.
func (c *cells) aged(r *data.Row, signals *backends.Signals, kind string) widget.Cell {
	cell, at := c.field(r, signals, kind)
	if views.Stale(c.now, at) {
		cell.Style = c.theme.Faint
		if kind == "split" {
			cell.Text = views.WeightsText(r.Deployment)
		}
	}
	return cell
}

// field returns a cell and the time of what it says.
func (c *cells) field(r *data.Row, signals *backends.Signals, kind string) (widget.Cell, time.Time) {
	d := &r.Deployment
	switch kind {
	case "state":
		return c.state(r), r.ListedAt
	case "name":
		return widget.Cell{Text: draw.TruncateMiddle(draw.Sanitize(d.Name), c.nameWidth, c.theme.Glyphs.Ellipsis)}, r.ListedAt
	case "env":
		return widget.Cell{Text: draw.Sanitize(d.Environment), Style: c.theme.Dim}, r.ListedAt
	case "versions":
		return widget.Cell{Text: views.Versions(*d)}, r.ListedAt
	case "ready":
		return c.ready(d), r.ListedAt
	case "split":
		return widget.Cell{Text: c.split(d)}, r.ListedAt
	case "alerts":
		return c.alerts(r), c.now
	case "spark":
		return widget.Cell{Text: widget.Sparkline(r.Spark, sparkWidth, c.theme.Glyphs), Style: c.theme.Accent}, r.SignalsAt
	case "age":
		return widget.Cell{Text: views.Freshness(c.now, measured(r), c.theme.Glyphs), Style: c.theme.Dim}, measured(r)
	}
	return c.signal(r, signals, kind), r.SignalsAt
}

func (c *cells) signal(r *data.Row, signals *backends.Signals, kind string) widget.Cell {
	g := c.theme.Glyphs
	switch kind {
	case "rps":
		return widget.Cell{Text: draw.Rate(signals.RPS, g)}
	case "p95":
		if c.mean {
			return widget.Cell{Text: draw.Latency(signals.Mean, g)}
		}
		return widget.Cell{Text: draw.Latency(signals.P95, g), Style: c.above(signals.P95, data.P95Warn, data.P95Fail)}
	case "err":
		return widget.Cell{Text: draw.Percent(signals.ErrorRatio, g), Style: c.above(signals.ErrorRatio, data.ErrorWarn, data.ErrorFail)}
	case "drift":
		return widget.Cell{Text: driftText(signals.DriftPSI, g), Style: c.above(signals.DriftPSI, data.DriftWarn, data.DriftFail)}
	default:
		return c.change(r, signals.P95)
	}
}

func (c *cells) above(v, warn, fail float64) theme.Style {
	switch {
	case v >= fail:
		return c.theme.Fail
	case v >= warn:
		return c.theme.Warn
	default:
		return theme.Style{}
	}
}

func driftText(psi float64, g *theme.Glyphs) string {
	if backends.Missing(psi) {
		return g.Missing
	}
	return strconv.FormatFloat(psi, 'f', 2, 64)
}

// barsKept bounds the split bars that are remembered.
const barsKept = 1000

func (c *cells) split(d *backends.Deployment) string {
	weights := views.WeightsText(*d)
	bar, known := c.bars[weights]
	if !known {
		if len(c.bars) >= barsKept {
			clear(c.bars)
		}
		bar = widget.SplitBar(c.theme, views.Weights(*d), barWidth) + " " + weights
		c.bars[weights] = bar
	}
	return bar
}

func (c *cells) state(r *data.Row) widget.Cell {
	_, style := views.StateLook(c.theme, r.State)
	return widget.Cell{Text: c.states[max(int(r.State), 0)%len(c.states)], Style: style}
}

func (c *cells) ready(d *backends.Deployment) widget.Cell {
	ready, desired := views.Ready(*d)
	cell := widget.Cell{Text: strconv.Itoa(ready) + "/" + strconv.Itoa(desired)}
	switch {
	case ready == 0 && desired > 0:
		cell.Style = c.theme.Fail
	case ready < desired:
		cell.Style = c.theme.Warn
	}
	return cell
}

// change is "▲6ms": p95 against a minute ago, when it is worth a look.
func (c *cells) change(r *data.Row, p95 float64) widget.Cell {
	g := c.theme.Glyphs
	d := c.screen.history.change(r)
	switch {
	case backends.Missing(d):
		return widget.Cell{Text: g.Missing, Style: c.theme.Dim}
	case math.Abs(d) < 0.1*(p95-d):
		return widget.Cell{Text: "=", Style: c.theme.Dim}
	case d > 0:
		return widget.Cell{Text: g.Up + draw.Latency(d, g), Style: c.theme.Warn}
	default:
		return widget.Cell{Text: g.Down + draw.Latency(-d, g), Style: c.theme.OK}
	}
}

// alerts counts what fires: "✗1 ▲2".
func (c *cells) alerts(r *data.Row) widget.Cell {
	critical, other := 0, 0
	for _, a := range r.Alerts {
		switch {
		case a.State != "firing":
		case a.Severity == "critical":
			critical++
		default:
			other++
		}
	}
	g := c.theme.Glyphs
	text, style := "", c.theme.Warn
	if critical > 0 {
		text, style = g.Fail+strconv.Itoa(critical), c.theme.Fail
	}
	if other > 0 {
		if text != "" {
			text += " "
		}
		text += g.Warn + strconv.Itoa(other)
	}
	return widget.Cell{Text: text, Style: style}
}

// measured is the time of a row's signals, or of its listing without any.
func measured(r *data.Row) time.Time {
	if r.SignalsAt.IsZero() {
		return r.ListedAt
	}
	return r.SignalsAt
}
