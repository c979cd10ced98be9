package ui

import (
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"pitwall/ui/draw"
)

// Render draws one frame of a screen with its header and key bar, without a
// terminal: f.Height lines of f.Width columns, joined by line breaks. Of a
// plain frame it returns the screen's lines, without colour, under one line
// that says where this is.
func Render(s Screen, f Frame, status StatusMsg) string {
	if f.Plain {
		return plain(s, f, status)
	}
	if f.Width < MinWidth || f.Height < MinHeight {
		return strings.Join(tooSmall(f.Theme, f.Width, f.Height), "\n")
	}
	c := chrome{
		theme: f.Theme, width: f.Width, now: f.Now, status: status, places: []Place{s.Place()},
		bindings: slices.Concat(s.Bindings(), (&Model{}).globals()),
	}
	body := f
	body.Height -= headerLines + keyBarLines
	lines := append([]string{c.header()}, fit(body, s.View(body))...)
	return strings.Join(append(lines, c.keyBar()), "\n")
}

// plain is the linear form: words instead of position, colour and shape.
func plain(s Screen, f Frame, status StatusMsg) string {
	c := chrome{theme: f.Theme, width: f.Width, now: f.Now, status: status, places: []Place{s.Place()}}
	lines := []string{c.crumbs().join(f.Theme) + c.chips()}
	for _, source := range status.Sources {
		lines = append(lines, plainSource(c.now, source))
	}
	lines = append(append(lines, ""), s.View(f)...)
	for i, line := range lines {
		lines[i] = strings.TrimRight(ansi.Strip(line), " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func plainSource(now time.Time, s SourceStatus) string {
	line := "source " + draw.Sanitize(s.Name) + ": " + draw.Sanitize(s.State)
	if !s.At.IsZero() {
		line += ", data " + draw.Age(now.Sub(s.At)) + " old"
	}
	if s.Text != "" {
		line += ", " + draw.Sanitize(s.Text)
	}
	return line
}
