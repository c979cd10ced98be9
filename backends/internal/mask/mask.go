// Package mask hides secrets in what others wrote: texts, environments, the
// arguments of commands, and whole documents. It errs on the side of hiding. It
// knows no backend.
package mask

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Masked stands where a secret was.
const Masked = "••••••"

// secretWords are what the names of secrets hold, in capitals.
var secretWords = []string{"PASSWORD", "PASSWD", "PASSPHRASE", "PASS", "PWD", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "AUTH", "DSN", "COOKIE", "WEBHOOK", "SIGNATURE", "BEARER"}

// harmlessWords hold one of secretWords and are none.
var harmlessWords = map[string]bool{"AUTHOR": true, "AUTHORS": true, "TOKENIZER": true, "TOKENIZERS": true, "TOKENIZATION": true, "TOKENIZE": true,
	"KEYBOARD": true, "MONKEY": true, "COMPASS": true, "PASSIVE": true, "PASSTHROUGH": true, "KEYSPACE": true}

// IsSecret reports whether a name looks like that of a secret. It errs on the
// side of hiding, but knows the words of model servers: MAX_TOKENS=512 and
// TOKENIZER=bert are shown.
func IsSecret(name, value string) bool {
	if strings.EqualFold(name, "PWD") || strings.EqualFold(name, "OLDPWD") {
		return false
	}
	var kept strings.Builder
	counts := false
	for _, word := range words(name) {
		counts = counts || word == "TOKENS"
		if !harmlessWords[word] {
			kept.WriteString(word)
		}
	}
	if _, err := strconv.Atoi(value); err == nil && counts {
		return false
	}
	for _, word := range secretWords {
		if strings.Contains(kept.String(), word) {
			return true
		}
	}
	return false
}

// words splits dbPassword, DB_PASSWORD and db.pass-word into capital words.
func words(name string) []string {
	var found []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			found = append(found, strings.ToUpper(string(word)))
			word = word[:0]
		}
	}
	before := rune(0)
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) || unicode.IsUpper(r) && unicode.IsLower(before) {
			end()
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			word = append(word, r)
		}
		before = r
	}
	end()
	return found
}

// shapes are secrets that are recognised wherever they stand.
var shapes = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)`), Masked},
	{regexp.MustCompile(`(://)[^/?#\s"'<>]*@`), "${1}" + Masked + "@"},
	{regexp.MustCompile(`\beyJ[\w-]{4,}\.[\w-]{2,}\.[\w-]*`), Masked}, // JSON Web Token
	{regexp.MustCompile(`\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|hf_|dckr_pat_|hvs\.|AKIA|ASIA)[\w-]{12,}`), Masked},
	{regexp.MustCompile(`(?i)((?:proxy-)?authorization"?\s*[:=]\s*"?)(?:(?:bearer|basic|digest|token)\s+)?[^\s"',;]+`), "${1}" + Masked},
	{regexp.MustCompile(`(?i)\b(bearer\s+)[^\s"',;]+`), "${1}" + Masked},
	{regexp.MustCompile(`(?i)(\bcurl\b.*?\s(?:-u|--user)[\s=]+)("[^"]*"|'[^']*'|\S+)`), "${1}" + Masked},
}

// assignment finds NAME=value, "name": "value", --name=value and --name value
// in a line; whether the name is one of a secret is asked afterwards.
var assignment = regexp.MustCompile(`(--?[A-Za-z][\w.-]*|[A-Za-z_][\w.-]*)("?\s*[=:]\s*|\s+)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;&]+)`)

// pair finds "name":"NAME","value":"VALUE" of a JSON document inside a text, as
// manifests write their variables and headers.
var pair = regexp.MustCompile(`("name"\s*:\s*"([^"]*)"\s*,\s*"value"\s*:\s*)"((?:[^"\\]|\\.)*)"`)

// Text hides the secrets in a text: those of a known shape, and the values
// of names that look like secrets.
func Text(text string) string {
	for _, s := range shapes {
		text = s.find.ReplaceAllString(text, s.put)
	}
	text = pair.ReplaceAllStringFunc(text, func(found string) string {
		m := pair.FindStringSubmatch(found)
		return m[1] + `"` + Value(m[2], m[3]) + `"`
	})
	var b strings.Builder
	for text != "" {
		m := assignment.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		name, between, value := text[m[2]:m[3]], text[m[4]:m[5]], text[m[6]:m[7]]
		switch {
		case strings.TrimSpace(between) == "" && !strings.HasPrefix(name, "-"), // two words
			strings.TrimSpace(between) == "" && strings.HasPrefix(value, "-"), // two options
			!IsSecret(name, strings.Trim(value, `"'`)) || strings.HasPrefix(value, Masked) || namesFile(name):
			b.WriteString(text[:m[5]]) // go on with the value: it may be an assignment
			text = text[m[5]:]
		default:
			b.WriteString(text[:m[6]] + Masked)
			text = text[m[7]:]
		}
	}
	return b.String() + text
}

// namesFile tells --key-file and PASSWORD_FILE, whose values are paths.
func namesFile(name string) bool {
	w := words(name)
	if len(w) == 0 {
		return false
	}
	last := w[len(w)-1]
	return last == "FILE" || last == "PATH" || last == "DIR"
}

// Value hides the value of a name that looks like a secret, and the
// secrets inside of any other.
func Value(name, value string) string {
	if value != "" && IsSecret(name, value) && !namesFile(name) {
		return Masked
	}
	return Text(value)
}

// Entry is Value for NAME=value.
func Entry(entry string) string {
	name, value, ok := strings.Cut(entry, "=")
	if !ok {
		return Text(entry)
	}
	return name + "=" + Value(name, value)
}

// Args hides the secrets among the arguments of a command: in an argument,
// and in the one that follows --password.
func Args(args []string) []string {
	out := make([]string, len(args))
	for i, arg := range args {
		name, value, assigned := strings.Cut(arg, "=")
		switch {
		case i > 0 && takesSecret(args[i-1], arg):
			out[i] = Masked
		case assigned && !strings.ContainsAny(name, " \t\n"):
			out[i] = name + "=" + Value(strings.TrimLeft(name, "-"), value)
		default:
			out[i] = Text(arg)
		}
	}
	return out
}

// takesSecret reports whether option is one whose value, the next argument, is secret.
func takesSecret(option, next string) bool {
	if !strings.HasPrefix(option, "-") || strings.ContainsAny(option, "= \t") || strings.HasPrefix(next, "--") {
		return false
	}
	return IsSecret(option, next) && !namesFile(option)
}

// Userinfo hides the user and password of a URL.
func Userinfo(text string) string {
	return shapes[1].find.ReplaceAllString(text, shapes[1].put)
}
