package ui

import (
	"slices"
	"time"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// chrome is what the header and the key bar are drawn from.
type chrome struct {
	theme    *theme.Theme
	width    int
	now      time.Time
	status   StatusMsg
	places   []Place
	bindings []Binding
	tasks    []Task
	note     string // instead of hints
}

func (m *Model) chrome() chrome {
	c := chrome{
		theme: m.look.theme, width: m.width, now: m.now, status: m.status,
		bindings: m.barBindings(), tasks: m.tasks,
	}
	for _, e := range m.stack {
		c.places = append(c.places, e.screen.Place())
	}
	if d := m.topDialog(); d != nil && !d.quiet.IsZero() {
		c.note = "keys are held back until you pause typing"
	}
	return c
}

// barBindings is the key table of whatever takes the keys now.
func (m *Model) barBindings() []Binding {
	if d := m.topDialog(); d != nil {
		return d.Bindings()
	}
	if m.overlay != nil {
		return m.overlay.bindings()
	}
	if t, ok := m.top().(Typer); ok && t.Typing() {
		return m.top().Bindings()
	}
	return slices.Concat(m.top().Bindings(), m.globals())
}

// header is the first line: where we are, what kind of place that is, how
// fresh the data is, and the time. On a narrow line the time goes first, then
// the outer breadcrumbs, then the ages, then the sources; chips always stay.
func (c chrome) header() string {
	crumbs := c.crumbs()
	right := ""
	for detail := fullDetail; detail >= onlyChips; detail-- {
		right = c.right(detail)
		least := crumbs.width()
		if detail <= withAges {
			least = crumbs.last().width()
		}
		if least+draw.Width(right) < c.width {
			break
		}
	}
	left := crumbs.within(c.width-draw.Width(right)-1, c.theme)
	return draw.Ends(left, right, c.width, c.theme.Glyphs.Ellipsis)
}

// The details of the right side, the highest with everything.
const (
	onlyChips   = iota
	withTrouble // sources that are not live
	withMinutes
	withSources // and minutes
	withAges
	withAgesAndMinutes
	fullDetail // sources with age, seconds
)

func (c chrome) right(detail int) string {
	out := c.chips()
	for _, s := range c.status.Sources {
		if text := c.source(s, detail); text != "" {
			out += "  " + text
		}
	}
	switch {
	case detail == fullDetail:
		out += "  " + c.now.Format(time.TimeOnly)
	case detail >= withMinutes && detail != withAges:
		out += "  " + c.now.Format("15:04")
	}
	if out == "" {
		return ""
	}
	return " " + out
}

func (c chrome) chips() string {
	out := ""
	chip := func(style theme.Style, text string) { out += " " + style.Paint("["+text+"]") }
	if c.status.Production {
		chip(c.theme.ChipProd, "PROD")
	}
	if c.status.ReadOnly != "" {
		chip(c.theme.ChipReadOnly, "READ-ONLY")
	}
	if c.status.Practice != "" {
		chip(c.theme.Warn, "PRACTICE "+draw.SanitizeLine(c.status.Practice, 16))
	}
	return out
}

// source is "prom ● 2s", or with a word when it is not live: "prom ◐ stale 42s".
func (c chrome) source(s SourceStatus, detail int) string {
	look := theme.StateUnknown
	switch s.State {
	case "live":
		look = theme.StateOK
	case "stale":
		look = theme.StateWarn
	case "offline":
		look = theme.StateFail
	case "connecting":
		look = theme.StateProgressing
	}
	live := s.State == "live"
	if detail < withTrouble || (live || s.State == "none") && detail < withSources {
		return ""
	}
	glyph, style := c.theme.State(look)
	name := draw.SanitizeLine(s.Name, 16)
	text := name + " " + style.Paint(glyph)
	if !live {
		text = name + " " + style.Paint(glyph+" "+draw.Sanitize(s.State))
	}
	if !s.At.IsZero() && (detail >= withAges || !live) {
		text += " " + draw.Age(c.now.Sub(s.At))
	}
	return text
}
