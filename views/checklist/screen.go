// Package checklist is the screen on which the deployment checklist of a
// variant is walked: every item with how it stands, the evidence of the one
// under the cursor beside it, what to do next, and a line in which a person
// signs.
package checklist

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends/fleet"
	"pitwall/checklist"
	"pitwall/ui"
	"pitwall/views"
)

// judgeEvery is how old the report may be.
const judgeEvery = 5 * time.Second

// again is how old evidence may be before arriving at an item looks again.
const again = time.Minute

// Screen is the checklist of one deployment; it is a ui.Screen, Typer and
// Mouser.
type Screen struct {
	deps views.Deps
	name string
	ctx  context.Context // of the screen's own work, from Enter

	row     fleet.Row
	found   bool   // the newest snapshot has the deployment
	variant string // that is walked, "" for the one that the walk chooses

	walk     *checklist.Walk // nil until it is open
	subject  checklist.Subject
	report   checklist.Report
	judged   time.Time // when the report was made
	err      error     // why it could not be opened, read or shared
	looking  int       // looks that have not ended
	asked    map[string]time.Time
	revision uint64 // of the report

	cursor int // of report.Rows
	offset int // first line of the list
	scroll int // first line of the evidence
	step   bool
	form   form
	lines  []int // of the list as last drawn: the row of each, -1 for a heading
}

type (
	openMsg struct {
		of      *Screen
		walk    *checklist.Walk
		variant string
		err     error
	}
	// foundMsg says that a look found something, or ended.
	foundMsg struct {
		of    *Screen
		walk  *checklist.Walk
		ended bool
		err   error
	}
	signedMsg struct {
		of   *Screen
		sign checklist.SignOff
		err  error
	}
)

// New makes the checklist of a deployment on what is known now. It does no I/O.
func New(d views.Deps, name string) *Screen {
	s := &Screen{deps: d, name: name, ctx: context.Background(), asked: map[string]time.Time{}}
	s.take(d.Snapshot())
	return s
}

// Place is the checklist of the deployment.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "checklist", Name: s.name} }

// Enter opens the checklist and looks at every item.
func (s *Screen) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	s.take(s.deps.Snapshot())
	return s.open()
}

func (s *Screen) take(snapshot *fleet.Snapshot) {
	if snapshot == nil {
		return
	}
	row, found := snapshot.Row(s.name)
	s.found = found
	if found {
		s.row = row
	}
}

// open reads the items and what is recorded.
func (s *Screen) open() tea.Cmd {
	if s.deps.Checklist == nil || !s.found {
		return nil
	}
	ctx, open, name, variant := s.ctx, s.deps.Checklist, s.name, s.variant
	return func() tea.Msg {
		w, err := open(name, variant)
		if err == nil {
			err = w.Load(ctx)
		}
		return openMsg{s, w, variant, err}
	}
}

// Update takes snapshots, and what looks and signatures bring.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case views.SnapshotMsg:
		return s.snapshot(msg.Snapshot)
	case openMsg:
		if msg.of == s && msg.variant == s.variant {
			return s.opened(msg)
		}
	case foundMsg:
		if msg.of == s {
			return s.lookFound(msg)
		}
	case signedMsg:
		if msg.of == s {
			return s.signed(msg)
		}
	case ui.Refresh:
		if s.walk == nil {
			return s.open()
		}
		return s.look(s.walk.List().Items)
	}
	return nil
}

// snapshot opens the checklist anew when the variant runs something else: what
// was proven is no longer of it.
func (s *Screen) snapshot(snapshot *fleet.Snapshot) tea.Cmd {
	was := s.found
	s.take(snapshot)
	switch {
	case !s.found:
		return nil
	case !was || s.walk == nil && s.err == nil:
		return s.open()
	case s.walk != nil:
		v, ok := s.row.Deployment.Variant(s.subject.Variant)
		if !ok || v.Version != s.subject.Version || v.Digest != s.subject.Digest {
			s.walk = nil
			return s.open()
		}
		if s.deps.Now().Sub(s.judged) >= judgeEvery {
			s.show() // what people signed ends with time
		}
	}
	return nil
}

func (s *Screen) opened(msg openMsg) tea.Cmd {
	s.err = msg.err
	if msg.walk == nil || s.walk != nil && s.walk.Subject() == msg.walk.Subject() {
		return nil
	}
	s.walk, s.subject = msg.walk, msg.walk.Subject()
	s.show()
	return s.look(s.walk.List().Items)
}

// look runs the probes of some items. What each finds shows as it comes.
func (s *Screen) look(items []checklist.Item) tea.Cmd {
	if s.walk == nil {
		return nil
	}
	now := s.deps.Now()
	for _, i := range items {
		s.asked[i.ID] = now
	}
	s.looking++
	ctx, w, send := s.ctx, s.walk, s.deps.Send
	return func() tea.Msg {
		err := w.Look(ctx, items, func() {
			if send != nil {
				send(foundMsg{of: s, walk: w})
			}
		})
		return foundMsg{s, w, true, err}
	}
}

func (s *Screen) lookFound(msg foundMsg) tea.Cmd {
	if msg.ended {
		s.looking--
	}
	if msg.walk == s.walk {
		if msg.ended {
			s.err = msg.err
		}
		s.show()
	}
	return nil
}

// show takes the report anew, with the cursor on the item it was on.
func (s *Screen) show() {
	at := ""
	if row, ok := s.chosen(); ok {
		at = row.Item.ID
	}
	s.report, s.judged = s.walk.Report(), s.deps.Now()
	s.revision++
	s.cursor = max(slices.IndexFunc(s.report.Rows, func(r checklist.Row) bool { return r.Item.ID == at }), 0)
}

// chosen is the item under the cursor.
func (s *Screen) chosen() (checklist.Row, bool) {
	if s.cursor < 0 || s.cursor >= len(s.report.Rows) {
		return checklist.Row{}, false
	}
	return s.report.Rows[s.cursor], true
}

// move goes to an item, and looks at it again when that is long ago.
func (s *Screen) move(to int) tea.Cmd {
	s.cursor = max(min(to, len(s.report.Rows)-1), 0)
	s.scroll = 0
	row, ok := s.chosen()
	if !ok || len(row.Item.Probes) == 0 || s.deps.Now().Sub(s.asked[row.Item.ID]) < again {
		return nil
	}
	return s.look([]checklist.Item{row.Item})
}

// nextOpen is the next item that does not hold, from the cursor on.
func (s *Screen) nextOpen() int {
	n := len(s.report.Rows)
	for i := 1; i <= n; i++ {
		at := (s.cursor + i) % n
		if !s.report.Rows[at].State.Holds() {
			return at
		}
	}
	return s.cursor
}

func (s *Screen) signed(msg signedMsg) tea.Cmd {
	if s.walk != nil {
		s.show()
	}
	if msg.err != nil {
		s.form.keep()
		return toast(ui.Failure, msg.sign.Item+" is not signed: "+msg.err.Error())
	}
	s.form = form{}
	return toast(ui.Good, msg.sign.Item+" is "+msg.sign.Verdict.Past()+", and in the journal")
}

func toast(level ui.Level, text string) tea.Cmd {
	return func() tea.Msg { return ui.Toast{Level: level, Text: text} }
}
