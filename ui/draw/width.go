package draw

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// wcwidth is the width rule of Bubble Tea's renderer. It ignores the locale: a CJK locale must not change our layout.
var wcwidth = &runewidth.Condition{EastAsianWidth: false, StrictEmojiNeutral: true}

// runeWidth returns the columns of one rune: 0, 1 or 2.
func runeWidth(r rune) int {
	switch {
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return 0
	case r < 0x300 && r != 0xad:
		return 1
	case r >= 0x2500 && r < 0x25fd, r >= 0x2800 && r < 0x2900, r >= 0x2190 && r < 0x2200:
		return 1 // box, blocks and shapes, braille, arrows
	}
	return wcwidth.RuneWidth(r)
}

// Width returns the columns that s takes on screen, plain or painted. It costs one pass without allocation.
func Width(s string) int {
	width := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == esc:
			i += escapeLen(s[i:])
		case c < utf8.RuneSelf:
			if c >= 0x20 && c != 0x7f {
				width++
			}
			i++
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			width += runeWidth(r)
			i += size
		}
	}
	return width
}

const esc = 0x1b

// escapeLen returns the length of the CSI sequence that s starts with, or 1 when it is another escape: our own
// painted strings hold CSI sequences only.
func escapeLen(s string) int {
	if len(s) < 2 || s[1] != '[' {
		return 1
	}
	for i := 2; i < len(s); i++ {
		if s[i] >= 0x40 && s[i] <= 0x7e {
			return i + 1
		}
	}
	return len(s)
}

// step returns the bytes and columns of the next element of s: an escape sequence (0 columns) or a rune.
func step(s string) (size, width int) {
	switch c := s[0]; {
	case c == esc:
		return escapeLen(s), 0
	case c >= 0x20 && c < 0x7f:
		return 1, 1
	case c < utf8.RuneSelf:
		return 1, 0
	}
	r, size := utf8.DecodeRuneInString(s)
	return size, runeWidth(r)
}

// IsPainted reports whether s holds an escape sequence.
func IsPainted(s string) bool { return strings.IndexByte(s, esc) >= 0 }
