// Package words writes figures into the sentences of plans, guards and
// evidence, so that the backends say the same figure the same way.
package words

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Unknown is written for a value that is not known, as on the screens.
const Unknown = "–"

// Ratio writes a share given as 0-1, in percent with two significant digits,
// three from 99.5 % on: "0.12 %", "100 %".
func Ratio(share float64) string {
	if missing(share) {
		return Unknown
	}
	digits := 2
	if share >= 0.995 {
		digits = 3 // with two, 1 would become "1e+02"
	}
	return strconv.FormatFloat(share*100, 'g', digits, 64) + " %"
}

// Millis writes a latency given in seconds, in milliseconds: whole ones, with
// a decimal below ten, and in microseconds below one, as the screens do.
func Millis(seconds float64) string {
	switch {
	case missing(seconds):
		return Unknown
	case seconds > 0 && seconds < 0.0009995:
		return strconv.FormatFloat(seconds*1e6, 'f', 0, 64) + " µs"
	case seconds > 0 && seconds < 0.00995:
		return strconv.FormatFloat(seconds*1000, 'f', 1, 64) + " ms"
	default:
		return strconv.FormatFloat(seconds*1000, 'f', 0, 64) + " ms"
	}
}

// Age writes a duration in whole seconds: "1m40s".
func Age(d time.Duration) string { return d.Round(time.Second).String() }

// Count writes a number with its noun, which forms its plural with s.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// missing is backends.Missing. This package imports nothing of ours.
func missing(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }
