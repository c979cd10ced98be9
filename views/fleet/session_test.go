package fleet

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	data "pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// session is a real program that paints on a terminal emulator and reads keys
// from a pipe.
type session struct {
	t       testing.TB
	program *tea.Program
	screen  *vt.SafeEmulator
	keys    io.Writer
	done    chan error
	painted chan struct{} // gets one after each write to the terminal, if there is room
	written int
	mu      sync.Mutex
}

// Write is the terminal's end of the program's output.
func (s *session) Write(p []byte) (int, error) {
	n, err := s.screen.Write(p)
	s.mu.Lock()
	s.written += n
	s.mu.Unlock()
	select {
	case s.painted <- struct{}{}:
	default:
	}
	return n, err
}

func (s *session) bytes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written
}

func start(t testing.TB, snapshot *data.Snapshot, width, height int) *session {
	t.Helper()
	deps := viewtest.Deps(snapshot)
	deps.Now = time.Now
	m, err := ui.New(t.Context(), ui.Options{
		Open:  func(p ui.Place) (ui.Screen, error) { return openPlace(deps, p) },
		First: ui.Place{Screen: "fleet"}, Now: time.Now, Status: views.Status(ui.StatusMsg{Context: "local"}, snapshot),
	})
	if err != nil {
		t.Fatal(err)
	}
	in, keys := io.Pipe()
	s := &session{t: t, screen: vt.NewSafeEmulator(width, height), keys: keys, done: make(chan error, 1), painted: make(chan struct{}, 1)}
	// The program does not see a terminal and leaves out carriage returns; the
	// emulator's line feed mode (LNM) makes up for it.
	if _, err := s.screen.Write([]byte("\x1b[20h")); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { _, _ = io.Copy(io.Discard, s.screen) }) // the emulator's answers to queries
	s.program = m.Program(tea.WithInput(in), tea.WithOutput(s), tea.WithWindowSize(width, height),
		tea.WithColorProfile(colorprofile.TrueColor), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	running.Go(func() {
		_, err := s.program.Run()
		s.done <- err
	})
	t.Cleanup(func() {
		s.program.Kill()
		m.Close()
		_ = keys.Close()
		_ = s.screen.InputPipe().(io.Closer).Close() // Close of the emulator races with its Read
		running.Wait()
	})
	return s
}

// openPlace opens fleets only: a second one stands for any other screen.
func openPlace(deps views.Deps, p ui.Place) (ui.Screen, error) {
	if p.Screen == "fleet" {
		return New(deps), nil
	}
	return other{New(deps), p}, nil
}

type other struct {
	*Screen
	place ui.Place
}

func (o other) Place() ui.Place { return o.place }

func (s *session) text() string { return ansi.Strip(s.screen.Render()) }

// until waits for the screen to fulfil a condition.
func (s *session) until(what string, holds func(text string) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	for !holds(s.text()) {
		select {
		case <-ctx.Done():
			s.t.Fatalf("waited in vain until %s; the screen:\n%s", what, s.text())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (s *session) shows(want string) {
	s.t.Helper()
	s.until("it shows "+want, func(text string) bool { return strings.Contains(text, want) })
}

func (s *session) press(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.keys, keys); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) cursorOn(name string) {
	s.t.Helper()
	s.until("the cursor is on "+name, func(text string) bool {
		return slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool {
			return strings.HasPrefix(line, "▸") && strings.Contains(line, name)
		})
	})
}

// TestSession is the first minute of an on-call engineer on a real terminal.
func TestSession(t *testing.T) {
	s := start(t, viewtest.Hostile(), 100, 30)
	s.shows("6 deployments")
	s.cursorOn("redname")
	s.press("j")
	s.press("j")
	s.cursorOn("model-api")
	s.press("/")
	s.press("wine")
	s.shows("1 of 6")
	s.press("\x1b")
	s.shows("6 deployments")
	s.press("?")
	s.shows("keys of fleet")
	s.press("\x1b")
	s.until("help is closed", func(text string) bool { return !strings.Contains(text, "keys of fleet") })
	s.press("s")
	s.shows(" split")
	s.program.Send(tea.WindowSizeMsg{Width: 79, Height: 30})
	s.shows("terminal too small")
	s.program.Send(tea.WindowSizeMsg{Width: 100, Height: 30})
	s.shows("STATE")
	s.press("q")
	s.until("the split is left", func(text string) bool {
		line, _, _ := strings.Cut(text, "\n")
		return strings.Contains(line, "fleet") && !strings.Contains(line, "split")
	})
	s.press("q")
	select {
	case err := <-s.done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("q did not quit")
	}
}

// TestTerminalShowsTheFrameExactly compares what arrives on the terminal,
// cell by cell, with the frame that the model drew, for hostile text too.
func TestTerminalShowsTheFrameExactly(t *testing.T) {
	snapshot := viewtest.Hostile()
	s := start(t, snapshot, 120, 40)
	s.shows("6 deployments")
	f := ui.Frame{Width: 120, Height: 38, Theme: viewtest.Frame(120, 38).Theme, Now: time.Now()}
	deps := viewtest.Deps(snapshot)
	want := New(deps).View(f)
	s.until("the table is painted", func(text string) bool { return strings.Contains(text, "wine-api") })
	got := strings.Split(s.text(), "\n")[1:]
	for i := range 8 {
		w, g := strings.TrimRight(ansi.Strip(want[i]), " "), strings.TrimRight(got[i], " ")
		if w != g {
			t.Errorf("line %d on the terminal:\n%q\nin the frame:\n%q", i, g, w)
		}
	}
	for i, line := range got {
		if w := draw.Width(line); w > 120 {
			t.Errorf("line %d is %d columns wide", i, w)
		}
	}
}

// BenchmarkKeyToPaint is the time from a key in the pipe to the bytes on the
// terminal, with 1,000 deployments at 200×60. The program paints 60 times a
// second, so that half a frame, 8 ms, is the mean of waiting alone.
func BenchmarkKeyToPaint(b *testing.B) {
	s := start(b, viewtest.Many(1000), 200, 60)
	s.shows("1000 deployments")
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		time.Sleep(time.Duration(i%17) * time.Millisecond) // any phase of the painter
		select {
		case <-s.painted:
		default:
		}
		at := time.Now()
		s.press([]string{"j", "k"}[i/5%2])
		<-s.painted
		times = append(times, time.Since(at))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkAtRest is what the terminal gets in a second in which only the
// clock and every age change.
func BenchmarkAtRest(b *testing.B) {
	snapshot := viewtest.Many(1000)
	for i := range snapshot.Rows {
		snapshot.Rows[i].ListedAt, snapshot.Rows[i].SignalsAt = time.Now(), time.Now()
	}
	s := start(b, snapshot, 200, 60)
	s.shows("1000 deployments")
	time.Sleep(100 * time.Millisecond)
	before, seconds := s.bytes(), 0
	for b.Loop() {
		time.Sleep(time.Second)
		seconds++
	}
	b.ReportMetric(float64(s.bytes()-before)/float64(seconds), "B/s")
}
