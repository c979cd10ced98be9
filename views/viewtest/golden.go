package viewtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

// Sizes are the sizes in which every screen is proved: the usual terminal, the
// smallest with stacked panes, and one with a preview.
var Sizes = [...]struct{ Width, Height int }{{80, 24}, {120, 40}, {200, 60}}

// modes are the looks in which every screen is proved. Frames up to the widest
// are kept as files: of mono only the attributes are news, since its text is
// compared with that of color, and of ascii only how narrow frames cope with
// glyphs of two columns.
var modes = [...]struct {
	name   string
	theme  *theme.Theme
	widest int
}{
	{"color", theme.New(theme.Options{Profile: theme.TrueColor}), 200},
	{"mono", theme.New(theme.Options{Profile: theme.NoColor}), 80},
	{"ascii", theme.New(theme.Options{Profile: theme.NoColor, ASCII: true}), 120},
}

// Frame is a frame of a size in colour at Now.
func Frame(width, height int) ui.Frame {
	return ui.Frame{Width: width, Height: height, Theme: modes[0].theme, Now: Now}
}

// Golden draws a screen in every size and mode and checks each frame as Check
// does; color must change no character. It compares the frames that modes keeps,
// and the plain form, with the files testdata/TESTNAME/SIZE-MODE.golden (go test
// -update writes them). The header shows what s knows.
func Golden(t *testing.T, screen ui.Screen, s *fleet.Snapshot) {
	t.Helper()
	status := views.Status(ui.StatusMsg{Context: "local"}, s)
	for _, size := range Sizes {
		for _, mode := range modes {
			t.Run(fmt.Sprintf("%dx%d-%s", size.Width, size.Height, mode.name), func(t *testing.T) {
				f := ui.Frame{Width: size.Width, Height: size.Height, Theme: mode.theme, Now: Now}
				out := ui.Render(screen, f, status)
				Check(t, strings.Split(out, "\n"), f)
				if again := ui.Render(screen, f, status); again != out {
					t.Error("the same state and frame give other lines the second time")
				}
				if colored := ui.Render(screen, inColor(f), status); !mode.theme.Glyphs.ASCII && ansi.Strip(colored) != ansi.Strip(out) {
					t.Errorf("the text differs from that in color:\n%s\n%s", ansi.Strip(out), ansi.Strip(colored))
				}
				if size.Width <= mode.widest {
					golden.RequireEqual(t, out)
				}
			})
		}
	}
	t.Run("plain", func(t *testing.T) {
		f := ui.Frame{Width: 120, Height: 40, Theme: modes[1].theme, Now: Now, Plain: true}
		golden.RequireEqual(t, ui.Render(screen, f, status))
	})
}

func inColor(f ui.Frame) ui.Frame {
	f.Theme = modes[0].theme
	return f
}

// Check fails the test unless lines are exactly as many and as wide as the
// frame and hold no control character but those of styles.
func Check(t testing.TB, lines []string, f ui.Frame) {
	t.Helper()
	if len(lines) != f.Height {
		t.Errorf("%d lines in a frame of %d", len(lines), f.Height)
	}
	for i, line := range lines {
		if w := draw.Width(line); w != f.Width {
			t.Errorf("line %d is %d columns wide, not %d: %q", i, w, f.Width, line)
		}
		if rest := strings.ReplaceAll(line, "\x1b[", ""); strings.ContainsFunc(rest, isControl) {
			t.Errorf("line %d holds a control character: %q", i, line)
		}
	}
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }
