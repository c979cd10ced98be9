package haproxy

import (
	"slices"
	"strings"
)

// word is an argument of a configuration line.
type word struct {
	text       string // without quotes and escapes
	start, end int    // bytes of the file
}

// line is a line of a configuration. The lines of a text lie end to end, so
// that nothing of it is lost.
type line struct {
	start, end int // bytes, with the line end
	words      []word
	comment    string // from # on, "" for none
	commentAt  int    // byte where it starts, or where the content of the line ends
}

func (l line) keyword() string { return l.arg(0) }

// arg gives the i-th word, or "".
func (l line) arg(i int) string {
	if i >= len(l.words) {
		return ""
	}
	return l.words[i].text
}

// after gives the texts of the words from the i-th on.
func (l line) after(i int) []string {
	var texts []string
	for ; i < len(l.words); i++ {
		texts = append(texts, l.words[i].text)
	}
	return texts
}

// conf is a configuration file as it was read.
type conf struct {
	text     string
	lines    []line
	sections []section
}

// section is a part of a configuration with its lines, header first.
type section struct {
	kind, name  string
	first, past int // lines
}

// kinds are the words that begin a section (configuration manual, chapters 3
// and 4).
var kinds = []string{
	"global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "mailers", "userlist", "program",
	"http-errors", "ring", "log-forward", "log-profile", "cache", "fcgi-app", "crt-store", "traces", "acme",
}

// parse reads a configuration. Any text is one; what is wrong with it HAProxy
// tells better.
func parse(text string) conf {
	c := conf{text: text}
	for at := 0; at < len(text); {
		end := len(text)
		if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		c.lines = append(c.lines, lex(text, at, end))
		at = end
	}
	for i, l := range c.lines {
		if slices.Contains(kinds, l.keyword()) {
			c.sections = append(c.sections, section{kind: l.keyword(), name: l.arg(1), first: i})
		}
		if n := len(c.sections); n > 0 {
			c.sections[n-1].past = i + 1
		}
	}
	return c
}

// lex cuts one line into words (configuration manual, §2.2).
func lex(text string, start, end int) line {
	l := line{start: start, end: end}
	stop := start + len(strings.TrimRight(text[start:end], "\r\n"))
	l.commentAt = start + len(strings.TrimRight(text[start:stop], " \t"))
	for at := start; at < stop; {
		switch c := text[at]; {
		case c == ' ' || c == '\t':
			at++
		case c == '#':
			l.comment, l.commentAt = text[at:stop], at
			return l
		default:
			w := lexWord(text, at, stop)
			l.words = append(l.words, w)
			at = w.end
		}
	}
	return l
}

func lexWord(text string, at, stop int) word {
	w := word{start: at}
	var out strings.Builder
	quote := byte(0)
	for ; at < stop; at++ {
		c := text[at]
		switch {
		case c == '\\' && quote != '\'' && at+1 < stop:
			at++
			out.WriteByte(text[at])
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			out.WriteByte(c)
		case c == '"' || c == '\'':
			quote = c
		case c == ' ' || c == '\t' || c == '#':
			w.text, w.end = out.String(), at
			return w
		default:
			out.WriteByte(c)
		}
	}
	w.text, w.end = out.String(), stop
	return w
}

// in gives the lines of a section after its header.
func (c conf) in(s section) []line { return c.lines[s.first+1 : s.past] }

// remark gives the text of a comment of pitwall's, "" of any other.
func (l line) remark() string {
	text, ours := strings.CutPrefix(strings.TrimSpace(strings.TrimLeft(l.comment, "#")), "pitwall:")
	if !ours {
		return ""
	}
	return strings.TrimSpace(text)
}
