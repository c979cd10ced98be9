// Package explain is the screen that says why a deployment is unhealthy:
// ranked evidence, each with when it began, what to do next and where to look.
package explain

import (
	"context"
	"strings"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/explain"
	"pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/views"
)

const (
	every       = 2 * time.Second // between two looks
	least       = time.Second     // also when snapshots come faster
	lookTimeout = 2 * time.Second
)

// Screen is the explanation of one deployment; it is a ui.Screen and Mouser.
type Screen struct {
	deps views.Deps
	name string
	ctx  context.Context // of the screen's own work, from Enter

	snapshot *fleet.Snapshot
	row      fleet.Row
	found    bool // the newest snapshot has the deployment

	evidence []explain.Evidence
	at       time.Time // of the evidence, zero never
	err      error     // what could not be read for it
	looking  bool
	askedAt  time.Time

	cursor int
	offset int   // first line on screen
	tops   []int // first line of each piece of evidence, in the last frame
	seen   bool  // a frame was drawn since the last beat
}

type (
	beatMsg struct{ of *Screen }

	evidenceMsg struct {
		of       *Screen
		evidence []explain.Evidence
		at       time.Time
		err      error
	}
)

// New makes the explanation of a deployment on what is known now. It does no
// I/O.
func New(d views.Deps, name string) *Screen {
	s := &Screen{deps: d, name: name, ctx: context.Background(), seen: true}
	s.take(d.Snapshot())
	return s
}

// Place is the explanation of the deployment.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "explain", Name: s.name} }

// Enter looks for evidence, and goes on doing so.
func (s *Screen) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	s.take(s.deps.Snapshot())
	return tea.Batch(s.look(), s.beat())
}

// Update takes snapshots and evidence.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.SnapshotMsg:
		before := s.snapshot
		s.take(msg.Snapshot)
		if before == nil || s.snapshot.Version != before.Version {
			return s.lookAgain(least)
		}
	case beatMsg:
		if msg.of == s && s.ctx.Err() == nil {
			cmd := tea.Batch(s.lookAgain(every), s.beat())
			s.seen = false
			return cmd
		}
	case evidenceMsg:
		if msg.of == s {
			s.show(msg)
		}
	case ui.Refresh:
		return s.look()
	}
	return nil
}

func (s *Screen) take(snapshot *fleet.Snapshot) {
	if snapshot == nil {
		return
	}
	s.snapshot = snapshot
	row, found := snapshot.Row(s.name)
	s.found = found
	if found {
		s.row = row
	}
}

func (s *Screen) beat() tea.Cmd {
	return tea.Tick(every, func(time.Time) tea.Msg { return beatMsg{s} })
}

// lookAgain looks unless that was done just now, or nobody sees it: View is
// called only while the screen is on top and the terminal has the focus.
func (s *Screen) lookAgain(after time.Duration) tea.Cmd {
	if !s.seen || s.deps.Now().Sub(s.askedAt) < after {
		return nil
	}
	return s.look()
}

// look gathers what is known and ranks it.
func (s *Screen) look() tea.Cmd {
	if s.looking || !s.found {
		return nil
	}
	s.looking, s.askedAt = true, s.deps.Now()
	parent, deps, snapshot, row := s.ctx, s.deps, s.snapshot, s.row
	return func() tea.Msg {
		ctx, cancel := backends.Within(parent, lookTimeout)
		defer cancel()
		in, err := views.Evidence(ctx, deps, snapshot, row)
		return evidenceMsg{s, explain.Explain(in), in.Now, err}
	}
}

// show keeps the cursor on the evidence it was on, wherever that ranks now.
func (s *Screen) show(msg evidenceMsg) {
	subject := ""
	if e, ok := s.chosen(); ok {
		subject = about(e)
	}
	s.looking = false
	s.evidence, s.at, s.err = msg.evidence, msg.at, msg.err
	s.cursor = min(s.cursor, max(len(s.evidence)-1, 0))
	for i, e := range s.evidence {
		if about(e) == subject {
			s.cursor = i
			return
		}
	}
}

// about tells evidence apart from one look to the next: the title without its
// figures, which change.
func about(e explain.Evidence) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || r == '.' {
			return -1
		}
		return r
	}, e.Title)
}

// chosen is the evidence under the cursor.
func (s *Screen) chosen() (explain.Evidence, bool) {
	if s.cursor >= len(s.evidence) {
		return explain.Evidence{}, false
	}
	return s.evidence[s.cursor], true
}
