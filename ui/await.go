package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
)

// awaitMost is how long a key waits for what was asked for before it.
const awaitMost = 10 * time.Second

// awaited counts what was asked for and has not come yet: a review is planned
// on the backend first, and a "y" that is quicker than that is meant for it.
type awaited struct {
	n    int
	last time.Time // when something was asked for last
}

// answered is what came of something that was awaited.
type answered struct{ msg tea.Msg }

// await counts a command until it has its message.
func (m *Model) await(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	m.awaited.n++
	m.awaited.last = m.options.Now()
	return func() tea.Msg { return answered{cmd()} }
}

// answer passes on what came. A dialog opens at once: no key comes between.
func (m *Model) answer(a answered) tea.Cmd {
	m.awaited.n--
	switch msg := a.msg.(type) {
	case nil:
		return nil
	case OpenDialog:
		return m.request(msg)
	default:
		return send(msg)
	}
}

// awaits reports whether something that was asked for a moment ago may open yet.
func (m *Model) awaits() bool {
	return m.awaited.n > 0 && m.options.Now().Sub(m.awaited.last) < awaitMost
}

// opens reports whether a binding may lead to a review.
func (b Binding) opens() bool { return b.Danger || slices.Contains(b.Keys, "enter") }
