// Package deployment is the screen of one deployment: its charts on one time
// axis with what was changed below them, its variants and replicas, what
// fires, what happened, and how far its inputs have drifted.
package deployment

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/views"
)

// Screen is the screen of one deployment; it is a ui.Screen, Escaper and
// Mouser.
type Screen struct {
	deps views.Deps
	name string
	ctx  context.Context // of the screen's own work, from Enter

	row   fleet.Row // as the newest snapshot that has the deployment tells
	known bool      // some snapshot had it
	found bool      // the newest one has it

	axis     axis
	panels   []panel // in the order of kinds
	features features
	timeline timeline
	feed     feed
	usage    usage
	testing  bool   // a smoke test runs
	selected string // name of the replica that is inspected and tested

	focus  stop
	full   bool // only what has the focus
	scroll [stops]int

	looked   bool   // a frame was drawn since the last beat
	revision uint64 // counts what View depends on beside the frame
	layout   layout // of the last frame, for the mouse and the questions
	columns  int    // of the charts' plots, for the step
	cache    cache
}

// New makes the screen of a deployment on what is known now. It does no I/O.
func New(d views.Deps, name string) *Screen {
	const columns = 112 // until there is a frame
	s := &Screen{deps: d, name: name, ctx: context.Background(), panels: newPanels(), columns: columns, looked: true}
	s.axis.span = ranges[0]
	s.axis.settle(d.Now(), s.columns)
	s.take(d.Snapshot())
	return s
}

// Place is the deployment.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "deployment", Name: s.name} }

// Enter asks for the charts and what happened, and goes on doing so.
func (s *Screen) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	s.take(s.deps.Snapshot())
	return tea.Batch(s.ask(), s.askTimeline(), s.askUsage(), s.nextBeat())
}

// Update takes snapshots and answers.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.SnapshotMsg:
		s.take(msg.Snapshot)
	case beatMsg:
		if msg.of == s {
			return s.onBeat()
		}
	case askMsg:
		if msg.of == s && msg.generation == s.feed.generation {
			return s.ask()
		}
	case roundMsg:
		if msg.of == s {
			s.takeRound(msg)
		}
	case timelineMsg:
		if msg.of == s {
			s.timeline.take(msg)
			s.revision++
		}
	case usageMsg:
		if msg.of == s {
			s.usage.take(msg)
			s.revision++
		}
	case smokeMsg:
		if msg.of == s {
			return s.tested(msg)
		}
	case ui.Refresh:
		return tea.Batch(s.ask(), s.askTimeline(), s.askUsage())
	}
	return nil
}

// take shows a snapshot. A deployment that went away stays on screen as it was.
func (s *Screen) take(snapshot *fleet.Snapshot) {
	if snapshot == nil {
		return
	}
	row, found := snapshot.Row(s.name)
	s.revision++
	s.found = found
	if found {
		s.row, s.known = row, true
	}
}

// Escape ends the full view, then the crosshair.
func (s *Screen) Escape() bool {
	switch {
	case s.full:
		s.full = false
	case !s.axis.cross.IsZero():
		s.axis.toggleCross()
	default:
		return false
	}
	s.revision++
	return true
}
