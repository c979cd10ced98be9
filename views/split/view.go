package split

import (
	"fmt"
	"strings"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
	"pitwall/views/review"
)

// View draws the bars of what is configured, the tracks of what is proposed
// right below them, and then what would follow from it.
func (s *Screen) View(f ui.Frame) []string {
	s.tracks.rows, s.looked = nil, true
	if f.Plain {
		return s.plain(f)
	}
	if !s.found {
		return draw.FitLines(f.Theme, s.absent(f.Theme), f.Width, f.Height)
	}
	p := &page{theme: f.Theme, now: f.Now, layout: layoutFor(f.Width)}
	s.slider.SetWidth(p.track)
	s.head(p, f)
	if s.single() {
		s.alone(p)
		return draw.FitLines(f.Theme, p.lines, f.Width, f.Height)
	}
	s.trackLines(p)
	below := []section{
		{lines: s.entry(p)},
		{title: "follows", lines: s.consequences(p)},
		{title: "guards", lines: s.guards(p)},
		{title: "evidence", lines: s.evidenceLines(p)},
		{title: "now", lines: s.underWay(p)},
		{lines: []string{s.lastChange(p, f)}},
	}
	p.sections(below, f.Height)
	return draw.FitLines(f.Theme, p.lines, f.Width, f.Height)
}

// section is a titled part below the tracks.
type section struct {
	title string
	lines []string
}

const titleWidth = 10 // columns in which the titles of sections stand

// sections adds the parts that are not empty, with a free line before each
// while there is room; a part that is too long is cut before the ones after it
// are lost.
func (p *page) sections(all []section, height int) {
	need, parts := 0, 0
	for _, s := range all {
		if len(s.lines) > 0 {
			need += len(s.lines)
			parts++
		}
	}
	gaps := len(p.lines)+need+parts <= height
	over := len(p.lines) + need - height
	for _, s := range all {
		if len(s.lines) == 0 {
			continue
		}
		if cut := min(over, len(s.lines)-3); cut > 0 && (s.title == "follows" || s.title == "guards") {
			over -= cut
			rest := len(s.lines) - cut
			s.lines = append(s.lines[:rest-1:rest-1], p.theme.Dim.Paint(fmt.Sprintf("%d more; enter shows all", cut+1)))
		}
		if gaps {
			p.lines = append(p.lines, "")
		}
		for i, line := range s.lines {
			title := ""
			if i == 0 {
				title = s.title
			}
			p.lines = append(p.lines, " "+p.theme.Dim.Paint(draw.Pad(title, titleWidth, draw.Left))+line)
		}
	}
}

// inner is the columns of a section's lines.
func (p *page) inner() int { return p.width - titleWidth - 2 }

// entry is the exact value being typed, or why the last key did nothing.
func (s *Screen) entry(p *page) []string {
	var lines []string
	if v, ok := s.focused(); s.typing && ok {
		lines = append(lines, p.theme.Key.Paint("share of "+draw.Sanitize(v.Name)+" in percent:")+" "+s.typed+p.theme.Selected.Paint(" ")+
			p.theme.Dim.Paint("  enter sets it, esc leaves it"))
	}
	if s.note != "" {
		lines = append(lines, p.theme.Warn.Paint(draw.Truncate(p.theme.Glyphs.Warn+" "+views.Words(p.theme, s.note), p.inner(), p.theme.Glyphs.Ellipsis)))
	}
	return lines
}

// consequences says what the proposal leads to: in the plan's words once it is
// planned, and until then as far as arithmetic goes.
func (s *Screen) consequences(p *page) []string {
	if !s.slider.Changed() {
		return nil
	}
	sentences := arithmetic(s.row, s.proposal())
	if s.current() && s.preview.err == nil && len(s.preview.plan.Consequences) > 0 {
		sentences = s.preview.plan.Consequences
	}
	var lines []string
	for _, sentence := range sentences {
		lines = append(lines, draw.Wrap(views.Words(p.theme, sentence), p.inner())...)
	}
	return lines
}

// guards is what the rules say to the proposal.
func (s *Screen) guards(p *page) []string {
	if off := s.off(); off != "" {
		glyph := p.theme.Warn.Paint(p.theme.Glyphs.Warn)
		return []string{draw.Truncate(glyph+" cannot be applied: "+views.Words(p.theme, off), p.inner(), p.theme.Glyphs.Ellipsis)}
	}
	switch {
	case !s.slider.Changed():
		return nil
	case s.current() && s.preview.err != nil:
		return draw.Wrap(views.Words(p.theme, "not checked: "+s.preview.err.Error()), p.inner())
	case s.current():
		return review.Guards(p.theme, s.preview.plan.Guards, p.inner(), p.compact)
	default:
		return []string{p.theme.Dim.Paint("checking this proposal")}
	}
}

// underWay is how the running operation goes, or the recovery after it.
func (s *Screen) underWay(p *page) []string {
	th := p.theme
	var lines []string
	if s.running != nil {
		text := s.running.Stage.String() + ": " + views.Words(th, s.running.Text)
		lines = append(lines, draw.Truncate(th.Info.Paint(th.Glyphs.Now)+" "+text, p.inner(), th.Glyphs.Ellipsis))
		lines = append(lines, review.ProgressLines(th, s.plan, *s.running, 30)...)
	}
	if s.recovery != nil {
		lines = append(lines, review.RecoveryLine(th, *s.recovery, p.inner()))
	}
	return lines
}

