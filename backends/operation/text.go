package operation

import (
	"fmt"
	"strconv"
	"strings"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

// percent writes a weight or share given in percent.
func percent(w float64) string { return backends.FormatWeight(w) + " %" }

// rate writes requests per second.
func rate(r float64) string {
	switch {
	case backends.Missing(r):
		return words.Unknown
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

// are is "1 replica of B is" or "3 replicas of B are".
func are(n int, noun, of string) string {
	if n == 1 {
		return words.Count(n, noun) + " of " + of + " is"
	}
	return words.Count(n, noun) + " of " + of + " are"
}

func list(names []string) string { return strings.Join(names, ", ") }

// orDash writes foreign values that may be absent.
func orDash(s string) string {
	if s == "" {
		return words.Unknown
	}
	return s
}
