package haproxy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// editor collects changes of a file. Whatever it is not told stays as it is.
type editor struct {
	view       *view
	deployment string
	edits      []edit
}

// edit replaces bytes of the file.
type edit struct {
	start, end int
	text       string
}

func (e *editor) text() string {
	text := e.view.backend.conf.text
	slices.SortStableFunc(e.edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	var out strings.Builder
	at := 0
	for _, x := range e.edits {
		out.WriteString(text[at:x.start])
		out.WriteString(x.text)
		at = x.end
	}
	return out.String() + text[at:]
}

func (e *editor) replace(start, end int, text string) {
	if e.view.backend.conf.text[start:end] != text {
		e.edits = append(e.edits, edit{start, end, text})
	}
}

// place makes the server line of a member what is wanted, or adds one.
func (e *editor) place(at place) {
	s, ok := e.view.backend.server(at.server)
	if !ok {
		e.insert(at)
		return
	}
	if isAddress(s.host) && isAddress(at.member.Host) && (s.host != at.member.Host || s.port != at.member.Port) {
		e.replace(s.line.words[2].start, s.line.words[2].end, joinAddress(at.member.Host, at.member.Port))
	}
	for i, w := range s.line.words[3:] {
		if w.text == "disabled" && !at.member.Draining && (i == 0 || !takesValue(s.line.words[2+i].text)) {
			e.replace(s.line.words[2+i].end, w.end, "")
		}
	}
	if s.weight != at.weight {
		e.weight(s.line, at.weight)
	}
}

// weight sets the weight of a line, at the end of its address when it has none.
func (e *editor) weight(l line, weight int) {
	value := strconv.Itoa(weight)
	for i := 3; i+1 < len(l.words); i++ {
		if l.words[i].text == "weight" {
			e.replace(l.words[i+1].start, l.words[i+1].end, value)
			return
		}
	}
	end := l.words[2].end
	e.replace(end, end, " weight "+value)
}

// insert adds a server line behind the last one of its variant, else behind
// the last of all, like its sibling in form.
func (e *editor) insert(at place) {
	b := e.view.backend
	sibling, ok := b.sibling(at.variant)
	host := at.member.Host
	indent, after := "    ", b.conf.lines[b.section.first].end
	var params []string
	if ok {
		l := sibling.line
		indent, after = b.conf.text[l.start:l.words[0].start], l.end
		params = siblingParams(sibling, at.server)
		if !isAddress(sibling.host) && at.member.Name == at.server {
			host = at.member.Name // found by name at a start, wherever it is then
		}
	}
	words := append([]string{"server", at.server, joinAddress(host, at.member.Port)}, params...)
	text := indent + strings.Join(words, " ") + " weight " + strconv.Itoa(at.weight)
	if !ok || sibling.variant != at.variant || variantOf(at.server, e.deployment) != at.variant {
		text += " # pitwall: variant " + at.variant
	}
	if after > 0 && b.conf.text[after-1] != '\n' {
		text = "\n" + text
	} else {
		text += "\n"
	}
	e.edits = append(e.edits, edit{after, after, text})
}

// removeOthers deletes the lines of servers that are not kept.
func (e *editor) removeOthers(kept map[string]bool) {
	for _, s := range e.view.backend.servers {
		if !kept[s.name] && !s.has("backup") {
			e.edits = append(e.edits, edit{s.line.start, s.line.end, ""})
		}
	}
}

// remark writes the remark of the change: in the place of the last one, else
// above the first server.
func (e *editor) remark(text string) {
	b := e.view.backend
	if b.remark >= 0 {
		l := b.conf.lines[b.remark]
		e.replace(l.commentAt, l.commentAt+len(l.comment), text)
		return
	}
	at, indent := b.conf.lines[b.section.first].end, "    "
	if len(b.servers) > 0 {
		first := b.servers[0].line
		at, indent = first.start, b.conf.text[first.start:first.words[0].start]
		for i := b.section.past - 1; i > b.section.first; i-- { // above the variant's own remark
			if l := b.conf.lines[i]; l.end == at && len(l.words) == 0 && strings.HasPrefix(l.remark(), "variant ") {
				at = l.start
			}
		}
	}
	if at > 0 && b.conf.text[at-1] != '\n' {
		e.edits = append(e.edits, edit{at, at, "\n" + indent + text})
		return
	}
	e.edits = append(e.edits, edit{at, at, indent + text + "\n"})
}
