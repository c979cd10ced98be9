package deployment

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	data "pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// engine is a backend that measures, inspects and tests replicas.
type engine struct {
	usage  map[string]backends.Usage
	err    error
	result backends.SmokeResult
	asked  atomic.Int32
}

func (e *engine) Usage(context.Context, string) (map[string]backends.Usage, error) {
	e.asked.Add(1)
	return e.usage, e.err
}

func (e *engine) Inspect(context.Context, string, string) (backends.Node, error) {
	return backends.Node{}, nil
}

func (e *engine) SmokeTest(_ context.Context, _, replica string) (backends.SmokeResult, error) {
	r := e.result
	r.Replica = replica
	return r, e.err
}

// causes is the fleet with what an engine knows of its replicas.
func causes() *data.Snapshot {
	s := viewtest.Fleet()
	a, b := s.Rows[0].Deployment.Variants[0].Replicas, s.Rows[0].Deployment.Variants[1].Replicas
	a[2].State, a[2].Cause, a[2].Reason, a[2].Probe = backends.Fail, backends.CauseUnhealthy, "its health probe failed 4 times in a row", "503"
	b[0].Cause, b[0].Reason = backends.CauseOOM, "it was killed at its memory limit of 64 MiB"
	b[0].LastExit.Signal = "killed"
	return s
}

func used() map[string]backends.Usage {
	const mebi = 1 << 20
	nan := math.NaN()
	return map[string]backends.Usage{
		"model-api-A-1": {CPU: 0.12, CPULimit: 0.5, Memory: 48 * mebi, MemoryLimit: 64 * mebi},
		"model-api-A-2": {CPU: nan, CPULimit: 2, Memory: 1900 * mebi, MemoryLimit: 2048 * mebi},
		"model-api-B-1": {CPU: 1.5, CPULimit: nan, Memory: 50 * mebi, MemoryLimit: nan},
	}
}

// onEngine opens the screen on such a backend.
func onEngine(t testing.TB) (*console, *engine) {
	c, e := open(t, causes()), &engine{usage: used()}
	c.deps.Measure, c.deps.Inspect, c.deps.Smoke = e, e, e
	return c, e
}

func (c *console) askedUsage() {
	if cmd := c.askUsage(); cmd != nil {
		c.Update(cmd())
	}
}

func TestGoldenOnAnEngine(t *testing.T) {
	c, _ := onEngine(t)
	c.answer()
	c.askedUsage()
	c.focus = replicas
	c.selectReplica(1)
	viewtest.Golden(t, c.Screen, causes())
}

func TestUsageOfReplicas(t *testing.T) {
	c, e := onEngine(t)
	c.focus = replicas
	if text := c.text(120, 40); !strings.Contains(text, "MEMORY") || strings.Contains(text, "0.12") {
		t.Errorf("before the first answer:\n%s", text)
	}
	c.askedUsage()
	text := strings.Join(strings.Fields(c.text(120, 40)), " ")
	for _, want := range []string{"0.12/0.50 48/64M", "– 1.9/2.0G", "1.50 50M", "fail oom", "fail unhealthy"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	e.err, e.usage = errors.New("the engine is gone"), nil
	c.askedUsage()
	if text := c.text(120, 40); !strings.Contains(text, "usage unread: the engine is gone") || !strings.Contains(text, "48/64M") {
		t.Errorf("after an error what was known stands:\n%s", text)
	}
	f := c.frame(120, 40)
	f.Plain = true
	if text := strings.Join(c.View(f), "\n"); !strings.Contains(text, "model-api-A-1: ok, 0 restarts") || !strings.Contains(text, "0.12/0.50 cores, memory 48/64M") {
		t.Errorf("plain:\n%s", text)
	}
}

func TestUsageIsAskedOnlyWhileTheReplicasAreOnScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, e := onEngine(t)
		c.deps.Now = time.Now
		c.run(c.Enter(t.Context()))
		c.focus = replicas
		c.live(10*time.Second, true)
		if n := e.asked.Load(); n < 3 || n > 5 {
			t.Errorf("asked %d times in 10 s", n)
		}
		c.live(2*time.Second, false)
		covered := e.asked.Load()
		c.live(time.Minute, false)
		if n := e.asked.Load(); n != covered {
			t.Errorf("asked %d times while covered", n-covered)
		}
		c.focus = firstChart
		c.text(120, 40)
		c.live(5*time.Second, true)
		if n := e.asked.Load(); n != covered {
			t.Errorf("asked %d times while the charts are on screen", n-covered)
		}
	})
}

