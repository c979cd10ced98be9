package review_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/split"
	"pitwall/views/viewtest"
)

// world is a backend in memory whose front door gets 40 requests a second.
type world struct {
	mu   sync.Mutex
	d    backends.Deployment
	last time.Time
	rest map[string]float64
}

func (w *world) Deployments(context.Context) ([]backends.Deployment, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.d
	d.Variants = slices.Clone(d.Variants)
	for i := range d.Variants {
		v := &d.Variants[i]
		w.rest[v.Name] += 40 * v.Weight / 100 * time.Since(w.last).Seconds()
		v.Requests, v.Counted = uint64(w.rest[v.Name]), true
	}
	w.last = time.Now()
	return []backends.Deployment{d}, nil
}

func (w *world) DryRun(context.Context, backends.Change) ([]backends.Effect, error) { return nil, nil }

func (w *world) Apply(_ context.Context, c backends.Change) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.Token != w.d.Token {
		return &backends.ConflictError{Deployment: c.Deployment, Now: w.d}
	}
	w.set(c.Split, c.By)
	return nil
}

// set changes the split; the caller holds mu.
func (w *world) set(s backends.Split, by string) {
	w.d.Variants = slices.Clone(w.d.Variants)
	for i := range w.d.Variants {
		w.d.Variants[i].Weight = s[w.d.Variants[i].Name]
	}
	w.d.Token, w.d.SplitBy, w.d.SplitAt = w.d.Token+"'", by, time.Now()
}

func (w *world) split() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.d.Split().String()
}

type memory struct {
	mu      sync.Mutex
	records []journal.Record
}

func (m *memory) Append(r journal.Record) (journal.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.ID = "record-" + string(rune('a'+len(m.records)))
	m.records = append(m.records, r)
	return r, nil
}

func (m *memory) Records(time.Time) ([]journal.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.records), nil
}

// session is the whole console but its terminal: root model, split screen,
// review and engine, in a bubble whose clock stands still unless all wait.
type session struct {
	t     *testing.T
	model *ui.Model
	msgs  chan tea.Msg
	done  chan struct{}
	world *world
	book  *memory
}

func newSession(t *testing.T) *session {
	s := &session{t: t, msgs: make(chan tea.Msg), done: make(chan struct{}), book: &memory{}}
	s.world = &world{d: viewtest.ModelAPI().Deployment, last: time.Now(), rest: map[string]float64{}}
	s.world.d.State = backends.OK
	s.world.d.Variants[1] = viewtest.Variant("model-api", "B", "1.1.0", 30, 1, 1)
	engine := operation.New(operation.Options{Backend: s.world, Journal: s.book, Now: time.Now,
		Actor: journal.Actor{OSUser: "ana", Host: "laptop"}, Signals: func(string) map[string]backends.Signals { return signals() }})
	deps := views.Deps{Snapshot: s.snapshot, Operations: engine, Recovery: engine, Records: s.book,
		Running: &views.Running{}, Context: t.Context(), Send: s.send, Now: time.Now}
	model, err := ui.New(t.Context(), ui.Options{Now: time.Now, First: ui.Place{Screen: "split", Name: "model-api"},
		Open: func(p ui.Place) (ui.Screen, error) { return split.New(deps, p.Name), nil }})
	if err != nil {
		t.Fatal(err)
	}
	s.model = model
	go s.loop()
	s.run(model.Init())
	s.send(tea.WindowSizeMsg{Width: 100, Height: 40})
	return s
}

func signals() map[string]backends.Signals {
	m := map[string]backends.Signals{"": viewtest.Signals(40, 0.001, 0.003, 0.009, 0.014, 0.03), "A": viewtest.Signals(28, 0.001, 0.003, 0.009, 0.014, 0.03),
		"B": viewtest.Signals(12, 0.001, 0.003, 0.009, 0.014, 0.03)}
	for name, v := range m {
		v.At = time.Now()
		m[name] = v
	}
	return m
}

func (s *session) snapshot() *fleet.Snapshot {
	all, _ := s.world.Deployments(s.t.Context())
	row := fleet.Row{Deployment: all[0], State: backends.OK, Signals: signals(), ListedAt: time.Now(), SignalsAt: time.Now()}
	return &fleet.Snapshot{Version: 1, At: time.Now(), Rows: []fleet.Row{row}}
}

func (s *session) send(m tea.Msg) {
	select {
	case s.msgs <- m:
	case <-s.done:
	}
}

func (s *session) run(cmd tea.Cmd) {
	if cmd != nil {
		go func() { s.send(cmd()) }()
	}
}

func (s *session) loop() {
	for {
		select {
		case <-s.done:
			return
		case m := <-s.msgs:
			switch m := m.(type) {
			case nil:
			case tea.BatchMsg:
				for _, cmd := range m {
					s.run(cmd)
				}
			case look:
				m <- ansi.Strip(s.model.View().Content)
			default:
				_, cmd := s.model.Update(m)
				s.run(cmd)
			}
		}
	}
}

