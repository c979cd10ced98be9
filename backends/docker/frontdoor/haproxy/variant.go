package haproxy

import (
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

// variantOf tells the variant that a server's name holds: the letter after the
// deployment's name, else the last part that is one letter. "" when none does.
//
//	a-1 → A    churn-b-r2-1 → B    churn_a_3 → A
func variantOf(name, deployment string) string {
	if rest, found := strings.CutPrefix(name, deployment); found && deployment != "" {
		name = rest
	}
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == ':' })
	for i := len(parts) - 1; i >= 0; i-- {
		if v := strings.ToUpper(parts[i]); len(v) == 1 && v >= "A" && v <= "E" {
			return v
		}
	}
	return ""
}

// remarkText is the remark of a split, in one line of plain bytes.
func remarkText(w frontdoor.Want, at time.Time) string {
	by := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune(`#\"'`, r) {
			return '_'
		}
		return r
	}, w.By)
	if by == "" {
		by = "unknown"
	}
	return "# pitwall: split " + w.Split.String() + " by " + by[:min(len(by), 100)] + " at " + at.UTC().Format(time.RFC3339)
}

// readRemark reads the split of a remark.
func readRemark(text string) (backends.Split, bool) {
	rest, ok := strings.CutPrefix(text, "split ")
	if !ok {
		return nil, false
	}
	weights, _, _ := strings.Cut(rest, " by ")
	s, err := backends.ParseSplit(strings.Fields(weights))
	return s, err == nil && s.Validate(s.Names()) == nil
}
