package scaffold

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"text/template"
)

// quoters are the only functions of the templates that may end an action that
// writes an answer: each quotes its arguments, put together, for one format.
var quoters = template.FuncMap{
	"yaml":       quoter(yamlQuoted),
	"compose":    quoter(composeQuoted),
	"alert":      quoter(alertQuoted),
	"gha":        quoter(workflowQuoted),
	"ghaversion": quoter(workflowVersioned),
	"docker":     quoter(dockerQuoted),
	"dockerjson": quoter(dockerJSON),
	"sh":         quoter(shellQuoted),
	"promql":     quoter(strconv.Quote),
	"md":         quoter(markdownQuoted),
	"word":       quoter(word),
}

func quoter(quote func(string) string) func(parts ...any) string {
	return func(parts ...any) string {
		var b strings.Builder
		for _, p := range parts {
			fmt.Fprint(&b, p)
		}
		return quote(b.String())
	}
}

// yamlQuoted is a double-quoted scalar. YAML knows every escape of Go, which
// writes all that cannot be printed as one: also what YAML takes for the end of
// a line and JSON does not, as U+0085.
func yamlQuoted(s string) string { return strconv.Quote(s) }

// composeQuoted is a scalar of a Compose file, in which $ begins a variable.
func composeQuoted(s string) string { return yamlQuoted(strings.ReplaceAll(s, "$", "$$")) }

// workflowQuoted is a scalar of a workflow, in which GitHub evaluates ${{ }}:
// it is an expression that gives the text.
func workflowQuoted(s string) string {
	return yamlQuoted(strings.ReplaceAll(s, "${{", "${{ '${{' }}"))
}

// buildVersion is where ModelSource names the version: the build argument.
const buildVersion = "${MODEL_VERSION}"

// workflowVersioned is a scalar of the job whose step version says what is
// judged: where the text names the build argument, it is that version.
func workflowVersioned(s string) string {
	return strings.ReplaceAll(workflowQuoted(s), buildVersion, "${{ steps.version.outputs.version }}")
}

// alertQuoted is a scalar in an annotation of an alert, which is a template.
func alertQuoted(s string) string {
	return yamlQuoted(strings.ReplaceAll(s, "{{", `{{ "{{" }}`))
}

// dockerQuoted is a word of LABEL, ENV or ARG: \ escapes, $ begins a variable.
func dockerQuoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(oneLine(s)) + `"`
}

// dockerJSON is an element of an instruction in exec form, which is JSON. COPY
// expands variables in it, of which the templates write one themselves.
func dockerJSON(s string) string {
	parts := strings.Split(s, buildVersion)
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, "$", `\$`)
	}
	b, _ := json.Marshal(oneLine(strings.Join(parts, buildVersion))) // of a string: cannot fail
	return string(b)
}

// shellQuoted is one word for a POSIX shell.
func shellQuoted(s string) string {
	if plain(s, "_./:@=+-") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// markdownQuoted is text without a meaning to Markdown or HTML, which people
// can still read: what only means something at the start of a line is escaped
// there alone.
func markdownQuoted(s string) string {
	var b strings.Builder
	s = oneLine(s)
	start := len(s) - len(strings.TrimLeft(s, "0123456789"))
	for i, r := range s {
		if strings.ContainsRune("\\`*_[]<>|~#&$!", r) || i == 0 && strings.ContainsRune("-+=", r) || i == start && i > 0 && strings.ContainsRune(".)", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// oneLine has a space for every character that would end a line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

// word is for where no quoting exists, as a key, a line of .dockerignore or a
// word of a command that a person types: whatever is not plain becomes _.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if plain(string(r), "_./:@+-") {
			return r
		}
		return '_'
	}, s)
}

// plain reports whether a text has only letters and digits of ASCII, and those
// of more.
func plain(s, more string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(more, r))
	})
}

// number writes numbers as every format reads them: without an exponent.
func number(x any) (string, error) {
	switch x := x.(type) {
	case int:
		return strconv.Itoa(x), nil
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64), nil
	}
	return "", fmt.Errorf("%T is no number", x)
}