func (s *session) press(keys ...string) {
	for _, name := range keys {
		k := tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
		switch name {
		case "enter":
			k = tea.KeyPressMsg{Code: tea.KeyEnter}
		case "esc":
			k = tea.KeyPressMsg{Code: tea.KeyEscape}
		}
		s.send(k)
		synctest.Wait()
	}
}

// wait lets time pass; the fleet is read each second.
func (s *session) wait(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(time.Second, time.Until(end)))
		s.send(views.SnapshotMsg{Snapshot: s.snapshot()})
		synctest.Wait()
	}
}

// look asks the loop, which owns the model, for what is on the screen.
type look chan string

func (s *session) text() string {
	answer := make(look, 1)
	s.send(answer)
	return <-answer
}

func (s *session) shows(words ...string) {
	s.t.Helper()
	text := s.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			s.t.Fatalf("the console does not show %q:\n%s", w, text)
		}
	}
}

func inSession(t *testing.T, test func(s *session)) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession(t)
		defer func() {
			close(s.done)
			time.Sleep(time.Hour) // every timer and every operation comes to its end
		}()
		synctest.Wait()
		test(s)
	})
}

func TestMoveTrafficAndUndo(t *testing.T) {
	inSession(t, func(s *session) {
		s.press("L", "L", "l", "enter")
		s.shows("Move model-api from A=70 B=30 to A=59 B=41")
		s.press("y") // in flight: it was typed before the review could be read
		if s.world.split() != "A=70 B=30" {
			t.Fatal("a key in flight confirmed")
		}
		s.wait(time.Second)
		s.press("y", "esc") // closed while it runs
		s.wait(2 * time.Second)
		s.shows("split model-api: observing", "A 1.0.0")
		s.press("q")
		s.shows("Quit?", "operation is still running")
		s.press("esc")
		s.wait(2 * time.Minute)
		if got := s.world.split(); got != "A=59 B=41" {
			t.Fatalf("the split is %s", got)
		}
		s.shows("41 %", "u undoes it: A=70 B=30")
		s.press("u")
		s.wait(time.Second)
		s.press("y")
		s.wait(2 * time.Minute)
		s.shows("done", "observed")
		if got := s.world.split(); got != "A=70 B=30" {
			t.Fatalf("after undo the split is %s", got)
		}
		var phases []string
		for _, r := range s.book.records {
			phases = append(phases, r.Op+" "+r.Phase+" "+r.Result)
		}
		want := []string{"split intent ", "split result ok", "split intent ", "split result ok"}
		if !slices.Equal(phases, want) {
			t.Errorf("the journal has %q", phases)
		}
	})
}

func TestSomebodyElseIsFaster(t *testing.T) {
	inSession(t, func(s *session) {
		s.press("4", "0", "enter")
		s.wait(time.Second)
		s.world.mu.Lock()
		s.world.set(backends.Split{"A": 75, "B": 25}, "bob@desk")
		s.world.mu.Unlock()
		s.press("y") // before the console has heard of it
		s.wait(time.Second)
		s.shows("conflict", "changed by bob@desk", "nothing was applied", "[r] review again")
		if got := s.world.split(); got != "A=75 B=25" {
			t.Fatalf("the split is %s", got)
		}
		s.press("esc")
		s.shows("your proposal was from 30 %")
		s.press("enter")
		s.wait(time.Second)
		s.shows("from A=75 B=25 to A=60 B=40")
	})
}

func TestAllToStableRecovers(t *testing.T) {
	inSession(t, func(s *session) {
		s.press("A")
		s.wait(time.Second)
		s.press("y", "esc")
		s.wait(time.Minute)
		s.shows("100 %", "recovering")
		s.wait(3 * time.Minute)
		s.shows("recovered")
		last := s.book.records[len(s.book.records)-1]
		if last.Phase != journal.PhaseNote || !strings.Contains(last.Text, "verified") || last.Intent == "" {
			t.Errorf("the journal ends with %+v", last)
		}
	})
}

func TestWayBackIsOpenWhileAnOperationIsWatched(t *testing.T) {
	inSession(t, func(s *session) {
		s.press("l", "enter") // one point takes many requests to show
		s.wait(time.Second)
		s.press("y", "esc")
		s.wait(2 * time.Second)
		s.shows("observing")
		s.press("A")
		s.wait(time.Second)
		s.press("y")
		s.wait(time.Minute)
		if got := s.world.split(); got != "A=100 B=0" {
			t.Fatalf("the split is %s", got)
		}
		s.shows("done")
		var phases []string
		for _, r := range s.book.records {
			phases = append(phases, strings.TrimSpace(r.Phase+" "+r.Result))
		}
		if want := []string{"intent", "result unknown", "intent", "result ok"}; !slices.Equal(phases[:4], want) {
			t.Errorf("the journal has %q", phases)
		}
		if r := s.book.records[1]; !strings.Contains(r.Error, "took its place") {
			t.Errorf("the first result says %q", r.Error)
		}
	})
}
