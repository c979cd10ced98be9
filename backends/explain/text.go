package explain

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"pitwall/backends/internal/words"
)

// size writes bytes.
func size(b float64) string { return strconv.FormatFloat(b/(1<<20), 'f', 0, 64) + " MiB" }

// clock writes the time of day in the zone of the input's Now.
func (c *scene) clock(t time.Time) string { return t.In(c.Now.Location()).Format(time.TimeOnly) }

func (c *scene) ago(t time.Time) string { return words.Age(c.Now.Sub(t)) + " ago" }

// seen says when something was seen of which nobody knows when it began.
func (c *scene) seen(onset time.Time) string {
	if !onset.IsZero() {
		return ""
	}
	return "seen at " + c.clock(cmp.Or(c.ListedAt, c.Now)) + ", since when is not known"
}

// joined puts sentences beside each other, without those that say nothing.
func joined(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, "; ")
}
