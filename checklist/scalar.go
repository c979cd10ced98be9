package checklist

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// scalarError says what is wrong with a value that is written in its own way.
type scalarError struct{ text string }

func (e *scalarError) Error() string { return e.text }

// UnmarshalYAML reads 90s, 24h or 7d.
func (s *Span) UnmarshalYAML(n *yaml.Node) error {
	d, err := ParseSpan(n.Value)
	if err != nil {
		return &scalarError{err.Error()}
	}
	*s = Span(d)
	return nil
}

// ParseSpan reads a duration that may be in days: 90s, 24h, 7d. It is not
// negative.
func ParseSpan(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 15); err == nil {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration: write 90s, 24h or 7d", text)
	}
	return d, nil
}

// units of sizes, the longer names first.
var units = []struct {
	name string
	size float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1},
}

// UnmarshalYAML reads 500MB or 64MiB.
func (b *Bytes) UnmarshalYAML(n *yaml.Node) error {
	for _, u := range units {
		digits, ok := strings.CutSuffix(n.Value, u.name)
		if !ok {
			continue
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
		if err != nil || !(x >= 0 && x*u.size < 1<<62) {
			break
		}
		*b = Bytes(x * u.size)
		return nil
	}
	return &scalarError{fmt.Sprintf("%q is no size: write 500MB or 64MiB", n.Value)}
}
