// Package inspect is the screen of everything that the backend knows of one
// replica, or of the front door: a tree that can be folded and filtered.
package inspect

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/views"
)

const (
	every      = 10 * time.Second // between two questions while somebody looks
	beat       = 2 * time.Second
	askTimeout = 10 * time.Second
)

// frontDoor is the subject that is no replica.
const frontDoor = ""

// Screen is what is known of the replicas of a deployment, one at a time; it
// is a ui.Screen, Typer, Escaper, Mouser and Copier.
type Screen struct {
	deps views.Deps
	name string
	ctx  context.Context // of the screen's own work, from Enter

	row   fleet.Row
	found bool // the newest snapshot has the deployment

	subject string // name of the replica, or frontDoor
	chosen  bool   // somebody chose the subject
	tree    tree
	at      time.Time // of the tree, zero before the first answer
	err     error     // why the last question got none
	asking  bool
	askedAt time.Time

	typing bool // the filter
	cursor int  // in the lines of the tree
	offset int
	page   int // lines of the tree in the last frame

	looked   bool   // a frame was drawn since the last beat
	revision uint64 // counts what View depends on beside the frame
	cache    struct {
		frame    ui.Frame
		revision uint64
		lines    []string
	}
}

type (
	// beatMsg is the screen's slow clock.
	beatMsg struct{ of *Screen }
	// answerMsg is what the backend told of a subject.
	answerMsg struct {
		of      *Screen
		subject string
		node    backends.Node
		at      time.Time
		err     error
	}
)

// New makes the screen on what is known now: of the replica that is worst off.
// It does no I/O.
func New(d views.Deps, deployment string) *Screen {
	s := &Screen{deps: d, name: deployment, ctx: context.Background(), page: 1}
	s.take(d.Snapshot())
	return s
}

// Place is the inspection of the deployment.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "inspect", Name: s.name} }

// Enter asks, and asks again while somebody looks.
func (s *Screen) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	s.take(s.deps.Snapshot())
	return tea.Batch(s.ask(), s.nextBeat())
}

// Update takes snapshots, answers, and the choice of a replica.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.SnapshotMsg:
		s.take(msg.Snapshot)
	case views.InspectMsg:
		if msg.Deployment == s.name {
			return s.choose(msg.Replica)
		}
	case beatMsg:
		if msg.of == s && s.ctx.Err() == nil {
			return tea.Batch(s.onBeat(), s.nextBeat())
		}
	case answerMsg:
		if msg.of == s {
			return s.answer(msg)
		}
	case ui.Refresh:
		return s.ask()
	}
	return nil
}

// take shows a snapshot; until somebody chooses, the worst replica is shown.
func (s *Screen) take(snapshot *fleet.Snapshot) {
	if snapshot == nil {
		return
	}
	row, found := snapshot.Row(s.name)
	s.found = found
	if found {
		s.row = row
	}
	if !s.chosen && s.at.IsZero() && !s.asking {
		s.subject = s.worst()
	}
	s.revision++
}

// worst is the name of the first replica of those that are worst off.
func (s *Screen) worst() string {
	worst := backends.Replica{Name: frontDoor, State: -1}
	for _, v := range s.row.Deployment.Variants {
		for _, r := range v.Replicas {
			if worst.State < 0 || r.State.Severity() > worst.State.Severity() {
				worst = r
			}
		}
	}
	return worst.Name
}

// subjects are the replicas in the order of the variants, and the front door.
func (s *Screen) subjects() []string {
	var out []string
	for _, v := range s.row.Deployment.Variants {
		for _, r := range v.Replicas {
			out = append(out, r.Name)
		}
	}
	return append(out, frontDoor)
}

// replica is the subject as the newest snapshot has it.
func (s *Screen) replica() (backends.Replica, backends.Variant, bool) {
	for _, v := range s.row.Deployment.Variants {
		for _, r := range v.Replicas {
			if r.Name == s.subject {
				return r, v, true
			}
		}
	}
	return backends.Replica{}, backends.Variant{}, false
}

// next goes to another subject.
func (s *Screen) next(by int) tea.Cmd {
	all := s.subjects()
	i := slices.Index(all, s.subject)
	return s.choose(all[(max(i, 0)+by+len(all))%len(all)])
}

// choose shows a subject. What was known of another one does not stand.
func (s *Screen) choose(subject string) tea.Cmd {
	same := s.subject == subject
	s.subject, s.chosen = subject, true
	s.revision++
	if same {
		return nil // it is asked for already
	}
	s.tree.set(backends.Node{})
	s.at, s.err, s.cursor, s.offset, s.asking = time.Time{}, nil, 0, 0, false
	return s.ask()
}

func (s *Screen) nextBeat() tea.Cmd {
	return tea.Tick(beat, func(time.Time) tea.Msg { return beatMsg{s} })
}

// onBeat asks again when it is time and somebody looks: View is only called
// while the screen is on top and the terminal has the focus.
func (s *Screen) onBeat() tea.Cmd {
	looked := s.looked
	s.looked = false
	if !looked || s.deps.Now().Sub(s.askedAt) < every {
		return nil
	}
	return s.ask()
}

// ask asks the backend for the subject.
func (s *Screen) ask() tea.Cmd {
	if s.deps.Inspect == nil || s.asking {
		return nil
	}
	s.asking, s.askedAt = true, s.deps.Now()
	parent, inspector, name, msg := s.ctx, s.deps.Inspect, s.name, answerMsg{of: s, subject: s.subject, at: s.askedAt}
	return func() tea.Msg {
		ctx, cancel := backends.Within(parent, askTimeout)
		defer cancel()
		msg.node, msg.err = inspector.Inspect(ctx, name, msg.subject)
		return msg
	}
}

// answer shows an answer of the subject on screen; after an error what was
// known stands.
func (s *Screen) answer(msg answerMsg) tea.Cmd {
	if msg.subject != s.subject {
		return nil // somebody went on to another one
	}
	s.asking, s.err = false, msg.err
	s.revision++
	if msg.err == nil {
		under := s.tree.idAt(s.cursor)
		s.tree.set(msg.node)
		s.at = msg.at
		s.cursor = s.tree.index(under, s.cursor)
	}
	return nil
}

// Copy is the name of what is on screen.
func (s *Screen) Copy() string {
	if s.subject == frontDoor {
		return s.name
	}
	return s.subject
}
