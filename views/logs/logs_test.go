package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/views/viewtest"
)

// streamer hands out the streams that a test prepared, one for each call.
type streamer struct {
	streams []func(q backends.LogQuery) (<-chan backends.LogLine, error)
	asked   []backends.LogQuery
}

func (s *streamer) Logs(_ context.Context, q backends.LogQuery) (<-chan backends.LogLine, error) {
	s.asked = append(s.asked, q)
	if len(s.asked) > len(s.streams) {
		return make(chan backends.LogLine), nil
	}
	return s.streams[len(s.asked)-1](q)
}

// of is a stream of some lines that ends or stays open.
func of(ends bool, lines ...backends.LogLine) func(backends.LogQuery) (<-chan backends.LogLine, error) {
	return func(backends.LogQuery) (<-chan backends.LogLine, error) {
		out := make(chan backends.LogLine, len(lines))
		for _, l := range lines {
			out <- l
		}
		if ends {
			close(out)
		}
		return out, nil
	}
}

func broken(err error) func(backends.LogQuery) (<-chan backends.LogLine, error) {
	return func(backends.LogQuery) (<-chan backends.LogLine, error) { return nil, err }
}

func at(ms int, variant string, n int, text string) backends.LogLine {
	return backends.LogLine{At: viewtest.Now.Add(time.Duration(ms) * time.Millisecond), Deployment: "model-api",
		Variant: variant, Replica: fmt.Sprintf("model-api-%s-%d", strings.ToLower(variant), n), Text: text}
}

func sample() []backends.LogLine {
	return []backends.LogLine{
		at(0, "A", 1, `{"time":"2026-11-24T14:03:22Z","level":"INFO","msg":"listening","addr":"127.0.0.1:4001"}`),
		at(1, "A", 2, `{"time":"2026-11-24T14:03:22Z","level":"INFO","msg":"listening","addr":"127.0.0.1:4002"}`),
		at(12, "B", 1, `{"time":"2026-11-24T14:03:22Z","level":"WARN","msg":"practice fault","kind":"slow","fault":{"delay":250}}`),
		at(13, "B", 1, `level=error msg="request failed" path=/predict status=500`),
		at(14, "A", 3, "panic: \x1b]0;owned\x07\x1b[31mred\x1b[2J\r\nsecond 日本語 👩‍👩‍👧"),
		{At: viewtest.Now.Add(15 * time.Millisecond), Deployment: "model-api", Replica: "model-api-gateway", Text: `{"level":"INFO","msg":"state changed"}`},
		at(20, "A", 1, strings.Repeat("long ", 60)+"end"),
	}
}

// shown is a screen that holds lines and follows a live stream.
func shown(lines ...backends.LogLine) *Screen {
	deps := viewtest.Deps(viewtest.Fleet())
	deps.Logs = &streamer{}
	s := New(deps, "model-api")
	b := batch{stream: stream{live: true}}
	for _, l := range lines {
		b.lines = append(b.lines, clean(l))
	}
	s.View(viewtest.Frame(120, 38))
	s.take(b)
	return s
}

func text(s *Screen) string {
	return ansi.Strip(strings.Join(s.View(viewtest.Frame(120, 38)), "\n"))
}

func press(t *testing.T, s *Screen, key string) {
	t.Helper()
	for _, b := range s.Bindings() {
		if slices.Contains(b.Keys, key) {
			if b.Off != "" {
				t.Fatalf("%s is off: %s", key, b.Off)
			}
			b.Run()
			return
		}
	}
	t.Fatalf("no binding for %s", key)
}

