package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

const (
	headLines   = 1
	detailMost  = 7 // lines of the whole value, with its frame
	detailLeast = 4
	nameMost    = 36 // columns of a name before its value
)

const noInspector = "this backend knows no more of a replica than the deployment screen shows"

// View draws the subject, the tree, and below it the whole value of the line
// under the cursor.
func (s *Screen) View(f ui.Frame) []string {
	s.looked = true
	if f.Plain {
		return s.plain(f)
	}
	if s.cache.lines != nil && s.cache.frame == f && s.cache.revision == s.revision {
		return s.cache.lines
	}
	lines := append(make([]string, 0, f.Height), s.head(f))
	if empty := s.empty(f); empty != nil {
		s.page = 1
		lines = append(lines, empty...)
	} else {
		below := min(max(f.Height/4, detailLeast), detailMost)
		s.page = max(f.Height-headLines-below, 1)
		lines = append(lines, s.tree.view(f, s)...)
		lines = append(draw.FitLines(f.Theme, lines, f.Width, headLines+s.page), s.detail(f, below)...)
	}
	lines = draw.FitLines(f.Theme, lines, f.Width, f.Height)
	s.cache.frame, s.cache.revision, s.cache.lines = f, s.revision, lines
	return lines
}

// head is the filter while there is one, else what is shown; to the right is
// how old that is.
func (s *Screen) head(f ui.Frame) string {
	th := f.Theme
	left := " " + s.title(th)
	if s.typing || s.tree.filter != "" {
		left = " " + th.Key.Paint("/") + " " + s.tree.filter
		if s.typing {
			left += th.Selected.Paint(" ")
		}
		left += "  " + th.Dim.Paint(fmt.Sprintf("%d of %d lines of %s", len(s.tree.lines), s.tree.total, s.spoken()))
	}
	return draw.Ends(left, "  "+s.status(f)+" ", f.Width, th.Glyphs.Ellipsis)
}

// title is "model-api-A-1  A 1.0.0  ● ok  2 of 5".
func (s *Screen) title(th *theme.Theme) string {
	all := s.subjects()
	title := th.Title.Paint(draw.TruncateMiddle(s.spoken(), 48, th.Glyphs.Ellipsis))
	if r, v, ok := s.replica(); ok {
		title += "  " + views.VariantText(th, v) + "  " + views.StateText(th, r.State)
		if r.Cause != "" {
			title += " " + draw.SanitizeLine(string(r.Cause), 20)
		}
	}
	i := slices.Index(all, s.subject)
	if i < 0 {
		return title + "  " + th.Warn.Paint("no longer listed")
	}
	return title + "  " + th.Dim.Paint(fmt.Sprintf("%d of %d", i+1, len(all)))
}

// spoken is the name of the subject, sanitised.
func (s *Screen) spoken() string {
	if s.subject == frontDoor {
		return "front door of " + draw.Sanitize(s.name)
	}
	return draw.Sanitize(s.subject)
}

// status is how old the tree is, or that there is none.
func (s *Screen) status(f ui.Frame) string {
	th := f.Theme
	age := views.Age(f.Now, s.at, th.Glyphs)
	switch {
	case s.err != nil && !s.at.IsZero():
		const most = 40
		return th.Fail.Paint(th.Glyphs.Fail+" "+draw.Truncate(views.Words(th, s.err.Error()), most, th.Glyphs.Ellipsis)) + th.Warn.Paint(", as of "+age+" ago")
	case s.at.IsZero():
		return ""
	case s.stale(f):
		return th.Warn.Paint("stale " + age)
	default:
		return th.Dim.Paint("read " + age + " ago")
	}
}

// stale reports whether the tree is so old that it is drawn dim.
func (s *Screen) stale(f ui.Frame) bool { return f.Now.Sub(s.at) >= 3*every }

// empty says why there is no tree; nil when there is one.
func (s *Screen) empty(f ui.Frame) []string {
	th := f.Theme
	say := func(text, next string) []string {
		lines := []string{""}
		for _, part := range draw.Wrap(text, f.Width-4) {
			lines = append(lines, " "+part)
		}
		return append(lines, " "+th.Dim.Paint(next))
	}
	switch {
	case s.deps.Inspect == nil:
		return say("There is nothing to inspect: "+noInspector+".", "esc leads back")
	case s.at.IsZero() && s.err != nil:
		lines := []string{""}
		for _, part := range draw.Wrap(views.Words(th, s.spoken()+" cannot be inspected: "+s.err.Error()), f.Width-4) {
			lines = append(lines, " "+th.Fail.Paint(part))
		}
		return append(lines, " "+th.Dim.Paint("r asks again, tab goes to the next replica"))
	case s.at.IsZero():
		return say("asking for "+s.spoken(), "tab goes to the next replica")
	case len(s.tree.lines) == 0 && s.tree.filter != "":
		return say("Nothing matches "+s.tree.filter+".", "esc clears the filter, / changes it")
	case len(s.tree.lines) == 0:
		return say("The backend tells nothing of "+s.spoken()+".", "r asks again")
	}
	return nil
}

