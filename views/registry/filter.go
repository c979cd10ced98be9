package registry

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/ui/theme"
)

// filter is the words that a row must contain, all of them.
type filter struct {
	text   string
	typing bool
}

func (f *filter) match(parts ...string) bool {
	if f.text == "" {
		return true
	}
	text := strings.ToLower(strings.Join(parts, " "))
	for word := range strings.FieldsSeq(strings.ToLower(f.text)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// line is the filter as it is typed.
func (f *filter) line(th *theme.Theme) string {
	text := " " + th.Key.Paint("/") + " " + f.text
	if f.typing {
		text += th.Selected.Paint(" ")
	}
	return text
}

// typed changes the filter: enter keeps it, esc clears it, arrows still move.
func (k *desk) typed(key tea.KeyPressMsg) {
	k.revision++
	switch key.String() {
	case "enter":
		k.filter.typing = false
	case "esc":
		k.filter = filter{}
	case "down":
		k.move(1)
	case "up":
		k.move(-1)
	default:
		if text, edited := ui.EditLine(k.filter.text, key); edited {
			k.filter.text = text
		}
	}
	k.refill()
}