func types(s *Screen, text string) {
	for _, r := range text {
		s.Type(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	s.Type(tea.KeyPressMsg{Code: tea.KeyEnter})
}

func TestGolden(t *testing.T) {
	snapshot := viewtest.Fleet()
	none := New(viewtest.Deps(snapshot), "model-api")
	away := shown(sample()...)
	away.take(batch{dropped: 312, stream: stream{err: errors.New("connect: connection \x1b[31mrefused"), retryAt: viewtest.Now.Add(4 * time.Second)}})
	searched := shown(sample()...)
	press(t, searched, "/")
	types(searched, "fault")
	for name, s := range map[string]*Screen{"live": shown(sample()...), "none": none, "away": away, "search": searched, "empty": shown()} {
		t.Run(name, func(t *testing.T) { viewtest.Golden(t, s, snapshot) })
	}
}

func TestEveryWidth(t *testing.T) {
	s := shown(sample()...)
	for _, wrap := range []bool{false, true} {
		s.pane.SetWrap(wrap)
		for width := 80; width <= 210; width += 7 {
			for height := 18; height <= 60; height += 6 {
				f := viewtest.Frame(width, height)
				viewtest.Check(t, s.View(f), f)
			}
		}
	}
}

func TestPauseFollowAndKeepingThePlace(t *testing.T) {
	s := shown()
	for i := range 500 {
		s.take(batch{lines: []line{clean(at(i, "A", 1, fmt.Sprintf("line-%d.", i)))}, stream: stream{live: true}})
	}
	press(t, s, "k")
	for i := 500; i < 812; i++ {
		s.take(batch{lines: []line{clean(at(i, "A", 1, fmt.Sprintf("line-%d.", i)))}, stream: stream{live: true}})
	}
	if out := text(s); !strings.Contains(out, "paused +312") || !strings.Contains(out, "line-498.") || strings.Contains(out, "line-499.") {
		t.Errorf("scrolling up must hold the lines still and count the new ones:\n%s", out)
	}
	press(t, s, "t") // another look keeps the place
	if out := text(s); !strings.Contains(out, "line-498.") || strings.Contains(out, "line-499.") {
		t.Errorf("the place was lost:\n%s", out)
	}
	press(t, s, "G")
	if out := text(s); !strings.Contains(out, "line-811.") || !strings.Contains(out, " live ") {
		t.Errorf("G must follow again:\n%s", out)
	}
}

func TestSearchFilterAndChoice(t *testing.T) {
	s := shown(sample()...)
	press(t, s, "/")
	types(s, "LISTENING")
	if out := text(s); !strings.Contains(out, "2 of 2") {
		t.Errorf("the search must count:\n%s", out)
	}
	press(t, s, "N")
	if out := text(s); !strings.Contains(out, "1 of 2") || !strings.Contains(s.Copy(), "4001") {
		t.Errorf("N must go to the match above, and y copy it:\n%s", out)
	}
	s.Escape()
	press(t, s, "&")
	types(s, "fault")
	if out := text(s); !strings.Contains(out, "practice fault") || strings.Contains(out, "request failed") {
		t.Errorf("& must hide what does not match:\n%s", out)
	}
	s.Escape()
	press(t, s, "-")
	types(s, "fault")
	if out := text(s); strings.Contains(out, "practice fault") || !strings.Contains(out, "request failed") {
		t.Errorf("- must hide what matches:\n%s", out)
	}
	s.Escape()
	press(t, s, "v")
	if out := text(s); !strings.Contains(out, "variant A") || strings.Contains(out, "state changed") {
		t.Errorf("v must begin with A, which the front door is no part of:\n%s", out)
	}
	press(t, s, "v")
	if out := text(s); !strings.Contains(out, "variant B") || strings.Contains(out, "4001") || !strings.Contains(out, "practice fault") {
		t.Errorf("v must go from A to B:\n%s", out)
	}
	if !s.Escape() || s.Escape() {
		t.Error("esc clears the choice, then leaves")
	}
}

func TestEscapeWhileSearchingFollowsAgain(t *testing.T) {
	s := shown(sample()...)
	press(t, s, "/")
	s.Type(tea.KeyPressMsg{Code: 'l', Text: "l"})
	s.Type(tea.KeyPressMsg{Code: tea.KeyEscape})
	if !s.pane.Following() || s.Typing() || s.pane.Query() != "" {
		t.Error("esc must take back the search")
	}
}

func TestHostileLines(t *testing.T) {
	s := shown(sample()...)
	for _, key := range []string{"z", "w", "t"} {
		press(t, s, key)
		f := viewtest.Frame(100, 30)
		viewtest.Check(t, s.View(f), f)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	s := shown()
	for i := range keepLines + 5000 {
		s.take(batch{lines: []line{{at: viewtest.Now, replica: "r", text: fmt.Sprint(i)}}})
	}
	_, kept := s.pane.Len()
	if len(s.lines) != keepLines || kept != keepLines {
		t.Errorf("%d and %d lines are kept", len(s.lines), kept)
	}
	first := ""
	s.all(func(l *line) {
		if first == "" {
			first = l.text
		}
	})
	if first != "5000" {
		t.Errorf("the oldest line is %s", first)
	}
}

func TestKeysDoNotClash(t *testing.T) {
	if err := ui.CheckBindings(ui.Table{Screen: "logs", Bindings: shown().Bindings()}); err != nil {
		t.Error(err)
	}
}

func BenchmarkClean(b *testing.B) {
	l := sample()[2]
	b.ReportAllocs()
	for b.Loop() {
		clean(l)
	}
}

// BenchmarkAppendAndView is a batch of 100 lines and the frame after it.
func BenchmarkAppendAndView(b *testing.B) {
	s := shown()
	f := viewtest.Frame(200, 58)
	var lines []line
	for i := range 100 {
		lines = append(lines, clean(sample()[i%7]))
	}
	b.ReportAllocs()
	for b.Loop() {
		s.take(batch{lines: lines, stream: stream{live: true}})
		s.View(f)
	}
}
