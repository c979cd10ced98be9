package theme

import (
	"strconv"
	"strings"
)

// Profile is what the terminal can show. Profiles are ordered: a higher one can show all of a lower one.
type Profile uint8

// The colour profiles. NoColor uses attributes only (bold, faint, underline, reverse), as NO_COLOR asks for.
const (
	NoColor Profile = iota
	ANSI16
	ANSI256
	TrueColor
)

// color is one colour, chosen by hand for each profile: automatic down-sampling loses the difference between status
// colours. The zero color means the terminal's own colour.
type color struct {
	rgb     uint32 // 0xRRGGBB
	c256    uint8  // xterm-256 palette index
	c16     uint8  // 0-15
	defined bool
}

func rgb(hex uint32, c256, c16 uint8) color {
	return color{rgb: hex, c256: c256, c16: c16, defined: true}
}

// attr is a set of SGR attributes.
type attr uint8

const (
	bold attr = 1 << iota
	faint
	italic
	underline
	reverse
	strike
)

// spec is a style before a profile is chosen. In NoColor only mono applies; elsewhere attrs and the colours do.
type spec struct {
	fg, bg color
	attrs  attr
	mono   attr
}

// compile turns a spec into its SGR prefix for one profile.
func (s spec) compile(p Profile) Style {
	if p == NoColor {
		return sgr(s.mono.params(nil))
	}
	params := s.attrs.params(nil)
	params = s.fg.params(params, p, 38)
	params = s.bg.params(params, p, 48)
	return sgr(params)
}

func sgr(params []string) Style {
	if len(params) == 0 {
		return Style{}
	}
	return Style{prefix: "\x1b[" + strings.Join(params, ";") + "m"}
}

func (a attr) params(dst []string) []string {
	codes := [...]struct {
		bit  attr
		code string
	}{{bold, "1"}, {faint, "2"}, {italic, "3"}, {underline, "4"}, {reverse, "7"}, {strike, "9"}}
	for _, c := range codes {
		if a&c.bit != 0 {
			dst = append(dst, c.code)
		}
	}
	return dst
}

// params appends the SGR parameters of the colour; base is 38 for the foreground and 48 for the background.
func (c color) params(dst []string, p Profile, base int) []string {
	if !c.defined {
		return dst
	}
	switch p {
	case TrueColor:
		return append(dst, strconv.Itoa(base), "2",
			strconv.Itoa(int(c.rgb>>16&0xff)), strconv.Itoa(int(c.rgb>>8&0xff)), strconv.Itoa(int(c.rgb&0xff)))
	case ANSI256:
		return append(dst, strconv.Itoa(base), "5", strconv.Itoa(int(c.c256)))
	default:
		code := base - 8 + int(c.c16) // 30-37, 40-47
		if c.c16 >= 8 {
			code = base + 52 + int(c.c16) - 8 // 90-97, 100-107
		}
		return append(dst, strconv.Itoa(code))
	}
}
