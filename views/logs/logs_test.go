package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
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

// A producer of 50,000 lines a second costs ten batches, bounded memory, and
// a count of what was lost.
func TestFloodIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		flood := make(chan backends.LogLine)
		go func() {
			for range 100 {
				for i := range 500 {
					select {
					case flood <- at(i, "A", 1, "x"):
					case <-ctx.Done():
						return
					}
				}
				time.Sleep(10 * time.Millisecond)
			}
		}()
		logs := &streamer{streams: []func(backends.LogQuery) (<-chan backends.LogLine, error){
			func(backends.LogQuery) (<-chan backends.LogLine, error) { return flood, nil }}}
		p := newPump(logs, "model-api", time.Now)
		go p.follow(ctx)
		batches, lines, dropped := 0, 0, 0
		for end := time.Now().Add(time.Second); time.Now().Before(end); batches++ {
			b, _ := p.next(ctx)
			if len(b.lines) > batchMost {
				t.Fatalf("a batch of %d lines", len(b.lines))
			}
			lines, dropped = lines+len(b.lines), dropped+b.dropped
		}
		if batches > 11 || dropped == 0 || lines+dropped < 45_000 {
			t.Errorf("%d batches, %d lines and %d dropped", batches, lines, dropped)
		}
		cancel()
		synctest.Wait()
	})
}

func TestBrokenStreamComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		first, again := at(0, "A", 1, "one"), at(5, "A", 1, "two")
		logs := &streamer{streams: []func(backends.LogQuery) (<-chan backends.LogLine, error){
			of(true, first), broken(errors.New("connection refused")), of(false, first, first, again)}}
		p := newPump(logs, "model-api", time.Now)
		go p.follow(ctx)
		var texts, errs []string
		for range 3 {
			b, _ := p.next(ctx)
			for _, l := range b.lines {
				texts = append(texts, l.text)
			}
			if b.stream.err != nil {
				errs = append(errs, b.stream.err.Error())
			}
		}
		if want := []string{"one", "one", "two"}; !slices.Equal(texts, want) {
			t.Errorf("lines %v, want %v: what was seen is not repeated, what is new is not lost", texts, want)
		}
		if want := []string{"the stream ended", "connection refused"}; !slices.Equal(errs, want) {
			t.Errorf("errors %v, want %v", errs, want)
		}
		if got, want := logs.asked[2].Since, first.At.Add(-overlap); !got.Equal(want) {
			t.Errorf("asked since %v, want %v", got, want)
		}
		cancel()
		synctest.Wait()
	})
}

func TestRefreshEndsThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		deps := viewtest.Deps(viewtest.Fleet())
		logs := &streamer{streams: []func(backends.LogQuery) (<-chan backends.LogLine, error){broken(errors.New("refused"))}}
		deps.Logs, deps.Now = logs, time.Now
		s := New(deps, "model-api")
		go s.pump.follow(ctx)
		synctest.Wait()
		s.Update(ui.Refresh{})
		synctest.Wait()
		if len(logs.asked) != 2 {
			t.Errorf("%d attempts after r", len(logs.asked))
		}
		cancel()
		synctest.Wait()
	})
}

func TestReadable(t *testing.T) {
	for in, want := range map[string]struct {
		text  string
		level level
	}{
		`{"time":"x","level":"WARN","msg":"practice fault","kind":"slow","n":3,"o":{"a":1}}`: {`WARN  practice fault kind=slow n=3 o={"a":1}`, warn},
		`level=error msg="it broke" path=/p`:                                                 {`ERROR it broke path=/p`, failure},
		`ts=1 lvl=info msg=ok empty=`:                                                        {`INFO  ok empty=""`, info},
		`2026-11-24 [ERROR] disk full`:                                                       {`2026-11-24 [ERROR] disk full`, failure},
		`{"level":"info"`:                                                                    {`{"level":"info"`, noLevel},
		`{"msg":"a"} trailing`:                                                               {`{"msg":"a"} trailing`, noLevel},
		`GET /predict?x=1 200`:                                                               {`GET /predict?x=1 200`, noLevel},
		`{"message":"two\nlines","severity":"debug"}`:                                        {"DEBUG two\nlines", debug},
	} {
		if text, level := readable(in); text != want.text || level != want.level {
			t.Errorf("%s\n gives %q, %v\n want %q, %v", in, text, level, want.text, want.level)
		}
	}
}

func FuzzReadable(f *testing.F) {
	for _, l := range sample() {
		f.Add(l.Text)
	}
	f.Fuzz(func(t *testing.T, in string) {
		l := clean(backends.LogLine{Text: in})
		for _, s := range []string{l.text, l.raw} {
			if strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }) {
				t.Errorf("%q holds a control character", s)
			}
		}
	})
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
		lines = append(lines, clean(sample()[i%6]))
	}
	b.ReportAllocs()
	for b.Loop() {
		s.take(batch{lines: lines, stream: stream{live: true}})
		s.View(f)
	}
}
