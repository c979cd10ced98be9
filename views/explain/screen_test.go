package explain

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
	"pitwall/backends/prometheus"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// told tells events, or err, and counts how often it was asked.
type told struct {
	events []backends.Event
	err    error
	asked  atomic.Int32
}

func (e *told) Events(context.Context, string, time.Time) ([]backends.Event, error) {
	e.asked.Add(1)
	return e.events, e.err
}

type written []journal.Record

func (w written) Records(time.Time) ([]journal.Record, error) { return w, nil }

// leaking is a Prometheus in which the memory of B grows by 2 MB a second.
type leaking struct{ views.Metrics }

func (leaking) Range(_ context.Context, _ string, _ prometheus.Panel, from, _ time.Time, step time.Duration) ([]prometheus.Series, error) {
	return []prometheus.Series{
		{Variant: "A", Points: []float64{50e6, 50e6}, Start: from, Step: step},
		{Variant: "B", Points: []float64{50e6, 60e6, 70e6}, Start: from, Step: step},
	}, nil
}

func happened() *told {
	return &told{events: []backends.Event{
		{At: viewtest.Ago(12 * time.Minute), Deployment: "model-api", Kind: "split", State: backends.OK, Text: "split A=90 B=10 → A=70 B=30", By: "ana@laptop"},
		{At: viewtest.Ago(9 * time.Second), Deployment: "model-api", Variant: "B", Replica: "model-api-B-1", Kind: "exit", State: backends.Fail, Text: "model-api-B-1 exited with status 3"},
	}}
}

func recorded() written {
	return written{{ID: "1", TS: viewtest.Ago(12*time.Minute + time.Second), Op: "split", Phase: journal.PhaseResult, Result: journal.ResultOK,
		Target: journal.Target{Name: "model-api"}, Actor: journal.Actor{OSUser: "ana", Host: "laptop"},
		From: journal.Subject{Weights: backends.Split{"A": 90, "B": 10}}, To: journal.Subject{Weights: backends.Split{"A": 70, "B": 30}}}}
}

func open(s *fleet.Snapshot, name string) *Screen {
	deps := viewtest.Deps(s)
	deps.Events, deps.Records, deps.Metrics = happened(), recorded(), leaking{}
	deps.Operations = &viewtest.Operations{}
	return New(deps, name)
}

// answer looks, and waits for the evidence.
func answer(s *Screen) {
	if cmd := s.look(); cmd != nil {
		s.Update(cmd())
	}
}

func text(s *Screen, width, height int) string {
	return ansi.Strip(strings.Join(s.View(viewtest.Frame(width, height)), "\n"))
}

func press(t *testing.T, s *Screen, key string) tea.Cmd {
	t.Helper()
	for _, b := range s.Bindings() {
		if slices.Contains(b.Keys, key) {
			if b.Off != "" {
				t.Fatalf("%s is off: %s", key, b.Off)
			}
			return viewtest.Act(b)
		}
	}
	t.Fatalf("no binding for %s", key)
	return nil
}

func TestGolden(t *testing.T) {
	for name, arrange := range map[string]func() (*Screen, *fleet.Snapshot){
		"trouble": func() (*Screen, *fleet.Snapshot) {
			snapshot := viewtest.Fleet()
			s := open(snapshot, "model-api")
			answer(s)
			s.cursor = 1
			return s, snapshot
		},
		"healthy": func() (*Screen, *fleet.Snapshot) {
			snapshot := viewtest.Fleet()
			s := open(snapshot, "wine-api")
			s.deps.Metrics = nil
			answer(s)
			return s, snapshot
		},
		"unread": func() (*Screen, *fleet.Snapshot) {
			snapshot := viewtest.Fleet()
			s := open(snapshot, "model-api")
			s.deps.Events = &told{err: errors.New("dial \x1b[31munix: no such file")}
			s.deps.Operations.(*viewtest.Operations).Off = "this console is read-only"
			answer(s)
			return s, snapshot
		},
		"looking": func() (*Screen, *fleet.Snapshot) {
			snapshot := viewtest.Fleet()
			return open(snapshot, "model-api"), snapshot
		},
		"nostack": func() (*Screen, *fleet.Snapshot) {
			snapshot := viewtest.NoStack()
			return open(snapshot, "model-api"), snapshot
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, snapshot := arrange()
			viewtest.Golden(t, s, snapshot)
		})
	}
}

func TestActionsGoThroughTheReview(t *testing.T) {
	s := open(viewtest.Fleet(), "model-api")
	operations := s.deps.Operations.(*viewtest.Operations)
	operations.Planned = operation.Plan{Danger: operation.Confirm}
	answer(s)
	for i, e := range s.evidence {
		if e.Action == nil {
			continue
		}
		s.cursor = i
		key, _, off := s.keyFor(e)
		if off != "" {
			t.Fatalf("%s is off under the cursor: %s", key, off)
		}
		if _, ok := press(t, s, key)().(ui.OpenDialog); !ok {
			t.Errorf("%s of %q opens no review", key, e.Title)
		}
		got, want := operations.Asked[len(operations.Asked)-1], *e.Action
		if got.Op != want.Op || got.Variant != want.Variant || !got.Split.Equal(want.Split) {
			t.Errorf("%s of %q reviews %+v, want %+v", key, e.Title, got, want)
		}
	}
	if len(operations.Asked) < 3 {
		t.Errorf("only %d actions", len(operations.Asked))
	}
	if err := ui.CheckBindings(ui.Table{Screen: "explain", Bindings: s.Bindings()}); err != nil {
		t.Error(err)
	}
}

