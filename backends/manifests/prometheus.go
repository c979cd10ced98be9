package manifests

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// ruleFile judges a file of recording and alerting rules. What cannot be read
// is told at its own line, and the rest is judged.
func ruleFile(r *report, data []byte) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		r.add("prometheus/rules", yamlErrorLine(err), err.Error())
		return
	}
	_, errs := rulefmt.Parse(durations(r, data, &doc), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range apart(errs) {
		id := "prometheus/rules"
		if strings.Contains(err.Error(), "parse expression") || strings.Contains(err.Error(), "parse error") {
			id = "prometheus/expr"
		}
		r.add(id, cmp.Or(ruleLine(&doc, err), yamlErrorLine(err)), err.Error())
	}
	seen := map[string]int{}
	for _, at := range ruleNodes(data) {
		alert(r, at)
		expression(r, at)
		key := scalar(at.Node, "alert") + "|" + at.text("labels")
		if scalar(at.Node, "alert") == "" {
			key = "|" + scalar(at.Node, "record") + "|" + scalar(at.Node, "expr") + "|" + at.text("labels")
		}
		if first, ok := seen[key]; ok {
			r.add("prometheus/duplicate", at.line("alert", "record"), fmt.Sprintf("it stands in line %d already", first))
		} else {
			seen[key] = at.line("alert", "record")
		}
	}
}

var ruleInError = regexp.MustCompile(`^group "(.*)", rule (\d+), `)

// ruleLine is that of the rule that an error without a line is of, 0 for none.
func ruleLine(doc *yaml.Node, err error) int {
	m := ruleInError.FindStringSubmatch(err.Error())
	if m == nil || len(doc.Content) == 0 {
		return 0
	}
	groups := child(doc.Content[0], "groups")
	if groups == nil {
		return 0
	}
	for _, g := range groups.Content {
		if list, n := child(g, "rules"), atoi(m[2]); scalar(g, "name") == m[1] && list != nil && n >= 1 && n <= len(list.Content) {
			return list.Content[n-1].Line
		}
	}
	return 0
}

// durations reports those that Prometheus cannot read, and returns the file with
// others in their place: its own parser ends at the first of them, and tells no line.
func durations(r *report, data []byte, n *yaml.Node) []byte {
	t := readYAML(data)
	var wrong change
	var look func(*yaml.Node)
	look = func(n *yaml.Node) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && slices.Contains([]string{"for", "keep_firing_for", "interval", "query_offset"}, n.Content[i-1].Value) && c.Kind == yaml.ScalarNode {
				if _, err := model.ParseDuration(c.Value); err != nil {
					if made := t.value(c, "1m"); made != nil {
						r.add("prometheus/rules", c.Line, n.Content[i-1].Value+": "+err.Error())
						wrong = append(wrong, made...)
					}
				}
			}
			look(c)
		}
	}
	look(n)
	return wrong.apply(data)
}

// apart takes the errors of a YAML library apart, of which each has its line.
func apart(errs []error) (list []error) {
	for _, err := range errs {
		var many *yaml.TypeError
		if !errors.As(err, &many) {
			list = append(list, err)
			continue
		}
		for _, text := range many.Errors {
			list = append(list, errors.New(text))
		}
	}
	return list
}

// ruleNode is a rule with its lines.
type ruleNode struct{ *yaml.Node }

func ruleNodes(data []byte) []ruleNode {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	var out []ruleNode
	groups := child(doc.Content[0], "groups")
	if groups == nil {
		return nil
	}
	for _, g := range groups.Content {
		if list := child(g, "rules"); list != nil {
			for _, x := range list.Content {
				out = append(out, ruleNode{x})
			}
		}
	}
	return out
}

// scalar is the text of a key of a mapping, "" for none.
func scalar(n *yaml.Node, key string) string {
	if c := child(n, key); c != nil {
		return c.Value
	}
	return ""
}

// child is the value of a key of a mapping, nil for none. Aliases are followed.
func child(n *yaml.Node, key string) *yaml.Node {
	n = followed(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return followed(n.Content[i+1])
		}
	}
	return nil
}

func followed(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func (n ruleNode) text(key string) string {
	c := child(n.Node, key)
	if c == nil {
		return ""
	}
	var parts []string
	for _, x := range c.Content {
		parts = append(parts, x.Value)
	}
	return strings.Join(parts, ",")
}

// line is that of the first of some keys that is there, else of the rule.
func (n ruleNode) line(keys ...string) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if slices.Contains(keys, n.Content[i].Value) {
			return n.Content[i].Line
		}
	}
	return n.Line
}

func alert(r *report, n ruleNode) {
	name := scalar(n.Node, "alert")
	if name == "" {
		return
	}
	line := n.line("alert")
	if scalar(n.Node, "for") == "" && !always(scalar(n.Node, "expr")) {
		r.add("prometheus/for", line, name+" fires at the first evaluation")
	}
	if child(child(n.Node, "labels"), "severity") == nil {
		r.add("prometheus/severity", line, name+" has no severity")
	}
	notes := child(n.Node, "annotations")
	if child(notes, "summary") == nil && child(notes, "description") == nil && child(notes, "message") == nil {
		r.add("prometheus/summary", line, name+" says nothing of what is wrong")
	}
	if child(notes, "runbook_url") == nil && child(notes, "runbook") == nil {
		r.add("prometheus/runbook", line, name+" names no runbook")
	}
}

// always reports whether an expression looks at no metric, as that of a
// watchdog, which is meant to fire for ever.
func always(text string) bool {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	return err == nil && len(parser.ExtractSelectors(expr)) == 0
}
