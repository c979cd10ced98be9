package fleet

import (
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
)

// Filter selects rows. The zero value matches every row.
type Filter struct{ conditions []condition }

// condition is one word of a filter.
type condition func(r *Row) bool

// ParseFilter reads words separated by spaces, all of which must hold:
//
//	status:fail,warn  env:prod  backend:local  version:1.1  alert:latency
//	p50>80ms  p95>=0.1s  p99<1s  err>2%  drift>0.2  rps<10  cpu>0.5  mem>200MB  alerts>0
//	anything else: text that the name, the environment or a version contains
//
// Several values after a colon are alternatives, and text is found anywhere and
// in any case. Of a signal that the variants have each, the worst counts; one
// that is missing fulfils no comparison. A word that begins with ! must not
// hold. The error says which word is wrong and what would be right.
func ParseFilter(text string) (Filter, error) {
	var f Filter
	for word := range strings.FieldsSeq(text) {
		positive, negated := strings.CutPrefix(word, "!")
		if positive == "" {
			return Filter{}, fmt.Errorf("filter %q: write the word that must not hold right after it, as in !status:ok", word)
		}
		c, err := parseWord(positive)
		if err != nil {
			return Filter{}, err
		}
		if negated {
			holds := c
			c = func(r *Row) bool { return !holds(r) }
		}
		f.conditions = append(f.conditions, c)
	}
	return f, nil
}

// Match reports whether every word of the filter holds for r.
func (f Filter) Match(r Row) bool {
	for _, holds := range f.conditions {
		if !holds(&r) {
			return false
		}
	}
	return true
}

// Empty reports whether the filter matches everything.
func (f Filter) Empty() bool { return len(f.conditions) == 0 }

func parseWord(word string) (condition, error) {
	switch i := strings.IndexAny(word, ":<>="); {
	case i < 0:
		return textCondition(word), nil
	case word[i] == ':':
		return fieldCondition(strings.ToLower(word[:i]), word[i+1:])
	default:
		return comparison(word, i)
	}
}

func textCondition(word string) condition {
	word = strings.ToLower(word)
	return func(r *Row) bool {
		d := &r.Deployment
		return contains(d.Name, word) || contains(d.Environment, word) ||
			slices.ContainsFunc(d.Variants, func(v backends.Variant) bool { return contains(v.Version, word) })
	}
}

// contains ignores the case of text; word is in lower case already.
func contains(text, word string) bool { return strings.Contains(strings.ToLower(text), word) }

// fields are what a word with a colon can ask for.
var fields = map[string]func(r *Row) []string{
	"name":    func(r *Row) []string { return []string{r.Deployment.Name} },
	"env":     func(r *Row) []string { return []string{r.Deployment.Environment} },
	"backend": func(r *Row) []string { return []string{r.Deployment.Backend} },
	"version": func(r *Row) []string {
		versions := make([]string, len(r.Deployment.Variants))
		for i, v := range r.Deployment.Variants {
			versions[i] = v.Version
		}
		return versions
	},
	"alert": func(r *Row) []string {
		names := make([]string, len(r.Alerts))
		for i, a := range r.Alerts {
			names[i] = a.Name
		}
		return names
	},
}

const fieldWords = "status:, env:, name:, backend:, version:, alert:"

func fieldCondition(field, value string) (condition, error) {
	wanted := strings.FieldsFunc(strings.ToLower(value), func(c rune) bool { return c == ',' })
	if field == "status" || field == "state" {
		return stateCondition(wanted)
	}
	of, known := fields[field]
	if !known {
		return nil, fmt.Errorf("filter %s: is not known: there is %s", field, fieldWords)
	}
	if len(wanted) == 0 {
		return nil, fmt.Errorf("filter %s: needs a value, as in %s:NAME", field, field)
	}
	return func(r *Row) bool {
		return slices.ContainsFunc(of(r), func(text string) bool {
			return slices.ContainsFunc(wanted, func(word string) bool { return contains(text, word) })
		})
	}, nil
}

func stateCondition(words []string) (condition, error) {
	if len(words) == 0 {
		return nil, fmt.Errorf("filter status: needs a state: %s", stateWords())
	}
	var wanted []backends.State
	for _, word := range words {
		s := backends.ParseState(word)
		if s.String() != word {
			return nil, fmt.Errorf("filter status:%s: there is no such state: %s", word, stateWords())
		}
		wanted = append(wanted, s)
	}
	return func(r *Row) bool { return slices.Contains(wanted, r.State) }, nil
}

// stateWords lists the states, the worst first.
func stateWords() string {
	var words []string
	for _, s := range []backends.State{backends.Fail, backends.Warn, backends.Unknown, backends.Progressing, backends.Paused, backends.OK} {
		words = append(words, s.String())
	}
	return strings.Join(words, ", ")
}
