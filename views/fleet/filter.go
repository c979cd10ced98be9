package fleet

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	data "pitwall/backends/fleet"
	"pitwall/ui"
)

// filter is what rows must match. While it is typed, the rows follow each key;
// words that make no sense yet are left out.
type filter struct {
	text   string
	parsed data.Filter
	err    error // why text is not a filter
	typing bool
}

func (f *filter) match(r *data.Row) bool { return f.parsed.Empty() || f.parsed.Match(*r) }

func (f *filter) set(text string) {
	f.text = text
	f.parsed, f.err = data.ParseFilter(text)
	if f.err == nil {
		return
	}
	words := strings.Fields(text)
	words = slices.DeleteFunc(words, func(word string) bool {
		_, err := data.ParseFilter(word)
		return err != nil
	})
	f.parsed, _ = data.ParseFilter(strings.Join(words, " "))
}

func (s *Screen) typeFilter() tea.Cmd {
	s.filter.typing = true
	s.revision++
	return nil
}

// Typing reports whether the filter line takes the keys.
func (s *Screen) Typing() bool { return s.filter.typing }

// Type changes the filter: enter keeps it, esc clears it, arrows still move.
func (s *Screen) Type(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "enter":
		s.filter.typing = false
		if s.filter.err != nil {
			return nil // the line keeps the words and says what is wrong
		}
		s.filter.text = strings.TrimSpace(s.filter.text)
	case "esc":
		s.filter = filter{}
	case "down":
		return s.move(func() { s.table.Move(1) })
	case "up":
		return s.move(func() { s.table.Move(-1) })
	default:
		text, edited := ui.EditLine(s.filter.text, k)
		if !edited {
			return nil
		}
		s.filter.set(text)
	}
	s.arrange(true)
	return nil
}

// Escape clears the filter.
func (s *Screen) Escape() bool {
	if s.filter.text == "" {
		return false
	}
	s.filter = filter{}
	s.arrange(true)
	return true
}
