package ui

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/draw"
)

// messages is the log of every toast, the newest first.
type messages struct {
	menu
	all  []message
	hits []message
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
		if strings.Contains(strings.ToLower(msg.text), strings.ToLower(l.query)) {
			l.hits = append(l.hits, msg)
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
		msg := l.hits[i]
		glyph, style := levelLook(f.Theme, msg.level)
		line := " " + f.Theme.Dim.Paint(msg.at.Format(time.TimeOnly)) + " " + style.Paint(glyph) + " " + msg.text
		line = draw.Fit(line, width-2, draw.Left, f.Theme.Glyphs.Ellipsis)
		if chosen {
			return f.Theme.Selected.Around(line)
		}
		return line
	})
}

func (*messages) bindings() []Binding {
	return []Binding{
		{Keys: []string{"type"}, Help: "search"}, {Keys: []string{"up/down"}, Help: "scroll"}, {Keys: []string{"esc"}, Help: "close"},
	}
}
