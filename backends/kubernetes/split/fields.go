package split

import (
	"math"
	"strconv"
	"time"
)

// at gives the value under names (string) and indices (int), nil when something
// on the way is missing or of another type.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step < 0 || step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

// text is the string under a path, "" when there is none.
func text(v any, path ...any) string {
	s, _ := at(v, path...).(string)
	return s
}

// flag is the bool under a path, false when there is none.
func flag(v any, path ...any) bool {
	b, _ := at(v, path...).(bool)
	return b
}

// list is the list under a path, nil when there is none.
func list(v any, path ...any) []any {
	l, _ := at(v, path...).([]any)
	return l
}

// members is the object under a path, nil when there is none.
func members(v any, path ...any) map[string]any {
	m, _ := at(v, path...).(map[string]any)
	return m
}

// texts are the strings of a list under a path; what is none is left out.
func texts(v any, path ...any) []string {
	var out []string
	for _, item := range list(v, path...) {
		if s, ok := item.(string); ok && s != "" {
			out = append(out, s)
		}
	}
	return out
}

// labels are the strings of an object under a path.
func labels(v any, path ...any) map[string]string {
	found := members(v, path...)
	if len(found) == 0 {
		return nil
	}
	out := make(map[string]string, len(found))
	for name, value := range found {
		if s, ok := value.(string); ok {
			out[name] = s
		}
	}
	return out
}

// number is the whole number under a path, which a decoder may have made an
// int64 or a float64. It is false when there is none.
func number(v any, path ...any) (int64, bool) {
	switch n := at(v, path...).(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case float64:
		if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int64(n), true
		}
	}
	return 0, false
}

// word is a name or a number under a path, as text.
func word(v any, path ...any) string {
	if n, ok := number(v, path...); ok {
		return strconv.FormatInt(n, 10)
	}
	return text(v, path...)
}

// moment is the time under a path, zero when there is none.
func moment(v any, path ...any) time.Time {
	t, err := time.Parse(time.RFC3339, text(v, path...))
	if err != nil {
		return time.Time{}
	}
	return t
}
