package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/draw"
)

// help is the list of every key that means something on this screen.
type help struct {
	menu
	all  []Binding
	here int // how many of all are the screen's own
	hits []int
}

func (m *Model) openHelp() tea.Cmd {
	own := m.top().Bindings()
	h := &help{all: slices.Concat(own, m.globals()), here: len(own)}
	h.search()
	m.overlay = h
	return nil
}

func (h *help) search() {
	h.hits = h.hits[:0]
	query := strings.ToLower(h.query)
	for i, b := range h.all {
		text := strings.ToLower(strings.Join(b.Keys, " ") + " " + b.Help + " " + b.About + " " + b.Off)
		if strings.Contains(text, query) {
			h.hits = append(h.hits, i)
		}
	}
	h.count = len(h.hits)
}

func (h *help) key(_ *Model, k tea.KeyPressMsg) (bool, tea.Cmd) {
	switch {
	case k.String() == "enter", k.String() == "?" && h.query == "":
		return true, nil
	case h.move(k):
	case h.edit(k):
		h.search()
	}
	return false, nil
}

func (h *help) view(m *Model, f Frame) []string {
	width, height := overlaySize(f)
	title := "keys of " + m.top().Place().Screen
	return h.menu.view(f.Theme, title, "/", width, height, func(i int, chosen bool) string {
		line := h.line(f, h.hits[i], width-2)
		if chosen {
			return f.Theme.Selected.Around(line)
		}
		return line
	})
}

const (
	keysWidth = 16
	helpWidth = 16
)

func (h *help) line(f Frame, i, width int) string {
	th := f.Theme
	b := h.all[i]
	cell := func(text string, w int) string { return draw.Fit(text, w, draw.Left, th.Glyphs.Ellipsis) }
	keys, name, about := cell(strings.Join(b.Keys, " "), keysWidth), cell(b.Help, helpWidth), b.About
	where := "everywhere"
	if i < h.here {
		where = ""
	}
	if b.Off != "" {
		keys, name, about = th.Faint.Paint(keys), th.Faint.Paint(name), th.Faint.Paint("off: "+draw.Sanitize(b.Off))
	} else {
		keys = th.Key.Paint(keys)
	}
	return draw.Ends(" "+keys+" "+name+" "+about, " "+th.Dim.Paint(where)+" ", width, th.Glyphs.Ellipsis)
}

func (*help) bindings() []Binding {
	return []Binding{
		{Keys: []string{"type"}, Help: "search"}, {Keys: []string{"up/down"}, Help: "scroll"}, {Keys: []string{"esc"}, Help: "close"},
	}
}
