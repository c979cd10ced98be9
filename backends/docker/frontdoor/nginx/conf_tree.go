package nginx

import (
	"fmt"
	"strings"
)

const (
	maxText  = 4 << 20 // bytes of a configuration file, far above any real one
	maxDepth = 64      // blocks within blocks
)

// file is a configuration file as it was read.
type file struct {
	path     string // in the container
	text     string
	top      *directive // its block is the whole file
	comments []token
}

// directive is a directive with where it stands. Offsets are bytes of its file.
type directive struct {
	file       *file
	words      []token // name first
	start, end int     // from the name to after its ; or }
	hasBlock   bool
	open       int // after {
	close      int // at }
	block      []*directive
}

func (d *directive) name() string { return d.words[0].text }

// arg gives the i-th argument, from 1, or "".
func (d *directive) arg(i int) string {
	if i >= len(d.words) {
		return ""
	}
	return d.words[i].text
}

func (d *directive) line() int { return lineOf(d.file.text, d.start) }

// parse reads one file. Errors: *SyntaxError.
func parse(path, text string) (*file, error) {
	if len(text) > maxText {
		return nil, &SyntaxError{Path: path, Line: 1, Why: fmt.Sprintf("the file has more than %d bytes", maxText)}
	}
	tokens, err := lex(path, text)
	if err != nil {
		return nil, err
	}
	f := &file{path: path, text: text}
	f.top = &directive{file: f, hasBlock: true, close: len(text), end: len(text)}
	p := parser{file: f, stack: []*directive{f.top}}
	for _, t := range tokens {
		if why := p.take(t); why != "" {
			return nil, &SyntaxError{Path: path, Line: lineOf(text, t.start), Why: why}
		}
	}
	if len(p.words) > 0 || len(p.stack) > 1 {
		return nil, &SyntaxError{Path: path, Line: lineOf(text, len(text)), Why: `the file ends before a ";" or "}"`}
	}
	return f, nil
}

type parser struct {
	file  *file
	stack []*directive // the open blocks
	words []token
}

func (p *parser) take(t token) (problem string) {
	switch t.kind {
	case tokComment:
		p.file.comments = append(p.file.comments, t)
	case tokWord:
		p.words = append(p.words, t)
	case tokEnd, tokOpen:
		if len(p.words) == 0 {
			return fmt.Sprintf("unexpected %q", p.file.text[t.start:t.end])
		}
		return p.directive(t)
	case tokClose:
		if len(p.words) > 0 || len(p.stack) == 1 {
			return `unexpected "}"`
		}
		d := p.stack[len(p.stack)-1]
		d.close, d.end = t.start, t.end
		p.stack = p.stack[:len(p.stack)-1]
	}
	return ""
}

// directive ends the words before t, which is a ; or a {.
func (p *parser) directive(t token) string {
	d := &directive{file: p.file, words: p.words, start: p.words[0].start, end: t.end}
	p.words = nil
	parent := p.stack[len(p.stack)-1]
	parent.block = append(parent.block, d)
	if t.kind == tokEnd {
		return ""
	}
	if strings.HasSuffix(d.name(), "_by_lua_block") {
		return "pitwall does not read Lua blocks: keep them in a file of their own (" + strings.TrimSuffix(d.name(), "block") + "file)"
	}
	if len(p.stack) > maxDepth {
		return fmt.Sprintf("more than %d blocks within blocks", maxDepth)
	}
	d.hasBlock, d.open = true, t.end
	p.stack = append(p.stack, d)
	return ""
}

// commentsIn gives the comments between two offsets of a file.
func (f *file) commentsIn(start, end int) []token {
	var found []token
	for _, c := range f.comments {
		if c.start >= start && c.end <= end {
			found = append(found, c)
		}
	}
	return found
}

// commentAfter gives the comment behind an offset on the same line, if there
// is one with only blanks between.
func (f *file) commentAfter(at int) (token, bool) {
	for _, c := range f.comments {
		if c.start >= at {
			return c, strings.Trim(f.text[at:c.start], " \t") == ""
		}
	}
	return token{}, false
}

// commentAbove gives the comment that is alone on the line above an offset.
func (f *file) commentAbove(at int) (token, bool) {
	before := f.text[:at]
	for i := len(f.comments) - 1; i >= 0; i-- {
		c := f.comments[i]
		if c.end > at {
			continue
		}
		gap := before[c.end:]
		return c, strings.TrimSpace(gap) == "" && strings.Count(gap, "\n") == 1 && f.alone(c.start)
	}
	return token{}, false
}

// alone tells whether only blanks stand before an offset on its line.
func (f *file) alone(at int) bool {
	return strings.Trim(f.text[1+strings.LastIndexByte(f.text[:at], '\n'):at], " \t") == ""
}

// eol is how the file ends its lines.
func (f *file) eol() string {
	if i := strings.IndexByte(f.text, '\n'); i > 0 && f.text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// indent is the white space that begins the line of an offset.
func (f *file) indent(at int) string {
	line := f.text[1+strings.LastIndexByte(f.text[:at], '\n') : at]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}
