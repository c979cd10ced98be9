package ui

import (
	"strconv"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/draw"
)

// EditLine applies a key to a line of text whose cursor is at its end: text is
// added (sanitised), backspace removes a rune, ctrl+w a word, ctrl+u all.
// edited is false for any other key.
func EditLine(line string, k tea.KeyPressMsg) (text string, edited bool) {
	switch k.String() {
	case "backspace":
		runes := []rune(line)
		return string(runes[:max(len(runes)-1, 0)]), true
	case "ctrl+w", "alt+backspace":
		cut := strings.TrimRightFunc(line, unicode.IsSpace)
		return cut[:strings.LastIndexFunc(cut, unicode.IsSpace)+1], true
	case "ctrl+u":
		return "", true
	}
	if k.Text == "" || k.Mod&(tea.ModCtrl|tea.ModAlt|tea.ModSuper) != 0 {
		return line, false
	}
	return line + draw.Sanitize(k.Text), true
}

// plural writes a number with its word: "1 task", "2 tasks".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
