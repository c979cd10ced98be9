package review

import (
	"pitwall/backends"
	"pitwall/ui/draw"
	"pitwall/views"
)

// effectIndent is how far what a long effect leads to stands behind its name.
const effectIndent = 4

// effects lists what changes: "weight of B  30 % → 50 %", in columns. What is too
// long for them stands below its name, wrapped: what a change costs is never cut.
func (p *page) effects(effects []backends.Effect) {
	what, before := 0, 0
	for _, e := range effects {
		if e = clean(e); p.fits(e, draw.Width(e.What), draw.Width(e.Before)) {
			what, before = max(what, draw.Width(e.What)), max(before, draw.Width(e.Before))
		}
	}
	above := ""
	for _, e := range effects {
		e = clean(e)
		if p.fits(e, what, before) {
			p.lines = append(p.lines, draw.Pad(e.What, what, draw.Left)+"  "+draw.Pad(e.Before, before, draw.Right)+
				" "+views.Arrow(p.theme)+" "+p.theme.Title.Paint(e.After))
			above = ""
			continue
		}
		if e.What != above { // several of one thing share its name
			p.lines = append(p.lines, draw.Wrap(e.What, p.width)...)
		}
		above = e.What
		p.below(e)
	}
}

// divided are the effects that have room in a line, and those that have not.
func (p *page) divided(effects []backends.Effect) (short, long []backends.Effect) {
	for _, e := range effects {
		if c := clean(e); p.fits(c, draw.Width(c.What), draw.Width(c.Before)) {
			short = append(short, e)
		} else {
			long = append(long, e)
		}
	}
	return short, long
}

// fits reports whether an effect has room in columns of these widths.
func (p *page) fits(e backends.Effect, what, before int) bool {
	third := p.width / 3
	return what <= third && before <= third && draw.Width(e.What) <= what && draw.Width(e.Before) <= before &&
		what+before+draw.Width(e.After)+len("   ")+draw.Width(views.Arrow(p.theme))+1 <= p.width
}

// below adds what an effect leads from and to, under its name.
func (p *page) below(e backends.Effect) {
	text := e.After
	if e.Before != "" {
		text = e.Before + " " + views.Arrow(p.theme) + " " + e.After
	}
	for _, line := range draw.Wrap(text, max(p.width-effectIndent, 10)) {
		p.lines = append(p.lines, draw.Spaces(effectIndent)+p.theme.Title.Paint(line))
	}
}

func clean(e backends.Effect) backends.Effect {
	return backends.Effect{What: draw.Sanitize(e.What), Before: draw.Sanitize(e.Before), After: draw.Sanitize(e.After)}
}
