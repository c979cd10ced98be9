// Package registry is the screen of the model registry: the registered models,
// and of one of them the versions: which alias points to which, which of them
// is served, and where the two disagree.
package registry

import (
	"context"
	"math/rand/v2"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/ui/widget"
	"pitwall/views"
)

// New makes the screen of the versions of a model, for "" that of all models.
// It does no I/O.
func New(d views.Deps, model string) ui.Screen {
	if model == "" {
		return newModels(d)
	}
	return newVersions(d, model)
}

// desk is what both screens are made of: a table whose rows a filter chooses,
// what belongs to the row under the cursor, and the readings that fill both.
type desk struct {
	deps   views.Deps
	ctx    context.Context // of the screen's own work, from Enter
	poll   poll
	table  *widget.Table
	filter filter
	refill func()                                                     // puts the rows that the filter matches into the table
	whole  bool                                                       // what belongs to the row has the whole screen
	scroll int                                                        // first line of it
	about  func(f ui.Frame, width int) (title string, lines []string) // the row under the cursor

	tick     func(time.Duration, func(time.Time) tea.Msg) tea.Cmd
	revision uint64 // counts what View depends on beside the frame
	cache    struct {
		frame    ui.Frame
		revision uint64
		lines    []string
	}
	listTop, listHeight int // of the table as last drawn
}

func newDesk(d views.Deps) desk {
	table := widget.NewTable(nil)
	table.SetSize(80, 24) // until it is drawn
	return desk{deps: d, ctx: context.Background(), poll: poll{random: rand.Float64}, table: table, tick: tea.Tick}
}

type (
	// beatMsg is the slow clock of a screen.
	beatMsg struct{ of *desk }
	// readMsg ends a reading.
	readMsg[T any] struct {
		of   *desk
		at   time.Time
		err  error
		what T
	}
)

func (k *desk) nextBeat() tea.Cmd {
	return k.tick(beat, func(time.Time) tea.Msg { return beatMsg{k} })
}

// read asks the registry under the screen's context, for a limited time.
func read[T any](k *desk, ask func(context.Context, views.Registry) (T, error)) tea.Cmd {
	if k.deps.Registry == nil {
		return nil
	}
	k.poll.begin()
	parent, registry, msg := k.ctx, k.deps.Registry, readMsg[T]{of: k, at: k.deps.Now()}
	return func() tea.Msg {
		ctx, cancel := limited(parent)
		defer cancel()
		msg.what, msg.err = ask(ctx, registry)
		msg.err = inTime(ctx, msg.err)
		return msg
	}
}

// selected is the place in shown of the row under the cursor, -1 for none.
func (k *desk) selected() int {
	i, ok := k.table.Cursor()
	if !ok {
		return -1
	}
	return i
}

// move moves the cursor, or scrolls what has the whole screen.
func (k *desk) move(lines int) {
	k.revision++
	if k.whole {
		k.scroll = max(k.scroll+lines, 0)
		return
	}
	k.scroll = 0
	k.table.Move(lines)
}

// mouse is true when a press was on the row that was chosen already.
func (k *desk) mouse(e ui.MouseEvent) (again bool) {
	switch e.Kind {
	case ui.MouseWheel:
		k.move(e.Wheel)
	case ui.MousePress:
		row, ok := k.table.RowAt(e.Y - k.listTop)
		if k.whole || !ok || e.Y-k.listTop >= k.listHeight {
			return false
		}
		k.revision++
		at, _ := k.table.Cursor()
		k.scroll = 0
		k.table.SelectRow(row)
		return at == row
	}
	return false
}

// Typing reports whether the filter takes the keys.
func (k *desk) Typing() bool { return k.filter.typing }

// Escape closes what has the whole screen, then clears the filter.
func (k *desk) Escape() bool {
	switch {
	case k.whole:
		k.whole, k.scroll = false, 0
		k.revision++
	case k.filter.text != "":
		k.filter = filter{}
		k.refill()
	default:
		return false
	}
	return true
}

// Copy is the name of the row under the cursor.
func (k *desk) Copy() string { return k.table.CursorID() }
