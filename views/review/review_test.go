package review

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// console plays the root model: it runs commands, routes what they return and
// what operations send, and keeps what it saw.
type console struct {
	views.Deps
	t       *testing.T
	ops     *gated
	dialogs []ui.Dialog

	mu   sync.Mutex
	sent []tea.Msg // by running operations, not yet handled
	seen []tea.Msg
}

// gated is viewtest.Operations whose Run waits until it is let go.
type gated struct {
	viewtest.Operations
	gate chan struct{} // nil: does not wait
}

func (g *gated) Run(ctx context.Context, p operation.Plan, c operation.Confirmation, report func(operation.Progress)) (operation.Outcome, error) {
	if g.gate != nil {
		select {
		case <-g.gate:
		case <-ctx.Done():
			return operation.Outcome{Result: "unknown"}, ctx.Err()
		}
	}
	return g.Operations.Run(ctx, p, c, report)
}

func newConsole(t *testing.T, danger operation.Danger) *console {
	c := &console{t: t, ops: &gated{Operations: viewtest.Operations{Planned: plan(danger), Ended: outcome()}}}
	c.Deps = viewtest.Deps(viewtest.Fleet())
	c.Operations, c.Running, c.Context = c.ops, &views.Running{}, t.Context()
	c.Send = func(m tea.Msg) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sent = append(c.sent, m)
	}
	return c
}

func plan(danger operation.Danger) operation.Plan {
	d := viewtest.ModelAPI().Deployment
	p := operation.Plan{
		Change: backends.Change{Op: backends.OpSplit, Deployment: "model-api", Split: backends.Split{"A": 50, "B": 50}, Token: d.Token},
		Title:  "Move model-api from A=70 B=30 to A=50 B=50", Danger: danger, Before: d, ReadAt: viewtest.Now,
		Effects:      []backends.Effect{{What: "weight of A", Before: "70 %", After: "50 %"}, {What: "weight of B", Before: "30 %", After: "50 %"}},
		Consequences: []string{"B: 12.5 → 20.8 requests/s, 12.5 → 20.8 for each of 1 ready replica.", "20 % of users move from A to B; nobody moves back."},
		Guards: []operation.Guard{
			{Rule: "drift", Verdict: operation.Warn, Text: "drift of B in mean radius is PSI 0.23"},
			{Rule: "step", Verdict: operation.Pass, Text: "the step is at most 25 points"},
			{Rule: "signals", Verdict: operation.Pass, Text: "signals are 2s old"},
		},
		Undo:     &backends.Change{Op: backends.OpSplit, Deployment: "model-api", Split: backends.Split{"A": 70, "B": 30}},
		UndoText: "the split A=70 B=30 comes back; requests already answered do not",
	}
	switch danger {
	case operation.Typed:
		p.Confirm = "model-api"
		p.Guards = append([]operation.Guard{{Rule: "production", Verdict: operation.Ask, Text: "this is production"}}, p.Guards...)
	case operation.Denied:
		p.Guards = append([]operation.Guard{{Rule: "replicas", Verdict: operation.Deny, Text: "B has no ready replica: its requests would fail"}}, p.Guards...)
	}
	return p
}

func outcome() operation.Outcome {
	return operation.Outcome{Result: "ok", Observed: true, Took: 8 * time.Second, IntentID: "01JDAB",
		Text: "observed A 50.4 % B 49.6 % over 412 requests", Undo: plan(operation.Confirm).Undo}
}

// do runs a command and everything that follows from it, in this goroutine for
// messages and in one of its own for what may wait.
func (c *console) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		if m := cmd(); m != nil {
			c.Send(m)
		}
	}()
	synctest.Wait()
	c.settle()
}

// settle handles the messages that have come.
func (c *console) settle() {
	for {
		c.mu.Lock()
		msgs := c.sent
		c.sent = nil
		c.mu.Unlock()
		if len(msgs) == 0 {
			return
		}
		for _, m := range msgs {
			c.seen = append(c.seen, m)
			switch m := m.(type) {
			case tea.BatchMsg:
				for _, cmd := range m {
					c.do(cmd)
				}
			case ui.OpenDialog:
				c.dialogs = append(c.dialogs, m.Dialog)
			default:
				for _, d := range c.dialogs {
					c.do(d.Update(m))
				}
			}
		}
	}
}

