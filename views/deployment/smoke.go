package deployment

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
)

const smokeTimeout = 30 * time.Second

// smokeMsg is how a smoke test went.
type smokeMsg struct {
	of      *Screen
	replica string
	result  backends.SmokeResult
	err     error
}

// smokeBinding runs the smoke test of the selected replica, one at a time: it
// changes nothing.
func (s *Screen) smokeBinding() ui.Binding {
	r, some := s.selection()
	off := ""
	switch {
	case s.deps.Smoke == nil:
		off = "this backend runs no smoke tests, or the console is read-only"
	case !s.found:
		off = gone
	case !some:
		off = "the backend lists no replicas"
	case s.testing:
		off = "a smoke test runs"
	}
	return ui.Binding{Keys: []string{"t"}, Help: "smoke test", About: "run the smoke test that the selected replica declares", Off: off,
		Hidden: s.deps.Smoke == nil, Run: func() tea.Cmd { return s.smokeTest(r.Name) }}
}

// smokeTest runs the test; it is shown as a task until it ends.
func (s *Screen) smokeTest(replica string) tea.Cmd {
	s.testing = true
	s.revision++
	parent, tester, name := s.ctx, s.deps.Smoke, s.name
	task := ui.Task{ID: "smoke " + replica, Text: "smoke test of " + replica}
	return tea.Sequence(
		func() tea.Msg { return task },
		func() tea.Msg {
			ctx, cancel := backends.Within(parent, smokeTimeout)
			defer cancel()
			result, err := tester.SmokeTest(ctx, name, replica)
			return smokeMsg{s, replica, result, err}
		},
		func() tea.Msg { return ui.Task{ID: task.ID, Done: true} },
	)
}

// tested tells in a line that a test passed or could not be run, and opens
// what one that failed said.
func (s *Screen) tested(msg smokeMsg) tea.Cmd {
	s.testing = false
	s.revision++
	if s.ctx.Err() != nil {
		return nil
	}
	var out tea.Msg
	switch {
	case msg.err != nil:
		out = ui.Toast{Level: ui.Failure, Text: "the smoke test of " + msg.replica + " could not be run: " + msg.err.Error()}
	case msg.result.Passed:
		out = ui.Toast{Level: ui.Good, Text: "the smoke test of " + msg.replica + " passed in " + draw.Duration(msg.result.Took)}
	default:
		out = ui.OpenDialog{Dialog: &failedTest{replica: msg.replica, result: msg.result}, Grace: true}
	}
	return func() tea.Msg { return out }
}

// failedTest shows a smoke test that failed. There is nothing to answer.
type failedTest struct {
	replica string
	result  backends.SmokeResult
	scroll  int
	over    int // lines below the last frame
}

// Key scrolls and closes.
func (d *failedTest) Key(k tea.KeyPressMsg) (done bool, cmd tea.Cmd) {
	switch k.String() {
	case "esc", "q", "enter":
		return true, nil
	case "j", "down":
		d.scroll = min(d.scroll+1, d.scroll+d.over)
	case "k", "up":
		d.scroll = max(d.scroll-1, 0)
	}
	return false, nil
}

// Update has nothing to do: the test is over.
func (d *failedTest) Update(tea.Msg) tea.Cmd { return nil }

// Bindings is what the key bar shows.
func (d *failedTest) Bindings() []ui.Binding {
	return []ui.Binding{{Keys: []string{"esc"}, Help: "close"}, {Keys: []string{"j/k"}, Help: "scroll"}}
}

// View draws what was run and what came of it.
func (d *failedTest) View(f ui.Frame) []string {
	const widest, chrome = 100, 2
	th := f.Theme
	width := min(f.Width-4, widest)
	inner := width - 4
	var lines []string
	add := func(label, text string) {
		for i, part := range draw.Wrap(text, inner-8) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, " "+th.Dim.Paint(draw.Pad(label, 8, draw.Left))+part)
		}
	}
	add("replica", draw.Sanitize(d.replica))
	add("test", views.Words(th, d.result.Test))
	add("took", draw.Duration(d.result.Took))
	lines = append(lines, "")
	output := draw.SanitizeLines(strings.TrimRight(d.result.Output, "\n"), 1000)
	for _, line := range output {
		lines = append(lines, draw.Wrap(" "+line, inner)...)
	}
	room := max(f.Height-chrome-2, 1)
	d.scroll = min(d.scroll, max(len(lines)-room, 0))
	d.over = max(len(lines)-d.scroll-room, 0)
	lines = lines[d.scroll:]
	lines = lines[:min(len(lines), room)]
	o := draw.BoxOptions{Title: "the smoke test failed", Status: th.Fail.Paint(th.Glyphs.Fail + " failed"), Focus: true}
	if f.Plain {
		return append([]string{"The smoke test failed."}, lines...)
	}
	return draw.Box(th, o, lines, width, len(lines)+chrome)
}
