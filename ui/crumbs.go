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

// crumb is a painted part of the breadcrumb: as it stands behind the one before
// it, and with its name, which that one may have said.
type crumb struct{ text, named string }

func bare(text string) crumb { return crumb{text, text} }

// crumbs are the parts of the breadcrumb, outermost first.
type crumbs []crumb

// crumbs is "pitwall ▸ local ▸ fleet ▸ model-api split"; a name is said once.
func (c chrome) crumbs() crumbs {
	th := c.theme
	parts := crumbs{bare(th.Title.Paint("pitwall"))}
	if c.status.Context != "" {
		parts = append(parts, bare(c.name(c.status.Context)))
	}
	before := ""
	for i, p := range c.places {
		text, named := p.Screen, p.Screen
		if p.Name != "" {
			named = c.name(p.Name) + " " + text
		}
		if p.Name != before {
			text = named
		}
		before = p.Name
		style := th.Dim
		if i == len(c.places)-1 {
			style = th.Accent
		}
		parts = append(parts, crumb{style.Paint(text), style.Paint(named)})
	}
	return parts
}

func (c chrome) name(foreign string) string {
	return draw.TruncateMiddle(draw.Sanitize(foreign), nameWidth, c.theme.Glyphs.Ellipsis)
}

func (p crumbs) width() int {
	width := max(len(p)-1, 0) * crumbGap
	for _, part := range p {
		width += draw.Width(part.text)
	}
	return width
}

// last is where we are, which never goes without its name.
func (p crumbs) last() crumbs {
	p = slices.Clone(p[max(len(p)-1, 0):])
	for i := range p {
		p[i].text = p[i].named
	}
	return p
}

func (p crumbs) join(th *theme.Theme) string {
	texts := make([]string, len(p))
	for i, part := range p {
		texts[i] = part.text
	}
	return strings.Join(texts, " "+th.Dim.Paint(th.Glyphs.Crumb)+" ")
}

// within leaves out parts until the rest fits in width columns: first the
// places passed on the way, then the context, then the name of the program.
func (p crumbs) within(width int, th *theme.Theme) string {
	p = slices.Clone(p)
	for _, i := range []int{2, 1, 0} {
		for p.width() > width && len(p) > max(i+1, 1) {
			p = slices.Delete(p, i, i+1)
			p[i].text = p[i].named // the one before it may have had the name
		}
	}
	return p.join(th)
}
