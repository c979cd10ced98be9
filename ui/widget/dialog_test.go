package widget

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

func rollback() Dialog {
	return Dialog{
		Title:   "roll back model-api",
		Body:    []string{"B goes from 1.1.0 to 1.0.0", "3 replicas are replaced, one at a time, while the others serve"},
		Input:   &Input{Label: "type model-api to confirm", Want: "model-api", Value: "model"},
		Buttons: []Button{{"esc", "cancel"}, {"y", "roll back"}},
		Danger:  true,
		Note:    "nothing changes before that",
	}
}

func TestDialogFrames(t *testing.T) {
	goldenFrames(t, 50, func(th *theme.Theme) []string {
		var out []string
		out = append(out, rollback().View(th, 50, 20)...)
		d := Dialog{Title: "all traffic to stable?", Body: []string{"A 70 to 100 %"}, Buttons: []Button{{"esc", "cancel"}, {"y", "apply"}}, Focus: -1}
		return append(out, draw.FitLines(th, d.View(th, 50, 20), 50, 6)...)
	})
}

func TestDialogKeepsItsButtons(t *testing.T) {
	th := theme.New(theme.Options{})
	d := rollback()
	for range 50 {
		d.Body = append(d.Body, "another line of the plan")
	}
	lines := d.View(th, 60, 16)
	text := ansi.Strip(strings.Join(lines, "\n"))
	if len(lines) != 16 || !strings.Contains(text, "[y] roll back") || !strings.Contains(text, "more lines)") || !strings.Contains(text, "B goes from") {
		t.Errorf("dialog\n%s", text)
	}
	for width := 1; width < 90; width++ {
		for height := 1; height < 20; height++ {
			lines := d.View(th, width, height)
			if len(lines) > height {
				t.Fatalf("%d×%d: %d lines", width, height, len(lines))
			}
			for _, line := range lines {
				if draw.Width(line) > width || draw.Width(line) != draw.Width(lines[0]) {
					t.Fatalf("%d×%d: %q", width, height, line)
				}
			}
		}
	}
}

// TestDialogScrolls shows every line of a long body in turn, above what always
// shows, and says how many are not on screen.
func TestDialogScrolls(t *testing.T) {
	th := theme.New(theme.Options{})
	d := Dialog{Title: "commit it", Foot: []string{"why"}, Buttons: []Button{{"esc", "close"}}, Scroll: &Scroll{Down: "j", Up: "k"}}
	for i := range 40 {
		d.Body = append(d.Body, fmt.Sprintf("line %02d.", i))
	}
	frame := func() string { return ansi.Strip(strings.Join(d.View(th, 60, 14), "\n")) }
	for _, c := range []struct {
		to          int
		first, last int
		says        string
	}{
		{-5, 0, 7, "(32 more lines below: j)"}, {1, 1, 8, "(1 more line above: k, 31 below: j)"}, {9, 9, 16, "(9 more lines above: k, 23 below: j)"},
		{31, 31, 38, "(31 more lines above: k, 1 below: j)"}, {99, 32, 39, "(32 more lines above: k)"},
	} {
		if c.to == -5 {
			frame()
		}
		d.Scroll.To(c.to)
		text := frame()
		for i := range 40 {
			if shown := strings.Contains(text, fmt.Sprintf("line %02d.", i)); shown != (i >= c.first && i <= c.last) {
				t.Errorf("at %d line %d is shown: %v", c.to, i, shown)
			}
		}
		if !strings.Contains(text, c.says) || !strings.Contains(text, "why") || !strings.Contains(text, "[esc] close") {
			t.Errorf("at %d it does not say %q:\n%s", c.to, c.says, text)
		}
	}
	if d.Scroll.Page != 8 || d.Scroll.Last != 32 {
		t.Errorf("it is %+v", d.Scroll)
	}
	if d.View(th, 60, 60); d.Scroll.Last != 0 || d.Scroll.Top != 0 {
		t.Errorf("with room for all it is %+v", d.Scroll)
	}
	for height := 1; height < 20; height++ {
		if lines := d.View(th, 60, height); len(lines) > height {
			t.Errorf("%d lines in %d", len(lines), height)
		}
	}
}

func TestInputMatches(t *testing.T) {
	for _, test := range []struct {
		in   Input
		want bool
	}{
		{Input{Want: "a", Value: "a"}, true}, {Input{Want: "a", Value: "A"}, false}, {Input{Want: "a"}, false}, {Input{Value: "why"}, true}, {Input{}, false},
	} {
		if got := test.in.Matches(); got != test.want {
			t.Errorf("%+v: %v", test.in, got)
		}
	}
}
