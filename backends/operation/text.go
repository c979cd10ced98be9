package operation

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
)

// unknown is written for a value that is not known, as on the screens.
const unknown = "–"

// percent writes a weight or share given in percent.
func percent(w float64) string { return backends.FormatWeight(w) + " %" }

// ratio writes a share given as 0-1, in percent with two significant digits.
func ratio(r float64) string {
	if backends.Missing(r) {
		return unknown
	}
	return strconv.FormatFloat(r*100, 'g', 2, 64) + " %"
}

// rate writes requests per second.
func rate(r float64) string {
	switch {
	case backends.Missing(r):
		return unknown
	case r < 10:
		return strconv.FormatFloat(r, 'f', 1, 64)
	default:
		return strconv.FormatFloat(r, 'f', 0, 64)
	}
}

// shares writes observed shares: "A 69.4 % B 30.6 %".
func shares(s backends.Split) string {
	parts := make([]string, 0, len(s))
	for _, name := range s.Names() {
		parts = append(parts, fmt.Sprintf("%s %.1f %%", name, s[name]))
	}
	return strings.Join(parts, " ")
}

// millis writes a latency given in seconds.
func millis(seconds float64) string {
	if backends.Missing(seconds) {
		return unknown
	}
	return strconv.FormatFloat(seconds*1000, 'f', 0, 64) + " ms"
}

// age writes a duration in whole seconds.
func age(d time.Duration) string { return d.Round(time.Second).String() }

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// are is "1 replica of B is" or "3 replicas of B are".
func are(n int, noun, of string) string {
	if n == 1 {
		return count(n, noun) + " of " + of + " is"
	}
	return count(n, noun) + " of " + of + " are"
}

func list(names []string) string { return strings.Join(names, ", ") }

// orDash writes foreign values that may be absent.
func orDash(s string) string {
	if s == "" {
		return unknown
	}
	return s
}
