package review

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

// barWidth is the columns of a bar of progress in the dialog.
const barWidth = 30

// ladder is the stages that a run goes through when all is well.
var ladder = [...]operation.Stage{operation.Recorded, operation.Applying, operation.Accepted, operation.Observing, operation.Observed}

// runBody shows how far the operation is, how the world takes it, and its end.
func (r *dialog) runBody(p *page) {
	p.effects(r.plan.Effects)
	p.gap()
	p.lines = append(p.lines, r.stages(p.theme))
	if n := len(r.progress); n > 0 {
		latest := r.progress[n-1]
		if r.phase == running {
			p.text(p.theme.Glyphs.Now, p.theme.Info, latest.Text)
		}
		p.lines = append(p.lines, ProgressLines(p.theme, r.plan, latest, barWidth)...)
	}
	if r.phase == ended {
		p.gap()
		r.endBody(p)
	}
}

// stages is "✓ recorded  ✓ applying  ▸ accepted  · observing  · observed".
func (r *dialog) stages(t *theme.Theme) string {
	at := -1
	for i, s := range ladder {
		if slices.ContainsFunc(r.progress, func(p operation.Progress) bool { return p.Stage == s }) {
			at = i
		}
	}
	line := ""
	for i, s := range ladder {
		glyph, style := t.Glyphs.Next, t.Dim
		switch {
		case i == at && r.phase == ended && r.outcome.Result != journal.ResultOK:
			glyph, style = t.Glyphs.Cross, t.Fail
		case i < at || i == at && (r.phase == ended || s == operation.Observed):
			glyph, style = t.Glyphs.Check, t.OK
		case i == at:
			glyph, style = t.Glyphs.Now, t.Info
		}
		line += style.Paint(glyph+" "+s.String()) + "  "
	}
	return line
}

// endBody says how it ended, what was recorded and what can be done now.
func (r *dialog) endBody(p *page) {
	th := p.theme
	conflict, isConflict := errors.AsType[*backends.ConflictError](r.err)
	switch {
	case isConflict:
		p.text(th.Glyphs.Warn+" conflict", th.Warn, changed(r.plan.Before, conflict.Now, r.deps)+": nothing was applied.")
	case r.err == nil && r.outcome.Result == journal.ResultOK && r.outcome.Observed:
		p.text(th.Glyphs.Check+" done", th.OK, fmt.Sprintf("%s (%s)", r.outcome.Text, draw.Duration(r.outcome.Took)))
	case r.err == nil && r.outcome.Result == journal.ResultOK:
		p.text(th.Glyphs.Warn+" accepted", th.Warn, r.outcome.Text)
	case r.outcome.Result == journal.ResultOK:
		p.text(th.Glyphs.Warn+" done", th.Warn, ending(r.outcome, r.err))
	case r.outcome.Result == journal.ResultUnknown:
		p.text(th.Glyphs.Unknown+" unknown", th.Fail, ending(r.outcome, r.err)+": look before you do anything else.")
	default:
		p.text(th.Glyphs.Fail+" failed", th.Fail, ending(r.outcome, r.err))
	}
	if r.outcome.IntentID != "" {
		p.text("journal", th.Dim, r.outcome.IntentID)
	}
	if r.canUndo() && r.plan.UndoText != "" {
		p.text("undo", th.Dim, r.plan.UndoText)
	}
	if r.recovery != nil {
		p.lines = append(p.lines, RecoveryLine(th, *r.recovery, p.width))
	}
}

// ProgressLines shows how the world takes a change: replicas that are ready,
// or the share of the requests that each variant has got since. Bars have
// width columns.
func ProgressLines(t *theme.Theme, plan operation.Plan, p operation.Progress, width int) []string {
	if p.Total > 0 {
		ratio := float64(p.Ready) / float64(p.Total)
		return []string{widget.Progress(t, t.Info, ratio, width) + fmt.Sprintf(" %d of %d replicas ready", p.Ready, p.Total)}
	}
	lines := make([]string, 0, len(p.Observed)+1)
	start := 0.0
	for _, name := range p.Observed.Names() {
		share := p.Observed[name]
		i := views.VariantIndex(name)
		text := fmt.Sprintf(" observed %.1f %%", share)
		if want, known := SplitAfter(plan)[name]; known {
			text += ", wanted " + backends.FormatWeight(want) + " %"
		}
		lines = append(lines, t.Variant(i).Paint(draw.Sanitize(name))+" "+widget.ShareBar(t, i, start/100, share/100, width)+text)
		start += share
	}
	if len(lines) > 0 {
		lines = append(lines, t.Dim.Paint(fmt.Sprintf("of %d requests since", p.Requests)))
	}
	return lines
}

// SplitAfter is the split that a plan leads to; nil when it is not about the
// split.
func SplitAfter(p operation.Plan) backends.Split {
	c := p.Change
	switch c.Op {
	case backends.OpSplit:
		return c.Split
	case backends.OpAbort:
		return AllToStable(p.Before).Split
	case backends.OpCutover:
		s := AllToStable(p.Before).Split
		s[backends.Stable], s[c.Variant] = 0, 100
		return s
	}
	return nil
}

// RecoveryLine is one line of at most width columns about a recovery watch.
func RecoveryLine(t *theme.Theme, m RecoveryMsg, width int) string {
	rec := m.Recovery
	glyph, style := t.State(theme.StateProgressing)
	word := "recovering"
	switch {
	case m.Err != nil:
		glyph, style = t.State(theme.StateUnknown)
		word = "not watched"
		if !rec.Done || rec.Text == "" { // else it says why in a sentence
			rec.Text = m.Err.Error()
		}
	case rec.Verified:
		glyph, style, word = t.Glyphs.Check, t.OK, "recovered"
	case rec.Unmeasured:
		glyph, style = t.State(theme.StateUnknown)
		word = "not measured"
	case rec.Done:
		glyph, style = t.State(theme.StateFail)
		word = "not recovered"
	case len(rec.Bad)+len(rec.Unknown) > 0:
		style = t.Warn
	}
	return draw.Truncate(style.Paint(glyph+" "+word)+"  "+views.Words(t, rec.Text), width, t.Glyphs.Ellipsis)
}

// changed says who changed a deployment and how: "changed by bob 14:02: split
// A=70 B=30 → A=75 B=25".
func changed(before, now backends.Deployment, d views.Deps) string {
	text := "changed"
	if now.SplitBy != "" && now.SplitAt.After(before.SplitAt) {
		text += " by " + now.SplitBy + " " + now.SplitAt.In(location(d)).Format("15:04")
	}
	what := ""
	if !now.Split().Equal(before.Split()) {
		what += fmt.Sprintf(", split %s → %s", before.Split(), now.Split())
	}
	for _, v := range now.Variants {
		old, existed := before.Variant(v.Name)
		switch {
		case !existed:
			what += ", " + v.Name + " is new"
		case old.Version != v.Version:
			what += fmt.Sprintf(", %s %s → %s", v.Name, old.Version, v.Version)
		case old.Desired != v.Desired:
			what += fmt.Sprintf(", %s ×%d → ×%d", v.Name, old.Desired, v.Desired)
		}
	}
	if what == "" {
		return text + " since this review was made"
	}
	return text + ": " + what[2:]
}

// location is the time zone of the console's clock.
func location(d views.Deps) *time.Location {
	if d.Now == nil {
		return time.UTC
	}
	return d.Now().Location()
}
