package widget

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// looks are the themes that golden frames are kept for.
var looks = []struct {
	name string
	theme.Options
}{
	{"truecolor", theme.Options{Profile: theme.TrueColor}},
	{"nocolor", theme.Options{Profile: theme.NoColor}},
	{"ascii", theme.Options{Profile: theme.NoColor, ASCII: true}},
}

// goldenFrames compares what view draws in each look with the kept frames, and checks that every line is width wide.
func goldenFrames(t *testing.T, width int, view func(th *theme.Theme) []string) {
	t.Helper()
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			lines := view(theme.New(look.Options))
			checkWidths(t, lines, width)
			if look.ASCII {
				for _, line := range lines {
					if i := strings.IndexFunc(line, func(r rune) bool { return r > 0x7e }); i >= 0 {
						t.Errorf("not ASCII: %q", line[i:])
					}
				}
			}
			golden.RequireEqual(t, strings.Join(lines, "\n")+"\n")
		})
	}
}

func checkWidths(t *testing.T, lines []string, width int) {
	t.Helper()
	for i, line := range lines {
		if w := draw.Width(line); w != width {
			t.Errorf("line %d has %d columns, want %d: %q", i, w, width, line)
		}
	}
}

// fleet is n rows of a fleet table.
type fleet struct {
	names []string
	theme *theme.Theme
}

func newFleet(n int, th *theme.Theme) fleet {
	f := fleet{theme: th}
	for i := range n {
		f.names = append(f.names, fmt.Sprintf("model-%04d", i))
	}
	return f
}

func (f fleet) Len() int          { return len(f.names) }
func (f fleet) ID(row int) string { return f.names[row] }

func (f fleet) Cell(row, column int) Cell {
	switch column {
	case 0:
		glyph, style := f.theme.State(theme.State(row % 6))
		return Cell{Text: glyph, Style: style}
	case 1:
		return Cell{Text: f.names[row]}
	case 3:
		return Cell{Text: f.theme.Variant(0).Paint("70") + "/" + f.theme.Variant(1).Paint("30")}
	default:
		return Cell{Text: "41ms", Style: f.theme.Dim}
	}
}

func fleetColumns() []Column {
	columns := []Column{
		{ID: "state", Title: "", Width: 2},
		{ID: "name", Title: "NAME", Width: 12, Min: 8, Flex: 1},
		{ID: "version", Title: "VERSION", Width: 8, Priority: 3},
		{ID: "split", Title: "SPLIT", Width: 8, Priority: 1},
	}
	for i, name := range []string{"RPS", "P50", "P95", "ERR", "DRIFT", "AGE"} {
		columns = append(columns, Column{ID: strings.ToLower(name), Title: name, Width: 7, Align: draw.Right, Priority: 4 + i})
	}
	return columns
}
