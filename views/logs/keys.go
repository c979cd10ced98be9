package logs

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/views"
)

// prompt is the text that is typed now.
type prompt struct {
	kind      promptKind
	text      string
	before    string // what stood there, for esc
	following bool   // whether the pane followed before the search
}

type promptKind int

const (
	noPrompt promptKind = iota
	searchPrompt
	includePrompt
	excludePrompt
)

// Bindings is the key table of the screen. While text is typed, Type takes the
// keys, and the table only says what they do.
func (s *Screen) Bindings() []ui.Binding {
	if s.Typing() {
		return []ui.Binding{
			{Keys: []string{"enter"}, Help: "keep"}, {Keys: []string{"esc"}, Help: "cancel"}, {Keys: []string{"ctrl+w"}, Help: "delete word"},
		}
	}
	follow := "pause"
	if !s.pane.Following() {
		follow = "follow"
	}
	noMatch, noSource := "", ""
	if s.matches.count == 0 {
		noMatch = "nothing is found: / searches"
	}
	if len(s.known) == 0 {
		noSource = "no replica has written a line yet"
	}
	do := func(how func()) func() tea.Cmd {
		return func() tea.Cmd {
			s.revision++
			how()
			return nil
		}
	}
	act := []ui.Binding{
		{Keys: []string{"f"}, Help: follow, About: "hold the lines still, or follow the newest again", Run: do(s.toggle)},
		{Keys: []string{"/"}, Help: "search", About: "mark what is typed and go from match to match", Run: do(func() { s.ask(searchPrompt) })},
		{Keys: []string{"n"}, Help: "next", About: "the next match below", Off: noMatch, Run: do(func() { s.pane.NextMatch(); s.count() })},
		{Keys: []string{"N"}, Help: "previous", About: "the next match above", Hidden: true, Off: noMatch, Run: do(func() { s.pane.PrevMatch(); s.count() })},
		{Keys: []string{"&"}, Help: "only", About: "show only lines that contain what is typed", Run: do(func() { s.ask(includePrompt) })},
		{Keys: []string{"-"}, Help: "without", About: "hide lines that contain what is typed", Run: do(func() { s.ask(excludePrompt) })},
		{Keys: []string{"v"}, Help: "variant", About: "all lines, those of one variant, or of one replica", Off: noSource, Run: do(s.chooseNext)},
		{Keys: []string{"w"}, Help: "wrap", About: "wrap long lines or cut them", Run: do(func() { s.pane.SetWrap(!s.pane.Wrapped()) })},
		{Keys: []string{"t"}, Help: "times", About: "show when lines were written, or not", Run: do(func() { s.time = !s.time; s.fill() })},
		{Keys: []string{"z"}, Help: "raw", About: "lines as they were written, or made readable", Run: do(func() { s.raw = !s.raw; s.fill() })},
	}
	places := views.Hidden(views.To("explain", s.name, ""), views.To("alerts", s.name, ""))
	return slices.Concat(act, places, s.walk(do))
}

// walk is the part of the table that scrolls.
func (s *Screen) walk(do func(func()) func() tea.Cmd) []ui.Binding {
	step := func(about string, how func(), keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: "scroll", About: about, Hidden: true, Run: do(how)}
	}
	return []ui.Binding{
		step("one line up; holds the lines still", func() { s.pane.Scroll(-1) }, "k", "up"),
		step("one line down", func() { s.pane.Scroll(1) }, "j", "down"),
		step("one page up", func() { s.pane.Page(-1) }, "pgup", "ctrl+b"),
		step("one page down", func() { s.pane.Page(1) }, "pgdown", "ctrl+f"),
		step("the oldest line", s.pane.Home, "g", "home"),
		step("the newest line, and follow", s.pane.Follow, "G", "end"),
		step("16 columns to the left", func() { s.pane.ScrollX(-1) }, "h", "left"),
		step("16 columns to the right", func() { s.pane.ScrollX(1) }, "right"),
	}
}

func (s *Screen) toggle() {
	if s.pane.Following() {
		s.pane.Pause()
		return
	}
	s.pane.Follow()
}

// chooseNext goes from all to each variant, then to each replica.
func (s *Screen) chooseNext() {
	var choices []source
	for _, who := range s.known {
		if n := len(choices); who.variant != "" && (n == 0 || choices[n-1].variant != who.variant) {
			choices = append(choices, source{variant: who.variant})
		}
	}
	choices = append(choices, s.known...)
	next := 0
	for i, c := range choices {
		if c == s.chosen {
			next = i + 1
		}
	}
	s.chosen = source{}
	if next < len(choices) {
		s.chosen = choices[next]
	}
	s.fill()
}

// ask opens the prompt on what it had before.
func (s *Screen) ask(kind promptKind) {
	s.prompt = prompt{kind: kind, following: s.pane.Following()}
	switch kind {
	case searchPrompt:
		s.prompt.before = s.pane.Query()
	case includePrompt:
		s.prompt.before, s.prompt.text = s.include, s.include
	case excludePrompt:
		s.prompt.before, s.prompt.text = s.exclude, s.exclude
	}
}

// Typing reports whether the prompt takes the keys.
func (s *Screen) Typing() bool { return s.prompt.kind != noPrompt }

// Type changes the prompt; the lines follow each key.
func (s *Screen) Type(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "enter":
		s.apply(strings.TrimSpace(s.prompt.text))
		s.prompt = prompt{}
	case "esc":
		s.apply(s.prompt.before)
		if s.prompt.following {
			s.pane.Follow()
		}
		s.prompt = prompt{}
	default:
		text, edited := ui.EditLine(s.prompt.text, k)
		if !edited {
			return nil
		}
		s.prompt.text = text
		s.apply(text)
	}
	s.revision++
	return nil
}

// apply searches or filters for a text.
func (s *Screen) apply(text string) {
	switch s.prompt.kind {
	case searchPrompt:
		if text != s.pane.Query() {
			s.pane.Search(text)
		}
	case includePrompt:
		s.include = text
	case excludePrompt:
		s.exclude = text
	}
	if s.prompt.kind != searchPrompt {
		s.pane.SetFilter(s.include, s.exclude)
	}
	s.count()
}

// Escape clears the search, then the filters, then the choice of a replica.
func (s *Screen) Escape() bool {
	s.revision++
	switch {
	case s.pane.Query() != "":
		s.pane.Search("")
	case s.include != "" || s.exclude != "":
		s.include, s.exclude = "", ""
		s.pane.SetFilter("", "")
	case s.chosen != source{}:
		s.chosen = source{}
		s.fill()
	default:
		return false
	}
	s.count()
	return true
}
