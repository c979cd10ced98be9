package theme

import "strings"

// Reset ends every painted run: it clears all attributes and colours (SGR 0, ECMA-48 §8.3.117).
const Reset = "\x1b[m"

// Style is one semantic style as a pre-computed SGR prefix. The zero Style paints nothing.
// Painting costs one concatenation: no parsing, no measuring. A Style is a value and safe for concurrent use.
type Style struct {
	prefix string
}

// Prefix returns the escape sequence that starts the style, "" for the zero Style.
func (s Style) Prefix() string { return s.prefix }

// IsZero reports whether the style changes nothing.
func (s Style) IsZero() bool { return s.prefix == "" }

// Paint returns text in the style, followed by Reset. Text must be one line without SGR sequences; for text that was
// painted before, use [Style.Around]. Empty text stays empty.
func (s Style) Paint(text string) string {
	if s.prefix == "" || text == "" {
		return text
	}
	return s.prefix + text + Reset
}

// Append appends what Paint would return to dst.
func (s Style) Append(dst []byte, text string) []byte {
	if s.prefix == "" || text == "" {
		return append(dst, text...)
	}
	dst = append(dst, s.prefix...)
	dst = append(dst, text...)
	return append(dst, Reset...)
}

// Around paints text that holds painted runs: the style is started again after each Reset, so that a background
// (a selected row) reaches over runs with a foreground of their own.
func (s Style) Around(text string) string {
	if s.prefix == "" || text == "" {
		return text
	}
	if strings.IndexByte(text, '\x1b') < 0 {
		return s.prefix + text + Reset
	}
	return s.prefix + strings.ReplaceAll(text, Reset, Reset+s.prefix) + Reset
}

// With returns a style that applies s and then over: attributes add up and the colours of over win.
// It allocates one string.
func (s Style) With(over Style) Style {
	return Style{prefix: s.prefix + over.prefix}
}
