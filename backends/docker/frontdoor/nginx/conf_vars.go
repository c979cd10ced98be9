package nginx

import "strings"

// Variables in a text are written $name or ${name}.

// piece is a part of a text: a variable's name, or text as it is.
type piece struct {
	variable string
	text     string // with the $ and braces of a variable
}

func pieces(s string) []piece {
	var all []piece
	plain := 0
	for i := 0; i < len(s); {
		name, n := variableAt(s[i:])
		if n == 0 {
			i++
			continue
		}
		if plain < i {
			all = append(all, piece{text: s[plain:i]})
		}
		all = append(all, piece{variable: name, text: s[i : i+n]})
		i += n
		plain = i
	}
	if plain < len(s) {
		all = append(all, piece{text: s[plain:]})
	}
	return all
}

// variableAt reads the variable that s begins with, and its length.
func variableAt(s string) (name string, n int) {
	if len(s) < 2 || s[0] != '$' {
		return "", 0
	}
	if s[1] == '{' {
		if end := strings.IndexByte(s, '}'); end > 2 {
			return s[2:end], end + 1
		}
		return "", 0
	}
	n = 1
	for n < len(s) && nameByte(s[n]) {
		n++
	}
	if n == 1 {
		return "", 0
	}
	return s[1:n], n
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// variables are the names in a text.
func variables(s string) []string {
	var names []string
	for _, p := range pieces(s) {
		if p.variable != "" {
			names = append(names, p.variable)
		}
	}
	return names
}

func mentions(s, variable string) bool {
	for _, p := range pieces(s) {
		if p.variable == variable {
			return true
		}
	}
	return false
}

// isVariable tells whether a text is nothing but that variable.
func isVariable(s, variable string) bool {
	all := pieces(s)
	return len(all) == 1 && all[0].variable == variable
}

func replaceVariable(s, variable, value string) string {
	var b strings.Builder
	for _, p := range pieces(s) {
		if p.variable == variable {
			b.WriteString(value)
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}
