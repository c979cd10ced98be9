package alerts

import (
	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/note"
)

// Bindings is the key table of the screen. While a note is typed, Type takes
// the keys, and the table only says what they do.
func (s *Screen) Bindings() []ui.Binding {
	if s.note.Typing() {
		return s.note.Bindings()
	}
	do := func(how func()) func() tea.Cmd {
		return func() tea.Cmd {
			s.revision++
			how()
			return nil
		}
	}
	none := ""
	if s.target() == "" {
		none = "the row under the cursor is about no single deployment"
	}
	other := "timeline"
	if s.inTimeline {
		other = "alerts"
	}
	open := views.To("deployment", s.target(), none)
	open.Keys, open.Help = []string{"enter"}, "open"
	act := []ui.Binding{
		open,
		{Keys: []string{"tab"}, Help: other, About: "move in the alerts, or in the timeline", Run: do(func() { s.inTimeline = !s.inTimeline })},
		views.To("explain", s.target(), none),
		views.To("logs", s.target(), none),
		views.To("split", s.target(), none),
		{Keys: []string{"n"}, Help: "note", About: "write a note into the journal, for the timeline", Off: note.Off(s.deps), Run: do(func() { s.note.Open(s.target()) })},
		views.To("journal", s.name, ""),
	}
	return append(act, s.walk(do)...)
}

func (s *Screen) walk(do func(func()) func() tea.Cmd) []ui.Binding {
	step := func(about string, how func(), keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: "move", About: about, Hidden: true, Run: do(how)}
	}
	return []ui.Binding{
		step("one row down", func() { s.focused().Move(1) }, "j", "down"),
		step("one row up", func() { s.focused().Move(-1) }, "k", "up"),
		step("one page down", func() { s.focused().Page(1) }, "pgdown", "ctrl+f"),
		step("one page up", func() { s.focused().Page(-1) }, "pgup", "ctrl+b"),
		step("first row", func() { s.focused().Home() }, "g", "home"),
		step("last row", func() { s.focused().End() }, "G", "end"),
	}
}

// Typing reports whether the note takes the keys.
func (s *Screen) Typing() bool { return s.note.Typing() }

// Type changes the note.
func (s *Screen) Type(k tea.KeyPressMsg) tea.Cmd {
	s.revision++
	return s.note.Type(s.deps, k)
}
