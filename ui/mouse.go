package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// wheelTime is how long turns of the wheel are gathered before they are
// handed on: a fast wheel sends hundreds of events a second.
const (
	wheelTime  = 16 * time.Millisecond
	wheelLines = 3
)

// wheel gathers turns at the place of the last one.
type wheel struct {
	x, y, lines int
	pending     bool
}

type wheelMsg struct{}

func (m *Model) mouseEvent(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		return m.turnWheel(at)
	case tea.MouseClickMsg:
		if at.Button != tea.MouseLeft {
			return nil
		}
		return m.pointer(MouseEvent{X: at.X, Y: at.Y, Kind: MousePress})
	case tea.MouseReleaseMsg:
		return m.pointer(MouseEvent{X: at.X, Y: at.Y, Kind: MouseRelease})
	case tea.MouseMotionMsg:
		if at.Button != tea.MouseLeft {
			return nil
		}
		return m.pointer(MouseEvent{X: at.X, Y: at.Y, Kind: MouseDrag})
	}
	return nil
}

func (m *Model) turnWheel(at tea.Mouse) tea.Cmd {
	switch at.Button {
	case tea.MouseWheelUp:
		m.wheel.lines -= wheelLines
	case tea.MouseWheelDown:
		m.wheel.lines += wheelLines
	default:
		return nil
	}
	m.wheel.x, m.wheel.y = at.X, at.Y
	if m.wheel.pending {
		return nil
	}
	m.wheel.pending = true
	return tea.Tick(wheelTime, func(time.Time) tea.Msg { return wheelMsg{} })
}

func (m *Model) flushWheel() tea.Cmd {
	e := MouseEvent{X: m.wheel.x, Y: m.wheel.y, Kind: MouseWheel, Wheel: m.wheel.lines}
	m.wheel = wheel{}
	if m.overlay != nil && len(m.dialogs) == 0 {
		m.overlay.scroll(e.Wheel)
		return nil
	}
	return m.pointer(e)
}

// pointer hands an event to the screen, in its own cells. Dialogs and overlays
// are worked with keys; they keep the mouse from what they cover.
func (m *Model) pointer(e MouseEvent) tea.Cmd {
	screen, ok := m.top().(Mouser)
	if !ok || len(m.dialogs) > 0 || m.overlay != nil {
		return nil
	}
	e.Y -= headerLines
	inside := e.Y >= 0 && e.Y < m.height-headerLines-keyBarLines
	if !inside && (e.Kind == MousePress || e.Kind == MouseWheel) {
		return nil
	}
	return screen.Mouse(e)
}
