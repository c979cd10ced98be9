// Package alerts is the screen of what fires and of what happened around it.
package alerts

import (
	"cmp"
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/widget"
	"pitwall/views"
	"pitwall/views/note"
)

const (
	beat       = 2 * time.Second // between two readings of the timeline while somebody looks
	askTimeout = 5 * time.Second
)

// Screen is the alerts and the timeline of one deployment or of all; it is a
// ui.Screen, Typer, Mouser and Copier.
type Screen struct {
	deps     views.Deps
	name     string
	ctx      context.Context
	snapshot *fleet.Snapshot
	note     note.Line

	alerts  []backends.Alert
	moments []views.Moment
	at      time.Time // of the last good timeline
	err     error
	reading bool
	looked  bool // View was called since the last beat

	firing, timeline *widget.Table
	columns          []widget.Column // of the timeline
	look             look
	inTimeline       bool // the timeline has the keys

	revision uint64 // counts what View depends on beside the frame
	cache    struct {
		frame    ui.Frame
		revision uint64
		lines    []string
		places   places
	}
}

type (
	// beatMsg is the screen's slow clock.
	beatMsg struct{ of *Screen }
	// timelineMsg is what was read.
	timelineMsg struct {
		of      *Screen
		at      time.Time
		moments []views.Moment
		err     error
	}
)

// New makes the screen, for "" of all deployments. It does no I/O.
func New(d views.Deps, deployment string) *Screen {
	s := &Screen{deps: d, name: deployment, columns: columnsOf(deployment)}
	s.firing, s.timeline = widget.NewTable(alertColumns), widget.NewTable(s.columns)
	s.take(d.Snapshot())
	return s
}

// Place is the alerts.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "alerts", Name: s.name} }

// Enter reads the timeline, and again while somebody looks.
func (s *Screen) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	s.take(s.deps.Snapshot())
	return tea.Batch(s.read(), s.nextBeat())
}

func (s *Screen) nextBeat() tea.Cmd {
	return tea.Tick(beat, func(time.Time) tea.Msg { return beatMsg{s} })
}

// read reads the timeline.
func (s *Screen) read() tea.Cmd {
	if s.ctx == nil || s.reading || s.deps.Events == nil && s.deps.Records == nil {
		return nil
	}
	s.reading = true
	parent, d, name, msg := s.ctx, s.deps, s.name, timelineMsg{of: s, at: s.deps.Now()}
	return func() tea.Msg {
		ctx, cancel := backends.Within(parent, askTimeout)
		defer cancel()
		msg.moments, msg.err = readTimeline(ctx, d, name, msg.at.Add(-reach))
		return msg
	}
}

// Update takes snapshots, timelines and the clock.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.SnapshotMsg:
		s.take(msg.Snapshot)
	case beatMsg:
		if msg.of != s || s.ctx.Err() != nil {
			return nil
		}
		looked := s.looked
		s.looked = false
		if !looked {
			return s.nextBeat()
		}
		return tea.Batch(s.read(), s.nextBeat())
	case timelineMsg:
		if msg.of == s {
			s.takeTimeline(msg)
		}
	case ui.Refresh:
		return s.read()
	case note.Written:
		return tea.Batch(s.note.Update(msg), s.read())
	default:
		return s.note.Update(msg)
	}
	return nil
}

// take shows the alerts of a snapshot.
func (s *Screen) take(snapshot *fleet.Snapshot) {
	if snapshot == nil || snapshot == s.snapshot {
		return
	}
	s.revision++
	s.snapshot = snapshot
	s.alerts = ordered(snapshot, s.name)
	s.firing.SetRows(alertRows{s})
}

// takeTimeline shows a timeline; what was known stands beside an error.
func (s *Screen) takeTimeline(msg timelineMsg) {
	s.revision++
	s.reading, s.err = false, msg.err
	if msg.err == nil || len(msg.moments) > 0 {
		s.moments, s.at = msg.moments, msg.at
		s.timeline.SetRows(momentRows{s})
	}
}

// alert is the one under the cursor.
func (s *Screen) alert() (backends.Alert, bool) {
	i, ok := s.firing.Cursor()
	if !ok {
		return backends.Alert{}, false
	}
	return s.alerts[i], true
}

// moment is the one under the cursor.
func (s *Screen) moment() (*views.Moment, bool) {
	i, ok := s.timeline.Cursor()
	if !ok {
		return nil, false
	}
	return &s.moments[i], true
}

// target is the deployment that keys act on: that of the row under the cursor.
func (s *Screen) target() string {
	if m, ok := s.moment(); ok && s.inTimeline {
		return cmp.Or(m.Deployment, s.name)
	}
	if a, ok := s.alert(); ok && !s.inTimeline {
		return cmp.Or(a.Deployment, s.name)
	}
	return s.name
}

// focused is the table that has the keys.
func (s *Screen) focused() *widget.Table {
	if s.inTimeline {
		return s.timeline
	}
	return s.firing
}

// Copy is the deployment that the row under the cursor is about.
func (s *Screen) Copy() string { return s.target() }

// Mouse selects rows and scrolls the table under the pointer.
func (s *Screen) Mouse(e ui.MouseEvent) tea.Cmd {
	p := s.cache.places
	inTimeline := p.timeline.holds(e.X, e.Y)
	if !inTimeline && !p.firing.holds(e.X, e.Y) {
		return nil
	}
	s.revision++
	at := p.firing
	if inTimeline {
		at = p.timeline
	}
	s.inTimeline = inTimeline
	switch e.Kind {
	case ui.MouseWheel:
		s.focused().Move(e.Wheel)
	case ui.MousePress:
		if row, ok := s.focused().RowAt(e.Y - at.y - 1); ok {
			s.focused().SelectRow(row)
		}
	}
	return nil
}
