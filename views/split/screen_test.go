package split

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/review"
	"pitwall/views/viewtest"
)

// bench is a screen on model-api with operations that can be asked.
type bench struct {
	*Screen
	t   *testing.T
	ops *viewtest.Operations
}

func newBench(t *testing.T, s *fleet.Snapshot, edit func(*views.Deps)) *bench {
	b := &bench{t: t, ops: &viewtest.Operations{}}
	b.ops.Planned.Guards = []operation.Guard{{Rule: "step", Verdict: operation.Pass, Text: "the step is at most 25 points"}}
	b.ops.Planned.Danger = operation.Confirm
	d := viewtest.Deps(s)
	d.Operations, d.Running = b.ops, &views.Running{}
	if edit != nil {
		edit(&d)
	}
	b.Screen = New(d, "model-api").(*Screen)
	return b
}

// press presses a key as the root model does and returns its command.
func (b *bench) press(k tea.KeyPressMsg) tea.Cmd {
	b.t.Helper()
	if b.Typing() {
		return b.Type(k)
	}
	if k.String() == "esc" {
		b.Escape()
		return nil
	}
	bindings := b.Bindings()
	i := slices.IndexFunc(bindings, func(x ui.Binding) bool { return slices.Contains(x.Keys, k.String()) })
	if i < 0 || bindings[i].Off != "" {
		return nil
	}
	return viewtest.Act(bindings[i])
}

func (b *bench) binding(key string) ui.Binding {
	for _, x := range b.Bindings() {
		if slices.Contains(x.Keys, key) {
			return x
		}
	}
	b.t.Fatalf("no binding of %q", key)
	return ui.Binding{}
}

func (b *bench) text() string {
	f := viewtest.Frame(120, 38)
	lines := b.View(f)
	viewtest.Check(b.t, lines, f)
	return ansi.Strip(strings.Join(lines, "\n"))
}

func (b *bench) shows(words ...string) {
	b.t.Helper()
	text := b.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.t.Errorf("the screen does not show %q:\n%s", w, text)
		}
	}
}

