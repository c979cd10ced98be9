package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/theme"
)

// Options is what a Model starts with. Open, First and Now are required.
type Options struct {
	// Open makes the screen of a place. It does no I/O: that is for Enter. Its
	// error tells why the place cannot be shown, and becomes a toast.
	Open  func(Place) (Screen, error)
	First Place
	Now   func() time.Time

	// Commands lists what the palette offers beside the keys of the screen and
	// the frame: places, scenarios. Called when the palette opens; it does no I/O.
	Commands func() []Command
	Refresh  func()    // asks every source for fresh data; must not block; may be nil
	Status   StatusMsg // what the header shows until a StatusMsg comes

	Theme   ThemeName // "" is ThemeAuto
	NoColor bool
	ASCII   bool
	NoMouse bool // the mouse starts off; M switches it
}

// WithEnvironment applies what the environment decides: NO_COLOR with any
// value that is not empty (no-color.org; the terminal library honours only
// values that parse as a boolean), and no mouse over SSH, where selecting text
// in the own terminal matters more.
func (o Options) WithEnvironment(getenv func(string) string) Options {
	o.NoColor = o.NoColor || getenv("NO_COLOR") != ""
	o.NoMouse = o.NoMouse || getenv("SSH_TTY") != ""
	return o
}

// Command is one entry of the palette. Title and About may hold foreign text.
type Command struct {
	Title string // what it does or opens: "model-api split", "practise slow"
	About string
	Key   string // the key that does the same, "" for none
	Off   string // why it cannot be used now
	To    Place  // opened at once, as Binding.To
	Run   func() tea.Cmd
}

// ThemeName is what a person chooses; the palette follows from it and from the
// background of the terminal.
type ThemeName string

// The themes.
const (
	ThemeAuto     ThemeName = "auto" // dark or light, as the terminal is
	ThemeDark     ThemeName = "dark"
	ThemeLight    ThemeName = "light"
	ThemeContrast ThemeName = "high-contrast"
)

// Themes lists every theme name.
func Themes() []ThemeName {
	return []ThemeName{ThemeAuto, ThemeDark, ThemeLight, ThemeContrast}
}

// Palette returns the palette for a terminal with a dark or light background.
func (n ThemeName) Palette(dark bool) theme.Palette {
	switch {
	case n == ThemeDark:
		return theme.Dark
	case n == ThemeLight:
		return theme.Light
	case n == ThemeContrast && dark:
		return theme.ContrastDark
	case n == ThemeContrast:
		return theme.ContrastLight
	case dark:
		return theme.Dark
	default:
		return theme.Light
	}
}
