package deployment

import (
	tea "charm.land/bubbletea/v2"
)

// stop is one stop of the focus ring.
type stop int

// The stops: the charts in the order of kinds, and the lists.
const (
	firstChart stop = 0
	lastChart  stop = stop(len(kinds)) - 1
	replicas   stop = iota + lastChart - 1
	drift
	alerts
	events
	stops
)

// page is what is on screen together in a narrow frame: the charts, or one list.
func (s stop) page() stop {
	if s.isChart() {
		return firstChart
	}
	return s
}

func (s stop) isChart() bool { return s <= lastChart }

// next moves the focus along the ring. A narrow frame shows a page at a time,
// and there the ring leads from page to page.
func (s *Screen) next(direction stop) tea.Cmd {
	before := s.focus.page()
	s.focus = (s.focus + direction + stops) % stops
	for s.paged() && s.focus.page() == before {
		s.focus = (s.focus + direction + stops) % stops
	}
	if s.paged() {
		s.focus = s.focus.page()
	}
	return s.turned(before)
}

// turned asks for what has come on screen.
func (s *Screen) turned(before stop) tea.Cmd {
	s.revision++
	if (s.paged() || s.full) && s.focus.page() != before {
		return s.ask()
	}
	return nil
}

// move goes to the next chart, or scrolls a list.
func (s *Screen) move(by int) tea.Cmd {
	s.revision++
	if s.focus.isChart() {
		s.focus = min(max(s.focus+stop(by), firstChart), lastChart)
		return nil
	}
	if s.focus == replicas && s.selects() {
		s.selectReplica(by)
		return nil
	}
	s.scroll[s.focus] = max(s.scroll[s.focus]+by, 0)
	return nil
}

// toggleFull gives the whole screen to what has the focus, or takes it back.
func (s *Screen) toggleFull() tea.Cmd {
	s.full = !s.full
	s.revision++
	return s.ask()
}

// paged reports whether the frame is too narrow for a column beside the charts.
func (s *Screen) paged() bool { return s.layout.width > 0 && s.layout.width < asideFrom }

// showsCharts and the like tell what is on screen, and so worth asking for.
func (s *Screen) showsCharts() bool { return s.focus.isChart() || !s.paged() && !s.full }

func (s *Screen) showsReplicas() bool { return s.focus == replicas || !s.paged() && !s.full }

func (s *Screen) showsFeatures() bool { return s.focus == drift || !s.paged() && !s.full }
