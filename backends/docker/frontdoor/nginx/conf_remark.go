package nginx

import (
	"regexp"
	"strings"
	"time"

	"pitwall/backends"
)

// The remarks of pitwall in a configuration are comments:
//
//	# pitwall: A=70 B=30 by alice@laptop at 2026-03-01T12:00:00.000Z   in the split block: the last change
//	# pitwall: 0% churn-b;                                             in the split block: a line without weight
//	# pitwall: churn-a-r2-1                                            behind a server: the container
//	# pitwall: variant B                                               in or above an upstream, by its owner
const remarkPrefix = "# pitwall: "

// noMember stands behind the server line of an upstream without members.
const noMember = "none"

var anyRemark = regexp.MustCompile(`^#+[ \t]*pitwall:[ \t]*(.*)$`)

// remark gives the text of a comment that is one of pitwall's.
func (f *file) remark(c token) (text string, ok bool) {
	m := anyRemark.FindStringSubmatch(strings.TrimRight(f.text[c.start:c.end], " \t\r"))
	if m == nil {
		return "", false
	}
	return m[1], true
}

var variantRemark = regexp.MustCompile(`^variant[ \t]+([A-E])\b`)

// variantIn gives the variant that a comment names.
func (f *file) variantIn(c token) string {
	text, _ := f.remark(c)
	if m := variantRemark.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// change is the remark of a change.
type change struct {
	split backends.Split
	by    string
	at    time.Time
}

// served is the change as the proof location answers it: without the name,
// which is not for everybody who can reach the door.
func (c change) served() string { return c.split.String() + " at " + c.at.UTC().Format(stamp) }

func (c change) comment() string {
	return remarkPrefix + c.split.String() + " by " + plainWord(c.by) + " at " + c.at.UTC().Format(stamp)
}

// stamp tells any two changes apart: they take longer than a millisecond.
const stamp = "2006-01-02T15:04:05.000Z07:00"

// isChange tells whether the text of a remark is one of a change.
func isChange(text string) bool {
	_, ok := readChange(text)
	return ok
}

func readChange(text string) (change, bool) {
	weights, rest, found := strings.Cut(text, " by ")
	if !found {
		weights, rest, found = strings.Cut(text, " at ")
		rest = " at " + rest
	}
	s, err := backends.ParseSplit(strings.Fields(weights))
	i := strings.LastIndex(rest, " at ")
	if !found || err != nil || len(s) == 0 || i < 0 {
		return change{}, false
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(rest[i+len(" at "):]))
	return change{split: s, by: strings.TrimSpace(rest[:i]), at: at}, err == nil
}

// plainWord makes a name harmless in a comment and in a quoted text.
func plainWord(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@._:+/-", r) {
			return r
		}
		return '_'
	}, s)
	return s[:min(len(s), 100)]
}