// view draws the lines around the cursor.
func (t *tree) view(f ui.Frame, s *Screen) []string {
	s.offset = min(max(s.offset, s.cursor-s.page+1), s.cursor)
	s.offset = max(min(s.offset, len(t.lines)-s.page), 0)
	end := min(s.offset+s.page, len(t.lines))
	widths := t.nameWidths(s.offset, end)
	values := theme.Style{}
	if s.stale(f) {
		values = f.Theme.Faint
	}
	out := make([]string, 0, s.page)
	for i := s.offset; i < end; i++ {
		out = append(out, t.row(f, t.lines[i], widths[t.lines[i].parent], values, i == s.cursor))
	}
	return out
}

// nameWidths is how wide the names are that stand among the same lines, so
// that their values stand below each other.
func (t *tree) nameWidths(from, end int) map[*node]int {
	widths := make(map[*node]int)
	for _, n := range t.lines[from:end] {
		if n.value != "" {
			widths[n.parent] = min(max(widths[n.parent], draw.Width(n.name)), nameMost)
		}
	}
	return widths
}

// row is a line of the tree: mark, name, value or how much is below it.
func (t *tree) row(f ui.Frame, n *node, nameWidth int, values theme.Style, chosen bool) string {
	th, g := f.Theme, f.Theme.Glyphs
	mark := " "
	switch {
	case len(n.nodes) > 0 && t.isFolded(n):
		mark = g.Right
	case len(n.nodes) > 0:
		mark = g.Down
	}
	cursor := " "
	if chosen {
		cursor = g.Cursor
	}
	name, style := n.name, th.Dim
	if len(n.nodes) > 0 {
		style = th.Title
	}
	line := cursor + draw.Spaces(1+2*n.depth) + style.Paint(mark) + " "
	switch {
	case n.value != "":
		line += style.Paint(draw.Pad(draw.TruncateMiddle(name, nameWidth, g.Ellipsis), nameWidth, draw.Left)) + "  " + values.Paint(n.value)
	case len(n.nodes) == 0:
		line += style.Paint(draw.Pad(name, nameWidth, draw.Left)) + "  " + th.Dim.Paint(g.Missing)
	default:
		line += style.Paint(cmp.Or(name, g.Missing))
	}
	if t.isFolded(n) {
		line += "  " + th.Dim.Paint(strconv.Itoa(len(n.nodes)))
	}
	line = draw.Fit(line, f.Width, draw.Left, g.Ellipsis)
	if chosen {
		return th.Selected.Around(line)
	}
	return line
}

// detail is the whole value under the cursor, under what leads to it.
func (s *Screen) detail(f ui.Frame, height int) []string {
	th := f.Theme
	n := s.tree.line(s.cursor)
	if n == nil {
		return draw.Box(th, draw.BoxOptions{}, nil, f.Width, height)
	}
	text := n.value
	if text == "" {
		text = strconv.Itoa(len(n.nodes)) + " below"
	}
	lines := draw.Wrap(text, f.Width-4)
	if over := len(lines) - (height - 2); over > 0 {
		lines = lines[:height-2]
		lines[height-3] = draw.Truncate(lines[height-3], f.Width-24, th.Glyphs.Ellipsis) + " " + th.Dim.Paint(fmt.Sprintf("%d more lines", over))
	}
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	title := draw.TruncateMiddle(strings.Join(n.path(), " "+th.Glyphs.Crumb+" "), f.Width-12, th.Glyphs.Ellipsis)
	return draw.Box(th, draw.BoxOptions{Title: title}, lines, f.Width, height)
}

// plain says the whole tree as lines, for screen readers and pipes.
func (s *Screen) plain(f ui.Frame) []string {
	th := f.Theme
	head := s.spoken()
	if r, v, ok := s.replica(); ok {
		head += ", variant " + views.VariantPlain(v) + ", " + r.State.String()
	}
	lines := []string{head + "."}
	if s.err != nil && !s.at.IsZero() {
		lines = append(lines, "Not read again: "+views.Words(th, s.err.Error())+"; this is as of "+views.Age(f.Now, s.at, th.Glyphs)+" ago.")
	}
	if empty := s.empty(f); empty != nil {
		for _, line := range empty {
			lines = append(lines, strings.TrimSpace(line))
		}
		return lines
	}
	var walk func(n *node)
	walk = func(n *node) {
		for _, child := range n.nodes {
			lines = append(lines, draw.Spaces(2*child.depth)+strings.TrimRight(child.name+": "+child.value, " "))
			walk(child)
		}
	}
	walk(s.tree.root)
	return lines
}
