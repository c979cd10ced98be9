package deployment

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/backends"
	"pitwall/backends/prometheus"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// bubble opens the screen with the bubble's clock.
func bubble(t *testing.T) *console {
	c := open(t, viewtest.Fleet())
	c.deps.Now = time.Now
	return c
}

func TestRangesAreAskedWithAStepForTheirWidth(t *testing.T) {
	for i, want := range ranges {
		c := open(t, viewtest.Fleet())
		c.text(200, 58)
		if cmd := c.press(string(rune('1' + i))); cmd == nil {
			t.Fatal("a range must be asked for")
		}
		c.Update(askMsg{c.Screen, c.feed.generation})
		c.answer()
		q := c.metrics.questions(prometheus.Latency)
		if len(q) == 0 {
			t.Fatal("nothing was asked")
		}
		last := q[len(q)-1]
		points := int(last.to.Sub(last.from) / last.step)
		if last.to.Sub(last.from) != want || points > 118 || points < 80 && last.step > time.Second {
			t.Errorf("range %s: asked from %s to %s by %s", want, last.from, last.to, last.step)
		}
	}
}

func TestHeldKeysAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubble(t)
		for range 20 {
			c.run(c.press("["))
		}
		c.live(time.Second, true)
		if n := len(c.metrics.questions(prometheus.Errors)); n != 1 {
			t.Errorf("%d questions for one held key", n)
		}
	})
}

func TestACoveredScreenStopsAskingAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubble(t)
		c.run(c.Enter(t.Context()))
		c.live(10*time.Second, true)
		open := len(c.metrics.questions(prometheus.Latency))
		if open < 3 || open > 6 {
			t.Errorf("%d questions in 10 s", open)
		}
		c.live(2*time.Second, false)
		covered := len(c.metrics.questions(prometheus.Latency))
		c.live(time.Minute, false)
		if n := len(c.metrics.questions(prometheus.Latency)); n != covered {
			t.Errorf("%d questions while another screen covers it", n-covered)
		}
		c.text(120, 40)
		c.live(3*time.Second, true)
		if n := len(c.metrics.questions(prometheus.Latency)); n == covered {
			t.Error("nothing was asked after it came back")
		}
	})
}

func TestAPageOfListsAsksForNoCharts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubble(t)
		c.run(c.Enter(t.Context()))
		c.live(time.Second, true)
		c.text(120, 40)
		c.run(c.press("tab"))
		if c.focus != replicas {
			t.Fatalf("tab led to %d, want the page of replicas", c.focus)
		}
		c.live(time.Second, true)
		before, features := len(c.metrics.questions(prometheus.Latency)), c.metrics.features
		c.live(10*time.Second, true)
		if n := len(c.metrics.questions(prometheus.Latency)); n != before || c.metrics.features != features {
			t.Errorf("%d questions for charts that are not on screen", n-before)
		}
		c.run(c.press("tab"))
		c.live(time.Second, true)
		if c.focus != drift || c.metrics.features == features {
			t.Error("the page of drift must ask for it at once")
		}
	})
}

func TestAnswersToEarlierQuestionsAreDropped(t *testing.T) {
	c := open(t, viewtest.Fleet())
	first := c.ask()().(roundMsg)
	c.press("4")
	c.Update(first)
	if len(c.panels[0].curves) != 0 {
		t.Error("an answer for the range before was shown")
	}
	c.answer()
	if len(c.panels[0].curves) != 6 || c.panels[0].step < time.Minute {
		t.Errorf("%d curves by %s", len(c.panels[0].curves), c.panels[0].step)
	}
	c.Update(first)
	if c.panels[0].step < time.Minute {
		t.Error("a late answer replaced a newer one")
	}
}

func TestNoSourceIsNoErrorOfAQuery(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.metrics.err = fmt.Errorf("ask: %w", &backends.NotFoundError{Kind: "Prometheus", Name: "here"})
	c.answer()
	if text := c.text(120, 40); strings.Contains(text, "query error") || !strings.Contains(text, "no source") {
		t.Errorf("without a Prometheus it shows\n%s", text)
	}
}

func TestAnErrorIsShownBesideTheOldDataAndGoesAway(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.metrics.err = errors.New("prometheus: no connection: \x1b[31mrefused\x1b[0m")
	c.answer()
	if text := c.text(120, 40); !strings.Contains(text, "query error") || !strings.Contains(text, "no data: prometheus: no connection: refused") {
		t.Errorf("no error in\n%s", text)
	}
	c.metrics.err = nil
	c.answer()
	c.metrics.err = errors.New("prometheus: no answer within 2s")
	c.now = c.now.Add(42 * time.Second)
	c.answer()
	text := c.text(120, 40)
	for _, want := range []string{"query error: prometheus: no answer within 2s", "stale 42s", "A p95"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "live  ") && !c.axis.live() {
		t.Error("stale data is called live")
	}
	c.metrics.err = nil
	c.answer()
	if text := c.text(120, 40); strings.Contains(text, "query error") || strings.Contains(text, "stale") {
		t.Errorf("the error stayed\n%s", text)
	}
}

func TestASlowSourceIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := bubble(t)
		c.metrics.delay = time.Hour
		c.run(c.Enter(t.Context()))
		c.live(askTimeout+beat, true)
		if c.panels[0].err == nil {
			t.Error("no error after the time limit")
		}
		c.metrics.set(func() { c.metrics.delay = 0 })
		c.live(2*askTimeout+2*beat, true)
		if c.panels[0].err != nil || len(c.panels[0].curves) == 0 {
			t.Errorf("it did not recover: %v", c.panels[0].err)
		}
	})
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.metrics.empty = true
	for _, variant := range []string{"A", "B"} {
		signals := c.row.Signals[variant]
		signals.DriftRows = 120
		c.row.Signals[variant] = signals
	}
	c.answer()
	for _, want := range []string{"no data: Prometheus has no series of model-api", "A 120 of 300 rows, B 120 of 300 rows"} {
		if text := c.text(200, 58); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	c.deps.Metrics = nil
	c.revision++
	if text := c.text(200, 58); !strings.Contains(text, "no data: there is no Prometheus here") || c.ask() != nil {
		t.Errorf("no reason in\n%s", text)
	}
}

func TestADeploymentThatGoesAwayStaysAsItWas(t *testing.T) {
	c := open(t, viewtest.Fleet())
	s := viewtest.Fleet()
	s.Rows = s.Rows[1:]
	c.Update(views.SnapshotMsg{Snapshot: s})
	if text := c.text(120, 40); !strings.Contains(text, "gone") || !strings.Contains(text, "B 1.1.0") {
		t.Errorf("want it gone but still there:\n%s", text)
	}
	for _, b := range c.Bindings() {
		if b.Danger && b.Off == "" {
			t.Errorf("%s can be used on a deployment that is gone", b.Help)
		}
	}
}

func TestMarksTellChangesOnceAndFailuresNever(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.answer()
	var labels []string
	for _, m := range c.timeline.marks(&c.row) {
		labels = append(labels, m.Label)
	}
	want := []string{"deploy", "HighLatency", "B 10>30", "HighErrorRatio"}
	if !slices.Equal(labels, want) {
		t.Errorf("marks %q, want %q", labels, want)
	}
}

func TestKeysLeadToPlacesAndActionsToTheReview(t *testing.T) {
	c := open(t, viewtest.Fleet())
	operations := &viewtest.Operations{}
	c.deps.Operations = operations
	for key, screen := range map[string]string{"s": "split", "B": "rollout", "o": "rollout", "l": "logs", "a": "alerts", "x": "explain", "e": "journal"} {
		if got, want := c.press(key)(), (ui.Go{To: ui.Place{Screen: screen, Name: "model-api"}}); got != want {
			t.Errorf("%s gives %v, want %v", key, got, want)
		}
	}
	c.press("A")()
	if len(operations.Asked) != 1 || !operations.Asked[0].Split.Equal(backends.Split{"A": 100, "B": 0}) {
		t.Errorf("asked for %+v", operations.Asked)
	}
	if err := ui.CheckBindings(ui.Table{Screen: "deployment", Bindings: c.Bindings()}); err != nil {
		t.Error(err)
	}
	operations.Off = "this console is read-only"
	for _, b := range c.Bindings() {
		if b.Danger && b.Off != operations.Off {
			t.Errorf("%s is off for %q", b.Help, b.Off)
		}
	}
}

func TestEscapeClosesTheFullViewThenTheCrosshair(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.press("v")
	c.press("f")
	if !c.Escape() || c.full || c.axis.cross.IsZero() {
		t.Error("the first esc ends the full view")
	}
	if !c.Escape() || !c.axis.cross.IsZero() || c.Escape() {
		t.Error("the second esc takes the crosshair away, the third leaves")
	}
}

func TestMouse(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.answer()
	c.text(120, 38)
	errorsTop := c.layout.top + c.layout.charts[0].height
	c.Mouse(ui.MouseEvent{X: 64, Y: errorsTop + 1, Kind: ui.MousePress})
	middle := c.axis.to.Add(-c.axis.span / 2)
	if c.focus != 1 || c.axis.cross.Sub(middle).Abs() > c.axis.span/50 {
		t.Errorf("focus %d, crosshair %s, want it near %s", c.focus, c.axis.cross, middle)
	}
	if cmd := c.Mouse(ui.MouseEvent{X: 64, Y: errorsTop, Kind: ui.MouseWheel, Wheel: -3}); cmd == nil || c.axis.span != 2*time.Minute {
		t.Errorf("the wheel zoomed to %s", c.axis.span)
	}
	if c.Mouse(ui.MouseEvent{X: 64, Y: 0, Kind: ui.MousePress}) != nil {
		t.Error("a press beside the charts must do nothing")
	}
}
