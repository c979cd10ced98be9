// Package journal is the screen of the record of operations, attestations and
// notes.
package journal

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	data "pitwall/backends/journal"
	"pitwall/ui"
	"pitwall/ui/widget"
	"pitwall/views"
	"pitwall/views/note"
)

const (
	beat        = 2 * time.Second  // between two readings while somebody looks
	restFactor  = 20               // a reading that takes long is done more rarely: at most 5 % of the time
	verifyEvery = 30 * time.Second // between two checks of the chain
)

// Verifier checks the chain of the journal; *journal.Reader is one.
type Verifier interface {
	Verify() error
}

// span is how far back the table reaches.
type span struct {
	word string
	back time.Duration // 0 is everything
}

var spans = [...]span{{"1h", time.Hour}, {"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}, {"all", 0}}

// Screen is the journal of one deployment or of all; it is a ui.Screen, Typer,
// Escaper, Mouser and Copier.
type Screen struct {
	deps views.Deps
	name string
	ctx  context.Context
	note note.Line

	rows     []row // of the span, newest first
	shown    []*row
	at       time.Time // of the last good reading
	err      error
	span     int
	reading  bool
	nextRead time.Time
	looked   bool // View was called since the last beat

	chain chain

	table  *widget.Table
	cells  cells
	filter string
	typing bool
	detail bool // the detail has the whole screen
	scroll int  // of the detail

	revision uint64 // counts what View depends on beside the frame
	cache    struct {
		frame    ui.Frame
		revision uint64
		lines    []string
	}
}

// chain is what the last check of the journal said.
type chain struct {
	at  time.Time // zero before the first
	err error
}

type (
	// beatMsg is the screen's slow clock.
	beatMsg struct{ of *Screen }
	// readMsg is what was read.
	readMsg struct {
		of   *Screen
		span int
		at   time.Time
		took time.Duration
		rows []row
		err  error

		chain *chain // nil when it was not checked
	}
)

// New makes the screen, for "" of all deployments. It does no I/O.
func New(d views.Deps, deployment string) *Screen {
	s := &Screen{deps: d, name: deployment, span: 1, table: widget.NewTable(nil)}
	s.cells.screen = s
	return s
}

// Place is the journal.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "journal", Name: s.name} }

// Enter reads, and reads again while somebody looks.
func (s *Screen) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	if s.deps.Records == nil {
		return nil
	}
	return tea.Batch(s.read(), s.nextBeat())
}

func (s *Screen) nextBeat() tea.Cmd {
	return tea.Tick(beat, func(time.Time) tea.Msg { return beatMsg{s} })
}

// read reads the records of the span, and checks the chain when that is due.
func (s *Screen) read() tea.Cmd {
	if s.deps.Records == nil {
		return nil
	}
	s.reading = true
	d, name, of, msg := s.deps, s.name, spans[s.span], readMsg{of: s, span: s.span, at: s.deps.Now()}
	check := msg.at.Sub(s.chain.at) >= verifyEvery
	return func() tea.Msg {
		var since time.Time
		if of.back > 0 {
			since = msg.at.Add(-of.back)
		}
		records, err := d.Records.Records(since)
		msg.rows, msg.err = join(records, name), err
		if v, ok := d.Records.(Verifier); ok && check {
			msg.chain = &chain{d.Now(), v.Verify()}
		}
		msg.took = d.Now().Sub(msg.at)
		return msg
	}
}

// Update takes readings and the clock.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case beatMsg:
		if msg.of != s || s.ctx.Err() != nil {
			return nil
		}
		return tea.Batch(s.onBeat(), s.nextBeat())
	case readMsg:
		if msg.of == s {
			s.take(msg)
		}
	case ui.Refresh:
		s.chain.at = time.Time{}
		return s.read()
	case note.Written:
		return tea.Batch(s.note.Update(msg), s.read())
	default:
		return s.note.Update(msg)
	}
	return nil
}

// onBeat reads while somebody looks: View is only called on top of the stack.
func (s *Screen) onBeat() tea.Cmd {
	looked := s.looked
	s.looked = false
	if !looked || s.reading || s.deps.Now().Before(s.nextRead) {
		return nil
	}
	return s.read()
}

// take shows a reading; after an error the last one stands.
func (s *Screen) take(msg readMsg) {
	if msg.chain != nil {
		s.chain = *msg.chain
	}
	s.revision++
	if msg.span != s.span {
		return // the span was changed meanwhile, and is read
	}
	s.reading, s.err = false, msg.err
	s.nextRead = msg.at.Add(restFactor * msg.took)
	if msg.err == nil {
		s.rows, s.at = msg.rows, msg.at
		s.choose()
	}
}

// choose shows the rows that the filter matches.
func (s *Screen) choose() {
	s.revision++
	s.shown = s.shown[:0]
	words := strings.Fields(strings.ToLower(s.filter))
	for i := range s.rows {
		if r := &s.rows[i]; r.matches(words) {
			s.shown = append(s.shown, r)
		}
	}
	s.table.SetRows(&s.cells)
}

func (r *row) matches(words []string) bool {
	for _, word := range words {
		if !strings.Contains(r.words, word) {
			return false
		}
	}
	return true
}

// selected is the row under the cursor.
func (s *Screen) selected() (*row, bool) {
	i, ok := s.table.Cursor()
	if !ok {
		return nil, false
	}
	return s.shown[i], true
}

// busy reports whether an operation runs on a deployment.
func (s *Screen) busy(deployment string) bool { return s.deps.Running.Title(deployment) != "" }

// Copy is the ID of the record under the cursor.
func (s *Screen) Copy() string { return s.table.CursorID() }

// Mouse selects and opens rows, and scrolls.
func (s *Screen) Mouse(e ui.MouseEvent) tea.Cmd {
	switch e.Kind {
	case ui.MouseWheel:
		s.move(e.Wheel)
	case ui.MousePress:
		row, ok := s.table.RowAt(e.Y - topLines)
		if s.detail || !ok {
			return nil
		}
		s.revision++
		if at, _ := s.table.Cursor(); at == row {
			s.detail, s.scroll = true, 0
		}
		s.table.SelectRow(row)
	}
	return nil
}

// move moves the cursor, or scrolls the open detail.
func (s *Screen) move(lines int) {
	s.revision++
	if s.detail {
		s.scroll = max(s.scroll+lines, 0)
		return
	}
	s.table.Move(lines)
}

var _ Verifier = (*data.Reader)(nil)
