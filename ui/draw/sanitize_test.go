package draw

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

func TestSanitize(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "model-api v1.1.0", "model-api v1.1.0"},
		{"colour", "\x1b[31mred\x1b[0m", "red"},
		{"C1 colour", "\u009b31mred", "red"},
		{"title", "a\x1b]0;owned\x07b", "ab"},
		{"clipboard", "a\x1b]52;c;cGF5bG9hZA==\x1b\\b", "ab"},
		{"kitty graphics", "a\x1b_Gi=1;AAAA\x1b\\b", "ab"},
		{"device control", "a\x1bP$q\"p\x1b\\b", "ab"},
		{"C1 string", "a\u0090q\u009cb", "ab"},
		{"privacy, start of string", "a\x1b^x\x1b\\b\x1bXy\x1b\\c", "abc"},
		{"string without an end hides nothing", "a\x1b]0;rest of the line", "a0;rest of the line"},
		{"aborted string", "a\x1bPq\x1b[2Jb", "aqb"},
		{"charset", "a\x1b(0b\x1b7c", "abc"},
		{"lone escape", "a\x1b", "a"},
		{"carriage return, backspace", "ok\rno\b", "ok␍no␈"},
		{"line breaks", "a\r\nb\nc", "a b c"},
		{"tabs", "a\tb", "a   b"},
		{"invalid", "a\xffb\x9b", "a\ufffdb\ufffd"},
		{"bidi", "a\u202egpj.exe\u2066", "agpj.exe"},
		{"zero width", "a\u200bb\ufeff\u00ad", "ab"},
		{"emoji selector", "\u26a0\ufe0f", "\u26a0"},
		{"family", "\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469"},
		{"skin tone", "\U0001f44d\U0001f3fd", "\U0001f44d"},
		{"flag", "\U0001f1e9\U0001f1ea", "DE"},
		{"accent", "e\u0301", "e\u0301"},
		{"stacked marks", "e\u0301\u0301\u0301\u0301", "e\u0301\u0301"},
		{"private use", "\ue0b0", "\ufffd"},
		{"wide", "日本", "日本"},
	}
	for _, test := range tests {
		if got := Sanitize(test.in); got != test.want {
			t.Errorf("%s: Sanitize(%q) = %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func TestSanitizeLimits(t *testing.T) {
	if got := SanitizeLine("fraud-scorer", 6); got != "fraud…" {
		t.Errorf("cut to %q", got)
	}
	long := Sanitize(strings.Repeat("日本 ", 1<<20))
	if w := Width(long); w > MaxForeign || !strings.HasSuffix(long, "…") {
		t.Errorf("long text: %d columns", w)
	}
	if got := SanitizeLines("a\r\n\x1b[1mb\nc\nd", 3); strings.Join(got, "|") != "a|b|c" {
		t.Errorf("lines %q", got)
	}
}

// FuzzSanitize: whatever comes in, what goes out prints, is as wide as its runes by every measure, and a terminal
// shows just these cells.
func FuzzSanitize(f *testing.F) {
	for _, seed := range []string{
		"plain", "\x1b[31mred\x1b[0m", "\x1b]0;t\x07", "\x1bPq\x1b\\x", "\u009b1m", "e\u0301\u0301", "\U0001f468\u200d\U0001f469",
		"\u202e\u2066", "a\tb\r\n", "\xff\xc2", "नमस्ते", "\u1100\u1161\u11a8", "\u0600a", "日本\x1b", "\U0001f1e9", "\x1b_G\x1b[", "\u0e01\u0e33", "ยี่",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := Sanitize(in)
		if !utf8.ValidString(out) {
			t.Fatalf("invalid UTF-8 %q", out)
		}
		sum := 0
		for _, r := range out {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || !unicode.IsGraphic(r) {
				t.Fatalf("%U in %q", r, out)
			}
			sum += runeWidth(r)
		}
		if w := Width(out); w != sum || w != ansi.StringWidth(out) || w != ansi.StringWidthWc(out) || w > MaxForeign {
			t.Fatalf("%q: width %d, runes %d, graphemes %d, wcwidth %d", out, w, sum, ansi.StringWidth(out), ansi.StringWidthWc(out))
		}
		if again := Sanitize(out); again != out {
			t.Fatalf("not idempotent: %q then %q", out, again)
		}
		if sum < 120 {
			checkTerminal(t, out, sum)
		}
	})
}

// checkTerminal prints out on a terminal: the cursor must stand width columns on, nothing else may have changed.
func checkTerminal(t *testing.T, out string, width int) {
	t.Helper()
	const columns = 120
	term := vt.NewEmulator(columns, 2)
	title := "unchanged"
	term.SetCallbacks(vt.Callbacks{
		Title:      func(s string) { title = s },
		Bell:       func() { title = "bell" },
		EnableMode: func(ansi.Mode) { title = "mode" },
	})
	if _, err := term.WriteString(out); err != nil {
		t.Fatal(err)
	}
	at := term.CursorPosition()
	if at.X != width || at.Y != 0 || title != "unchanged" {
		t.Fatalf("%q: cursor at %v, want column %d; state %q", out, at, width, title)
	}
	if cell := term.CellAt(width, 0); cell != nil && !cell.Style.IsZero() {
		t.Fatalf("%q changed the style", out)
	}
}
