package draw

import (
	"strings"
	"unicode/utf8"
)

// sequenceLen returns the length of the escape sequence that s starts with, 0 when it starts with none. It follows
// ECMA-48 §5.4 and §5.6: 7-bit introducers (ESC [) and their C1 forms (U+009B).
func sequenceLen(s string) int {
	kind, n := introducer(s)
	switch kind {
	case 0:
		return 0
	case '[':
		return n + controlLen(s[n:])
	case 'P', 'X', '^', '_', ']':
		return n + stringLen(s[n:], kind == ']')
	default:
		return n
	}
}

// introducer returns the 7-bit final byte of the introducer that s starts with, and its length; 0, 0 for none. A
// complete sequence without parameters (ESC 7, ESC ( B) is returned as kind 1.
func introducer(s string) (kind byte, n int) {
	if s[0] != esc {
		r, size := utf8.DecodeRuneInString(s)
		switch r {
		case 0x90, 0x98, 0x9b, 0x9d, 0x9e, 0x9f:
			return byte(r - 0x40), size
		}
		return 0, 0
	}
	if len(s) == 1 {
		return 1, 1
	}
	if strings.IndexByte("[PX^_]", s[1]) >= 0 {
		return s[1], 2
	}
	n = 1
	for n < len(s) && s[n] >= 0x20 && s[n] <= 0x2f {
		n++
	}
	if n < len(s) && s[n] >= 0x30 && s[n] <= 0x7e {
		return 1, n + 1
	}
	return 1, 1 // not a sequence: only the escape goes
}

// controlLen returns the length of the parameters, intermediates and final byte of a control sequence. A byte that
// cannot belong to it ends it before that byte.
func controlLen(s string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x40 && c <= 0x7e:
			return i + 1
		case c < 0x20 || c > 0x7e:
			return i
		}
	}
	return len(s)
}

// stringLen returns the length of a control string and its terminator: ST (ESC \ or U+009C), or BEL for an OSC. A
// string without a terminator has length 0.
func stringLen(s string, bel bool) int {
	for i := 0; i < len(s); i++ {
		switch {
		case bel && s[i] == 0x07:
			return i + 1
		case s[i] == esc && i+1 < len(s) && s[i+1] == '\\':
			return i + 2
		case s[i] == 0xc2 && i+1 < len(s) && s[i+1] == 0x9c:
			return i + 2
		case s[i] == esc, s[i] == 0x18, s[i] == 0x1a, isC1(s[i:]): // aborted; and no text is scanned twice
			return 0
		}
	}
	return 0
}

// isC1 reports whether s starts with a C1 control in UTF-8.
func isC1(s string) bool { return len(s) > 1 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0 }
