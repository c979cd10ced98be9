package widget

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"pitwall/ui/theme"
)

func numbered(p *LogPane, from, to int) {
	for i := from; i < to; i++ {
		p.Append(LogLine{Text: fmt.Sprintf("line %d", i)})
	}
}

// shown returns what the pane shows, without styles and trailing blanks.
func shown(p *LogPane) []string {
	var out []string
	for _, line := range p.View(theme.New(theme.Options{})) {
		if line = strings.TrimRight(ansi.Strip(line), " "); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func expect(t *testing.T, p *LogPane, what string, want ...string) {
	t.Helper()
	if got := strings.Join(shown(p), "|"); got != strings.Join(want, "|") {
		t.Errorf("%s: %s, want %s", what, got, strings.Join(want, "|"))
	}
}

func TestLogFrames(t *testing.T) {
	for _, wrap := range []bool{false, true} {
		t.Run(fmt.Sprintf("wrap=%v", wrap), func(t *testing.T) {
			goldenFrames(t, 40, func(th *theme.Theme) []string {
				p := NewLogPane(100)
				p.SetSize(40, 6)
				p.SetWrap(wrap)
				p.Append(
					LogLine{Tag: "a-0", TagStyle: th.Variant(0), Text: "POST /predict 200 4ms"},
					LogLine{Tag: "b-0", TagStyle: th.Variant(1), Text: "prediction failed: feature 7 is out of the range of training", Style: th.Fail},
					LogLine{Tag: "a-1", TagStyle: th.Variant(0), Text: "POST /predict 200 5ms"},
				)
				p.Search("PREDICT")
				return p.View(th)
			})
		})
	}
}

func TestLogFollowsUntilScrolled(t *testing.T) {
	p := NewLogPane(100)
	p.SetSize(20, 3)
	numbered(p, 0, 10)
	expect(t, p, "follows", "line 7", "line 8", "line 9")

	p.Scroll(-2)
	numbered(p, 10, 322)
	if p.Status() != "paused +100" { // the ring holds 100: older ones are gone
		t.Errorf("status %q", p.Status())
	}
	expect(t, p, "its place is gone, the oldest show", "line 222", "line 223", "line 224")

	p.Scroll(1)
	expect(t, p, "scrolls", "line 223", "line 224", "line 225")
	p.Scroll(1000)
	if !p.Following() || p.Status() != "live" {
		t.Errorf("at the end it follows again: %q", p.Status())
	}
	expect(t, p, "the end", "line 319", "line 320", "line 321")

	p.Home()
	expect(t, p, "the oldest", "line 222", "line 223", "line 224")
	p.Page(1)
	expect(t, p, "a page on", "line 224", "line 225", "line 226")
	p.Follow()
	p.Clear()
	expect(t, p, "cleared")
}

func TestLogKeepsItsPlace(t *testing.T) {
	p := NewLogPane(100)
	p.SetSize(20, 3)
	numbered(p, 0, 10)
	p.Scroll(-2)
	expect(t, p, "scrolled", "line 5", "line 6", "line 7")
	numbered(p, 10, 40)
	expect(t, p, "still there", "line 5", "line 6", "line 7")
	if p.Unseen() != 30 || p.Status() != "paused +30" {
		t.Errorf("unseen %d, status %q", p.Unseen(), p.Status())
	}
	p.AddDropped(5)
	if p.Status() != "paused +30, 5 dropped" {
		t.Errorf("status %q", p.Status())
	}
}

func TestLogFilters(t *testing.T) {
	p := NewLogPane(100)
	p.SetSize(20, 4)
	numbered(p, 0, 12)
	p.SetFilter("LINE 1", "11")
	expect(t, p, "filtered", "line 1", "line 10")
	numbered(p, 12, 14)
	expect(t, p, "new lines pass it too", "line 1", "line 10", "line 12", "line 13")
	if p.Status() != "live, 4 of 14" {
		t.Errorf("status %q", p.Status())
	}
	p.SetFilter("", "")
	expect(t, p, "all again", "line 10", "line 11", "line 12", "line 13")
	p.SetFilter("nothing", "")
	p.Scroll(-1)
	p.ScrollX(1)
	expect(t, p, "no match")
}

func TestLogSearches(t *testing.T) {
	p := NewLogPane(100)
	p.SetSize(20, 3)
	numbered(p, 0, 50)
	if n := p.Search("line 4"); n != 11 { // 4, 40-49
		t.Errorf("%d matches", n)
	}
	hit := func() string { return p.at(p.hit).Text }
	for i, want := range []string{"line 4", "line 40", "line 41"} { // the last is selected first, then round
		if !p.NextMatch() || hit() != want {
			t.Errorf("next %d: %q, want %q", i, hit(), want)
		}
	}
	if p.PrevMatch(); hit() != "line 40" {
		t.Errorf("previous: %q", hit())
	}
	if got := strings.Join(shown(p), "|"); !strings.Contains(got, "line 40") {
		t.Errorf("the match is not on screen: %s", got)
	}
	if p.Search("absent") != 0 || p.NextMatch() {
		t.Error("there is no match")
	}
	p.Append(LogLine{Text: "absent"})
	if !p.NextMatch() || hit() != "absent" {
		t.Error("a match that came later is found")
	}
	if p.Search(""); p.Query() != "" || p.NextMatch() {
		t.Error("the search did not end")
	}
}

func TestLogScrollsSideways(t *testing.T) {
	p := NewLogPane(10)
	p.SetSize(10, 2)
	p.Append(LogLine{Text: "0123456789abcdefghijklmnopqrstuvwxyz"})
	p.ScrollX(1)
	expect(t, p, "one step", "ghijklmnop")
	p.ScrollX(5)
	expect(t, p, "not past the longest line", "wxyz")
	p.ScrollX(-5)
	expect(t, p, "back", "012345678…")
	p.SetWrap(true)
	p.ScrollX(1)
	expect(t, p, "wrapped lines do not move", "klmnopqrst", "uvwxyz")
	p.Home()
	if !p.Wrapped() {
		t.Error("not wrapped")
	}
}

func TestLogFitsEverySize(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	p := NewLogPane(50)
	for i := range 60 {
		p.Append(LogLine{Tag: "pod-1", TagStyle: th.Variant(i), Text: strings.Repeat("日本 log ", i), Style: th.Dim})
	}
	p.Search("log")
	for _, wrap := range []bool{false, true} {
		p.SetWrap(wrap)
		for width := 1; width < 60; width += 7 {
			for height := range 9 {
				p.SetSize(width, height)
				p.Home()
				p.PrevMatch()
				lines := p.View(th)
				if len(lines) != height {
					t.Fatalf("%d×%d: %d lines", width, height, len(lines))
				}
				checkWidths(t, lines, width)
			}
		}
	}
}

func TestFold(t *testing.T) {
	for _, test := range []struct {
		s, lower string
		want     int
	}{
		{"Error: timeout", "error", 0}, {"an ERROR", "error", 3}, {"none", "error", -1}, {"x", "", 0}, {"ÄRGER", "ärger", 0}, {"日本", "本", 3}, {"ab", "abc", -1},
	} {
		if got := indexFold(test.s, test.lower); got != test.want {
			t.Errorf("indexFold(%q, %q) = %d, want %d", test.s, test.lower, got, test.want)
		}
	}
}

func BenchmarkLogPane(b *testing.B) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	p := NewLogPane(20_000)
	p.SetSize(200, 55)
	for i := range 20_000 {
		p.Append(LogLine{Tag: "model-api-b-0", TagStyle: th.Variant(1), Text: fmt.Sprintf("time=12:00:%02d level=info msg=predicted rows=%d took=4ms", i%60, i), Style: th.Dim})
	}
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			p.View(th)
		}
	})
	b.Run("filter", func(b *testing.B) {
		for b.Loop() {
			p.SetFilter("rows=77", "")
		}
	})
}

func TestLogCurrentLineAndMatches(t *testing.T) {
	p := NewLogPane(10)
	p.SetSize(20, 3)
	if _, ok := p.Current(); ok || p.Below() != 0 {
		t.Error("an empty pane has no line")
	}
	for _, text := range []string{"one x", "two", "three x", "four"} {
		p.Append(LogLine{Text: text})
	}
	if line, _ := p.Current(); line.Text != "four" {
		t.Errorf("without a search the line is %q, want the one at the bottom", line.Text)
	}
	p.Scroll(-1)
	if line, _ := p.Current(); line.Text != "three x" || p.Below() != 1 {
		t.Errorf("after scrolling up the line is %q with %d below", line.Text, p.Below())
	}
	p.Search("X")
	p.PrevMatch()
	selected, count := p.Matches()
	if line, _ := p.Current(); line.Text != "one x" || selected != 1 || count != 2 {
		t.Errorf("the match above is %q, %d of %d", line.Text, selected, count)
	}
}
