package nginx

import (
	"strings"

	"pitwall/backends/docker/frontdoor"
)

// handOver gives the comments that owners wrote behind lines that go to lines
// that stay and have none, one each, from the last on: a container replaces
// another, and what its owner said of the line is said of that. from are the
// lines whose comments found one; any other comment stays where it is.
func handOver(lines []server, takes []*frontdoor.Member) (notes map[int]string, from map[int]bool) {
	notes, from = make(map[int]string), make(map[int]bool)
	heir := len(lines) - 1
	for i := len(lines) - 1; i >= 0; i-- {
		note := lines[i].note()
		if takes[i] != nil || note == "" {
			continue
		}
		for heir >= 0 && (takes[heir] == nil || lines[heir].note() != "") {
			heir--
		}
		if heir < 0 {
			break
		}
		notes[heir], from[i] = note, true
		heir--
	}
	return notes, from
}

// note is the comment that its owner wrote behind a line, with the blanks
// before it, "" without one.
func (s server) note() string {
	f := s.line.file
	if s.remark.end > 0 {
		text := f.text[s.remark.start:s.remark.end]
		return strings.TrimRight(text[len(namePart.FindString(text)):], " \t\r")
	}
	comment, ok := f.commentAfter(s.line.end)
	if !ok {
		return ""
	}
	if _, ours := f.remark(comment); ours {
		return ""
	}
	return strings.TrimRight(f.text[s.line.end:comment.end], " \t\r")
}
