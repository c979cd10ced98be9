package nginx

import (
	"fmt"
	"strings"
)

// tokenKind is what a piece of a configuration is.
type tokenKind uint8

const (
	tokSpace   tokenKind = iota // blanks and line ends
	tokComment                  // from # to before the line end
	tokWord                     // with its quotes and escapes
	tokEnd                      // ;
	tokOpen                     // {
	tokClose                    // }
)

// token is a piece of a configuration. The tokens of a text lie end to end, so
// that nothing of it is lost.
type token struct {
	kind       tokenKind
	start, end int    // bytes
	text       string // of a word: what nginx makes of it
}

// SyntaxError says where a configuration is not one.
type SyntaxError struct {
	Path string
	Line int
	Why  string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Why) }

// lex cuts a configuration into tokens by the rules of ngx_conf_read_token
// (src/core/ngx_conf_file.c).
func lex(path, text string) ([]token, error) {
	l := lexer{text: text}
	for l.at < len(text) {
		if err := l.next(); err != "" {
			return nil, &SyntaxError{Path: path, Line: lineOf(text, l.at), Why: err}
		}
	}
	return l.tokens, nil
}

func lineOf(text string, at int) int { return 1 + strings.Count(text[:min(at, len(text))], "\n") }

type lexer struct {
	text   string
	at     int
	tokens []token
}

// add appends the token that reaches to before end.
func (l *lexer) add(kind tokenKind, end int) {
	l.tokens = append(l.tokens, token{kind: kind, start: l.at, end: end})
	l.at = end
}

func (l *lexer) next() (problem string) {
	rest := l.text[l.at:]
	switch c := rest[0]; {
	case isSpace(c):
		n := 1
		for n < len(rest) && isSpace(rest[n]) {
			n++
		}
		l.add(tokSpace, l.at+n)
	case c == '#':
		n := strings.IndexByte(rest, '\n')
		if n < 0 {
			n = len(rest)
		}
		if n > 1 && rest[n-1] == '\r' {
			n--
		}
		l.add(tokComment, l.at+n)
	case c == ';':
		l.add(tokEnd, l.at+1)
	case c == '{':
		l.add(tokOpen, l.at+1)
	case c == '}':
		l.add(tokClose, l.at+1)
	case c == '"' || c == '\'':
		return l.quoted(c)
	default:
		return l.bare()
	}
	return ""
}

// quoted reads a word in quotes, after which only certain bytes may follow.
func (l *lexer) quoted(quote byte) string {
	i := l.at + 1
	for i < len(l.text) && l.text[i] != quote {
		if l.text[i] == '\\' {
			i++
		}
		i++
	}
	if i >= len(l.text) {
		return "a quoted text does not end"
	}
	text := unescape(l.text[l.at+1 : i])
	l.add(tokWord, i+1)
	l.tokens[len(l.tokens)-1].text = text
	if l.at < len(l.text) {
		if c := l.text[l.at]; !isSpace(c) && c != ';' && c != '{' && c != ')' {
			return fmt.Sprintf("unexpected %q after a quoted text", c)
		}
	}
	return ""
}

// bare reads a word without quotes. Only blanks, ; and { end it, and the { of
// ${name} does not.
func (l *lexer) bare() string {
	i, variable := l.at, false
	for ; i < len(l.text); i++ {
		c := l.text[i]
		if c == '{' && variable {
			continue // as nginx does it: the next byte may be a { too
		}
		if i > l.at && (isSpace(c) || c == ';' || c == '{') {
			break
		}
		variable = c == '$'
		if c == '\\' {
			i++
		}
	}
	i = min(i, len(l.text))
	text := unescape(l.text[l.at:i])
	l.add(tokWord, i)
	l.tokens[len(l.tokens)-1].text = text
	return ""
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// unescape gives the word that nginx stores: it knows few escapes and keeps the
// backslash of any other.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return escapes.Replace(s)
}

// escapes takes the bytes from left to right, as nginx does.
var escapes = strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\\`, `\`, `\t`, "\t", `\r`, "\r", `\n`, "\n")
