package journal

import (
	"time"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

// columns of the table; those with the highest priority go first when it is
// narrow.
var columns = []widget.Column{
	{ID: "time", Title: "TIME", Width: 14},
	{ID: "who", Title: "WHO", Width: 12, Min: 8, Flex: 1, Priority: 3},
	{ID: "op", Title: "OPERATION", Width: 9},
	{ID: "target", Title: "TARGET", Width: 12, Min: 10, Flex: 1},
	{ID: "change", Title: "CHANGE", Width: 26, Min: 22, Flex: 2},
	{ID: "reason", Title: "REASON", Width: 24, Min: 12, Flex: 3, Priority: 4},
	{ID: "result", Title: "RESULT", Width: 17},
	{ID: "took", Title: "TOOK", Width: 6, Align: draw.Right, Priority: 2},
}

// cells are the rows as the table asks for them.
type cells struct {
	screen *Screen
	theme  *theme.Theme
	now    time.Time
}

// Len is the number of rows that the filter shows.
func (c *cells) Len() int { return len(c.screen.shown) }

// ID is the record's.
func (c *cells) ID(i int) string { return c.screen.shown[i].head().ID }

// Cell is one field of a row.
func (c *cells) Cell(i, column int) widget.Cell {
	r, th := c.screen.shown[i], c.theme
	h := r.head()
	switch columns[column].ID {
	case "time":
		return widget.Cell{Text: stamp(c.now, h.TS)}
	case "who":
		return widget.Cell{Text: draw.SanitizeLine(h.Actor.String(), 80)}
	case "op":
		return widget.Cell{Text: draw.SanitizeLine(h.Op, 40)}
	case "target":
		return widget.Cell{Text: draw.SanitizeLine(target(r), 120)}
	case "change":
		if r.note() {
			return widget.Cell{Text: draw.SanitizeLine(h.Text, 200), Style: th.Dim}
		}
		return widget.Cell{Text: draw.SanitizeLine(r.change(" "+views.Arrow(th)+" "), 200)}
	case "reason":
		return widget.Cell{Text: draw.SanitizeLine(h.Reason, 200), Style: th.Dim}
	case "result":
		return c.result(r)
	default:
		return widget.Cell{Text: r.took()}
	}
}

// result is a glyph and a word, both in the colour of the outcome.
func (c *cells) result(r *row) widget.Cell {
	word, state := r.outcome(c.now, c.screen.busy)
	if r.note() {
		return widget.Cell{Text: draw.Pad(c.theme.Glyphs.Bullet, 2, draw.Left) + " " + word, Style: c.theme.Dim}
	}
	glyph, style := views.StateLook(c.theme, state)
	return widget.Cell{Text: draw.Pad(glyph, 2, draw.Left) + " " + word, Style: style}
}

// stamp is the time of day, with the date unless it is today.
func stamp(now, at time.Time) string {
	at = at.In(now.Location())
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return at.Format(time.TimeOnly)
	}
	return at.Format("01-02 15:04:05")
}

// target is the deployment, and the variant if the record names one.
func target(r *row) string {
	t := r.head().Target
	if t.Variant == "" {
		return t.Name
	}
	return t.Name + " " + t.Variant
}
