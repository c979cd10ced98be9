package inspect

import (
	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/views"
)

// Bindings is the key table of the screen. While the filter is typed, Type
// takes the keys, and the table only says what they do.
func (s *Screen) Bindings() []ui.Binding {
	if s.typing {
		return []ui.Binding{
			{Keys: []string{"enter"}, Help: "keep"}, {Keys: []string{"esc"}, Help: "clear"}, {Keys: []string{"ctrl+w"}, Help: "delete word"},
		}
	}
	none, folds := "", ""
	if len(s.tree.lines) == 0 {
		none = "there is nothing to choose"
	}
	n := s.tree.line(s.cursor)
	switch {
	case s.tree.filter != "":
		folds = "the filter shows all that it finds"
	case n == nil || len(n.nodes) == 0:
		folds = "there is nothing below this line"
	}
	help := "fold"
	if n != nil && s.tree.isFolded(n) {
		help = "unfold"
	}
	hide := ""
	if s.deps.Inspect == nil {
		hide = noInspector
	}
	act := []ui.Binding{
		{Keys: []string{"enter", "space"}, Help: help, About: "hide or show what is below the line", Off: folds, Run: s.do(s.toggle)},
		{Keys: []string{"/"}, Help: "filter", About: "show only what has every word that is typed, with what is around it", Off: hide, Run: s.do(func() { s.typing = true })},
		{Keys: []string{"tab"}, Help: "next replica", About: "the next replica, and after the last one the front door", Off: hide, Run: func() tea.Cmd { return s.next(1) }},
		views.To("logs", s.name, ""),
		views.To("explain", s.name, ""),
		{Keys: []string{"shift+tab"}, Help: "previous replica", About: "the replica before", Off: hide, Hidden: true, Run: func() tea.Cmd { return s.next(-1) }},
		{Keys: []string{"-"}, Help: "fold all", About: "hide everything below the first level", Off: none, Run: s.do(func() { s.foldAll(true) })},
		{Keys: []string{"+", "="}, Help: "unfold all", About: "show everything", Off: none, Run: s.do(func() { s.foldAll(false) })},
		views.To("deployment", s.name, ""),
	}
	if s.tree.filter != "" {
		act = append(act, ui.Binding{Keys: []string{"esc"}, Help: "clear", About: "clear the filter"})
	}
	return append(act, s.walk()...)
}

// walk is the part of the table that moves.
func (s *Screen) walk() []ui.Binding {
	step := func(about string, how func(), keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: "move", About: about, Hidden: true, Run: s.do(how)}
	}
	return []ui.Binding{
		step("one line down", func() { s.move(1) }, "j", "down"),
		step("one line up", func() { s.move(-1) }, "k", "up"),
		step("one page down", func() { s.move(max(s.page-1, 1)) }, "pgdown", "ctrl+f"),
		step("one page up", func() { s.move(-max(s.page-1, 1)) }, "pgup", "ctrl+b"),
		step("the first line", func() { s.move(-len(s.tree.lines)) }, "g", "home"),
		step("the last line", func() { s.move(len(s.tree.lines)) }, "G", "end"),
		step("fold, or go to the line above that leads here", s.out, "left"),
		step("unfold, or go to the first line below", s.in, "right"),
	}
}

func (s *Screen) do(how func()) func() tea.Cmd {
	return func() tea.Cmd {
		s.revision++
		how()
		return nil
	}
}

func (s *Screen) move(by int) {
	s.cursor = max(min(s.cursor+by, len(s.tree.lines)-1), 0)
}

func (s *Screen) toggle() {
	if n := s.tree.line(s.cursor); n != nil {
		s.tree.fold(s.cursor, !s.tree.isFolded(n))
	}
}

// out folds the line, or goes to the one that leads to it.
func (s *Screen) out() {
	n := s.tree.line(s.cursor)
	switch {
	case n == nil:
	case len(n.nodes) > 0 && !s.tree.isFolded(n) && s.tree.filter == "":
		s.tree.fold(s.cursor, true)
	case n.depth > 0:
		s.cursor = s.tree.index(n.parent.id, s.cursor)
	}
}

// in unfolds the line, or goes to the first one below it.
func (s *Screen) in() {
	n := s.tree.line(s.cursor)
	switch {
	case n == nil || len(n.nodes) == 0:
	case s.tree.isFolded(n):
		s.tree.fold(s.cursor, false)
	default:
		s.move(1)
	}
}

func (s *Screen) foldAll(folded bool) {
	under := s.tree.idAt(s.cursor)
	s.tree.foldAll(folded)
	s.cursor = s.tree.index(under, 0)
}

// Typing reports whether the filter takes the keys.
func (s *Screen) Typing() bool { return s.typing }

// Type changes the filter.
func (s *Screen) Type(k tea.KeyPressMsg) tea.Cmd {
	s.revision++
	switch k.String() {
	case "enter":
		s.typing = false
	case "esc":
		s.typing = false
		s.setFilter("")
	case "down":
		s.move(1)
	case "up":
		s.move(-1)
	default:
		if text, edited := ui.EditLine(s.tree.filter, k); edited {
			s.setFilter(text)
		}
	}
	return nil
}

// setFilter shows other lines; the cursor stays on its line while that is shown.
func (s *Screen) setFilter(text string) {
	under := s.tree.idAt(s.cursor)
	s.tree.filter = text
	s.tree.show()
	s.cursor = s.tree.index(under, s.cursor)
}

// Escape clears the filter.
func (s *Screen) Escape() bool {
	if s.tree.filter == "" {
		return false
	}
	s.setFilter("")
	s.revision++
	return true
}

// Mouse chooses a line, folds one that is chosen already, and scrolls.
func (s *Screen) Mouse(e ui.MouseEvent) tea.Cmd {
	switch {
	case e.Kind == ui.MouseWheel:
		return s.do(func() { s.move(e.Wheel) })()
	case e.Kind != ui.MousePress || e.Y < headLines || e.Y >= headLines+s.page:
		return nil
	}
	line := e.Y - headLines + s.offset
	if s.tree.line(line) == nil {
		return nil
	}
	if line == s.cursor && s.tree.filter == "" {
		return s.do(s.toggle)()
	}
	return s.do(func() { s.cursor = line })()
}
