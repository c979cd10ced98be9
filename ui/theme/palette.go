package theme

// Palette names a set of colours.
type Palette string

// The palettes. Dark and Light use the colour-blind safe set of Okabe and Ito ("Color Universal Design", 2008): blue is
// ok, orange is a warning, vermillion is a failure. The contrast palettes use pure colours and bold text.
const (
	Dark          Palette = "dark"
	Light         Palette = "light"
	ContrastDark  Palette = "contrast-dark"
	ContrastLight Palette = "contrast-light"
)

// colors is what a palette decides.
type colors struct {
	text, dim, faint, border color
	accent, focus            color
	ok, warn, fail, info     color
	selectedFG, selectedBG   color
	barFG, barBG             color
	chipFG, prodBG, readBG   color
	matchFG, matchBG         color
	variants                 [maxVariants]color
	strong                   bool // contrast palettes: bold instead of faint
}

func (p Palette) colors() colors {
	switch p {
	case Light:
		return lightColors()
	case ContrastDark:
		return contrastDarkColors()
	case ContrastLight:
		return contrastLightColors()
	default:
		return darkColors()
	}
}

func darkColors() colors {
	return colors{
		dim: rgb(0x9aa5b1, 248, 7), faint: rgb(0x6b7684, 243, 8), border: rgb(0x4b5563, 240, 8),
		accent: rgb(0x56b4e9, 74, 14), focus: rgb(0x56b4e9, 74, 14),
		ok: rgb(0x56b4e9, 74, 12), warn: rgb(0xe69f00, 178, 11), fail: rgb(0xff6a2b, 202, 9), info: rgb(0xcc99c2, 175, 13),
		selectedFG: rgb(0xffffff, 231, 15), selectedBG: rgb(0x264f78, 24, 4),
		barFG: rgb(0xd7dde4, 253, 15), barBG: rgb(0x2b313a, 236, 8),
		chipFG: rgb(0x000000, 16, 0), prodBG: rgb(0xff6a2b, 202, 9), readBG: rgb(0x56b4e9, 74, 14),
		matchFG: rgb(0x000000, 16, 0), matchBG: rgb(0xf0e442, 227, 11),
		variants: [maxVariants]color{rgb(0x56b4e9, 74, 12), rgb(0xe69f00, 178, 11), rgb(0x2fc99a, 79, 10), rgb(0xcc79a7, 175, 13)},
	}
}

func lightColors() colors {
	return colors{
		text: rgb(0x1b1f24, 234, 0),
		dim:  rgb(0x57606a, 241, 8), faint: rgb(0x818b98, 245, 8), border: rgb(0xafb8c1, 249, 7),
		accent: rgb(0x005a9c, 25, 4), focus: rgb(0x005a9c, 25, 4),
		ok: rgb(0x0072b2, 25, 4), warn: rgb(0x9a5b00, 130, 3), fail: rgb(0xb83a00, 124, 1), info: rgb(0x8a3b6e, 96, 5),
		selectedFG: rgb(0x000000, 16, 0), selectedBG: rgb(0xbcdcf5, 153, 14),
		barFG: rgb(0x1b1f24, 234, 0), barBG: rgb(0xdfe4ea, 254, 7),
		chipFG: rgb(0xffffff, 231, 15), prodBG: rgb(0xb83a00, 124, 1), readBG: rgb(0x005a9c, 25, 4),
		matchFG: rgb(0x000000, 16, 0), matchBG: rgb(0xf0e442, 227, 11),
		variants: [maxVariants]color{rgb(0x0072b2, 25, 4), rgb(0xb06a00, 130, 3), rgb(0x00785a, 29, 2), rgb(0x8a3b6e, 96, 5)},
	}
}

func contrastDarkColors() colors {
	return colors{
		text: rgb(0xffffff, 231, 15), dim: rgb(0xe0e0e0, 254, 7), faint: rgb(0xc0c0c0, 250, 7), border: rgb(0xffffff, 231, 15),
		accent: rgb(0x00ffff, 51, 14), focus: rgb(0xffff00, 226, 11),
		ok: rgb(0x80c8ff, 117, 14), warn: rgb(0xffd000, 220, 11), fail: rgb(0xff8050, 209, 9), info: rgb(0xffa0ff, 219, 13),
		selectedFG: rgb(0x000000, 16, 0), selectedBG: rgb(0xffff00, 226, 11),
		barFG: rgb(0xffffff, 231, 15), barBG: rgb(0x303030, 236, 0),
		chipFG: rgb(0x000000, 16, 0), prodBG: rgb(0xff8050, 209, 9), readBG: rgb(0x00ffff, 51, 14),
		matchFG: rgb(0x000000, 16, 0), matchBG: rgb(0x00ffff, 51, 14),
		variants: [maxVariants]color{rgb(0x80c8ff, 117, 14), rgb(0xffd000, 220, 11), rgb(0x40ffb0, 85, 10), rgb(0xffa0ff, 219, 13)},
		strong:   true,
	}
}

func contrastLightColors() colors {
	return colors{
		text: rgb(0x000000, 16, 0), dim: rgb(0x202020, 234, 0), faint: rgb(0x404040, 238, 8), border: rgb(0x000000, 16, 0),
		accent: rgb(0x00008b, 18, 4), focus: rgb(0x00008b, 18, 4),
		ok: rgb(0x00008b, 18, 4), warn: rgb(0x6b4000, 94, 3), fail: rgb(0x8b1a00, 88, 1), info: rgb(0x5a0060, 53, 5),
		selectedFG: rgb(0xffffff, 231, 15), selectedBG: rgb(0x000000, 16, 0),
		barFG: rgb(0xffffff, 231, 15), barBG: rgb(0x000000, 16, 0),
		chipFG: rgb(0xffffff, 231, 15), prodBG: rgb(0x8b1a00, 88, 1), readBG: rgb(0x00008b, 18, 4),
		matchFG: rgb(0x000000, 16, 0), matchBG: rgb(0xffff00, 226, 11),
		variants: [maxVariants]color{rgb(0x00008b, 18, 4), rgb(0x6b4000, 94, 3), rgb(0x00543c, 22, 2), rgb(0x5a0060, 53, 5)},
		strong:   true,
	}
}
