package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// setStatus takes a new header. A source that goes away or comes back is also
// told in words: its error does not fit in the header.
func (m *Model) setStatus(s StatusMsg) tea.Cmd {
	before := m.status.Sources
	m.status = s
	var cmds []tea.Cmd
	for _, now := range s.Sources {
		i := slices.IndexFunc(before, func(b SourceStatus) bool { return b.Name == now.Name })
		if i < 0 || before[i].State == now.State {
			continue
		}
		switch {
		case now.State == "offline":
			text := now.Name + " is offline, what it told before stays on screen"
			if now.Text != "" {
				text += ": " + now.Text
			}
			cmds = append(cmds, m.toast(Toast{Warning, text}))
		case now.State == "live" && before[i].State == "offline":
			cmds = append(cmds, m.toast(Toast{Good, now.Name + " is back"}))
		}
	}
	return tea.Batch(cmds...)
}
