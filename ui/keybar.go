package ui

import (
	"pitwall/ui/draw"
)

// hintsShown is how many hints the key bar has at most, beside those of the
// palette and of help.
const hintsShown = 8

// keyBar is the last line: the first hints of the key table and the running
// tasks. Hints that are off are grey; help says why.
func (c chrome) keyBar() string {
	th := c.theme
	tasks := taskText(th, c.tasks, c.width/2)
	room := c.width - draw.Width(tasks) - 1
	if c.note != "" {
		return th.Bar.Around(draw.Ends(" "+th.Warn.Paint(c.note), tasks, c.width, th.Glyphs.Ellipsis))
	}
	out := ""
	used := 0
	add := func(b Binding, reserve int) bool {
		if b.Hidden || len(b.Keys) == 0 {
			return true
		}
		width := draw.Width(b.Keys[0]) + 1 + draw.Width(b.Help) + 2
		if used+width > room-reserve {
			return false
		}
		used += width
		if b.Off != "" {
			out += th.Faint.Paint(b.Keys[0]+" "+b.Help) + "  "
			return true
		}
		out += th.Key.Paint(b.Keys[0]) + " " + b.Help + "  "
		return true
	}
	always, rest := alwaysShown(c.bindings)
	reserve := 0
	for _, b := range always {
		reserve += draw.Width(b.Keys[0]) + draw.Width(b.Help) + 3
	}
	for i, b := range visible(rest) {
		if i == hintsShown || !add(b, reserve) {
			break
		}
	}
	for _, b := range always {
		add(b, 0)
	}
	return th.Bar.Around(draw.Ends(" "+out, tasks, c.width, ""))
}

func visible(bindings []Binding) []Binding {
	shown := make([]Binding, 0, len(bindings))
	for _, b := range bindings {
		if !b.Hidden && len(b.Keys) > 0 {
			shown = append(shown, b)
		}
	}
	return shown
}

// alwaysShown takes out the hints for the palette and for help, which lead to
// everything else.
func alwaysShown(bindings []Binding) (always, rest []Binding) {
	for _, b := range bindings {
		if len(b.Keys) > 0 && (b.Keys[0] == ":" || b.Keys[0] == "?") {
			always = append(always, b)
		} else {
			rest = append(rest, b)
		}
	}
	return always, rest
}
