package views

import (
	"strings"

	"pitwall/backends"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// asciiSigns are the signs in pitwall's own sentences that ASCII looks spell out.
var asciiSigns = strings.NewReplacer("→", "->", "µ", "u", "–", "-", "—", "-", "≤", "<=", "≥", ">=",
	"×", "x", "λ", "ratio", "φ", "phi", "…", "...", "±", "+/-", "∧", "and", "≈", "about", "·", "-")

// Words returns a sentence as one line for the screen: sanitised, and in ASCII
// looks without other signs of our own. Foreign names stay as they are.
func Words(t *theme.Theme, sentence string) string {
	s := draw.Sanitize(sentence)
	if t.Glyphs.ASCII {
		return asciiSigns.Replace(s)
	}
	return s
}

// FromTo is the versions of a rollout, each cut to that many columns:
// "1.0.0 → 1.1.0", or "first 1.1.0" where nothing ran before.
func FromTo(t *theme.Theme, r backends.Rollout, width int) string {
	from := draw.SanitizeLine(r.From, width) + " " + Arrow(t)
	if r.First() {
		from = "first"
	}
	return from + " " + draw.SanitizeLine(r.To, width)
}

// Arrow is what stands between before and after.
func Arrow(t *theme.Theme) string {
	if t.Glyphs.ASCII {
		return "->"
	}
	return "→"
}