func TestInspectLeadsToTheSelectedReplica(t *testing.T) {
	c, _ := onEngine(t)
	inspected := func() string {
		t.Helper()
		var which string
		var to ui.Place
		msgs := c.press("i")()
		for _, msg := range drain(msgs, 2) {
			switch msg := msg.(type) {
			case ui.Go:
				to = msg.To
			case views.InspectMsg:
				which = msg.Replica
			}
		}
		if want := (ui.Place{Screen: "inspect", Name: "model-api"}); to != want {
			t.Errorf("leads to %v", to)
		}
		return which
	}
	if got := inspected(); got != "model-api-A-3" {
		t.Errorf("inspects %q: at first the worst one", got)
	}
	c.text(80, 24)
	c.focus = replicas
	c.press("j")
	if got := inspected(); got != "model-api-B-1" {
		t.Errorf("inspects %q after j", got)
	}
	for range 9 {
		c.press("j")
		if text := c.text(80, 18); !strings.Contains(text, c.selected) {
			t.Errorf("%s is selected and not on screen:\n%s", c.selected, text)
		}
	}
	if got := inspected(); got != "model-api-A-2" {
		t.Errorf("inspects %q at the end", got)
	}
}

// drain carries out a sequence or batch of n commands.
func drain(msg tea.Msg, n int) []tea.Msg {
	c := &console{msgs: make(chan tea.Msg, n)}
	c.run(func() tea.Msg { return msg })
	out := make([]tea.Msg, n)
	for i := range out {
		out[i] = <-c.msgs
	}
	return out
}

func TestWhatABackendCannotDoIsOffWithItsReason(t *testing.T) {
	c := open(t, viewtest.Fleet())
	for key, want := range map[string]string{"i": "knows no more", "t": "no smoke tests"} {
		for _, b := range c.Bindings() {
			if b.Keys[0] == key && (!strings.Contains(b.Off, want) || !b.Hidden) {
				t.Errorf("%s: off %q, hidden %v", key, b.Off, b.Hidden)
			}
		}
	}
	if c.askUsage() != nil || c.selects() {
		t.Error("a backend that measures nothing is asked")
	}
	c, _ = onEngine(t)
	if err := ui.CheckBindings(ui.Table{Screen: "deployment", Bindings: c.Bindings()}); err != nil {
		t.Error(err)
	}
}

func TestSmokeTestTellsHowItWent(t *testing.T) {
	for name, test := range map[string]struct {
		result backends.SmokeResult
		err    error
		want   string
	}{
		"passed":  {result: backends.SmokeResult{Passed: true, Took: 120 * time.Millisecond}, want: "the smoke test of model-api-A-3 passed in 120ms"},
		"failed":  {result: backends.SmokeResult{Test: "POST /predict", Output: "500 \x1b[31mno\nsecond line"}, want: "second line"},
		"not run": {err: errors.New("exec: no such file"), want: "could not be run: exec: no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			c, e := onEngine(t)
			e.result, e.err = test.result, test.err
			cmd := c.press("t")
			if !c.testing {
				t.Error("a second test must not begin")
			}
			var got string
			tasks := 0
			for _, msg := range drain(cmd(), 3) {
				switch msg := msg.(type) {
				case ui.Task:
					tasks++
				case smokeMsg:
					switch msg := c.Update(msg)().(type) {
					case ui.Toast:
						got = msg.Text
					case ui.OpenDialog:
						for _, size := range viewtest.Sizes {
							lines := msg.Dialog.View(viewtest.Frame(size.Width, size.Height))
							got = ansi.Strip(strings.Join(lines, "\n"))
						}
						if done, _ := msg.Dialog.Key(tea.KeyPressMsg{Code: tea.KeyEscape}); !done {
							t.Error("esc must close it")
						}
					}
				}
			}
			if !strings.Contains(got, test.want) || tasks != 2 || c.testing {
				t.Errorf("told %q, %d tasks", got, tasks)
			}
		})
	}
}

func TestAFailedTestFitsAndScrolls(t *testing.T) {
	d := &failedTest{replica: "x\x1b[31m", result: backends.SmokeResult{Test: strings.Repeat("long ", 60), Output: strings.Repeat("line\n", 100) + "end"}}
	for width := ui.MinWidth; width < 200; width += 7 {
		f := viewtest.Frame(width, 18)
		lines := d.View(f)
		if len(lines) > f.Height {
			t.Errorf("%d lines", len(lines))
		}
	}
	for range 200 {
		d.View(viewtest.Frame(80, 18))
		d.Key(tea.KeyPressMsg{Code: 'j', Text: "j"})
	}
	if text := ansi.Strip(strings.Join(d.View(viewtest.Frame(80, 18)), "\n")); !strings.Contains(text, "end") {
		t.Errorf("the end is not reached:\n%s", text)
	}
}

func TestEveryWidthIsExactOnAnEngine(t *testing.T) {
	c, _ := onEngine(t)
	c.answer()
	c.askedUsage()
	c.focus = replicas
	for width := ui.MinWidth; width < 230; width += 3 {
		c.selectReplica(1 - 2*(width%2))
		c.revision++
		f := c.frame(width, 18+width%45)
		viewtest.Check(t, c.View(f), f)
	}
}
