// Package fleet is the first screen: one row a deployment, the worst first.
package fleet

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	data "pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/widget"
	"pitwall/views"
)

// settle is how long the cursor must have been still before rows change
// places: nobody may press enter on a row that has just moved.
const settle = 2 * time.Second

// Screen is the fleet screen; it is a ui.Screen, Typer, Escaper, Mouser and
// Copier.
type Screen struct {
	deps     views.Deps
	snapshot *data.Snapshot
	history  history
	hidden   backends.Hidden // what the backend does not list

	table    *widget.Table
	cells    cells
	order    order
	filter   filter
	touched  time.Time // when the cursor moved last
	settling bool      // a settleMsg is on its way

	revision uint64 // counts what View depends on beside the frame
	cache    cache
}

// settleMsg comes when the cursor may have been still for long enough.
type settleMsg struct{}

// New makes the screen on what is known now. It does no I/O.
func New(d views.Deps) *Screen {
	s := &Screen{deps: d, history: history{}, table: widget.NewTable(nil)}
	s.cells.screen = s
	s.take(d.Snapshot())
	return s
}

// Place is the root of the console.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "fleet"} }

// Enter needs to start nothing: snapshots are sent to every screen.
func (s *Screen) Enter(context.Context) tea.Cmd {
	s.take(s.deps.Snapshot())
	return nil
}

// Update takes snapshots.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.SnapshotMsg:
		s.take(msg.Snapshot)
		return s.settleLater()
	case settleMsg:
		s.settling = false
		if s.order.pending {
			s.arrange(s.still())
			return s.settleLater()
		}
	}
	return nil
}

// take shows a snapshot; rows change places only while the cursor is still.
func (s *Screen) take(snapshot *data.Snapshot) {
	if snapshot == nil || snapshot == s.snapshot {
		return
	}
	s.snapshot, s.cells.memo = snapshot, nil
	if s.deps.Hidden != nil {
		s.hidden = s.deps.Hidden.Hidden()
	}
	if mean := views.AllMeanOnly(snapshot.Rows); mean != s.cells.mean {
		s.cells.mean, s.cells.kinds = mean, nil // another title
	}
	s.history.record(snapshot)
	s.arrange(s.still())
}

// arrange filters the rows and orders them, anew or as they were.
func (s *Screen) arrange(anew bool) {
	s.revision++
	s.cells.rows = s.order.arrange(s.snapshot, s.filter.match, anew)
	s.table.SetRows(&s.cells)
	if s.touched.IsZero() {
		s.table.Home() // nobody has chosen a row: the worst one is marked
	}
}

func (s *Screen) still() bool { return s.deps.Now().Sub(s.touched) >= settle }

// settleLater makes sure that an order which was held back comes.
func (s *Screen) settleLater() tea.Cmd {
	if !s.order.pending || s.settling {
		return nil
	}
	s.settling = true
	wait := max(settle-s.deps.Now().Sub(s.touched), time.Millisecond)
	return tea.Tick(wait, func(time.Time) tea.Msg { return settleMsg{} })
}

// row is the deployment under the cursor.
func (s *Screen) row() (*data.Row, bool) {
	i, ok := s.table.Cursor()
	if !ok {
		return nil, false
	}
	return s.cells.row(i), true
}

// Copy is the name of the deployment under the cursor.
func (s *Screen) Copy() string { return s.table.CursorID() }

// Mouse selects and opens rows, sorts by a header, and scrolls.
func (s *Screen) Mouse(e ui.MouseEvent) tea.Cmd {
	y := e.Y - tableTop
	switch e.Kind {
	case ui.MouseWheel:
		return s.move(func() { s.table.Move(e.Wheel) })
	case ui.MousePress:
		if e.X >= s.cache.tableWidth {
			return nil
		}
		if column, ok := s.table.ColumnAt(e.X); ok && y == 0 {
			return s.sortBy(column)
		}
		row, ok := s.table.RowAt(y)
		if !ok {
			return nil
		}
		if at, _ := s.table.Cursor(); at == row {
			return s.open("deployment")
		}
		return s.move(func() { s.table.SelectRow(row) })
	}
	return nil
}

// Leave counts as the choice of the row under the cursor: whoever comes back
// from it finds it there, whatever has become worse meanwhile.
func (s *Screen) Leave() { s.touched = s.deps.Now() }

// move moves the cursor; the rows then stay where they are for a while.
func (s *Screen) move(how func()) tea.Cmd {
	s.touched = s.deps.Now()
	s.revision++
	how()
	return s.settleLater()
}

func (s *Screen) open(screen string) tea.Cmd {
	row, ok := s.row()
	if !ok {
		return nil
	}
	to := ui.Go{To: ui.Place{Screen: screen, Name: row.Deployment.Name}}
	return func() tea.Msg { return to }
}
