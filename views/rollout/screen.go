// Package rollout is the screen of one deployment's versions: the rollout in
// progress, the revisions that can be restored and what differs in them, and
// the operations that change what runs. Every one of them opens a review.
package rollout

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/ui/widget"
	"pitwall/views"
	"pitwall/views/review"
)

// Screen is the rollout screen of one deployment; it is a ui.Screen, Mouser
// and Copier.
type Screen struct {
	deps views.Deps
	name string
	ctx  context.Context // of the screen's own work, from Enter

	row     fleet.Row
	found   bool   // the newest snapshot has the deployment
	variant string // the one that the screen is about
	chosen  bool   // by a person; before, it follows the newest change

	revisions history
	table     *widget.Table
	cells     cells
	touched   bool // a person moved the cursor; before, it is on the default
	tableTop  int  // line of the table's header, for the mouse
	looked    bool // View was called since revisions were due last

	undo     *backends.Change    // what takes the last operation back
	running  *operation.Progress // of an operation of this console on the deployment
	plan     operation.Plan      // of running
	recovery *review.RecoveryMsg
}

// New makes the rollout screen of a deployment on what is known now. It does
// no I/O.
func New(d views.Deps, deployment string) ui.Screen {
	s := &Screen{deps: d, name: deployment, ctx: context.Background(), table: widget.NewTable(nil)}
	s.take(d.Snapshot())
	return s
}

// Place is the rollout of the deployment.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "rollout", Name: s.name} }

// Enter reads the revisions.
func (s *Screen) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	s.take(s.deps.Snapshot())
	return s.readRevisions()
}

// Update takes snapshots, revisions and the progress of operations.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.SnapshotMsg:
		before := s.row.Deployment.Token
		s.take(msg.Snapshot)
		if s.row.Deployment.Token != before {
			return s.readRevisions()
		}
	case revisionsMsg:
		return s.takeRevisions(msg)
	case revisionsDueMsg:
		if msg.of == s {
			return s.revisionsDue()
		}
	case ui.Refresh:
		return s.readRevisions()
	case review.ProgressMsg:
		if msg.Plan.Change.Deployment == s.name {
			s.running, s.plan = &msg.Progress, msg.Plan
		}
	case review.EndedMsg:
		return s.ended(msg)
	case review.RecoveryMsg:
		if msg.Deployment == s.name {
			s.recovery = &msg
		}
	}
	return nil
}

// ended remembers how to take back what was done. The default choice of a
// revision counts again: it is another one now.
func (s *Screen) ended(msg review.EndedMsg) tea.Cmd {
	if msg.Plan.Change.Deployment != s.name {
		return nil
	}
	s.running, s.touched = nil, false
	if msg.Outcome.Undo != nil {
		s.undo = msg.Outcome.Undo
	}
	return s.readRevisions()
}

func (s *Screen) take(snapshot *fleet.Snapshot) {
	if snapshot == nil {
		return
	}
	row, found := snapshot.Row(s.name)
	if s.found = found; found {
		s.row = row
		s.arrange()
	}
}

// arrange chooses the variant and the revision until a person does, and gives
// the table its rows.
func (s *Screen) arrange() {
	d := s.row.Deployment
	if _, exists := d.Variant(s.variant); !exists || !s.chosen {
		s.variant = suspect(d, s.revisions.all)
	}
	s.cells = cells{all: s.revisions.of(s.variant)}
	s.table.SetRows(&s.cells)
	if !s.touched {
		s.table.SelectRow(defaultRow(s.cells.all))
	}
}

// selected is the revision under the cursor.
func (s *Screen) selected() (backends.Revision, bool) {
	i, ok := s.table.Cursor()
	if !ok {
		return backends.Revision{}, false
	}
	return s.cells.all[i], true
}

// Copy is the version of the selected revision, or the deployment's name.
func (s *Screen) Copy() string {
	if r, ok := s.selected(); ok {
		return r.Version
	}
	return s.name
}

// Mouse selects a revision and scrolls the list.
func (s *Screen) Mouse(e ui.MouseEvent) tea.Cmd {
	switch e.Kind {
	case ui.MouseWheel:
		return s.move(func() { s.table.Move(e.Wheel) })
	case ui.MousePress:
		if row, ok := s.table.RowAt(e.Y - s.tableTop); ok {
			return s.move(func() { s.table.SelectRow(row) })
		}
	}
	return nil
}

func (s *Screen) move(how func()) tea.Cmd {
	s.touched = true
	how()
	return nil
}

const (
	revisionsEvery   = 15 * time.Second // how long a revision served grows while one looks
	revisionsTimeout = 5 * time.Second
)

type revisionsMsg struct {
	of  *Screen
	all []backends.Revision
	err error
}

type revisionsDueMsg struct{ of *Screen }

// readRevisions asks the backend, unless an answer is on its way.
func (s *Screen) readRevisions() tea.Cmd {
	if s.deps.Revisions == nil || s.revisions.asked {
		return nil
	}
	s.revisions.asked = true
	parent, reviser, name := s.ctx, s.deps.Revisions, s.name
	return func() tea.Msg {
		ctx, cancel := backends.Within(parent, revisionsTimeout)
		defer cancel()
		all, err := reviser.Revisions(ctx, name)
		return revisionsMsg{s, all, err}
	}
}

// takeRevisions shows an answer and asks again later. After an error the last
// revisions stand.
func (s *Screen) takeRevisions(msg revisionsMsg) tea.Cmd {
	if msg.of != s {
		return nil
	}
	s.revisions.asked, s.revisions.err = false, msg.err
	if msg.err == nil {
		s.revisions.all, s.revisions.known = msg.all, true
		s.arrange()
	}
	return s.revisionsLater()
}

// revisionsDue reads again if somebody looks: View is only called on top of
// the stack and while the terminal has the focus.
func (s *Screen) revisionsDue() tea.Cmd {
	looked := s.looked
	s.looked, s.revisions.due = false, false
	if !looked {
		return s.revisionsLater()
	}
	return s.readRevisions()
}

func (s *Screen) revisionsLater() tea.Cmd {
	if s.revisions.due || s.ctx.Err() != nil {
		return nil
	}
	s.revisions.due = true
	return tea.Tick(revisionsEvery, func(time.Time) tea.Msg { return revisionsDueMsg{s} })
}