func key(name string) tea.KeyPressMsg {
	switch name {
	case "enter":
		return tea.KeyPressMsg{Code: tea.KeyEnter}
	case "esc":
		return tea.KeyPressMsg{Code: tea.KeyEscape}
	case "tab":
		return tea.KeyPressMsg{Code: tea.KeyTab}
	case "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	case "left":
		return tea.KeyPressMsg{Code: tea.KeyLeft}
	case "right":
		return tea.KeyPressMsg{Code: tea.KeyRight}
	case "shift+left":
		return tea.KeyPressMsg{Code: tea.KeyLeft, Mod: tea.ModShift}
	case "shift+right":
		return tea.KeyPressMsg{Code: tea.KeyRight, Mod: tea.ModShift}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// three is model-api with candidates B and C at 60/30/10.
func three() *fleet.Snapshot {
	s := viewtest.Fleet()
	d := &s.Rows[0].Deployment
	d.Variants = append(slices.Clone(d.Variants), viewtest.Variant("model-api", "C", "1.2.0-rc1", 10, 1, 1))
	d.Variants[0].Weight = 60
	return s
}

func TestKeysEditOnlyTheProposal(t *testing.T) {
	for keys, want := range map[string]string{
		"l":           "A=69 B=31",
		"right right": "A=68 B=32",
		"h":           "A=71 B=29",
		"left":        "A=71 B=29",
		"L":           "A=65 B=35",
		"shift+right": "A=65 B=35",
		"H H":         "A=80 B=20",
		"shift+left":  "A=75 B=25",
		"7":           "A=93 B=7",
		"5 0":         "A=50 B=50",
		"2 5":         "A=75 B=25",
		"1 0 0":       "A=0 B=100",
		"5 0 0":       "A=50 B=50", // beyond 100 % is no share
		"0 0 8":       "A=92 B=8",
		"2 l 5":       "A=95 B=5", // another key ends the number
		"2 esc 5":     "A=95 B=5",
		"0 h":         "A=100 B=0",
		"]":           "A=50 B=50",
		"[":           "A=75 B=25",
		"] ] ]":       "A=0 B=100",
		"0 [":         "A=100 B=0",
		"= 4 2 enter": "A=58 B=42",
		"= 4 2 esc":   "A=70 B=30",
		"= 1 4 0":     "A=70 B=30",
		"5 0 esc":     "A=70 B=30",
		"space l":     "A=70 B=30",
	} {
		t.Run(keys, func(t *testing.T) {
			b := newBench(t, viewtest.Fleet(), nil)
			for name := range strings.FieldsSeq(keys) {
				b.press(key(name))
			}
			if got := b.proposal().String(); got != want {
				t.Errorf("proposed %s, want %s", got, want)
			}
			if len(b.ops.Asked)+len(b.ops.Ran) > 0 || b.row.Deployment.Split().String() != "A=70 B=30" {
				t.Errorf("the world was asked: %+v", b.ops)
			}
		})
	}
}

func TestMouseEditsOnlyTheProposal(t *testing.T) {
	b := newBench(t, viewtest.Fleet(), nil)
	b.text()
	y := b.tracks.rows[1]
	at := func(kind ui.MouseKind, x, y int) { b.Mouse(ui.MouseEvent{Kind: kind, X: b.tracks.left + x, Y: y}) }
	at(ui.MousePress, b.slider.Width()-1, y)
	if got := b.proposal().String(); got != "A=0 B=100" {
		t.Errorf("a press at the end proposes %s", got)
	}
	at(ui.MouseDrag, -50, y+7) // beyond the track: the knob stays at its end
	if got := b.proposal().String(); got != "A=100 B=0" {
		t.Errorf("a drag beyond the start proposes %s", got)
	}
	at(ui.MouseRelease, 0, y)
	at(ui.MouseDrag, 10, y)
	b.Mouse(ui.MouseEvent{Kind: ui.MouseWheel, Wheel: -3, Y: y})
	b.Mouse(ui.MouseEvent{Kind: ui.MouseWheel, Wheel: -3, Y: y})
	if got := b.proposal().String(); got != "A=98 B=2" {
		t.Errorf("two turns of the wheel propose %s", got)
	}
	if len(b.ops.Asked)+len(b.ops.Ran) > 0 {
		t.Errorf("the world was asked: %+v", b.ops)
	}
}

// TestADigitAfterAPauseBeginsANewShare: 2, a thought, 5 is five percent.
func TestADigitAfterAPauseBeginsANewShare(t *testing.T) {
	at := viewtest.Now
	b := newBench(t, viewtest.Fleet(), func(d *views.Deps) { d.Now = func() time.Time { return at } })
	for _, step := range []struct {
		after time.Duration
		key   string
		want  string
	}{
		{0, "2", "A=98 B=2"}, {nextDigit, "5", "A=75 B=25"}, {nextDigit + time.Millisecond, "7", "A=93 B=7"}, {time.Second, "0", "A=30 B=70"},
	} {
		at = at.Add(step.after)
		b.press(key(step.key))
		if got := b.proposal().String(); got != step.want {
			t.Errorf("%s after %v proposes %s, want %s", step.key, step.after, got, step.want)
		}
	}
}

func TestVariantsAreChosenAndLocked(t *testing.T) {
	b := newBench(t, three(), nil)
	for name := range strings.FieldsSeq("tab L space tab 7 0") {
		b.press(key(name))
	}
	if got := b.proposal().String(); got != "A=15 B=70 C=15" {
		t.Errorf("proposed %s", got)
	}
	b.shows("locked", "C 1.2.0-rc1", "+40")
	for name := range strings.FieldsSeq("h 9 0") {
		b.press(key(name))
	}
	if got := b.proposal().String(); got != "A=0 B=85 C=15" {
		t.Errorf("a locked share was taken from: %s", got)
	}
}

func TestDecimalsThatWereNotMovedStay(t *testing.T) {
	s := three()
	d := &s.Rows[0].Deployment
	d.Variants[0].Weight, d.Variants[1].Weight, d.Variants[2].Weight = 57.25, 30.25, 12.5
	b := newBench(t, s, nil)
	b.press(key("l"))
	if got := b.proposal(); got["C"] != 12.5 || got.Validate([]string{"A", "B", "C"}) != nil {
		t.Errorf("proposed %s: %v", got, got.Validate([]string{"A", "B", "C"}))
	}
}

func TestEnterReviewsTheProposal(t *testing.T) {
	b := newBench(t, viewtest.Fleet(), nil)
	if off := b.binding("enter").Off; !strings.Contains(off, "nothing is proposed") {
		t.Errorf("without a proposal enter is off because %q", off)
	}
	b.press(key("4"))
	b.press(key("0"))
	m := b.press(key("enter"))()
	if _, ok := m.(ui.OpenDialog); !ok || !b.ops.Asked[0].Split.Equal(backends.Split{"A": 60, "B": 40}) {
		t.Errorf("got %T, asked %+v", m, b.ops.Asked)
	}
}

func TestAllToStableIsOneKeyAway(t *testing.T) {
	b := newBench(t, viewtest.Fleet(), nil)
	b.press(key("9")) // whatever is proposed
	m := b.press(key("A"))()
	if _, ok := m.(ui.OpenDialog); !ok || b.ops.Asked[0].Op != backends.OpSplit || !b.ops.Asked[0].Split.Equal(backends.Split{"A": 100}) {
		t.Errorf("got %T, asked %+v", m, b.ops.Asked)
	}
}

func TestReadOnlyIsACalculator(t *testing.T) {
	b := newBench(t, viewtest.Fleet(), nil)
	b.ops.Off = "read-only: pitwall was started with --read-only"
	for _, k := range []string{"5", "0"} {
		if cmd := b.press(key(k)); cmd != nil {
			t.Error("a proposal that cannot be applied is planned")
		}
	}
	b.shows("20.8 requests/s", "20 % of users move from A to B", "cannot be applied: read-only")
	for _, k := range []string{"enter", "A", "u"} {
		if off := b.binding(k).Off; !strings.Contains(off, "read-only") {
			t.Errorf("%s is off because %q", k, off)
		}
	}
}

// TestAFrontDoorThatDoesNotCount: the missing share has its reason, also where
// it is long and foreign.
func TestAFrontDoorThatDoesNotCount(t *testing.T) {
	snapshot := viewtest.Fleet()
	row := &snapshot.Rows[0]
	row.Observed = nil
	row.Deployment.Uncounted = "its log_format main\x1b[31m lacks $variant" + strings.Repeat("; and more", 20)
	b := newBench(t, snapshot, nil)
	b.shows("observed", "not counted: its log_format main", "lacks $variant")
	f := viewtest.Frame(120, 38)
	f.Plain = true
	if text := strings.Join(b.View(f), "\n"); !strings.Contains(text, "the front door does not count: its log_format main") || strings.Contains(text, "\x1b[31m") {
		t.Errorf("in plain text it says %q", text)
	}
}

// TestAnUnknownSplitIsNotASplit: where weights cannot be read nothing is
// proposed, and what was proposed before stays.
func TestAnUnknownSplitIsNotASplit(t *testing.T) {
	blind := func() *fleet.Snapshot {
		s := viewtest.Fleet()
		for i := range s.Rows[0].Deployment.Variants {
			s.Rows[0].Deployment.Variants[i].Weight = math.NaN()
		}
		return s
	}
	b := newBench(t, blind(), nil)
	for _, k := range []string{"5", "l", "L", "=", "]", "enter", "A"} {
		if cmd := b.press(key(k)); cmd != nil || b.slider.Changed() || b.Typing() {
			t.Errorf("%s does something", k)
		}
	}
	b.shows("? %", "cannot be applied: the split cannot be read now")
	b.Mouse(ui.MouseEvent{Kind: ui.MousePress, X: 40, Y: b.tracks.rows[1]})
	b.shows("? %", "the split cannot be read now")
	if b.slider.Changed() || strings.Contains(b.text(), "NaN") {
		t.Errorf("the mouse proposes:\n%s", b.text())
	}
	b = newBench(t, viewtest.Fleet(), nil)
	b.press(key("="))
	for _, k := range []string{"5", "0", "enter"} {
		b.press(key(k))
	}
	b.Update(views.SnapshotMsg{Snapshot: blind()})
	b.shows("cannot be applied: the split cannot be read now")
	b.Update(views.SnapshotMsg{Snapshot: viewtest.Fleet()})
	if got := b.proposal().String(); got != "A=50 B=50" {
		t.Errorf("the proposal became %s", got)
	}
}

func TestOneVariant(t *testing.T) {
	d := viewtest.Deps(viewtest.Fleet())
	d.Operations = &viewtest.Operations{}
	b := &bench{Screen: New(d, "wine-api").(*Screen), t: t}
	b.shows("only variant", "Deploy a candidate first")
	for _, k := range []string{"5", "l", "tab", "space", "enter", "A", "="} {
		if cmd := b.press(key(k)); cmd != nil || b.slider.Changed() {
			t.Errorf("%s does something", k)
		}
	}
	b.Mouse(ui.MouseEvent{Kind: ui.MousePress, X: 20, Y: 4})
	b.Mouse(ui.MouseEvent{Kind: ui.MouseWheel, Wheel: 3})
}

func TestEverySize(t *testing.T) {
	snapshots := []*fleet.Snapshot{viewtest.Fleet(), three(), viewtest.Dead(), viewtest.NoStack(), viewtest.Connecting()}
	hostile := three()
	d := &hostile.Rows[0].Deployment
	d.Variants[1].Version, d.SplitBy = "日本語\x1b[31m\r\n"+strings.Repeat("v", 80), "bob\x1b]0;x\x07"+strings.Repeat("b", 90)
	for _, s := range append(snapshots, hostile) {
		b := newBench(t, s, nil)
		b.press(key("5"))
		b.moved, b.note, b.typing, b.typed = true, strings.Repeat("note ", 40), true, "12"
		b.preview = preview{of: b.proposal(), token: b.row.Deployment.Token, plan: operation.Plan{Consequences: []string{strings.Repeat("so ", 90)}}}
		for range 12 {
			b.preview.plan.Guards = append(b.preview.plan.Guards, operation.Guard{Verdict: operation.Warn, Text: strings.Repeat("warn ", 30)})
		}
		b.running = &operation.Progress{Stage: operation.Observing, Observed: backends.Split{"A": 55, "B": 45}, Text: strings.Repeat("x", 300)}
		b.recovery = &review.RecoveryMsg{Recovery: operation.Recovery{Text: strings.Repeat("y", 300)}}
		for width := 80; width <= 210; width += 13 {
			for height := 18; height <= 60; height += 6 {
				f := viewtest.Frame(width, height)
				viewtest.Check(t, b.View(f), f)
			}
		}
	}
}

func TestBindings(t *testing.T) {
	b := newBench(t, three(), nil)
	if err := ui.CheckBindings(ui.Table{Screen: "split", Bindings: b.Bindings()}); err != nil {
		t.Error(err)
	}
}
