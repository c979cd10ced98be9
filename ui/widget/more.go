package widget

import "strconv"

// moreLines is the line that stands for n lines without room.
func moreLines(n int) string { return "(" + more(n) + ")" }

func more(n int) string {
	if n == 1 {
		return "1 more line"
	}
	return strconv.Itoa(n) + " more lines"
}
