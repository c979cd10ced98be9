package draw

import (
	"strings"
	"testing"

	"pitwall/ui/theme"
)

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{
		"":                         0,
		"abc":                      3,
		"\x1b[1;31mabc\x1b[m":      3,
		"●▲✗◐‖?–…█░│╭⣿":            13,
		"日本":                       4,
		"e\u0301":                  1,
		"µ é":                      3,
		"\x1b[38;2;1;2;3m日\x1b[m!": 3,
	} {
		if got := Width(s); got != want {
			t.Errorf("Width(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestTruncate(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"fraud-scorer", 20, "fraud-scorer"},
		{"fraud-scorer", 12, "fraud-scorer"},
		{"fraud-scorer", 6, "fraud…"},
		{"fraud-scorer", 1, "…"},
		{"fraud-scorer", 0, ""},
		{"日本語", 4, "日…"},
		{"日本語", 5, "日本…"},
		{"\x1b[1mbold text\x1b[m", 5, "\x1b[1mbold…\x1b[m"},
		{"\x1b[1mb\x1b[m plain", 4, "\x1b[1mb\x1b[m p…"},
	}
	for _, test := range tests {
		if got := Truncate(test.in, test.width, "…"); got != test.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", test.in, test.width, got, test.want)
		}
	}
}

func TestTruncateMiddleKeepsTheEnd(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"fraud-scorer-canary-v13", 30, "fraud-scorer-canary-v13"},
		{"fraud-scorer-canary-v13", 12, "fra…nary-v13"},
		{"fraud-scorer-canary-v13", 2, "13"},
		{"日本語日本語", 6, "…本語"},
	}
	for _, test := range tests {
		if got := TruncateMiddle(test.in, test.width, "…"); got != test.want {
			t.Errorf("TruncateMiddle(%q, %d) = %q, want %q", test.in, test.width, got, test.want)
		}
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		in          string
		left, right int
		want        string
	}{
		{"0123456789", 2, 5, "234"},
		{"0123456789", 0, 20, "0123456789"},
		{"0123456789", 8, 20, "89"},
		{"0123", 3, 3, ""},
		{"a日b", 2, 4, " b"},
		{"a日b", 0, 2, "a "},
		{"\x1b[1mabcdef\x1b[m", 2, 4, "\x1b[1mcd\x1b[m"},
		{"\x1b[1mab\x1b[mcdef", 2, 4, "cd"},
	}
	for _, test := range tests {
		got := Cut(test.in, test.left, test.right)
		if strings.TrimPrefix(got, "\x1b[1m\x1b[m") != test.want {
			t.Errorf("Cut(%q, %d, %d) = %q, want %q", test.in, test.left, test.right, got, test.want)
		}
	}
}

// Cutting a line anywhere and joining the parts keeps its width, whatever it holds.
func TestCutParts(t *testing.T) {
	line := "ab\x1b[1m日本\x1b[31mcd\x1b[m e\u0301 " + theme.New(theme.Options{Profile: theme.TrueColor}).OK.Paint("ok ●")
	total := Width(line)
	for at := range total + 1 {
		left, right := Cut(line, 0, at), Cut(line, at, total)
		if Width(left) != at || Width(right) != total-at {
			t.Errorf("cut at %d: widths %d and %d of %d: %q %q", at, Width(left), Width(right), total, left, right)
		}
		if open := openStyle(left); open != "" {
			t.Errorf("cut at %d leaves %q open", at, open)
		}
	}
}

func TestFit(t *testing.T) {
	for _, s := range []string{"", "abc", "日本語", "\x1b[1mabcdefgh\x1b[m", "e\u0301e\u0301"} {
		for width := range 12 {
			for _, align := range []Align{Left, Right, Center} {
				if got := Fit(s, width, align, "…"); Width(got) != width {
					t.Errorf("Fit(%q, %d, %d) = %q: %d columns", s, width, align, got, Width(got))
				}
				if got := string(AppendFit(nil, s, width, align, "…")); got != Fit(s, width, align, "…") {
					t.Errorf("AppendFit(%q, %d, %d) = %q", s, width, align, got)
				}
			}
		}
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"", 5, ""},
		{"one two three", 7, "one two|three"},
		{"one two three", 5, "one|two|three"},
		{"abcdefgh", 3, "abc|def|gh"},
		{"a\nb c", 10, "a|b c"},
		{"日本語", 3, "日|本|語"},
		{"日本", 1, "日|本"},
	}
	for _, test := range tests {
		if got := strings.Join(Wrap(test.in, test.width), "|"); got != test.want {
			t.Errorf("Wrap(%q, %d) = %q, want %q", test.in, test.width, got, test.want)
		}
	}
}
