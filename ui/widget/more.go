package widget

import "strconv"

// moreLines is the line that stands for n lines without room.
func moreLines(n int) string { return "(" + strconv.Itoa(n) + " more lines)" }
