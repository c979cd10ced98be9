package widget

import (
	"unicode"
	"unicode/utf8"
)

// prefixFold reports whether s starts with lower, ignoring the case of s.
func prefixFold(s, lower string) bool { return foldLen(s, lower) >= 0 }

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
