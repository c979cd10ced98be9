package registry

import (
	"strconv"

	"github.com/charmbracelet/x/ansi"

	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

const (
	besideFrom = 150 // columns from which what belongs to the row stands beside the table
	besideWide = 74
	noticeMost = 4 // lines between the top and the table
)

// sheet is one frame of a screen.
type sheet struct {
	top     string
	notices []string // what is wrong, a line each
	columns []widget.Column
	empty   []string // why there are no rows
}

// drawn returns the lines of the last frame when nothing has changed since.
func (k *desk) drawn(f ui.Frame) []string {
	k.poll.looked = true
	if k.cache.frame == f && k.cache.revision == k.revision {
		return k.cache.lines
	}
	return nil
}

// draw draws the top, what is wrong, the table, and what belongs to the row
// under the cursor below it, or beside it on a wide terminal.
func (k *desk) draw(f ui.Frame, s sheet) []string {
	lines := append(make([]string, 0, f.Height), s.top)
	if more := len(s.notices) - noticeMost; more > 0 {
		s.notices = append(s.notices[:noticeMost-1], " "+f.Theme.Dim.Paint("and "+strconv.Itoa(more+1)+" more"))
	}
	lines = append(lines, draw.FitLines(f.Theme, s.notices, f.Width, len(s.notices))...)
	k.listTop = len(lines)
	height := f.Height - len(lines)
	k.listHeight = height
	switch {
	case k.table.Len() == 0:
		lines = append(lines, k.list(f, s, f.Width, height)...)
	case k.whole:
		k.listHeight = 0
		lines = append(lines, k.box(f, f.Width, height)...)
	case f.Width >= besideFrom:
		width := f.Width - besideWide - 1
		lines = append(lines, draw.JoinColumns(height, draw.Pane{Lines: k.list(f, s, width, height), Width: width},
			draw.Pane{Width: 1}, draw.Pane{Lines: k.box(f, besideWide, height), Width: besideWide})...)
	default:
		k.listHeight = max(min(k.table.Len()+1, height/2), 4)
		lines = append(lines, k.list(f, s, f.Width, k.listHeight)...)
		lines = append(lines, k.box(f, f.Width, height-k.listHeight)...)
	}
	k.cache.frame, k.cache.revision, k.cache.lines = f, k.revision, lines
	return lines
}

func (k *desk) list(f ui.Frame, s sheet, width, height int) []string {
	k.table.SetColumns(s.columns)
	k.table.SetSize(width, height)
	k.table.SetEmpty(s.empty...)
	return k.table.View(f.Theme)
}

// box is what belongs to the row under the cursor.
func (k *desk) box(f ui.Frame, width, height int) []string {
	title, lines := k.about(f, width-4)
	o := draw.BoxOptions{Title: title, Focus: k.whole}
	if k.poll.old(f.Now) {
		o.Status = f.Theme.Warn.Paint("as of " + views.Age(f.Now, k.poll.at, f.Theme.Glyphs) + " ago")
		for i := range lines {
			lines[i] = f.Theme.Dim.Paint(ansi.Strip(lines[i]))
		}
	}
	room := height - 2
	k.scroll = max(min(k.scroll, len(lines)-room), 0)
	lines = lines[k.scroll:]
	if over := len(lines) - room; over > 0 && room > 0 {
		how := "J scrolls"
		if k.whole {
			how = "j scrolls"
		}
		lines[room-1] = " " + f.Theme.Dim.Paint(strconv.Itoa(over+1)+" more lines, "+how)
	}
	return draw.Box(f.Theme, o, lines, width, height)
}

// topLine is the filter while there is one, else words; to the right is the age.
func (k *desk) topLine(f ui.Frame, words string, shown, of int) string {
	th := f.Theme
	left := " " + words
	if k.filter.typing || k.filter.text != "" {
		left = k.filter.line(th) + "  " + th.Dim.Paint(strconv.Itoa(shown)+" of "+strconv.Itoa(of))
	}
	right := ""
	switch {
	case k.poll.known():
		style := th.Dim
		if k.poll.old(f.Now) {
			style = th.Warn
		}
		right = style.Paint("read "+views.Age(f.Now, k.poll.at, th.Glyphs)+" ago") + " "
	case k.poll.reading:
		right = th.Dim.Paint("reading") + " "
	}
	return draw.Ends(left, right, f.Width, th.Glyphs.Ellipsis)
}

// away says, beside an earlier reading, why there is no newer one.
func (k *desk) away(th *theme.Theme) []string {
	if k.poll.err == nil || !k.poll.known() {
		return nil
	}
	return []string{" " + th.Fail.Paint(th.Glyphs.Fail+" "+views.Words(th, k.poll.err.Error()))}
}

// nothing says why there are no rows, as far as that is the same for both
// screens: the registry was not asked, has not answered, or does not answer.
func (k *desk) nothing(f ui.Frame) []string {
	th := f.Theme
	switch {
	case k.deps.Registry == nil:
		return []string{"", "No model registry is configured.", "",
			"--mlflow URL or --mlflow DIRECTORY names one, or MLFLOW_TRACKING_URI,", "or mlflow: in the configuration file. Then start pitwall again."}
	case k.poll.known():
		return nil
	case k.poll.err == nil:
		return []string{"", th.Dim.Paint("reading the registry")}
	}
	lines := []string{"", th.Fail.Paint(th.Glyphs.Fail + " The registry cannot be read:")}
	for _, part := range draw.Wrap(views.Words(th, k.poll.err.Error()), max(f.Width-6, 20)) {
		lines = append(lines, "  "+part)
	}
	return append(lines, "", th.Key.Paint("r")+" tries again.")
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