// keys presses keys on the dialog on top, as the root model does.
func (c *console) keys(keys ...tea.KeyPressMsg) {
	c.t.Helper()
	for _, k := range keys {
		if len(c.dialogs) == 0 {
			c.t.Fatalf("no dialog is open for the key %q", k)
		}
		d := c.dialogs[len(c.dialogs)-1]
		done, cmd := d.Key(k)
		if done {
			c.dialogs = slices.DeleteFunc(c.dialogs, func(o ui.Dialog) bool { return o == d })
		}
		c.do(cmd)
	}
}

// after lets time pass, second by second.
func (c *console) after(d time.Duration) {
	for range d / time.Second {
		time.Sleep(time.Second)
		synctest.Wait()
		c.settle()
	}
}

func (c *console) text() string {
	c.t.Helper()
	if len(c.dialogs) == 0 {
		return ""
	}
	f := viewtest.Frame(100, 38)
	return ansi.Strip(strings.Join(c.dialogs[len(c.dialogs)-1].View(f), "\n"))
}

func (c *console) shows(words ...string) {
	c.t.Helper()
	text := c.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			c.t.Errorf("the dialog does not show %q:\n%s", w, text)
		}
	}
}

func (c *console) toast() ui.Toast {
	for _, m := range slices.Backward(c.seen) {
		if toast, ok := m.(ui.Toast); ok {
			return toast
		}
	}
	return ui.Toast{}
}

func (c *console) ran() int { return len(c.ops.Ran) }

func (c *console) open() { c.do(Open(c.Deps, plan(operation.Confirm).Change)) }

var (
	esc, enter, tab = tea.KeyPressMsg{Code: tea.KeyEscape}, tea.KeyPressMsg{Code: tea.KeyEnter}, tea.KeyPressMsg{Code: tea.KeyTab}
	conflict        = func() error {
		now := viewtest.ModelAPI().Deployment
		now.Token, now.SplitBy, now.SplitAt = "8", "bob@desk", viewtest.Now
		now.Variants = slices.Clone(now.Variants)
		now.Variants[0].Weight, now.Variants[1].Weight = 75, 25
		return &backends.ConflictError{Deployment: "model-api", Now: now}
	}()
)

func char(text string) tea.KeyPressMsg { return tea.KeyPressMsg{Code: rune(text[0]), Text: text} }

func chars(text string) []tea.KeyPressMsg {
	keys := make([]tea.KeyPressMsg, 0, len(text))
	for _, r := range text {
		keys = append(keys, char(string(r)))
	}
	return keys
}

func TestOnlyTheConfirmKeyConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, k := range slices.Concat([]tea.KeyPressMsg{enter, esc, tab, {Code: tea.KeySpace, Text: " "}, {Code: 'y', Text: "y", IsRepeat: true}}, chars("nYuraA1=")) {
			c := newConsole(t, operation.Confirm)
			c.open()
			c.keys(k)
			if c.ran() > 0 {
				t.Errorf("the key %q confirmed", k)
			}
		}
		c := newConsole(t, operation.Confirm)
		c.open()
		c.keys(char("y"))
		if c.ran() != 1 || !c.ops.Ran[0].Yes {
			t.Fatalf("y did not confirm: %+v", c.ops.Ran)
		}
		c.shows("done", "observed A 50.4 %", "01JDAB", "[u] undo")
		if got := c.toast(); got.Level != ui.Good {
			t.Errorf("toast %+v", got)
		}
	})
}

func TestReviewIsHeldBackFromKeysInFlight(t *testing.T) {
	c := newConsole(t, operation.Confirm)
	if m, ok := Open(c.Deps, plan(operation.Confirm).Change)().(ui.OpenDialog); !ok || !m.Grace {
		t.Fatalf("got %+v, want a dialog with grace", m)
	}
}

func TestTypedNameAndCountdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Typed)
		c.open()
		c.keys(enter)
		c.keys(chars("model-ap")...)
		c.keys(enter)
		c.shows("type the whole name")
		c.keys(char("i"), tab)
		c.keys(chars("B is better")...)
		c.keys(enter, enter)
		c.shows("applies in 5 s")
		c.after(4 * time.Second)
		c.shows("applies in 1 s")
		c.keys(enter)
		c.keys(chars("ymodel-api")...)
		if c.ran() != 0 {
			t.Fatal("it ran before the countdown was over")
		}
		c.after(time.Second)
		if c.ran() != 1 || c.ops.Ran[0].Typed != "model-api" || c.ops.Ran[0].Reason != "B is better" {
			t.Fatalf("ran %+v", c.ops.Ran)
		}
	})
}

func TestCountdownCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Typed)
		c.open()
		c.keys(chars("model-api")...)
		c.keys(enter)
		c.after(2 * time.Second)
		c.keys(esc)
		c.shows("cancelled: nothing was changed", "type model-api to go on")
		// A second countdown is not shortened by what is left of the first one.
		c.keys(chars("model-api")...)
		c.keys(enter)
		c.after(4 * time.Second)
		if c.ran() != 0 {
			t.Fatal("the cancelled countdown went on")
		}
		c.keys(esc, esc)
		c.after(time.Minute)
		if c.ran() != 0 || len(c.dialogs) != 0 {
			t.Fatalf("ran %d times, %d dialogs open", c.ran(), len(c.dialogs))
		}
	})
}

func TestDeniedCannotBeConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Denied)
		c.open()
		c.shows("deny", "B has no ready replica", "[esc] close")
		c.keys(chars("ymodel-apiYu")...)
		c.keys(tab)
		if c.ran() != 0 || strings.Contains(c.text(), "apply") {
			t.Fatalf("ran %d times:\n%s", c.ran(), c.text())
		}
		c.ops.Planned.Danger, c.ops.Planned.Guards = operation.Confirm, nil
		c.keys(chars("r")...)
		c.shows("[y] apply") // what was in the way is gone
		if n := len(c.ops.Asked); n != 2 || len(c.dialogs) != 1 {
			t.Errorf("asked %d times, %d dialogs", n, len(c.dialogs))
		}
		c.keys(esc)
		if len(c.dialogs) != 0 {
			t.Error("esc did not close it")
		}
	})
}

// What is refused until somebody says why is planned anew with the reason that
// is typed, and what is to be copied keeps its lines.
func TestReasonOverrides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Denied)
		c.ops.Planned.WantsReason = true
		c.ops.Planned.Commit = "patches:\n  - op: replace\n    \x1b[2Jvalue: 3\n"
		c.ops.Planned.Guards[0].Text = "Argo CD owns it. Commit it instead:\n" + c.ops.Planned.Commit + "To do it all the same, give a reason"
		c.open()
		c.shows("\n", "patches:", "    value: 3", "y copies it", "pitwall split model-api … --dry-run -o json", "[y] copy the commit", "[tab] give a reason", "[esc] close")
		c.keys(chars("Y")...)
		if got := c.toast(); got.Text != "" {
			t.Fatalf("Y does %+v", got)
		}
		c.keys(chars("y")...)
		if got := c.toast(); got.Text != "copied the text to commit, 3 lines" {
			t.Fatalf("y does %+v", got)
		}
		c.keys(tab, enter)
		c.shows("say why it has to be done all the same")
		if len(c.ops.Asked) != 1 || c.ran() != 0 {
			t.Fatalf("asked %+v, ran %d times", c.ops.Asked, c.ran())
		}
		c.keys(chars("outage 7")...)
		c.keys(enter)
		if n := len(c.ops.Asked); n != 2 || c.ops.Asked[1].Reason != "outage 7" || c.ran() != 0 || len(c.dialogs) != 1 {
			t.Fatalf("asked %+v, ran %d times, %d dialogs", c.ops.Asked, c.ran(), len(c.dialogs))
		}
	})
}

// The reason that a change was planned with stays its reason.
func TestPlannedReasonIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Confirm)
		c.ops.Planned.Change.Reason = "outage 7"
		c.open()
		c.shows("outage 7")
		c.keys(chars("y")...)
		if c.ran() != 1 || c.ops.Ran[0].Reason != "outage 7" {
			t.Errorf("ran %+v", c.ops.Ran)
		}
	})
}

func TestPauseNeedsNoConfirmation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newConsole(t, operation.Reversible)
		c.open()
		if c.ran() != 1 || len(c.dialogs) != 0 {
			t.Fatalf("ran %d times with %d dialogs", c.ran(), len(c.dialogs))
		}
	})
}

func TestPlanThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			err  error
			want string
		}{
			{conflict, "ask again"},
			{context.DeadlineExceeded, "r asks them again"},
			{errors.New("plan split of model-api: no variant \"C\": there is A, B"), "there is A, B"},
		} {
			c := newConsole(t, operation.Confirm)
			c.ops.PlanErr = test.err
			c.open()
			if got := c.toast(); got.Level != ui.Failure || !strings.Contains(got.Text, test.want) {
				t.Errorf("%v: toast %+v", test.err, got)
			}
		}
		d := viewtest.Deps(viewtest.Fleet())
		if m, ok := Open(d, backends.Change{})().(ui.Toast); !ok || m.Level != ui.Warning {
			t.Errorf("without operations: %+v", m)
		}
	})
}
