package widget

import (
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
