package explain

import (
	"fmt"
	"strconv"
	"time"

	"pitwall/backends"
)

const unknown = "–"

// ratio writes a share given as 0-1, in percent with two significant digits.
func ratio(r float64) string {
	if backends.Missing(r) {
		return unknown
	}
	digits := 2
	if r >= 0.995 {
		digits = 3
	}
	return strconv.FormatFloat(r*100, 'g', digits, 64) + " %"
}

// millis writes a latency given in seconds.
func millis(seconds float64) string {
	if backends.Missing(seconds) {
		return unknown
	}
	return strconv.FormatFloat(seconds*1000, 'f', 0, 64) + " ms"
}

// size writes bytes.
func size(b float64) string { return strconv.FormatFloat(b/(1<<20), 'f', 0, 64) + " MiB" }

// clock writes the time of day in the zone of the input's Now.
func (c *scene) clock(t time.Time) string { return t.In(c.Now.Location()).Format(time.TimeOnly) }

func (c *scene) ago(t time.Time) string { return age(c.Now.Sub(t)) + " ago" }

func age(d time.Duration) string { return d.Round(time.Second).String() }

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
