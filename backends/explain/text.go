package explain

import (
	"strconv"
	"time"

	"pitwall/backends/internal/words"
)

// size writes bytes.
func size(b float64) string { return strconv.FormatFloat(b/(1<<20), 'f', 0, 64) + " MiB" }

// clock writes the time of day in the zone of the input's Now.
func (c *scene) clock(t time.Time) string { return t.In(c.Now.Location()).Format(time.TimeOnly) }

func (c *scene) ago(t time.Time) string { return words.Age(c.Now.Sub(t)) + " ago" }