func (s *Screen) lastChange(p *page, f ui.Frame) string {
	d := s.row.Deployment
	if d.SplitAt.IsZero() {
		return p.theme.Dim.Paint("nobody has changed this split")
	}
	text := fmt.Sprintf("last change %s ago", draw.Age(f.Now.Sub(d.SplitAt)))
	if d.SplitBy != "" {
		text += " by " + draw.Sanitize(d.SplitBy)
	}
	if s.undoOff() == "" && s.undo.change.Split != nil {
		text += ", u undoes it: " + s.undo.change.Split.String()
	}
	return p.theme.Dim.Paint(draw.Truncate(text, p.inner(), p.theme.Glyphs.Ellipsis))
}

// absent says why there is nothing to draw, and what to do.
func (s *Screen) absent(t *theme.Theme) []string {
	name := draw.Sanitize(s.name)
	if snapshot := s.deps.Snapshot(); snapshot == nil || len(snapshot.Rows) == 0 && snapshot.Version == 0 {
		return []string{"", " " + widget.Skeleton(t, 60), " " + widget.Skeleton(t, 60), "", t.Dim.Paint(" asking for " + name)}
	}
	return []string{"", " There is no deployment " + name + " now.",
		t.Dim.Paint(" esc goes back; it is shown again as soon as its source tells about it, r asks now")}
}

// alone says what to do when there is nothing to split.
func (s *Screen) alone(p *page) {
	d := s.row.Deployment
	text := " It has no variants yet."
	if len(d.Variants) == 1 {
		text = fmt.Sprintf(" %s is the only variant: it gets every request, there is nothing to split.", views.VariantPlain(d.Variants[0]))
	}
	p.lines = append(p.lines, "", text,
		" Deploy a candidate first: "+p.theme.Key.Paint("o")+" opens the rollout, "+p.theme.Key.Paint("D")+" there deploys a version as B,",
		" or: "+p.theme.Accent.Paint("pitwall deploy "+draw.Sanitize(d.Name)+" --version VERSION --variant B"),
	)
}

// arithmetic says what a split means for each variant's replicas, from the
// requests of now.
func arithmetic(r fleet.Row, after backends.Split) []string {
	total := r.Signal("").RPS
	var out []string
	for _, v := range r.Deployment.Variants {
		next := after[v.Name]
		if next == v.Weight {
			continue
		}
		line := fmt.Sprintf("%s: %s → %s %% of the requests", v.Name, backends.FormatWeight(v.Weight), backends.FormatWeight(next))
		if !backends.Missing(total) {
			line = fmt.Sprintf("%s: %.1f → %.1f requests/s", v.Name, total*v.Weight/100, total*next/100)
			if v.Ready > 0 {
				line += fmt.Sprintf(", %.1f for each of %d ready", total*next/100/float64(v.Ready), v.Ready)
			} else if next > 0 {
				line += ", with no ready replica to answer them"
			}
		}
		out = append(out, line+".")
	}
	return append(out, movers(r.Deployment, after)...)
}

// movers says who moves between two variants; between more it is the plan
// that knows, because it depends on how the front door lays them out.
func movers(d backends.Deployment, after backends.Split) []string {
	if len(d.Variants) != 2 {
		return nil
	}
	stable, candidate := d.Variants[0], d.Variants[1]
	step := after[candidate.Name] - candidate.Weight
	if step > 0 {
		return []string{fmt.Sprintf("%s %% of users move from %s to %s; nobody moves back.", backends.FormatWeight(step), stable.Name, candidate.Name)}
	}
	return []string{fmt.Sprintf("%s %% of users move from %s back to %s; nobody else moves.", backends.FormatWeight(-step), candidate.Name, stable.Name)}
}

// plain says the split, the proposal and the evidence as sentences.
func (s *Screen) plain(f ui.Frame) []string {
	if !s.found {
		return []string{"There is no deployment " + draw.Sanitize(s.name) + "."}
	}
	p := &page{theme: f.Theme, now: f.Now, layout: layoutFor(200)}
	var lines []string
	for _, v := range s.row.Deployment.Variants {
		c := s.figures(p, v)
		lines = append(lines, fmt.Sprintf("%s: configured %s %%, observed %s, %s requests/s, %s %s, errors %s, drift %s, %d of %d ready.",
			views.VariantPlain(v), backends.FormatWeight(v.Weight), c.observed.text, c.rate.text, s.latencyName(), c.p95.text, c.errors.text, c.drift.text, v.Ready, v.Desired))
	}
	if why := s.row.Deployment.Uncounted; why != "" && len(s.row.Observed) == 0 {
		lines = append(lines, "What is observed is not known, for the front door does not count: "+draw.Sanitize(why)+".")
	}
	if s.single() {
		return append(lines, "There is only one variant: deploy a candidate before there is something to split.")
	}
	if s.slider.Changed() {
		lines = append(lines, "Proposed: "+s.proposal().String()+".")
		lines = append(lines, s.consequences(p)...)
	}
	lines = append(lines, s.guards(p)...)
	lines = append(lines, s.evidenceLines(p)...)
	lines = append(lines, s.underWay(p)...)
	if b := s.banner(); b != "" {
		lines = append(lines, views.Words(f.Theme, b)+".")
	}
	lines = append(lines, fmt.Sprintf("Listed %s ago, signals %s old.", views.Age(f.Now, s.row.ListedAt, f.Theme.Glyphs), views.Age(f.Now, s.row.SignalsAt, f.Theme.Glyphs)))
	return append(lines, strings.TrimSpace(s.lastChange(p, f)))
}
