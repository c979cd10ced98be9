package draw

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// evenWidths replaces the grapheme clusters that terminals measure differently: where the cluster's width is not the
// sum of its runes' widths, the first rune alone stays, or U+FFFD. Cutting a cluster can join its neighbours to new
// ones, so the pass repeats; text that does not settle keeps its ASCII only.
func evenWidths(s string) string {
	const passes = 4
	for range passes {
		out := evenOnce(s)
		if out == s {
			return s
		}
		s = out
	}
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r
		}
		return unknown
	}, s)
}

func evenOnce(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	for s != "" {
		cluster, width := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		s = s[len(cluster):]
		if width == Width(cluster) {
			out.WriteString(cluster)
			continue
		}
		r, size := utf8.DecodeRuneInString(cluster)
		if ansi.StringWidth(cluster[:size]) != runeWidth(r) {
			r = unknown
		}
		out.WriteRune(r)
	}
	return out.String()
}
