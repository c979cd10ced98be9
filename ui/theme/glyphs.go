package theme

// Glyphs is the one table of characters that pitwall draws with. Each is one column wide, both by wcwidth and by
// grapheme (the ASCII word OK alone takes two); none is an emoji, has a variation selector, or needs a special font.
type Glyphs struct {
	ASCII bool // only bytes below 0x80

	OK, Warn, Fail, Progressing, Paused, Unknown string // states
	Check, Cross, Now, Next                      string // checklist and step ladder: ✓ ✗ ▸ ·
	Deploy, Split, Alert                         string // marks on a time axis: ◆ ▼ !

	Missing  string // a value that is not known: never 0
	Micro    string // the SI prefix in "850µs"
	Ellipsis string // one column
	Skeleton string // one cell of a row that is loading
	Cursor   string // marks the selected row
	Crumb    string // between breadcrumbs
	Bullet   string

	Up, Down, Left, Right string // sort markers, deltas, scroll hints

	BarFull, BarEmpty string              // progress and configured weights
	Fill              [maxVariants]string // the fill of variant A, B, C, D in a split bar: they differ without colour

	H, V                                       string // box lines
	TopLeft, TopRight, BottomLeft, BottomRight string
	HFocus, VFocus                             string // lines of the focused box
	TopLeftFocus, TopRightFocus                string
	BottomLeftFocus, BottomRightFocus          string

	TrackStart, TrackLine, TrackTick, TrackEnd, Knob, Ghost string // slider ├─┼┤, proposed ●, configured ○
	AxisV, AxisCorner, AxisTick, Threshold, Crosshair       string // chart

	Spark [8]string // rising levels
}

// Unicode returns the default glyph set.
func Unicode() *Glyphs {
	return &Glyphs{
		OK: "●", Warn: "▲", Fail: "✗", Progressing: "◐", Paused: "‖", Unknown: "?",
		Check: "✓", Cross: "✗", Now: "▸", Next: "·",
		Deploy: "◆", Split: "▼", Alert: "!",
		Missing: "–", Micro: "µ", Ellipsis: "…", Skeleton: "·", Cursor: "▸", Crumb: "▸", Bullet: "•",
		Up: "▲", Down: "▼", Left: "◂", Right: "▸",
		BarFull: "█", BarEmpty: "░", Fill: [maxVariants]string{"█", "▒", "▚", "░"},
		H: "─", V: "│", TopLeft: "╭", TopRight: "╮", BottomLeft: "╰", BottomRight: "╯",
		HFocus: "━", VFocus: "┃", TopLeftFocus: "┏", TopRightFocus: "┓", BottomLeftFocus: "┗", BottomRightFocus: "┛",
		TrackStart: "├", TrackLine: "─", TrackTick: "┼", TrackEnd: "┤", Knob: "●", Ghost: "○",
		AxisV: "│", AxisCorner: "└", AxisTick: "┤", Threshold: "╌", Crosshair: "┊",
		Spark: [8]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	}
}

// ASCII returns the glyph set for terminals, fonts and pipes that show ASCII only.
func ASCII() *Glyphs {
	return &Glyphs{
		ASCII: true,
		OK:    "OK", Warn: "!", Fail: "X", Progressing: "~", Paused: "=", Unknown: "?",
		Check: "+", Cross: "x", Now: ">", Next: ".",
		Deploy: "D", Split: "v", Alert: "!",
		Missing: "-", Micro: "u", Ellipsis: "~", Skeleton: ".", Cursor: ">", Crumb: ">", Bullet: "*",
		Up: "^", Down: "v", Left: "<", Right: ">",
		BarFull: "#", BarEmpty: ".", Fill: [maxVariants]string{"#", "=", "+", ":"},
		H: "-", V: "|", TopLeft: "+", TopRight: "+", BottomLeft: "+", BottomRight: "+",
		HFocus: "=", VFocus: "|", TopLeftFocus: "#", TopRightFocus: "#", BottomLeftFocus: "#", BottomRightFocus: "#",
		TrackStart: "|", TrackLine: "-", TrackTick: "+", TrackEnd: "|", Knob: "O", Ghost: "o",
		AxisV: "|", AxisCorner: "+", AxisTick: "+", Threshold: "-", Crosshair: ":",
		Spark: [8]string{"_", ".", "-", "~", "=", "+", "*", "#"},
	}
}
