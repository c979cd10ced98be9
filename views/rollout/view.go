package rollout

import (
	"fmt"
	"strings"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
	"pitwall/views/review"
)

const (
	sideBySide = 160 // columns from which the differences stand beside the list
	sideWidth  = 64
	leastTable = 5 // lines of the list, with its header
)

// View draws the variants, what is under way, the revisions of one variant,
// and what would change with the selected one.
func (s *Screen) View(f ui.Frame) []string {
	th := f.Theme
	s.looked = true
	s.cells.theme, s.cells.now = th, f.Now
	if f.Plain {
		return s.plain(f)
	}
	if !s.found {
		return draw.FitLines(th, s.absent(th), f.Width, f.Height)
	}
	lines := []string{"", s.variantLine(th, f)}
	lines = append(lines, s.underWay(th, f)...)
	lines = append(lines, "")
	s.tableTop = len(lines)
	room := f.Height - len(lines)
	if f.Width >= sideBySide {
		left := f.Width - sideWidth - 2
		panes := draw.JoinColumns(room,
			draw.Pane{Lines: s.list(th, left, room), Width: left},
			draw.Pane{Width: 2},
			draw.Pane{Lines: s.differs(th, sideWidth), Width: sideWidth})
		return draw.FitLines(th, append(lines, panes...), f.Width, f.Height)
	}
	below := s.differs(th, f.Width)
	height := max(room-len(below)-1, min(leastTable, room))
	lines = append(lines, s.list(th, f.Width, height)...)
	lines = append(append(lines, ""), below...)
	return draw.FitLines(th, lines, f.Width, f.Height)
}

// list draws the revisions, or why there are none.
func (s *Screen) list(th *theme.Theme, width, height int) []string {
	s.table.SetColumns(columns)
	s.table.SetSize(width, height)
	switch {
	case s.deps.Revisions == nil:
		s.table.SetEmpty("", " This backend keeps no revisions: there is nothing to roll back to.")
	case s.revisions.err != nil:
		s.table.SetEmpty("", " The revisions cannot be read: "+views.Words(th, s.revisions.err.Error()), th.Dim.Paint(" r asks again"))
	case !s.revisions.known:
		s.table.SetEmpty(widget.Skeleton(th, min(width, 60)), widget.Skeleton(th, min(width, 60)))
	default:
		s.table.SetEmpty("", " There is no revision of "+draw.Sanitize(s.variant)+" yet.", th.Dim.Paint(" D deploys a version, tab shows another variant"))
	}
	return s.table.View(th)
}

// variantLine lists the variants with their shares, the shown one marked.
func (s *Screen) variantLine(th *theme.Theme, f ui.Frame) string {
	line := " "
	for i, v := range s.row.Deployment.Variants {
		text := fmt.Sprintf("%s  %s %%  %d/%d ready", views.VariantPlain(v), backends.FormatWeight(v.Weight), v.Ready, v.Desired)
		style := th.Variant(i)
		if views.Stale(f.Now, s.row.ListedAt) {
			style = th.Faint
		}
		if v.Name == s.variant {
			line += style.With(th.Title).Paint(th.Glyphs.Cursor+" "+text) + "   "
			continue
		}
		line += "  " + style.Paint(text) + "   "
	}
	if views.Stale(f.Now, s.row.ListedAt) {
		line += th.Faint.Paint("stale " + views.Age(f.Now, s.row.ListedAt, th.Glyphs))
	}
	return draw.Truncate(line, f.Width, th.Glyphs.Ellipsis)
}

// underWay is the rollout in progress, an operation of this console, and the
// recovery after one.
func (s *Screen) underWay(th *theme.Theme, f ui.Frame) []string {
	lines := s.rolloutLines(th, f)
	if s.running != nil {
		text := fmt.Sprintf("%s: %s", s.running.Stage, views.Words(th, s.running.Text))
		lines = append(lines, " "+th.Info.Paint(th.Glyphs.Now)+" "+text)
		for _, line := range review.ProgressLines(th, s.plan, *s.running, 30) {
			lines = append(lines, "   "+line)
		}
	}
	if s.recovery != nil {
		lines = append(lines, " "+review.RecoveryLine(th, *s.recovery, f.Width-2))
	}
	if s.revisions.err != nil && len(s.revisions.all) > 0 {
		lines = append(lines, " "+th.Faint.Paint("the revisions could not be read again: "+views.Words(th, s.revisions.err.Error())))
	}
	return lines
}

// rolloutLines is the rollout in progress with its ladder of replicas.
func (s *Screen) rolloutLines(th *theme.Theme, f ui.Frame) []string {
	r := s.row.Deployment.Rollout
	if r == nil {
		return []string{" " + th.Dim.Paint("no rollout is in progress")}
	}
	look, word := theme.StateProgressing, "progressing"
	if r.Paused {
		look, word = theme.StatePaused, "held"
	}
	glyph, style := th.State(look)
	head := fmt.Sprintf(" %s  %s of %s  %s  %s  since %s", style.Paint(glyph+" "+word), r.Operation,
		draw.Sanitize(r.Variant), views.FromTo(th, *r, f.Width), r.Progress(), views.Age(f.Now, r.StartedAt, th.Glyphs))
	lines := []string{draw.Truncate(head, f.Width, th.Glyphs.Ellipsis), " " + s.ladder(th, r, f.Width-2)}
	if r.Message != "" {
		lines = append(lines, " "+draw.Truncate(views.Words(th, r.Message), f.Width-2, th.Glyphs.Ellipsis))
	}
	return lines
}

