package ui

import (
	"github.com/charmbracelet/colorprofile"

	"pitwall/ui/theme"
)

// look decides the theme: the person's choice, the terminal's background and
// colours, and what the environment forbids.
type look struct {
	name    ThemeName
	dark    bool
	profile theme.Profile
	noColor bool
	ascii   bool
	theme   *theme.Theme
}

// themeMsg switches the theme.
type themeMsg ThemeName

// build makes the theme anew if it would be another one.
func (l *look) build() {
	o := theme.Options{Palette: l.name.Palette(l.dark), Profile: l.profile, ASCII: l.ascii}
	if l.noColor {
		o.Profile = theme.NoColor
	}
	if l.theme == nil || l.theme.Options != o {
		l.theme = theme.New(o)
	}
}

func (l *look) setProfile(p colorprofile.Profile) {
	l.profile = Profile(p)
	l.build()
}

// Profile returns the theme's profile for what the terminal library detected.
func Profile(p colorprofile.Profile) theme.Profile {
	switch p {
	case colorprofile.TrueColor:
		return theme.TrueColor
	case colorprofile.ANSI256:
		return theme.ANSI256
	case colorprofile.ANSI:
		return theme.ANSI16
	default:
		return theme.NoColor
	}
}
