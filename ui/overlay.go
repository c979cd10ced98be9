package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// overlay is help, the palette or the message log: it lies over the screen and
// takes every key until it is closed.
type overlay interface {
	key(m *Model, k tea.KeyPressMsg) (done bool, cmd tea.Cmd)
	scroll(lines int)
	view(m *Model, f Frame) []string
	bindings() []Binding
}

func (m *Model) overlayKey(k tea.KeyPressMsg) tea.Cmd {
	if k.String() == "esc" {
		m.overlay = nil
		return nil
	}
	open := m.overlay
	done, cmd := open.key(m, k)
	if done && m.overlay == open {
		m.overlay = nil
	}
	return cmd
}

// menu is a list with a query above and one chosen line; it is the common part
// of the overlays.
type menu struct {
	query  string
	at     int // chosen line, of count
	count  int
	page   int // lines shown when drawn last
	offset int
}

// move handles the keys that walk the list, and reports whether it was one.
func (l *menu) move(k tea.KeyPressMsg) bool {
	switch k.String() {
	case "down", "ctrl+n", "ctrl+j":
		l.scroll(1)
	case "up", "ctrl+p", "ctrl+k":
		l.scroll(-1)
	case "pgdown":
		l.scroll(max(l.page-1, 1))
	case "pgup":
		l.scroll(-max(l.page-1, 1))
	case "home":
		l.at = 0
	case "end":
		l.at = max(l.count-1, 0)
	default:
		return false
	}
	return true
}

func (l *menu) scroll(lines int) { l.at = max(min(l.at+lines, l.count-1), 0) }

// edit changes the query and goes back to the first hit.
func (l *menu) edit(k tea.KeyPressMsg) bool {
	text, edited := EditLine(l.query, k)
	if edited {
		l.query, l.at, l.offset = text, 0, 0
	}
	return edited
}

// view frames the query and the window of the list that holds the chosen line.
func (l *menu) view(th *theme.Theme, title, prompt string, width, height int, line func(i int, chosen bool) string) []string {
	l.page = max(height-4, 1)
	l.at = max(min(l.at, l.count-1), 0)
	l.offset = max(min(l.offset, l.at, l.count-l.page), l.at-l.page+1, 0)
	field := " " + th.Key.Paint(prompt) + " " + l.query + th.Selected.Paint(" ")
	if w := draw.Width(field); w > width-2 {
		field = draw.Cut(field, w-width+2, w)
	}
	lines := []string{field, th.Border.Paint(strings.Repeat(th.Glyphs.H, max(width-2, 0)))}
	for i := l.offset; i < min(l.offset+l.page, l.count); i++ {
		lines = append(lines, line(i, i == l.at))
	}
	if l.count == 0 {
		lines = append(lines, th.Dim.Paint("  nothing matches: backspace widens the search, esc closes"))
	}
	status := ""
	if l.count > l.page {
		status = plural(l.count, "entry", "entries")
	}
	return draw.Box(th, draw.BoxOptions{Title: title, Status: status, Focus: true}, lines, width, height)
}

// overlaySize is the size of an overlay in a frame.
func overlaySize(f Frame) (width, height int) {
	return min(f.Width-4, 100), min(f.Height-2, 30)
}
