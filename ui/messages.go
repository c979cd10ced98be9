package ui

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/draw"
)

// messageWidth is where the text of a message is wrapped: it fits in the
// smallest terminal, and nothing of an error is lost.
const messageWidth = 60

// messages is the log of every toast, the newest first.
type messages struct {
	menu
	all  []message
	hits []message // one a line: a message with a zero time continues the one before
}

func (m *Model) openMessages() tea.Cmd {
	l := &messages{all: slices.Clone(m.toasts.log)}
	slices.Reverse(l.all)
	l.search()
	m.overlay = l
	return nil
}

func (l *messages) search() {
	l.hits = l.hits[:0]
	for _, msg := range l.all {
		if !strings.Contains(strings.ToLower(msg.text), strings.ToLower(l.query)) {
			continue
		}
		for _, line := range draw.Wrap(msg.text, messageWidth) {
			msg.text = line
			l.hits = append(l.hits, msg)
			msg.at = time.Time{}
		}
	}
	l.count = len(l.hits)
}

func (l *messages) key(_ *Model, k tea.KeyPressMsg) (bool, tea.Cmd) {
	switch {
	case k.String() == "enter", k.String() == "!" && l.query == "":
		return true, nil
	case l.move(k):
	case l.edit(k):
		l.search()
	}
	return false, nil
}

func (l *messages) view(_ *Model, f Frame) []string {
	width, height := overlaySize(f)
	return l.menu.view(f.Theme, "messages", "/", width, height, func(i int, chosen bool) string {
		line := messageLine(f, l.hits[i])
		line = draw.Fit(line, width-2, draw.Left, f.Theme.Glyphs.Ellipsis)
		if chosen {
			return f.Theme.Selected.Around(line)
		}
		return line
	})
}

func messageLine(f Frame, msg message) string {
	glyph, style := levelLook(f.Theme, msg.level)
	if msg.at.IsZero() {
		return draw.Spaces(len(" 15:04:05 ")+draw.Width(glyph)+1) + msg.text
	}
	return " " + f.Theme.Dim.Paint(msg.at.Format(time.TimeOnly)) + " " + style.Paint(glyph) + " " + msg.text
}

func (*messages) bindings() []Binding {
	return []Binding{
		{Keys: []string{"type"}, Help: "search"}, {Keys: []string{"up/down"}, Help: "scroll"}, {Keys: []string{"esc"}, Help: "close"},
	}
}
