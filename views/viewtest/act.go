package viewtest

import (
	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
)

// Act is what the frame does for a key with this binding, as a command: where
// it leads comes as a Go message, before whatever else it runs.
func Act(b ui.Binding) tea.Cmd {
	if b.To == (ui.Place{}) {
		return b.Run()
	}
	to := func() tea.Msg { return ui.Go{To: b.To} }
	if b.Run == nil {
		return to
	}
	return tea.Sequence(to, b.Run())
}
