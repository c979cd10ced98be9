package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// The clock exists for ages and the time of day only. Without focus it goes
// slowly, and data is painted with it, so that a console in the background
// costs next to nothing and still never shows a frame older than this.
const (
	clockFocused = time.Second
	clockBlurred = 10 * time.Second
)

// clockMsg carries the generation of the clock that sent it.
type clockMsg int

// tick waits for the next full period.
func (m *Model) tick() tea.Cmd {
	period := clockFocused
	if m.blurred {
		period = clockBlurred
	}
	now := m.options.Now()
	generation := m.ticks
	return tea.Tick(now.Truncate(period).Add(period).Sub(now), func(time.Time) tea.Msg {
		return clockMsg(generation)
	})
}

func (m *Model) clockTick(msg clockMsg) tea.Cmd {
	if int(msg) != m.ticks {
		return nil
	}
	m.setNow()
	m.frame.stale = true
	return m.tick()
}

func (m *Model) setNow() { m.now = m.options.Now().Truncate(time.Second) }

// setFocus starts the clock of the other speed; the old one ends at its next
// tick. The terminal's colours may have changed while we were not looked at.
func (m *Model) setFocus(focused bool) tea.Cmd {
	if m.blurred == !focused {
		return nil
	}
	m.blurred = !focused
	m.ticks++
	m.setNow()
	if !focused {
		return m.tick()
	}
	return tea.Batch(m.tick(), tea.RequestBackgroundColor)
}
