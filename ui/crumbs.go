package ui

import (
	"slices"
	"strings"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

const (
	nameWidth = 32 // columns of a name in the breadcrumb
	crumbGap  = 3  // columns between two parts
)

// crumbs are the painted parts of the breadcrumb, outermost first.
type crumbs []string

// crumbs is "pitwall ▸ local ▸ fleet ▸ model-api split"; a name is said once.
func (c chrome) crumbs() crumbs {
	th := c.theme
	parts := crumbs{th.Title.Paint("pitwall")}
	if c.status.Context != "" {
		parts = append(parts, c.name(c.status.Context))
	}
	before := ""
	for i, p := range c.places {
		text := p.Screen
		if p.Name != "" && p.Name != before {
			text = c.name(p.Name) + " " + text
		}
		before = p.Name
		style := th.Dim
		if i == len(c.places)-1 {
			style = th.Accent
		}
		parts = append(parts, style.Paint(text))
	}
	return parts
}

func (c chrome) name(foreign string) string {
	return draw.TruncateMiddle(draw.Sanitize(foreign), nameWidth, c.theme.Glyphs.Ellipsis)
}

func (p crumbs) width() int {
	width := max(len(p)-1, 0) * crumbGap
	for _, part := range p {
		width += draw.Width(part)
	}
	return width
}

// last is where we are.
func (p crumbs) last() crumbs { return p[max(len(p)-1, 0):] }

func (p crumbs) join(th *theme.Theme) string {
	return strings.Join(p, " "+th.Dim.Paint(th.Glyphs.Crumb)+" ")
}

// within leaves out parts until the rest fits in width columns: first the
// places passed on the way, then the context, then the name of the program.
func (p crumbs) within(width int, th *theme.Theme) string {
	p = slices.Clone(p)
	for _, i := range []int{2, 1, 0} {
		for p.width() > width && len(p) > max(i+1, 1) {
			p = slices.Delete(p, i, i+1)
		}
	}
	return p.join(th)
}
