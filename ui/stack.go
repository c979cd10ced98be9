package ui

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"
)

// entry is a screen on the stack with the context its work runs under.
type entry struct {
	screen Screen
	ctx    context.Context
	cancel context.CancelFunc
}

func (m *Model) top() Screen { return m.stack[len(m.stack)-1].screen }

func (m *Model) atRoot() bool { return len(m.stack) == 1 }

func (m *Model) put(s Screen) {
	ctx, cancel := context.WithCancel(m.ctx)
	m.stack = append(m.stack, entry{s, ctx, cancel})
}

func (m *Model) enter(i int) tea.Cmd { return m.stack[i].screen.Enter(m.stack[i].ctx) }

// open shows a place. One that is on the stack already is found again, and
// what lies above it is left.
func (m *Model) open(p Place) tea.Cmd {
	m.overlay = nil
	at := slices.IndexFunc(m.stack, func(e entry) bool { return e.screen.Place() == p })
	if at >= 0 {
		m.leaveAbove(at)
		return nil
	}
	s, err := m.options.Open(p)
	if err != nil {
		return m.toast(Toast{Failure, "cannot open " + p.String() + ": " + err.Error()})
	}
	if l, ok := m.top().(Leaver); ok {
		l.Leave()
	}
	m.put(s)
	return m.enter(len(m.stack) - 1)
}

func (m *Model) back() tea.Cmd {
	if !m.atRoot() {
		m.leaveAbove(len(m.stack) - 2)
	}
	return nil
}

// leaveAbove takes the screens above the i-th off the stack and ends their work.
func (m *Model) leaveAbove(i int) {
	for len(m.stack) > i+1 {
		last := len(m.stack) - 1
		m.stack[last].cancel()
		m.stack[last] = entry{}
		m.stack = m.stack[:last]
	}
}
