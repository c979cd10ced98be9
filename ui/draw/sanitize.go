package draw

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxForeign is the columns that Sanitize keeps of one piece of foreign text.
	MaxForeign = 4096

	tabStop   = 4
	maxMarks  = 2 // combining marks on one character; more is an attack on the layout
	ellipsis  = "…"
	unknown   = utf8.RuneError // what cannot be shown
	foreignIn = 8 * MaxForeign // bytes read of one piece of foreign text
)

// Sanitize makes foreign text (a name, a label, a log line, an error message) safe to print as one line: valid UTF-8
// in which every rune prints, at most MaxForeign columns, as wide by wcwidth as by grapheme clusters.
//
//   - Escape sequences are removed whole: CSI, OSC, DCS, APC, PM, SOS, and two-byte ones, 7-bit or C1. Of a string
//     sequence without an end only its introducer goes, so that nothing can hide the rest of a line.
//   - Line breaks become one blank, tabs advance to the next multiple of 4, other controls become control pictures
//     (U+2400…), invalid bytes, private-use and unassigned characters become U+FFFD.
//   - Bidirectional controls, zero-width characters, variation selectors, emoji joiners and skin tones are removed;
//     regional indicators (flags) become letters.
//
// Text of printable ASCII is returned as it is, without allocation. Sanitize is idempotent.
func Sanitize(s string) string { return SanitizeLine(s, MaxForeign) }

// SanitizeLine is Sanitize with a limit of its own, in columns, at most MaxForeign. Cut text ends with "…".
func SanitizeLine(s string, columns int) string {
	columns = min(columns, MaxForeign)
	if len(s) <= columns && isPlain(s) {
		return s
	}
	cut := false
	if len(s) > foreignIn {
		s, cut = s[:foreignIn], true
		for len(s) > 0 && len(s) > foreignIn-utf8.UTFMax && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1] // not in the middle of a rune
		}
		if len(s) > 0 && s[len(s)-1] >= utf8.RuneSelf {
			s = s[:len(s)-1]
		}
	}
	out := scrub(s)
	if cut || Width(out) > columns {
		out = Truncate(out, max(columns-1, 0), "")
		if columns > 0 {
			out += ellipsis
		}
	}
	return out
}

// SanitizeLines splits foreign text at its line breaks and sanitises each line; at most limit lines are kept.
func SanitizeLines(s string, limit int) []string {
	var lines []string
	for line := range strings.Lines(s) {
		if len(lines) == limit {
			break
		}
		lines = append(lines, Sanitize(strings.TrimRight(line, "\r\n")))
	}
	return lines
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// scrubber builds the sanitised text rune by rune.
type scrubber struct {
	out     strings.Builder
	column  int
	marks   int  // combining marks since the last base character
	base    bool // a base character stands before the cursor
	complex bool // a rune was written that may form clusters
}

func scrub(s string) string {
	var b scrubber
	b.out.Grow(len(s))
	for i := 0; i < len(s); {
		if n := sequenceLen(s[i:]); n > 0 {
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == '\r' && strings.HasPrefix(s[i+1:], "\n") {
			size = 2
			r = '\n'
		}
		b.rune(r)
		i += size
	}
	if b.complex {
		return evenWidths(b.out.String())
	}
	return b.out.String()
}

func (b *scrubber) rune(r rune) {
	switch {
	case r >= 0x20 && r < 0x7f:
		b.write(r)
	case r == '\t':
		for range tabStop - b.column%tabStop {
			b.write(' ')
		}
	case r == '\n', r == '\u2028', r == '\u2029', r == '\u0085':
		b.write(' ')
	case r < 0x20:
		b.write(0x2400 + r)
	case r == 0x7f:
		b.write(0x2421)
	case r >= 0x1f1e6 && r <= 0x1f1ff: // regional indicators
		b.write('A' + r - 0x1f1e6)
	case isInvisible(r):
	case unicode.Is(unicode.Mn, r):
		b.mark(r)
	case unicode.Is(unicode.Zs, r):
		b.write(' ')
	case !unicode.IsGraphic(r), runeWidth(r) == 0:
		b.write(unknown)
	default:
		b.write(r)
	}
}

func (b *scrubber) write(r rune) {
	b.out.WriteRune(r)
	b.column += runeWidth(r)
	b.marks, b.base = 0, r != ' '
	b.complex = b.complex || r >= 0x300 && r != unknown
}

// mark keeps a combining mark that has a character to stand on.
func (b *scrubber) mark(r rune) {
	if !b.base || b.marks == maxMarks || runeWidth(r) != 0 {
		return
	}
	b.out.WriteRune(r)
	b.marks++
	b.complex = true
}

// isInvisible reports whether a rune is removed: format controls (bidirectional, zero-width, joiners, tags), variation
// selectors, enclosing marks (keycaps), skin tones, C1 controls and fillers.
func isInvisible(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xa0, r == 0x034f, r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0,
		r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff, r >= 0x1f3fb && r <= 0x1f3ff, r >= 0x180b && r <= 0x180f:
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Me)
}
