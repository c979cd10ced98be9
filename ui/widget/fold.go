package widget

import (
	"unicode"
	"unicode/utf8"
)

// indexFold returns the byte index of the first occurrence of lower (in lower case) in s, ignoring the case of s, or
// -1. Letters match by their simple lower case.
func indexFold(s, lower string) int {
	if lower == "" {
		return 0
	}
	first := lower[0]
	for i := range len(s) {
		c := s[i]
		if c < utf8.RuneSelf && first < utf8.RuneSelf { // the common case, decided without a call
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			if c != first {
				continue
			}
		}
		if utf8.RuneStart(c) && foldLen(s[i:], lower) >= 0 {
			return i
		}
	}
	return -1
}

// foldLen returns how many bytes of s match lower at its start, ignoring the case of s, or -1.
func foldLen(s, lower string) int {
	i := 0
	for j := 0; j < len(lower); {
		if i >= len(s) {
			return -1
		}
		a, b := s[i], lower[j]
		if a < utf8.RuneSelf && b < utf8.RuneSelf {
			if 'A' <= a && a <= 'Z' {
				a += 'a' - 'A'
			}
			if a != b {
				return -1
			}
			i, j = i+1, j+1
			continue
		}
		ra, na := utf8.DecodeRuneInString(s[i:])
		rb, nb := utf8.DecodeRuneInString(lower[j:])
		if unicode.ToLower(ra) != rb {
			return -1
		}
		i, j = i+na, j+nb
	}
	return i
}