func TestOneKeyOfTwoActionsFollowsTheCursor(t *testing.T) {
	s := open(viewtest.Fleet(), "model-api")
	answer(s)
	a, b := s.evidence[0], s.evidence[1]
	a.Action = &backends.Change{Op: backends.OpRestart, Variant: "A"}
	b.Action = &backends.Change{Op: backends.OpRestart, Variant: "B"}
	s.evidence = append(s.evidence[:0], a, b)
	if key, _, off := s.keyFor(b); key != "R" || off == "" {
		t.Errorf("%q, %q: the key of the other evidence must not be offered", key, off)
	}
	s.cursor = 1
	if _, help, off := s.keyFor(b); help != "restart B" || off != "" {
		t.Errorf("%q, %q under the cursor", help, off)
	}
}

func TestEnterLeadsToTheEvidence(t *testing.T) {
	s := open(viewtest.Fleet(), "model-api")
	answer(s)
	for i, e := range s.evidence {
		s.cursor = i
		if got, want := press(t, s, "enter")(), (ui.Go{To: ui.Place{Screen: e.Screen, Name: "model-api"}}); got != want {
			t.Errorf("enter on %q gives %v, want %v", e.Title, got, want)
		}
	}
}

func TestTheCursorFollowsItsEvidence(t *testing.T) {
	s := open(viewtest.Fleet(), "model-api")
	answer(s)
	s.cursor = 2
	chosen := s.evidence[2]
	next := slices.Clone(s.evidence)
	next[0], next[2] = next[2], next[0]
	next[0].Title = strings.Map(func(r rune) rune {
		if r >= '0' && r <= '8' {
			return r + 1
		}
		return r
	}, chosen.Title)
	s.Update(evidenceMsg{of: s, evidence: next, at: viewtest.Now})
	if s.cursor != 0 {
		t.Errorf("the cursor is on %q, want it to follow %q", s.evidence[s.cursor].Title, chosen.Title)
	}
	s.Update(evidenceMsg{of: s, evidence: next[:1], at: viewtest.Now})
	if s.cursor != 0 {
		t.Errorf("the cursor is beyond the end at %d", s.cursor)
	}
}

func TestItLooksOnNewSnapshotsAndNeverWhileCovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		snapshot := viewtest.Fleet()
		s := open(snapshot, "model-api")
		s.deps.Now = time.Now
		events := s.deps.Events.(*told)
		beat := func(drawn bool) {
			if drawn {
				text(s, 80, 22)
			}
			time.Sleep(every)
			if s.Update(beatMsg{s}); s.looking {
				s.looking = false
				events.asked.Add(1)
			}
		}
		beat(true)
		beat(true)
		if n := events.asked.Load(); n != 2 {
			t.Errorf("looked %d times in two beats", n)
		}
		beat(false)
		beat(false)
		if n := events.asked.Load(); n != 2 {
			t.Errorf("looked %d times while covered", n-2)
		}
		text(s, 80, 22)
		newer := viewtest.Fleet()
		newer.Version++
		if s.Update(views.SnapshotMsg{Snapshot: newer}); !s.looking {
			t.Error("a new snapshot must be looked at")
		}
		s.looking = false
		newer = viewtest.Fleet()
		newer.Version += 2
		if s.Update(views.SnapshotMsg{Snapshot: newer}); s.looking {
			t.Error("looked twice within a second")
		}
	})
}

func TestEverythingIsReachedInASmallFrame(t *testing.T) {
	s := open(viewtest.Fleet(), "model-api")
	answer(s)
	for range s.evidence {
		chosen, _ := s.chosen()
		if got := text(s, 80, 18); !strings.Contains(got, "go") && !strings.Contains(got, chosen.Title[:12]) {
			t.Errorf("%q is not on screen:\n%s", chosen.Title, got)
		}
		press(t, s, "j")
	}
	text(s, 80, 18)
	s.Mouse(ui.MouseEvent{Y: headLines, Kind: ui.MousePress})
	if s.tops[s.cursor] > s.offset {
		t.Errorf("a press on the first line chose the evidence at line %d", s.tops[s.cursor])
	}
}

func TestEveryWidthIsExact(t *testing.T) {
	hostile := viewtest.Hostile()
	for _, s := range []*Screen{
		open(hostile, hostile.Rows[0].Deployment.Name), open(hostile, hostile.Rows[2].Deployment.Name),
		open(viewtest.Fleet(), "model-api"), open(viewtest.Dead(), "model-api"), open(viewtest.NoStack(), "x\x1b[31m"),
	} {
		s.deps.Events = &told{err: errors.New("line one\nline \x1b[2Jtwo")}
		answer(s)
		for width := ui.MinWidth; width < 230; width += 3 {
			f := viewtest.Frame(width, 18+width%25)
			viewtest.Check(t, s.View(f), f)
			s.move(s.cursor + 1)
		}
	}
}

func BenchmarkView(b *testing.B) {
	s := open(viewtest.Fleet(), "model-api")
	answer(s)
	f := viewtest.Frame(200, 58)
	b.ReportAllocs()
	for b.Loop() {
		if len(s.View(f)) != f.Height {
			b.Fatal("no frame")
		}
	}
}
