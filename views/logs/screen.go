// Package logs is the screen that follows the log lines of a deployment's
// replicas, merged by time.
package logs

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

const (
	keepLines  = 20_000
	countEvery = time.Second // between two counts of the matches while lines come
	knownMost  = 200         // replicas to choose from
)

// Screen is the log of one deployment; it is a ui.Screen, Typer, Escaper,
// Mouser and Copier.
type Screen struct {
	deps views.Deps
	name string
	ctx  context.Context
	pump *pump // nil when the backend streams no logs

	lines  []line // a circle of the newest keepLines
	oldest int    // its start, once it is full
	stream stream
	known  []source // who wrote lines, in name order
	chosen source   // whose lines are shown; zero for all

	pane      *widget.LogPane
	theme     *theme.Theme // that the pane's lines are painted for, nil before the first frame
	tagWidth  int
	raw, time bool
	prompt    prompt
	include   string
	exclude   string
	matches   matches

	revision uint64 // counts what View depends on beside the frame
	cache    struct {
		frame    ui.Frame
		revision uint64
		lines    []string
	}
}

// source is a replica, or with no replica a whole variant.
type source struct{ variant, replica string }

// matches is the count of what the search finds.
type matches struct {
	selected, count int
	at              time.Time
}

// batchMsg brings lines to the screen that follows them.
type batchMsg struct {
	of    *Screen
	batch batch
}

// New makes the screen of a deployment. It does no I/O.
func New(d views.Deps, deployment string) *Screen {
	s := &Screen{deps: d, name: deployment, time: true, pane: widget.NewLogPane(keepLines)}
	if d.Logs != nil {
		s.pump = newPump(d.Logs, deployment, d.Now)
	}
	return s
}

// Place is the log of the deployment.
func (s *Screen) Place() ui.Place { return ui.Place{Screen: "logs", Name: s.name} }

// Enter begins to follow.
func (s *Screen) Enter(ctx context.Context) tea.Cmd {
	s.ctx = ctx
	if s.pump == nil {
		return nil
	}
	follow := func() tea.Msg {
		s.pump.follow(ctx)
		return nil
	}
	return tea.Batch(follow, s.next())
}

// next waits for the next batch.
func (s *Screen) next() tea.Cmd {
	pump, ctx := s.pump, s.ctx
	return func() tea.Msg {
		b, ok := pump.next(ctx)
		if !ok {
			return nil
		}
		return batchMsg{s, b}
	}
}

// Update takes batches; a refresh opens a broken stream at once.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case batchMsg:
		if msg.of != s {
			return nil
		}
		s.take(msg.batch)
		return s.next()
	case ui.Refresh:
		if s.pump != nil && !s.stream.live {
			s.pump.retry()
		}
	}
	return nil
}

// take keeps the lines of a batch and shows those that are chosen.
func (s *Screen) take(b batch) {
	s.revision++
	s.stream = b.stream
	s.pane.AddDropped(b.dropped)
	wider := false
	for i := range b.lines {
		l := &b.lines[i]
		s.keep(l)
		wider = s.meet(l) || wider
	}
	if s.theme == nil {
		return
	}
	if wider {
		s.fill()
	} else {
		for i := range b.lines {
			s.show(&b.lines[i])
		}
	}
	if len(b.lines) > 0 && s.deps.Now().Sub(s.matches.at) >= countEvery {
		s.count()
	}
}

func (s *Screen) keep(l *line) {
	if len(s.lines) < keepLines {
		s.lines = append(s.lines, *l)
		return
	}
	s.lines[s.oldest] = *l
	s.oldest = (s.oldest + 1) % keepLines
}

// all calls f for every line that is kept, oldest first.
func (s *Screen) all(f func(*line)) {
	for i := range s.lines {
		f(&s.lines[(s.oldest+i)%len(s.lines)])
	}
}

// meet remembers who wrote a line and reports whether tags must get wider.
func (s *Screen) meet(l *line) bool {
	who := source{l.variant, l.replica}
	i, known := slices.BinarySearchFunc(s.known, who, compare)
	if known || len(s.known) >= knownMost {
		return false
	}
	s.known = slices.Insert(s.known, i, who)
	if w := draw.Width(s.tag(l.replica)); w > s.tagWidth {
		s.tagWidth = w
		return true
	}
	return false
}

func compare(a, b source) int {
	if c := strings.Compare(a.variant, b.variant); c != 0 {
		return c
	}
	return strings.Compare(a.replica, b.replica)
}

// fill gives the pane all lines anew: another look, tags, or choice.
func (s *Screen) fill() {
	following, below := s.pane.Following(), s.pane.Below()
	s.pane.Clear()
	s.all(s.show)
	if !following {
		s.pane.Pause()
		s.pane.Scroll(-below)
	}
	s.count()
}

// show appends a line to the pane if its writer is chosen.
func (s *Screen) show(l *line) {
	if s.shows(l) {
		s.pane.Append(s.painted(l))
	}
}

func (s *Screen) shows(l *line) bool {
	return s.chosen == source{} || s.chosen.variant == l.variant && (s.chosen.replica == "" || s.chosen.replica == l.replica)
}

// count counts the matches of the search; it looks at every line.
func (s *Screen) count() {
	s.matches.selected, s.matches.count = s.pane.Matches()
	s.matches.at = s.deps.Now()
}

// Copy is the selected match, or the line at the bottom, as it is shown.
func (s *Screen) Copy() string {
	l, _ := s.pane.Current()
	return l.Text
}

// Mouse scrolls.
func (s *Screen) Mouse(e ui.MouseEvent) tea.Cmd {
	if e.Kind == ui.MouseWheel {
		s.revision++
		s.pane.Scroll(e.Wheel)
	}
	return nil
}
