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

// apart writes two rates with as many decimals as it takes to tell them apart
// and from nothing, if three at most do.
func apart(before, after float64) [2]string {
	plain := [2]string{rate(before), rate(after)}
	if backends.Missing(before) || backends.Missing(after) {
		return plain
	}
	told := func(texts [2]string) bool {
		empty := func(v float64, text string) bool { return v > 0 && strings.Trim(text, "0.") == "" }
		return (texts[0] != texts[1] || before == after) && !empty(before, texts[0]) && !empty(after, texts[1])
	}
	texts := plain
	for decimals := 1; decimals <= 3 && !told(texts); decimals++ {
		texts = [2]string{strconv.FormatFloat(before, 'f', decimals, 64), strconv.FormatFloat(after, 'f', decimals, 64)}
	}
	if !told(texts) {
		return plain
	}
	return texts
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
