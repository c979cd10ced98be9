package manifests

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlText is a YAML file with the places of its nodes.
type yamlText struct {
	data  []byte
	lines []int // where each line begins
	end   string
	roots []*yaml.Node // of its documents
}

// readYAML reads a file as far as it can be read.
func readYAML(data []byte) yamlText {
	t := yamlText{data: data, lines: []int{0}, end: "\n"}
	for i, b := range data {
		if b == '\n' {
			t.lines = append(t.lines, i+1)
		}
	}
	if bytes.Contains(data, []byte("\r\n")) {
		t.end = "\r\n"
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		if err := d.Decode(&n); err != nil {
			if !errors.Is(err, io.EOF) {
				t.roots = nil
			}
			return t
		}
		if len(n.Content) > 0 {
			t.roots = append(t.roots, n.Content[0])
		}
	}
}

// line is the text of a line from 1, without its end.
func (t yamlText) line(n int) string {
	if n < 1 || n > len(t.lines) {
		return ""
	}
	to := len(t.data)
	if n < len(t.lines) {
		to = t.lines[n] - 1
	}
	return strings.TrimSuffix(string(t.data[t.lines[n-1]:to]), "\r")
}

// offset is where a node begins. Columns count characters.
func (t yamlText) offset(n *yaml.Node) int {
	at := 0
	for i := range t.line(n.Line) {
		if at++; at == n.Column {
			return t.lines[n.Line-1] + i
		}
	}
	return t.lines[n.Line-1] + len(t.line(n.Line))
}

// value replaces a plain scalar.
func (t yamlText) value(n *yaml.Node, text string) change {
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || n.Anchor != "" {
		return nil
	}
	from := t.offset(n)
	quote := 0
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		quote = 2
	}
	to := from + len(n.Value) + quote
	if to > len(t.data) || !strings.Contains(string(t.data[from:to]), n.Value) {
		return nil
	}
	return change{{from, to, text}}
}

// insert puts lines, given as of a mapping without indentation, into a mapping:
// before a key that begins its line, else after one whose value ends with it.
// nil where there is no such place.
func (t yamlText) insert(m *yaml.Node, lines ...string) change {
	if m == nil || m.Kind != yaml.MappingNode || len(m.Content) == 0 {
		return nil
	}
	if m.Style&yaml.FlowStyle != 0 {
		return t.insertFlow(m, lines)
	}
	indent := strings.Repeat(" ", m.Content[0].Column-1)
	text := ""
	for _, l := range lines {
		text += indent + l + t.end
	}
	for i := 0; i+1 < len(m.Content); i += 2 { // a line by itself: what comes after stays where it is
		key, value := m.Content[i], m.Content[i+1]
		if value.Kind != yaml.ScalarNode || value.Line != key.Line || value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || value.Value == "" || strings.Contains(value.Value, "\n") {
			continue
		}
		if key.Line >= len(t.lines) { // the last line has no end
			return change{{len(t.data), len(t.data), t.end + strings.TrimSuffix(text, t.end)}}
		}
		at := t.lines[key.Line]
		return change{{at, at, text}}
	}
	if key := m.Content[0]; strings.TrimSpace(t.line(key.Line)[:min(key.Column-1, len(t.line(key.Line)))]) == "" {
		at := t.lines[key.Line-1]
		return change{{at, at, text}}
	}
	return nil
}

// insertFlow puts one line into {…}.
func (t yamlText) insertFlow(m *yaml.Node, lines []string) change {
	at := t.offset(m)
	if len(lines) != 1 || at >= len(t.data) || t.data[at] != '{' {
		return nil
	}
	return change{{at + 1, at + 1, lines[0] + ", "}}
}
