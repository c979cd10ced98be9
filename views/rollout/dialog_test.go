package rollout

import (
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views/review"
	"pitwall/views/viewtest"
)

// answer presses keys on a dialog; it returns the message of the last one.
func answer(t *testing.T, d ui.Dialog, keys string) (done bool, msg tea.Msg) {
	t.Helper()
	for name := range strings.FieldsSeq(keys) {
		k := tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
		switch name {
		case "enter":
			k = tea.KeyPressMsg{Code: tea.KeyEnter}
		case "esc":
			k = tea.KeyPressMsg{Code: tea.KeyEscape}
		case "tab":
			k = tea.KeyPressMsg{Code: tea.KeyTab}
		case "backspace":
			k = tea.KeyPressMsg{Code: tea.KeyBackspace}
		}
		var cmd tea.Cmd
		done, cmd = d.Key(k)
		if cmd != nil {
			msg = cmd()
		}
	}
	return done, msg
}

func dialogOf(t *testing.T, m tea.Msg) ui.Dialog {
	t.Helper()
	open, ok := m.(ui.OpenDialog)
	if !ok {
		t.Fatalf("got %+v, want a dialog", m)
	}
	return open.Dialog
}

func TestDeployPicksAVersion(t *testing.T) {
	for keys, want := range map[string]backends.Change{
		"enter":             {Variant: "B", Version: "1.2.0-rc1"},
		"j j j k enter":     {Variant: "B", Version: "1.1.0"},
		"tab j j enter":     {Variant: "C", Version: "1.0.0"},
		"tab tab k k enter": {Variant: "A", Version: "1.2.0-rc1"},
	} {
		b := newBench(t, viewtest.Fleet())
		d := dialogOf(t, b.press("D"))
		done, msg := answer(t, d, keys)
		if _, ok := msg.(ui.OpenDialog); !done || !ok {
			t.Errorf("%s: done %t, %+v", keys, done, msg)
			continue
		}
		if got := b.ops.Asked[0]; got.Op != backends.OpDeploy || got.Variant != want.Variant || got.Version != want.Version || got.Image == "" {
			t.Errorf("%s asked %+v", keys, got)
		}
	}
	b := newBench(t, viewtest.Fleet())
	b.press("tab") // a person looks at A
	answer(t, dialogOf(t, b.press("D")), "enter")
	if got := b.ops.Asked; len(got) != 1 || got[0].Variant != "A" {
		t.Errorf("after tab to A it begins with %+v", got)
	}
	b = newBench(t, viewtest.Fleet())
	if done, msg := answer(t, dialogOf(t, b.press("D")), "j esc"); !done || msg != nil || len(b.ops.Asked) > 0 {
		t.Errorf("esc: done %t, %+v, asked %+v", done, msg, b.ops.Asked)
	}
	b.shelf.err = errors.New("connection refused")
	if m, ok := b.press("D").(ui.Toast); !ok || !strings.Contains(m.Text, "connection refused") {
		t.Errorf("got %+v", m)
	}
}

func TestScaleChoosesANumber(t *testing.T) {
	for keys, want := range map[string]int{
		"+ + enter":               3,
		"- enter":                 0,
		"1 2 enter":               12,
		"4 5 backspace enter":     4,
		"9 9 9 9 enter":           999,
		"- - - + + enter":         2,
		"+ - enter + enter":       2, // enter with the same number does nothing
		"backspace 7 enter":       7,
		"up down k k enter":       3,
		"x y 5 enter":             5,
		"2 backspace 1 + enter":   2,
		"0 0 6 backspace 8 enter": 8,
	} {
		b := newBench(t, viewtest.Fleet())
		done, _ := answer(t, dialogOf(t, b.press("X")), keys)
		if !done || len(b.ops.Asked) != 1 || b.ops.Asked[0].Replicas != want || b.ops.Asked[0].Op != backends.OpScale || b.ops.Asked[0].Variant != "B" {
			t.Errorf("%s: done %t, asked %+v", keys, done, b.ops.Asked)
		}
	}
}

