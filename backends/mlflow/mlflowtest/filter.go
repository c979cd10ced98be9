package mlflowtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// clause is one comparison of a filter.
type clause struct {
	tag     bool
	key, op string
	value   string
}

var (
	conjunction = regexp.MustCompile(`(?i)\s+and\s+`)
	comparison  = regexp.MustCompile("^(?i)\\s*(tags?\\.|attributes?\\.|metrics?\\.)?(`[^`]+`|[\\w.-]+)\\s*(>=|<=|!=|=|>|<|like|ilike)\\s*('(?:[^']|'')*'|\"[^\"]*\"|[\\d.]+)\\s*$")
)

// parseFilter reads a filter whose attributes must be among keys.
func parseFilter(text string, keys ...string) ([]clause, error) {
	var out []clause
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	for _, part := range conjunction.Split(text, -1) {
		m := comparison.FindStringSubmatch(part)
		if m == nil || m[1] == "" && m[2] == "owner" { // a word of SQL
			return nil, invalid("Invalid clause(s) in filter string: %s", strings.Join(strings.Fields(part), ", "))
		}
		c := clause{tag: strings.HasPrefix(strings.ToLower(m[1]), "tag"), key: strings.Trim(m[2], "`"), op: strings.ToLower(m[3]), value: unquote(m[4])}
		if strings.HasPrefix(strings.ToLower(m[1]), "metric") {
			c.key = "metrics." + c.key
		} else if !c.tag && !slices.Contains(keys, c.key) {
			return nil, badKey(c.key, keys)
		}
		out = append(out, c)
	}
	return out, nil
}

// badKey lists the keys as Python prints a set.
func badKey(key string, keys []string) error {
	return invalid("Invalid attribute key '%s' specified. Valid keys are '{'%s'}'", key, strings.Join(keys, "', '"))
}

func unquote(text string) string {
	if strings.HasPrefix(text, "'") {
		return strings.ReplaceAll(strings.Trim(text, "'"), "''", "'")
	}
	return strings.Trim(text, `"`)
}

// holds compares a clause with what an entity has.
func (c clause) holds(have string, found bool) bool {
	if !found {
		return false
	}
	switch c.op {
	case "=":
		return have == c.value
	case "!=":
		return have != c.value
	case "like":
		return likeness(c.value, "").MatchString(have)
	case "ilike":
		return likeness(c.value, "(?i)").MatchString(have)
	}
	a, errA := strconv.ParseFloat(have, 64)
	b, errB := strconv.ParseFloat(c.value, 64)
	if errA != nil || errB != nil {
		return false
	}
	return c.op == ">" && a > b || c.op == "<" && a < b || c.op == ">=" && a >= b || c.op == "<=" && a <= b
}

func likeness(pattern, flags string) *regexp.Regexp {
	parts := strings.Split(pattern, "%")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + flags + strings.Join(parts, ".*") + "$")
}

// ordering reads order_by: each "KEY [ASC|DESC]".
func ordering[T any](orders []string, keys []string, field func(T, string) any) (func(a, b T) int, error) {
	type term struct {
		key  string
		down bool
	}
	var terms []term
	for _, o := range orders {
		words := strings.Fields(o)
		key := strings.TrimPrefix(words[0], "attributes.")
		if !slices.Contains(keys, key) && !strings.HasPrefix(key, "metrics.") {
			return nil, badKey(key, keys)
		}
		terms = append(terms, term{key, len(words) > 1 && strings.EqualFold(words[1], "desc")})
	}
	return func(a, b T) int {
		for _, t := range terms {
			n := compareAny(field(a, t.key), field(b, t.key))
			if t.down {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	}, nil
}

func compareAny(a, b any) int {
	x, errX := strconv.ParseFloat(fmt.Sprint(a), 64)
	y, errY := strconv.ParseFloat(fmt.Sprint(b), 64)
	switch {
	case errX != nil || errY != nil:
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
