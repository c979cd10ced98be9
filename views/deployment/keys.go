package deployment

import (
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/review"
)

// Bindings is the key table of the screen.
func (s *Screen) Bindings() []ui.Binding {
	none := ""
	if !s.known {
		none = gone
	}
	act := []ui.Binding{
		{Keys: []string{"tab"}, Help: "next", About: "move the focus to the next chart, list or page", Off: none, Run: func() tea.Cmd { return s.next(1) }},
		views.To("explain", s.name, none),
		views.To("split", s.name, none),
		{Keys: []string{"A"}, Help: "all to stable", About: "review to give the stable variant all the traffic", Danger: true, Off: s.stableOff(), Run: s.allToStable},
		{Keys: []string{"B"}, Help: "rollback", About: "choose an earlier revision to go back to", Danger: true, Off: s.off(backends.OpRollback), To: views.To("rollout", s.name, "").To},
		views.To("logs", s.name, none),
		{Keys: []string{"v"}, Help: "crosshair", About: "read the values at a moment; left and right move it, esc takes it away", Off: none, Run: s.cross},
		{Keys: []string{"f"}, Help: "full", About: "give the whole screen to what has the focus, or take it back", Off: none, Run: s.toggleFull},
		views.To("rollout", s.name, none),
		views.To("checklist", s.name, none),
		views.To("registry", s.name, none),
		views.To("alerts", s.name, none),
		views.To("journal", s.name, none),
		s.inspectBinding(),
		s.smokeBinding(),
		{Keys: []string{"shift+tab"}, Help: "previous", About: "move the focus back", Hidden: true, Run: func() tea.Cmd { return s.next(-1) }},
	}
	if s.full || !s.axis.cross.IsZero() {
		act = append(act, ui.Binding{Keys: []string{"esc"}, Help: "close", About: "end the full view, then the crosshair"})
	}
	return slices.Concat(act, s.axisBindings(), s.walk())
}

// axisBindings is the part of the table that changes the time on screen.
func (s *Screen) axisBindings() []ui.Binding {
	key := func(help, about string, how func() tea.Cmd, keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: help, About: about, Hidden: true, Run: how}
	}
	zoom := func(direction int) func() tea.Cmd {
		return s.shift(func() { s.axis.zoom(direction, s.deps.Now()) })
	}
	pan := func(direction int) func() tea.Cmd {
		return s.shift(func() { s.axis.pan(direction, s.deps.Now()) })
	}
	b := []ui.Binding{
		key("zoom in", "show a shorter time, around the crosshair if there is one", zoom(-1), "+", "="),
		key("zoom out", "show a longer time", zoom(1), "-"),
		key("back", "move the crosshair, or without one the window, back in time", s.left(-1, pan(-1)), "left"),
		key("forward", "move the crosshair, or without one the window, towards the present", s.left(1, pan(1)), "right"),
		key("fast back", "move the crosshair by ten points", s.left(-crossFast, pan(-1)), "shift+left", "H"),
		key("fast forward", "move the crosshair by ten points", s.left(crossFast, pan(1)), "shift+right", "L"),
		key("pan back", "move the window back in time; it stops at the oldest data", pan(-1), "["),
		key("pan forward", "move the window towards the present", pan(1), "]"),
		key("live", "follow the present", s.shift(s.axis.follow), "0"),
	}
	for i, span := range ranges {
		about := "show the last " + spanText(span)
		b = append(b, key("range", about, s.shift(func() { s.axis.set(span, s.deps.Now()) }), strconv.Itoa(i+1)))
	}
	return b
}

// walk is the part of the table that moves within what has the focus.
func (s *Screen) walk() []ui.Binding {
	const page = 10
	step := func(about string, by int, keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: "move", About: about, Hidden: true, Run: func() tea.Cmd { return s.move(by) }}
	}
	return []ui.Binding{
		step("next chart, or scroll the list down", 1, "j", "down"),
		step("previous chart, or scroll the list up", -1, "k", "up"),
		step("scroll the list down by a page", page, "pgdown", "ctrl+f"),
		step("scroll the list up by a page", -page, "pgup", "ctrl+b"),
	}
}

// shift changes the time on screen and asks for it.
func (s *Screen) shift(how func()) func() tea.Cmd {
	return func() tea.Cmd {
		how()
		return s.askSoon()
	}
}

// left moves the crosshair by steps, or without one pans.
func (s *Screen) left(steps int, pan func() tea.Cmd) func() tea.Cmd {
	return func() tea.Cmd {
		if s.axis.cross.IsZero() {
			return pan()
		}
		s.revision++
		s.axis.moveCross(steps)
		return nil
	}
}

func (s *Screen) cross() tea.Cmd {
	s.revision++
	s.axis.toggleCross()
	return nil
}

func (s *Screen) allToStable() tea.Cmd {
	return review.Open(s.deps, review.AllToStable(s.row.Deployment))
}

// off gives the reason why an operation cannot be used, or "".
func (s *Screen) off(op backends.Op) string {
	if !s.found {
		return gone
	}
	return review.Off(s.deps, op, s.row.Deployment)
}

func (s *Screen) stableOff() string {
	if !s.found {
		return gone
	}
	return review.StableOff(s.deps, s.row.Deployment)
}

// gone is why nothing can be done with a deployment that is not there.
const gone = "the deployment is not there"
