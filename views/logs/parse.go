package logs

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// level is how serious a line says it is.
type level int

const (
	noLevel level = iota
	debug
	info
	warn
	failure
)

// levelWords are the words that lines have for levels, in lower case.
var levelWords = map[string]level{
	"trace": debug, "debug": debug, "info": info, "notice": info, "warn": warn, "warning": warn,
	"error": failure, "err": failure, "fatal": failure, "panic": failure, "critical": failure,
}

// levelLead is the bytes of an unstructured line in which a level is looked for.
const levelLead = 64

// readable turns a line of JSON or logfmt into "WARN practice fault
// kind=slow": its level, its message, and the other fields in their order.
// Other lines stay as they are. What it returns is still foreign text.
func readable(line string) (string, level) {
	text := strings.TrimSpace(line)
	if strings.HasPrefix(text, "{") {
		if e, ok := parseJSON(text); ok {
			return e.String(), e.level
		}
	}
	if e, ok := parseLogfmt(text); ok {
		return e.String(), e.level
	}
	return line, levelIn(line)
}

// entry is a structured line.
type entry struct {
	level          level
	levelWord, msg string
	fields         []string // "key=value"
}

func (e *entry) String() string {
	var out strings.Builder
	if e.levelWord != "" {
		out.WriteString(strings.ToUpper(e.levelWord))
		for n := len(e.levelWord); n < 5; n++ {
			out.WriteByte(' ')
		}
		out.WriteByte(' ')
	}
	out.WriteString(e.msg)
	for _, f := range e.fields {
		if out.Len() > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(f)
	}
	return out.String()
}

// add takes a field to where it belongs. The time is that of the line itself.
func (e *entry) add(key, value string) {
	switch strings.ToLower(key) {
	case "time", "ts", "timestamp", "@timestamp":
	case "level", "lvl", "severity":
		e.levelWord, e.level = value, levelWords[strings.ToLower(value)]
	case "msg", "message", "event":
		if e.msg == "" {
			e.msg = value
			return
		}
		fallthrough
	default:
		e.fields = append(e.fields, key+"="+quoted(value))
	}
}

// quoted puts a value into quotes that would not be one word without.
func quoted(value string) string {
	if value != "" && !strings.ContainsAny(value, " =\"\t\n") {
		return value
	}
	if strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
		return value // JSON inside
	}
	return `"` + strings.ReplaceAll(value, `"`, `\"`) + `"`
}

// parseJSON reads one JSON object with nothing behind it.
func parseJSON(text string) (*entry, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	if _, err := d.Token(); err != nil { // the brace
		return nil, false
	}
	e := &entry{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, false
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, false
		}
		name, _ := key.(string)
		e.add(name, jsonText(value))
	}
	if _, err := d.Token(); err != nil || d.InputOffset() != int64(len(text)) {
		return nil, false
	}
	return e, e.msg != "" || e.levelWord != ""
}

// jsonText is a string's content, and any other value as it is written.
func jsonText(value json.RawMessage) string {
	var s string
	if len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &s) == nil {
		return s
	}
	return string(value)
}

// parseLogfmt reads a line that is nothing but key=value pairs and has a level
// or a message among them.
func parseLogfmt(text string) (*entry, bool) {
	if !strings.Contains(text, "=") {
		return nil, false
	}
	e := &entry{}
	for rest := text; rest != ""; rest = strings.TrimLeft(rest, " ") {
		key, after, found := strings.Cut(rest, "=")
		if !found || key == "" || strings.ContainsAny(key, " \"'{[(:/") {
			return nil, false
		}
		value, left, ok := logfmtValue(after)
		if !ok {
			return nil, false
		}
		e.add(key, value)
		rest = left
	}
	return e, e.msg != "" || e.level != noLevel
}

// logfmtValue takes one value, quoted or a word, off the front of a text.
func logfmtValue(text string) (value, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexByte(text, ' ')
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], true
	}
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return out.String(), text[i+1:], true
		case c == '\\' && i+1 < len(text) && text[i+1] < utf8.RuneSelf:
			i++
			out.WriteByte(unescaped(text[i]))
		default:
			out.WriteByte(c)
		}
	}
	return "", "", false
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	}
	return c
}

// levelIn finds a level written in capitals near the start of a line.
func levelIn(line string) level {
	lead := line[:min(len(line), levelLead)]
	for word := range strings.FieldsFuncSeq(lead, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		if l := levelWords[strings.ToLower(word)]; l != noLevel {
			return l
		}
	}
	return noLevel
}
