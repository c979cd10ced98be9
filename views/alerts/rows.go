package alerts

import (
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

// look is what the rows are painted with.
type look struct {
	theme *theme.Theme
	now   time.Time
}

var alertColumns = []widget.Column{
	{ID: "severity", Title: "ALERT", Width: 11},
	{ID: "name", Title: "NAME", Width: 16, Min: 12, Flex: 1},
	{ID: "target", Title: "WHERE", Width: 14, Min: 10, Flex: 1},
	{ID: "variant", Title: "SIDE", Width: 4},
	{ID: "since", Title: "FOR", Width: 4, Align: draw.Right},
	{ID: "value", Title: "VALUE", Width: 8, Align: draw.Right, Priority: 1},
	{ID: "summary", Title: "SUMMARY", Width: 24, Min: 24, Flex: 3, Priority: 2},
}

// alertRows are the alerts as the table asks for them.
type alertRows struct{ *Screen }

func (r alertRows) Len() int        { return len(r.alerts) }
func (r alertRows) ID(i int) string { return alertID(r.alerts[i]) }

func (r alertRows) Cell(i, column int) widget.Cell {
	a, th := r.alerts[i], r.look.theme
	switch alertColumns[column].ID {
	case "severity":
		glyph, style := views.AlertLook(th, a)
		return widget.Cell{Text: draw.Pad(glyph, 2, draw.Left) + severityText(a), Style: style}
	case "name":
		return widget.Cell{Text: draw.SanitizeLine(a.Name, 80)}
	case "target":
		return widget.Cell{Text: draw.SanitizeLine(a.Deployment, 120)}
	case "variant":
		return widget.Cell{Text: draw.SanitizeLine(a.Variant, 40), Style: th.Variant(views.VariantIndex(a.Variant))}
	case "since":
		return widget.Cell{Text: views.Age(r.look.now, a.Since, th.Glyphs)}
	case "value":
		return widget.Cell{Text: value(a, th)}
	default:
		return widget.Cell{Text: views.Words(th, a.Summary), Style: th.Dim}
	}
}

var momentColumns = []widget.Column{
	{ID: "age", Title: "AGO", Width: 4, Align: draw.Right},
	{ID: "kind", Title: "WHAT", Width: 12},
	{ID: "target", Title: "WHERE", Width: 12, Min: 8, Priority: 1},
	{ID: "text", Title: "EVENT", Width: 30, Min: 10, Flex: 1},
}

// columnsOf leaves out the deployment where there is only one.
func columnsOf(deployment string) []widget.Column {
	if deployment == "" {
		return momentColumns
	}
	return slices.DeleteFunc(slices.Clone(momentColumns), func(c widget.Column) bool { return c.ID == "target" })
}

// momentRows are the timeline as the table asks for it.
type momentRows struct{ *Screen }

func (r momentRows) Len() int        { return len(r.moments) }
func (r momentRows) ID(i int) string { return momentID(&r.moments[i]) }

func (r momentRows) Cell(i, column int) widget.Cell {
	m, th := &r.moments[i], r.look.theme
	switch r.columns[column].ID {
	case "age":
		return widget.Cell{Text: views.Age(r.look.now, m.At, th.Glyphs)}
	case "kind":
		glyph, style := momentLook(th, m)
		return widget.Cell{Text: draw.Pad(glyph, 2, draw.Left) + draw.SanitizeLine(m.Kind, 40), Style: style}
	case "target":
		return widget.Cell{Text: draw.SanitizeLine(m.Deployment, 120)}
	default:
		text := views.Words(th, m.Text)
		if m.By != "" {
			text += ", " + draw.SanitizeLine(m.By, 80)
		}
		return widget.Cell{Text: text}
	}
}

// momentLook is the sign of a kind of moment: changes by people have the marks
// that charts give them, the rest how bad it is.
func momentLook(th *theme.Theme, m *views.Moment) (glyph string, style theme.Style) {
	if m.State == backends.OK {
		switch m.Kind {
		case "split", "abort", "cutover":
			return th.Glyphs.Split, th.Accent
		case "deploy", "rollback", "promote", "scale", "pause", "resume":
			return th.Glyphs.Deploy, th.Accent
		case "note":
			return th.Glyphs.Bullet, th.Info
		}
	}
	return views.StateLook(th, m.State)
}
