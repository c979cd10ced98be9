package draw

import "strings"

// Wrap breaks plain text into lines of at most width columns, at blanks where it can and inside a word where it must.
// Newlines in s are kept. Empty text gives one empty line; width < 1 gives the text unbroken.
func Wrap(s string, width int) []string {
	var lines []string
	for para := range strings.SplitSeq(s, "\n") {
		if width < 1 {
			lines = append(lines, para)
			continue
		}
		lines = wrapLine(lines, para, width)
	}
	return lines
}

func wrapLine(lines []string, s string, width int) []string {
	for Width(s) > width {
		end, taken, _ := split(s, width)
		if taken == 0 { // a wide rune in one column: take it rather than stand still
			end, _ = step(s)
		}
		if end < len(s) && s[end] != ' ' {
			if blank := strings.LastIndexByte(s[:end], ' '); blank > 0 && strings.TrimSpace(s[:blank]) != "" {
				end = blank
			}
		}
		lines = append(lines, strings.TrimRight(s[:end], " "))
		if s = strings.TrimLeft(s[end:], " "); s == "" {
			return lines
		}
	}
	return append(lines, s)
}
