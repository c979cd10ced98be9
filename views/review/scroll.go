package review

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/widget"
)

// scrolled is where the question stands, with the keys that move it now: while
// something is typed, letters are text.
func (r *dialog) scrolled() *widget.Scroll {
	r.scroll.Down, r.scroll.Up = "j", "k"
	if r.field != noField {
		r.scroll.Down, r.scroll.Up = "down", "up"
	}
	return &r.scroll
}

// scrollKey moves the question, and reports whether the key does that.
func (r *dialog) scrollKey(key string) bool {
	s := &r.scroll
	if r.field != noField && (len(key) == 1 || key == "home" || key == "end") {
		return false
	}
	switch key {
	case "j", "down":
		s.To(s.Top + 1)
	case "k", "up":
		s.To(s.Top - 1)
	case "pgdown", "ctrl+f":
		s.To(s.Top + s.Page)
	case "pgup", "ctrl+b":
		s.To(s.Top - s.Page)
	case "g", "home":
		s.To(0)
	case "G", "end":
		s.To(s.Last)
	default:
		return false
	}
	return true
}

// longestCommit is the most lines of a text to commit that are copied.
const longestCommit = 2000

// copied puts the text to commit into the terminal's clipboard.
func copied(text string) tea.Cmd {
	lines := draw.SanitizeLines(text, longestCommit)
	done := ui.Toast{Level: ui.Info, Text: fmt.Sprintf("copied the text to commit, %d lines", len(lines))}
	return tea.Batch(tea.SetClipboard(strings.Join(lines, "\n")+"\n"), func() tea.Msg { return done })
}