// under lays a dialog over the screen.
type under struct {
	*Screen
	over ui.Dialog
}

func (u under) View(f ui.Frame) []string {
	return draw.OverlayCenter(u.Screen.View(f), u.over.View(f), f.Width)
}

func TestGolden(t *testing.T) {
	for name, c := range map[string]struct {
		snapshot *fleet.Snapshot
		prepare  func(b *bench) ui.Screen
	}{
		"rest":       {viewtest.Fleet(), nil},
		"rolling":    {rolling(false), nil},
		"held":       {rolling(true), nil},
		"dead":       {viewtest.Dead(), nil},
		"connecting": {viewtest.Connecting(), nil},
		"unread":     {viewtest.Fleet(), func(b *bench) ui.Screen { b.revisions = history{}; b.arrange(); return b.Screen }},
		"failed": {viewtest.Fleet(), func(b *bench) ui.Screen {
			b.revisions = history{err: errors.New("dial unix: no such file")}
			b.arrange()
			return b.Screen
		}},
		"picker": {viewtest.Fleet(), func(b *bench) ui.Screen { return under{b.Screen, dialogOf(b.t, b.press("D"))} }},
		"scale":  {viewtest.Fleet(), func(b *bench) ui.Screen { return under{b.Screen, dialogOf(b.t, b.press("X"))} }},
		"recovering": {rolling(false), func(b *bench) ui.Screen {
			p := operation.Plan{Change: backends.Change{Op: backends.OpRollback, Deployment: "model-api"}}
			b.Update(review.ProgressMsg{Plan: p, Progress: operation.Progress{Stage: operation.Observing, Ready: 1, Total: 3, Text: "deploy of B: 1 of 3 replaced"}})
			b.Update(review.RecoveryMsg{Deployment: "model-api", Recovery: operation.Recovery{Bad: []string{"p95"}, Text: "p95 is 271ms, above 200ms"}})
			return b.Screen
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, c.snapshot)
			var screen ui.Screen = b.Screen
			if c.prepare != nil {
				screen = c.prepare(b)
			}
			viewtest.Golden(t, screen, c.snapshot)
		})
	}
}

func TestEverySize(t *testing.T) {
	hostile := rolling(false)
	d := &hostile.Rows[0].Deployment
	d.Variants = slices.Clone(d.Variants)
	d.Variants[1].Version = "日本語\x1b[31m\r\n" + strings.Repeat("v", 80)
	d.Rollout.To, d.Rollout.Message, d.Rollout.Total = "\x1b]0;x\x07"+strings.Repeat("t", 90), strings.Repeat("m", 300), 400
	for _, s := range []*fleet.Snapshot{viewtest.Fleet(), rolling(true), hostile, viewtest.Dead(), viewtest.NoStack()} {
		b := newBench(t, s)
		for i := range b.shelf.revisions {
			b.shelf.revisions[i].By, b.shelf.revisions[i].Reason = "bob\x1b[2J"+strings.Repeat("b", 60), "why\nnot\t"+strings.Repeat("w", 90)
			b.shelf.revisions[i].Settings = append(b.shelf.revisions[i].Settings, backends.Setting{Name: strings.Repeat("n", 40), Value: strings.Repeat("值", i*30)})
		}
		b.shelf.versions[0].Note, b.shelf.versions[1].Version = strings.Repeat("note ", 50), "1\x1b[31m.1"
		b.read()
		b.running = &operation.Progress{Stage: operation.Observing, Total: 3, Text: strings.Repeat("x", 300)}
		b.recovery = &review.RecoveryMsg{Recovery: operation.Recovery{Text: strings.Repeat("y", 300)}}
		screens := []ui.Screen{b.Screen}
		if b.found {
			screens = append(screens, under{b.Screen, dialogOf(t, b.press("D"))}, under{b.Screen, dialogOf(t, b.press("X"))})
		}
		for _, screen := range screens {
			for width := 80; width <= 210; width += 13 {
				for height := 18; height <= 60; height += 6 {
					f := viewtest.Frame(width, height)
					viewtest.Check(t, screen.View(f), f)
				}
			}
		}
	}
}
