package nginx

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pitwall/backends/docker/frontdoor"
)

// sameMembers compares where requests go, without regard to order and names.
func sameMembers(a, b []frontdoor.Member) bool {
	key := func(list []frontdoor.Member) []string {
		var keys []string
		for _, m := range list {
			keys = append(keys, address(m)+strconv.FormatBool(m.Draining))
		}
		slices.Sort(keys)
		return keys
	}
	return slices.Equal(key(a), key(b))
}

// misnamed reports whether the remark behind a line names another container
// than the one that has its address.
func misnamed(lines []server, want []frontdoor.Member) bool {
	return slices.ContainsFunc(lines, func(s server) bool {
		return s.name != "" && slices.ContainsFunc(want, func(m frontdoor.Member) bool {
			return s.host == m.Host && s.port == m.Port && m.Name != "" && s.name != plainWord(m.Name)
		})
	})
}

func address(m frontdoor.Member) string {
	if strings.HasPrefix(m.Host, "unix:") {
		return m.Host
	}
	return net.JoinHostPort(m.Host, strconv.Itoa(int(m.Port)))
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$`)

// isHostName bounds the length apart from the expression: a bounded repetition
// of that size takes longer to compile than all of nginx.conf to read.
func isHostName(text string) bool { return len(text) <= 253 && hostName.MatchString(text) }

func checkMember(m frontdoor.Member) error {
	if _, err := netip.ParseAddr(m.Host); err != nil && !isHostName(m.Host) || strings.Contains(m.Host, "%") {
		return refuse("%q is not an address of a replica", m.Host)
	}
	if m.Port == 0 {
		return refuse("replica %s has no port", m.Host)
	}
	return nil
}

// editMembers makes the server lines of a variant those of its members. Lines
// of members that stay are left as they are; a member that comes takes over
// the line of one that goes, with the parameters that its owner gave it. A
// draining member's line says down: new workers give it nothing, and the old
// ones finish what they have with it before they end. Without members one line
// stays, which leads nowhere.
func (p *plan) editMembers(v variant, want []frontdoor.Member) ([]edit, error) {
	lines := p.conf.servers(v.upstream)
	if sameMembers(p.members(v), want) && !misnamed(lines, want) {
		return nil, nil
	}
	if v.upstream == nil {
		return nil, refuse("the members of %s cannot be changed: %s is an address, not an upstream block", v.name, v.value)
	}
	for _, m := range want {
		if err := checkMember(m); err != nil {
			return nil, err
		}
	}
	if len(want) == 0 {
		host, port := hostPort(nobody)
		want = []frontdoor.Member{{Name: noMember, Host: host, Port: port, Draining: true}}
	}
	takes, extra := match(lines, want)
	if len(lines) == 0 {
		return []edit{atTop(v.upstream, strings.Join(newLines(v.upstream.file, nil, v.upstream.start, want), v.upstream.file.eol()+"  "))}, nil
	}
	var edits []edit
	notes, handed := handOver(lines, takes)
	last := len(lines) - 1
	for last > 0 && takes[last] == nil {
		last--
	}
	for i, s := range lines {
		if takes[i] == nil {
			edits = append(edits, s.remove(handed[i]))
			continue
		}
		var more []frontdoor.Member
		if i == last {
			more = extra
		}
		edits = append(edits, s.become(*takes[i], notes[i], newLines(s.line.file, &lines[0], s.line.start, more))...)
	}
	return edits, nil
}

// match gives each line the member that it shall stand for: the same
// container, else the same address, else any that is left; nil when it goes. A
// backup line is for the machine that its owner gave it to.
func match(lines []server, want []frontdoor.Member) (takes []*frontdoor.Member, extra []frontdoor.Member) {
	takes = make([]*frontdoor.Member, len(lines))
	placed := make([]bool, len(want))
	for _, fits := range []func(server, frontdoor.Member) bool{
		func(s server, m frontdoor.Member) bool { return s.name != "" && s.name == plainWord(m.Name) },
		func(s server, m frontdoor.Member) bool { return s.host == m.Host && s.port == m.Port },
		func(s server, _ frontdoor.Member) bool { return !s.backup },
		func(server, frontdoor.Member) bool {
			return !slices.ContainsFunc(placed, func(p bool) bool { return p })
		},
	} {
		for i, s := range lines {
			for k, m := range want {
				if takes[i] == nil && !placed[k] && fits(s, m) {
					takes[i], placed[k] = &want[k], true
				}
			}
		}
	}
	for k, m := range want {
		if !placed[k] {
			extra = append(extra, m)
		}
	}
	return takes, extra
}

// newLines writes lines like another one, whose parameters they get.
func newLines(f *file, like *server, at int, members []frontdoor.Member) []string {
	params := ""
	if like != nil {
		for _, w := range like.line.words[2:] {
			if w.text != "down" && w.text != "backup" {
				params += " " + like.line.file.text[w.start:w.end]
			}
		}
	}
	var lines []string
	for _, m := range members {
		line := "server " + address(m) + params
		if m.Draining {
			line += " down"
		}
		lines = append(lines, line+";"+nameRemark(m))
	}
	return lines
}

func nameRemark(m frontdoor.Member) string {
	if m.Name == "" {
		return ""
	}
	return " " + remarkPrefix + plainWord(m.Name)
}

// become makes a line stand for a member, and puts an owner's comment and more
// lines behind it.
func (s server) become(m frontdoor.Member, note string, more []string) []edit {
	f, d := s.line.file, s.line
	var edits []edit
	moved := s.host != m.Host || s.port != m.Port
	if moved {
		edits = append(edits, edit{f, d.words[1].start, d.words[1].end, address(m)})
	}
	if s.down != m.Draining {
		edits = append(edits, s.setDown(m.Draining))
	}
	indent := f.indent(d.start)
	if !f.alone(d.start) {
		indent += "  "
	}
	behind, at := "", d.end
	switch {
	case s.remark.end > 0 && (s.name != plainWord(m.Name) || note != ""):
		edits = append(edits, edit{f, s.remark.start, s.remark.end, s.renamed(m) + note})
	case s.remark.end == 0 && moved:
		behind = nameRemark(m)
	}
	if s.remark.end == 0 {
		behind += note
	}
	if comment, ok := f.commentAfter(d.end); ok {
		if behind != "" {
			edits = append(edits, edit{f, at, at, behind})
		}
		behind, at = "", comment.end
	}
	for _, line := range more {
		behind += f.eol() + indent + line
	}
	if behind != "" {
		edits = append(edits, f.breakAfter(at, behind, indent))
	}
	return edits
}

var namePart = regexp.MustCompile(`^(#+[ \t]*pitwall:[ \t]*)(\S+)`)

// renamed is the remark behind the line with another container's name.
func (s server) renamed(m frontdoor.Member) string {
	text := s.line.file.text[s.remark.start:s.remark.end]
	if m.Name == "" {
		return "#" + namePart.ReplaceAllString(text, "")
	}
	return namePart.ReplaceAllString(text, "${1}"+plainWord(m.Name))
}

func (s server) setDown(down bool) edit {
	f, words := s.line.file, s.line.words
	if down {
		end := words[len(words)-1].end
		return edit{f, end, end, " down"}
	}
	i := slices.IndexFunc(words, func(w token) bool { return w.text == "down" })
	return edit{f, words[i-1].end, words[i].end, ""}
}

// remove takes a line away with pitwall's remark behind it, and the whole line
// when nothing else is on it. Its owner's comment goes too when it was handed to
// another line.
func (s server) remove(handed bool) edit {
	f, start, end := s.line.file, s.line.start, s.line.end
	switch note := s.note(); {
	case s.remark.end > 0 && note != "" && !handed:
		return edit{f, start, s.remark.end, strings.TrimLeft(note, " \t")}
	case s.remark.end > 0:
		end = s.remark.end
	case handed:
		end += len(note)
	}
	lineEnd := len(f.text)
	if i := strings.IndexByte(f.text[end:], '\n'); i >= 0 {
		lineEnd = end + i + 1
	}
	if f.alone(start) && strings.TrimSpace(f.text[end:lineEnd]) == "" {
		return edit{f, start - len(f.indent(start)), lineEnd, ""}
	}
	return edit{f, start, end, ""}
}
