package journal

import (
	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/note"
)

// Bindings is the key table of the screen. While text is typed, Type takes the
// keys, and the table only says what they do.
func (s *Screen) Bindings() []ui.Binding {
	switch {
	case s.note.Typing():
		return s.note.Bindings()
	case s.typing:
		return []ui.Binding{
			{Keys: []string{"enter"}, Help: "keep"}, {Keys: []string{"esc"}, Help: "clear"}, {Keys: []string{"ctrl+w"}, Help: "delete word"},
		}
	}
	do := func(how func()) func() tea.Cmd {
		return func() tea.Cmd {
			s.revision++
			how()
			return nil
		}
	}
	none, nowhere, target := "", "", ""
	if r, ok := s.selected(); !ok {
		none = "there is no record to choose"
		nowhere = none
	} else if target = r.head().Target.Name; target == "" {
		nowhere = "the record names no deployment"
	}
	whole := "record"
	if s.detail {
		whole = "table"
	}
	act := []ui.Binding{
		{Keys: []string{"enter"}, Help: whole, About: "every field of the record on the whole screen, or the table again", Off: none, Run: do(s.openDetail)},
		{Keys: []string{"/"}, Help: "filter", About: "show only records that contain every word that is typed", Run: do(func() { s.typing, s.detail = true, false })},
		{Keys: []string{"t"}, Help: "time range", About: "the last hour, 24 hours, 7 days, or everything", Run: s.nextSpan},
		{Keys: []string{"n"}, Help: "note", About: "write a note into the journal", Off: note.Off(s.deps), Run: do(s.openNote)},
		views.To("deployment", target, nowhere),
	}
	return append(act, s.walk(do)...)
}

func (s *Screen) walk(do func(func()) func() tea.Cmd) []ui.Binding {
	step := func(about string, how func(), keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: "move", About: about, Hidden: true, Run: do(how)}
	}
	page := func() int { return max(s.cache.frame.Height-topLines-3, 1) }
	return []ui.Binding{
		step("one line down", func() { s.move(1) }, "j", "down"),
		step("one line up", func() { s.move(-1) }, "k", "up"),
		step("one page down", func() { s.move(page()) }, "pgdown", "ctrl+f"),
		step("one page up", func() { s.move(-page()) }, "pgup", "ctrl+b"),
		step("the newest record", func() { s.move(-len(s.rows) - s.scroll) }, "g", "home"),
		step("the oldest record", func() { s.move(len(s.rows)) }, "G", "end"),
	}
}

func (s *Screen) openDetail() { s.detail, s.scroll = !s.detail, 0 }

func (s *Screen) openNote() {
	about := s.name
	if r, ok := s.selected(); ok && about == "" {
		about = r.head().Target.Name
	}
	s.note.Open(about)
}

// nextSpan reads another span; what is known stands until it was read.
func (s *Screen) nextSpan() tea.Cmd {
	s.span = (s.span + 1) % len(spans)
	s.revision++
	return s.read()
}

// Typing reports whether the note or the filter takes the keys.
func (s *Screen) Typing() bool { return s.note.Typing() || s.typing }

// Type changes the note or the filter.
func (s *Screen) Type(k tea.KeyPressMsg) tea.Cmd {
	s.revision++
	if s.note.Typing() {
		return s.note.Type(s.deps, k)
	}
	switch k.String() {
	case "enter":
		s.typing = false
	case "esc":
		s.typing, s.filter = false, ""
	case "down":
		s.move(1)
	case "up":
		s.move(-1)
	default:
		if text, edited := ui.EditLine(s.filter, k); edited {
			s.filter = text
		}
	}
	s.choose()
	return nil
}

// Escape closes the detail, then clears the filter.
func (s *Screen) Escape() bool {
	switch {
	case s.detail:
		s.detail = false
	case s.filter != "":
		s.filter = ""
	default:
		return false
	}
	s.choose()
	return true
}
