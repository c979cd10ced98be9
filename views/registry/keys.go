package registry

import (
	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
)

// typingBindings say what the keys do while the filter is typed.
func typingBindings() []ui.Binding {
	return []ui.Binding{
		{Keys: []string{"enter"}, Help: "keep"}, {Keys: []string{"esc"}, Help: "clear"}, {Keys: []string{"ctrl+w"}, Help: "delete word"},
	}
}

func (k *desk) filterBinding(what string) ui.Binding {
	return ui.Binding{Keys: []string{"/"}, Help: "filter", About: "show only " + what + " that contain every word that is typed", Run: func() tea.Cmd {
		k.filter.typing, k.whole = true, false
		k.revision++
		return nil
	}}
}

// farthest is more lines than there are.
const farthest = 1 << 20

// walk is the part of a table that moves; moved follows every step.
func (k *desk) walk(moved func() tea.Cmd) []ui.Binding {
	page := func() int { return max(k.listHeight-2, 5) }
	key := func(help, about string, how func(), keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: help, About: about, Hidden: true, Run: func() tea.Cmd {
			how()
			return moved()
		}}
	}
	scroll := func(by int) func() {
		return func() {
			k.revision++
			k.scroll = max(k.scroll+by, 0)
		}
	}
	return []ui.Binding{
		key("move", "one line down", func() { k.move(1) }, "j", "down"),
		key("move", "one line up", func() { k.move(-1) }, "k", "up"),
		key("move", "one page down", func() { k.move(page()) }, "pgdown", "ctrl+f"),
		key("move", "one page up", func() { k.move(-page()) }, "pgup", "ctrl+b"),
		key("move", "the first", func() { k.move(-farthest) }, "g", "home"),
		key("move", "the last", func() { k.move(farthest) }, "G", "end"),
		key("scroll", "scroll what belongs to the row down", scroll(1), "J"),
		key("scroll", "scroll what belongs to the row up", scroll(-1), "K"),
	}
}
