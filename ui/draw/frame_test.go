package draw

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"pitwall/ui/theme"
)

// looks are the profiles that golden frames are kept for.
var looks = map[string]theme.Options{
	"truecolor": {Profile: theme.TrueColor},
	"nocolor":   {Profile: theme.NoColor},
	"ascii":     {Profile: theme.NoColor, ASCII: true},
}

func TestBox(t *testing.T) {
	for name, o := range looks {
		t.Run(name, func(t *testing.T) {
			th := theme.New(o)
			lines := []string{"plain", th.OK.Paint("painted"), strings.Repeat("long ", 20), "日本語"}
			var out []string
			out = append(out, Box(th, BoxOptions{Title: "latency", Status: "live"}, lines, 30, 6)...)
			out = append(out, Box(th, BoxOptions{Title: "errors", Status: "stale 3m", Focus: true}, lines[:1], 30, 4)...)
			out = append(out, Box(th, BoxOptions{Title: "roll back", Danger: true}, nil, 30, 3)...)
			golden.RequireEqual(t, strings.Join(out, "\n"))
		})
	}
}

func TestBoxAlwaysFits(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.ANSI256})
	for width := range 40 {
		for height := range 5 {
			box := Box(th, BoxOptions{Title: "a long title 日本", Status: "stale 3m"}, []string{"日本日本日本"}, width, height)
			if width < 2 || height < 2 {
				if box != nil {
					t.Fatalf("%d×%d: %q", width, height, box)
				}
				continue
			}
			if len(box) != height {
				t.Fatalf("%d×%d: %d lines", width, height, len(box))
			}
			for _, line := range box {
				if Width(line) != width {
					t.Fatalf("%d×%d: %d columns: %q", width, height, Width(line), line)
				}
			}
		}
	}
}

func TestOverlayTouchesCoveredRowsOnly(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	base := make([]string, 6)
	for i := range base {
		base[i] = th.OK.Paint("0123456789") + "日本日本日"
	}
	out := Overlay(base, []string{"[one]", "[two]"}, 8, 2)
	for i, line := range out {
		if Width(line) != 20 {
			t.Errorf("row %d has %d columns: %q", i, Width(line), line)
		}
		if covered := i == 2 || i == 3; covered == (line == base[i]) {
			t.Errorf("row %d: %q", i, line)
		}
	}
	if want := th.OK.Paint("01234567") + "[one] 日本日"; plain(out[2]) != plain(want) {
		t.Errorf("covered row %q, want %q", plain(out[2]), plain(want))
	}
	if short := Overlay([]string{"ab"}, []string{"xy"}, 4, 0); short[0] != "ab  xy" {
		t.Errorf("beyond the end: %q", short[0])
	}
	if outside := Overlay([]string{"ab"}, []string{"x", "y", "z"}, 0, -1); outside[0] != "yb" {
		t.Errorf("partly outside: %q", outside)
	}
}

// plain removes the escape sequences of a painted string.
func plain(s string) string {
	var out strings.Builder
	for s != "" {
		size, _ := step(s)
		if s[0] != esc {
			out.WriteString(s[:size])
		}
		s = s[size:]
	}
	return out.String()
}

func TestJoinAndEnds(t *testing.T) {
	joined := JoinColumns(3, Pane{[]string{"aa", "bb"}, 2}, Pane{[]string{"1", "2", "3"}, 1})
	if got := strings.Join(joined, "|"); got != "aa1|bb2|  3" {
		t.Errorf("joined %q", got)
	}
	if got := Ends("a long left side", "right", 12, "…"); got != "a long…right" {
		t.Errorf("ends %q", got)
	}
	if got := Ends("left", "a long right side", 6, "…"); got != "a lon…" {
		t.Errorf("ends %q", got)
	}
}

func BenchmarkWidthASCII120(b *testing.B) {
	s := strings.Repeat("x", 120)
	for b.Loop() {
		Width(s)
	}
}

func BenchmarkOverlay(b *testing.B) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	base := make([]string, 60)
	for i := range base {
		base[i] = strings.Repeat(th.OK.Paint("healthy-12")+" "+th.Dim.Paint("fraud-sco"), 10)
	}
	dialog := Box(th, BoxOptions{Title: "roll back", Focus: true}, nil, 60, 12)
	for b.Loop() {
		OverlayCenter(base, dialog, 200)
	}
}

func BenchmarkJoinColumns(b *testing.B) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	pane := Pane{Box(th, BoxOptions{Title: "a", Status: "live"}, nil, 100, 50), 100}
	for b.Loop() {
		JoinColumns(50, pane, pane)
	}
}

func BenchmarkBox100x20(b *testing.B) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	lines := make([]string, 18)
	for i := range lines {
		lines[i] = strings.Repeat("x", 60)
	}
	for b.Loop() {
		Box(th, BoxOptions{Title: "a", Status: "live"}, lines, 100, 20)
	}
}

func BenchmarkSanitize(b *testing.B) {
	for name, s := range map[string]string{"ascii": strings.Repeat("level=info ", 11), "mixed": strings.Repeat("prüfung \x1b[1mok\x1b[m ", 8)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Sanitize(s)
			}
		})
	}
}
