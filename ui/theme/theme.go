// Package theme holds what pitwall looks like: colours per palette and terminal profile, turned once into SGR prefixes,
// and the table of glyphs in Unicode and ASCII. Meaning never depends on colour alone: each state has a glyph and a
// word too, and without colour the styles use bold, faint, underline and reverse.
package theme

// maxVariants is how many variants have a look of their own; more repeat from the second.
const maxVariants = 4

// Options chooses a theme.
type Options struct {
	Palette Palette // "" is Dark
	Profile Profile
	ASCII   bool // ASCII glyphs
}

// Theme is every style and glyph of one look. It is built by New, never changed afterwards, and safe for concurrent
// use. Two themes built from equal Options are interchangeable, so Options can key a cache of painted panes.
type Theme struct {
	Options Options
	Glyphs  *Glyphs

	Text, Dim, Faint       Style // plain, secondary, stale
	Title, Header          Style // of a box, of a table
	Border, BorderFocus    Style
	Accent, Key, Link      Style // Key is a key in a hint
	OK, Warn, Fail, Info   Style
	Selected               Style // the row or item under the cursor; paint with Around
	Bar                    Style // the status and key bar; paint with Around
	Match                  Style // a search hit
	ChipProd, ChipReadOnly Style
	ToastInfo, ToastOK     Style
	ToastWarn, ToastFail   Style
	Danger, DangerBorder   Style // title and lines of a dangerous dialog
	Button, ButtonFocus    Style

	variants [maxVariants]Style
}

// New builds a theme: about a hundred small strings; do it when the palette, profile or glyph set changes.
func New(o Options) *Theme {
	if o.Palette == "" {
		o.Palette = Dark
	}
	c := o.Palette.colors()
	t := &Theme{Options: o, Glyphs: Unicode()}
	if o.ASCII {
		t.Glyphs = ASCII()
	}
	t.compile(c)
	return t
}

func (t *Theme) compile(c colors) {
	base, weak := attr(0), faint
	if c.strong {
		base, weak = bold, 0
	}
	style := func(fg, bg color, attrs, mono attr) Style {
		return spec{fg: fg, bg: bg, attrs: attrs, mono: mono}.compile(t.Options.Profile)
	}
	fg := func(c color, attrs, mono attr) Style { return style(c, color{}, attrs, mono) }

	t.Text = fg(c.text, 0, 0)
	t.Dim = fg(c.dim, 0, weak)
	t.Faint = fg(c.faint, weak, faint)
	t.Title = fg(c.text, bold, bold)
	t.Header = fg(c.dim, bold|underline, bold|underline)
	t.Border = fg(c.border, 0, weak)
	t.BorderFocus = fg(c.focus, bold, bold)
	t.Accent = fg(c.accent, base, bold)
	t.Key = fg(c.accent, bold, bold)
	t.Link = fg(c.accent, underline, underline)
	t.OK = fg(c.ok, base, 0)
	t.Warn = fg(c.warn, bold, bold)
	t.Fail = fg(c.fail, bold, bold|underline)
	t.Info = fg(c.info, base, 0)
	t.Selected = style(c.selectedFG, c.selectedBG, bold, reverse)
	t.Bar = style(c.barFG, c.barBG, 0, reverse)
	t.Match = style(c.matchFG, c.matchBG, 0, reverse|bold)
	t.ChipProd = style(c.chipFG, c.prodBG, bold, reverse|bold)
	t.ChipReadOnly = style(c.chipFG, c.readBG, bold, reverse)
	t.ToastInfo = fg(c.info, base, 0)
	t.ToastOK = fg(c.ok, base, 0)
	t.ToastWarn = fg(c.warn, bold, bold)
	t.ToastFail = fg(c.fail, bold, bold|underline)
	t.Danger = fg(c.fail, bold, bold|reverse)
	t.DangerBorder = fg(c.fail, bold, bold)
	t.Button = fg(c.text, 0, 0)
	t.ButtonFocus = style(c.selectedFG, c.selectedBG, bold, reverse)

	mono := [maxVariants]attr{0, bold, underline, bold | underline}
	for i, v := range c.variants {
		t.variants[i] = fg(v, base, mono[i])
	}
}

// variantIndex folds a variant's position into the looks there are: A keeps its own, later ones repeat B, C, D.
func variantIndex(i int) int {
	if i <= 0 {
		return 0
	}
	return 1 + (i-1)%(maxVariants-1)
}

// Variant returns the style of the i-th variant: 0 is A, the stable one.
func (t *Theme) Variant(i int) Style { return t.variants[variantIndex(i)] }

// VariantFill returns the bar cell of the i-th variant. Fills differ, so that a split reads without colour.
func (t *Theme) VariantFill(i int) string { return t.Glyphs.Fill[variantIndex(i)] }

// State is a condition with a fixed look.
type State uint8

// The states, from good to bad and then unknown.
const (
	StateOK State = iota
	StateProgressing
	StatePaused
	StateWarn
	StateFail
	StateUnknown
)

// State returns the glyph and style of a state. Print a word beside it: the glyph alone is not enough.
func (t *Theme) State(s State) (glyph string, style Style) {
	g := t.Glyphs
	switch s {
	case StateOK:
		return g.OK, t.OK
	case StateProgressing:
		return g.Progressing, t.Info
	case StatePaused:
		return g.Paused, t.Dim
	case StateWarn:
		return g.Warn, t.Warn
	case StateFail:
		return g.Fail, t.Fail
	default:
		return g.Unknown, t.Dim
	}
}