// ladder is one step a replica, "✓ 1  ✓ 2  ▸ 3  · 4", or a bar when there are
// too many.
func (s *Screen) ladder(th *theme.Theme, r *backends.Rollout, width int) string {
	total := max(r.Total, 0)
	if total*6 > width {
		return widget.Progress(th, th.Info, float64(r.Done)/float64(total), min(width, 60))
	}
	var out strings.Builder
	for i := range total {
		glyph, style := th.Glyphs.Next, th.Dim
		switch {
		case i < r.Done:
			glyph, style = th.Glyphs.Check, th.OK
		case i == r.Done:
			glyph, style = th.Glyphs.Now, th.Info
		}
		out.WriteString(style.Paint(fmt.Sprintf("%s %d", glyph, i+1)) + "  ")
	}
	return out.String()
}

// differs is what restoring the selected revision would change.
func (s *Screen) differs(th *theme.Theme, width int) []string {
	chosen, ok := s.selected()
	if !ok {
		return nil
	}
	tail := th.Glyphs.Ellipsis
	title := fmt.Sprintf("revision %d (%s)", chosen.Number, draw.Sanitize(chosen.Version))
	i := -1
	for n, r := range s.cells.all {
		if r.Current {
			i = n
		}
	}
	switch {
	case chosen.Current:
		return []string{" " + th.Header.Paint(draw.Truncate(title+" runs now", width-2, tail)),
			" " + th.Dim.Paint(draw.Truncate("choose another one to see what differs", width-2, tail))}
	case i < 0:
		return []string{" " + th.Header.Paint(draw.Truncate(title, width-2, tail)),
			" " + th.Dim.Paint(draw.Truncate("what runs now is not known as a revision", width-2, tail))}
	}
	runs := s.cells.all[i]
	lines := []string{" " + th.Header.Paint(draw.Truncate(fmt.Sprintf("rolling back from revision %d to %s changes", runs.Number, title), width-2, tail))}
	for _, d := range differences(runs, chosen) {
		lines = append(lines, " "+s.difference(th, d, width-2))
	}
	if len(lines) == 1 {
		lines = append(lines, " "+th.Dim.Paint(draw.Truncate("nothing: version, image, replicas and settings are the same", width-2, tail)))
	}
	return append(lines, " "+th.Dim.Paint(draw.Truncate("the split "+s.row.Deployment.Split().String()+" stays", width-2, tail)))
}

// difference is one line of width columns: both values keep their ends, in
// which digests and file names differ.
func (s *Screen) difference(th *theme.Theme, d difference, width int) string {
	tail := th.Glyphs.Ellipsis
	what := draw.Pad(draw.TruncateMiddle(draw.Sanitize(d.what), 24, tail), 12, draw.Left)
	room := max((width-draw.Width(what)-4)/2, 4)
	return draw.Truncate(what+" "+draw.TruncateMiddle(orMissing(th, d.runs), room, tail)+" "+views.Arrow(th)+" "+
		th.Title.Paint(draw.TruncateMiddle(orMissing(th, d.restored), room, tail)), width, tail)
}

func orMissing(th *theme.Theme, foreign string) string {
	if foreign == "" {
		return th.Glyphs.Missing
	}
	return draw.Sanitize(foreign)
}

func (s *Screen) absent(th *theme.Theme) []string {
	name := draw.Sanitize(s.name)
	if snapshot := s.deps.Snapshot(); snapshot == nil || len(snapshot.Rows) == 0 && snapshot.Version == 0 {
		return []string{"", " " + widget.Skeleton(th, 60), " " + widget.Skeleton(th, 60), "", th.Dim.Paint(" asking for " + name)}
	}
	return []string{"", " There is no deployment " + name + " now.", th.Dim.Paint(" esc goes back, r asks its source again")}
}

// plain says the rollout and every revision as sentences.
func (s *Screen) plain(f ui.Frame) []string {
	th := f.Theme
	if !s.found {
		return []string{"There is no deployment " + draw.Sanitize(s.name) + "."}
	}
	var lines []string
	for _, line := range s.underWay(th, ui.Frame{Width: 200, Theme: th, Now: f.Now}) {
		lines = append(lines, strings.TrimSpace(line))
	}
	for _, r := range s.cells.all {
		state := "unproven"
		switch {
		case r.Current:
			state = "running"
		case r.Doubt != "":
			state = "not healthy: " + draw.Sanitize(r.Doubt)
		case r.Good:
			state = "known-good"
		}
		lines = append(lines, fmt.Sprintf("%s revision %d: version %s, %s, healthy for %s, %d replicas, %s old, by %s.", draw.Sanitize(r.Variant), r.Number,
			draw.Sanitize(r.Version), state, draw.Age(r.GoodFor), r.Replicas, views.Age(f.Now, r.CreatedAt, th.Glyphs), orMissing(th, r.By)))
	}
	for _, line := range s.differs(th, 200) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}
