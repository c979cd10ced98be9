package theme

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

var profiles = []Profile{NoColor, ANSI16, ANSI256, TrueColor}

func TestPaint(t *testing.T) {
	s := Style{prefix: "\x1b[1m"}
	if got := s.Paint("x"); got != "\x1b[1mx\x1b[m" || string(s.Append(nil, "x")) != got {
		t.Errorf("Paint: %q", got)
	}
	if got := s.Paint(""); got != "" {
		t.Errorf("empty text: %q", got)
	}
	if got := (Style{}).Paint("x"); got != "x" {
		t.Errorf("zero style: %q", got)
	}
	if got := s.Around("a\x1b[2mb\x1b[mc"); got != "\x1b[1ma\x1b[2mb\x1b[m\x1b[1mc\x1b[m" {
		t.Errorf("Around: %q", got)
	}
}

func TestColorsPerProfile(t *testing.T) {
	s := spec{fg: rgb(0x0072b2, 25, 4), bg: rgb(0xf0e442, 227, 11), attrs: bold, mono: reverse}
	for p, want := range map[Profile]string{
		NoColor:   "\x1b[7m",
		ANSI16:    "\x1b[1;34;103m",
		ANSI256:   "\x1b[1;38;5;25;48;5;227m",
		TrueColor: "\x1b[1;38;2;0;114;178;48;2;240;228;66m",
	} {
		if got := s.compile(p).Prefix(); got != want {
			t.Errorf("profile %d: %q, want %q", p, got, want)
		}
	}
}

// States, variants and the selection must differ in every palette and profile with colour; without colour the states
// that need a hand and the selection still stand out.
func TestStylesDiffer(t *testing.T) {
	for _, palette := range []Palette{Dark, Light, ContrastDark, ContrastLight} {
		for _, p := range profiles {
			th := New(Options{Palette: palette, Profile: p})
			different(t, string(palette), p, th.Text, th.Warn, th.Fail, th.Selected)
			different(t, string(palette), p, th.Variant(0), th.Variant(1), th.Variant(2), th.Variant(3))
			if p != NoColor {
				different(t, string(palette), p, th.OK, th.Warn, th.Fail, th.Info)
			}
			if th.Variant(4) != th.Variant(1) || th.Variant(-1) != th.Variant(0) {
				t.Error("later variants repeat from B")
			}
		}
	}
}

func different(t *testing.T, palette string, p Profile, styles ...Style) {
	t.Helper()
	seen := map[string]bool{}
	for i, s := range styles {
		if seen[s.Prefix()] {
			t.Errorf("palette %s, profile %d: style %d is not distinct: %q", palette, p, i, s.Prefix())
		}
		seen[s.Prefix()] = true
	}
}

func TestNoColorHasNoColor(t *testing.T) {
	th := reflect.ValueOf(*New(Options{Profile: NoColor}))
	for i := range th.NumField() {
		if f := th.Field(i); f.Type() == reflect.TypeFor[Style]() && strings.Contains(f.Field(0).String(), "3") {
			t.Errorf("%s: %q", th.Type().Field(i).Name, f.Field(0).String())
		}
	}
}

func TestGlyphsAreOneColumn(t *testing.T) {
	for _, g := range []*Glyphs{Unicode(), ASCII()} {
		for name, s := range glyphStrings(g) {
			if g.ASCII && name == "OK" {
				continue
			}
			if s == "" || ansi.StringWidth(s) != 1 || ansi.StringWidthWc(s) != 1 || utf8.RuneCountInString(s) != 1 {
				t.Errorf("glyph %s %q is not one column", name, s)
			}
			if g.ASCII && len(s) != 1 {
				t.Errorf("glyph %s %q is not ASCII", name, s)
			}
		}
	}
}

func glyphStrings(g *Glyphs) map[string]string {
	out := map[string]string{}
	v := reflect.ValueOf(*g)
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, v.Field(i)
		switch f.Kind() {
		case reflect.String:
			out[name] = f.String()
		case reflect.Array:
			for j := range f.Len() {
				out[name+string(rune('0'+j))] = f.Index(j).String()
			}
		}
	}
	return out
}

func TestStatesHaveGlyphs(t *testing.T) {
	th := New(Options{})
	seen := map[string]bool{}
	for s := StateOK; s <= StateUnknown; s++ {
		glyph, _ := th.State(s)
		if seen[glyph] {
			t.Errorf("state %d shares %q", s, glyph)
		}
		seen[glyph] = true
	}
}
