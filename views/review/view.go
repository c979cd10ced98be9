package review

import (
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
)

// dialogWidth is the most columns of a review.
const dialogWidth = 100

// View draws the review. When it is too long for the frame, the rules that
// passed shrink to one line before anything else is cut.
func (r *dialog) View(f ui.Frame) []string {
	width := min(f.Width-2, dialogWidth)
	p := page{theme: f.Theme, width: width - 4}
	d := widget.Dialog{
		Title: views.Words(f.Theme, r.plan.Title), Danger: r.plan.Danger >= operation.Typed, Focus: -1,
		Buttons: r.buttons(), Note: views.Words(f.Theme, r.note),
	}
	if r.field == noField {
		d.Focus = 0 // the harmless one
	}
	if r.field == nameField {
		d.Input = &widget.Input{Label: "type " + draw.Sanitize(r.plan.Confirm) + " to go on", Value: r.typed, Want: r.plan.Confirm}
	}
	r.body(&p)
	if room := f.Height - 2 - 6; len(p.lines) > room && r.phase <= counting {
		p = page{theme: f.Theme, width: p.width, compact: true}
		r.body(&p)
	}
	d.Body = p.lines
	return d.View(f.Theme, width, f.Height)
}

// buttons lists the answers, the harmless one first.
func (r *dialog) buttons() []widget.Button {
	cancel, closes := widget.Button{Key: "esc", Label: "cancel"}, widget.Button{Key: "esc", Label: "close"}
	again := widget.Button{Key: "r", Label: "review again"}
	switch {
	case r.phase == counting:
		return []widget.Button{cancel}
	case r.phase == running:
		return []widget.Button{{Key: "esc", Label: "close, it goes on"}}
	case r.lost():
		return []widget.Button{closes, again}
	case r.canUndo():
		return []widget.Button{closes, {Key: "u", Label: "undo"}}
	case r.phase == ended || r.plan.Danger == operation.Denied:
		return []widget.Button{closes}
	case r.plan.Danger == operation.Typed:
		return []widget.Button{cancel, {Key: "enter", Label: "go on"}}
	default:
		return []widget.Button{cancel, {Key: "y", Label: "apply"}}
	}
}

// page gathers the lines of a body.
type page struct {
	theme   *theme.Theme
	width   int
	compact bool
	lines   []string
}

// text adds sentences under a mark, wrapped and indented behind it.
func (p *page) text(mark string, style theme.Style, sentence string) {
	indent := draw.Width(mark) + 1
	for i, line := range draw.Wrap(views.Words(p.theme, sentence), max(p.width-indent, 10)) {
		if i == 0 {
			p.lines = append(p.lines, style.Paint(mark)+" "+line)
			continue
		}
		p.lines = append(p.lines, draw.Spaces(indent)+line)
	}
}

// gap separates two parts when there is room.
func (p *page) gap() {
	if !p.compact && len(p.lines) > 0 {
		p.lines = append(p.lines, "")
	}
}

func (r *dialog) body(p *page) {
	switch r.phase {
	case asking, counting:
		r.questionBody(p)
	default:
		r.runBody(p)
	}
}

func (r *dialog) questionBody(p *page) {
	th := p.theme
	if r.moved != nil {
		p.text(th.Glyphs.Warn, th.Warn, changed(r.plan.Before, *r.moved, r.deps))
		p.gap()
	}
	p.effects(r.plan.Effects)
	parts := []func(*page){r.consequences, r.guards}
	if p.compact { // the end may be cut: what forbids and warns comes before
		slices.Reverse(parts)
	}
	for _, part := range parts {
		part(p)
	}
	if r.plan.UndoText != "" && r.plan.Danger != operation.Denied {
		p.gap()
		p.text("undo", th.Dim, r.plan.UndoText)
	}
	if r.plan.Danger != operation.Denied && r.moved == nil {
		p.lines = append(p.lines, r.reasonLine(p))
	}
	if r.phase == counting {
		p.gap()
		p.text(th.Glyphs.Progressing, th.Danger, fmt.Sprintf("applies in %d s, esc cancels", r.left))
	}
}

func (r *dialog) consequences(p *page) {
	if len(r.plan.Consequences) > 0 {
		p.gap()
	}
	for _, c := range r.plan.Consequences {
		p.text(p.theme.Glyphs.Bullet, p.theme.Dim, c)
	}
}

func (r *dialog) guards(p *page) {
	if len(r.plan.Guards) > 0 {
		p.gap()
	}
	p.lines = append(p.lines, Guards(p.theme, r.plan.Guards, p.width, p.compact)...)
}

func (r *dialog) reasonLine(p *page) string {
	th := p.theme
	label := th.Dim.Paint("why") + "  "
	switch {
	case r.field == reasonField:
		value := r.reason
		if w := draw.Width(value); w > p.width-8 {
			value = draw.Cut(value, w-p.width+8, w)
		}
		return th.Key.Paint("why") + "  " + value + th.Selected.Paint(" ")
	case r.reason == "":
		return label + th.Dim.Paint("tab to say it, for the journal")
	default:
		return label + draw.Truncate(r.reason, p.width-6, th.Glyphs.Ellipsis)
	}
}

// effects lists what changes: "weight of B  30 % → 50 %", in columns.
func (p *page) effects(effects []backends.Effect) {
	what, before := 0, 0
	for _, e := range effects {
		what = max(what, draw.Width(draw.Sanitize(e.What)))
		before = max(before, draw.Width(draw.Sanitize(e.Before)))
	}
	what, before = min(what, p.width/3), min(before, p.width/3)
	tail := p.theme.Glyphs.Ellipsis
	for _, e := range effects {
		line := draw.Fit(draw.Sanitize(e.What), what, draw.Left, tail) + "  " +
			draw.Fit(draw.Sanitize(e.Before), before, draw.Right, tail) + " " + views.Arrow(p.theme) + " "
		room := max(p.width-draw.Width(line), 4)
		p.lines = append(p.lines, line+p.theme.Title.Paint(draw.TruncateMiddle(draw.Sanitize(e.After), room, tail)))
	}
}

// verdictLook returns the glyph, the word and the style of a guard's verdict.
func verdictLook(t *theme.Theme, v operation.Verdict) (glyph, word string, style theme.Style) {
	switch v {
	case operation.Pass:
		return t.Glyphs.Check, "pass", t.OK
	case operation.Warn:
		return t.Glyphs.Warn, "warn", t.Warn
	case operation.Ask:
		return t.Glyphs.Alert, "ask", t.Warn
	default:
		return t.Glyphs.Cross, "deny", t.Fail
	}
}

// Guards returns the verdicts as lines of at most width columns, worst first
// and wrapped. When compact, those that passed share one line.
func Guards(t *theme.Theme, guards []operation.Guard, width int, compact bool) []string {
	p := page{theme: t, width: width}
	var passed []string
	for _, g := range guards {
		if compact && g.Verdict == operation.Pass {
			passed = append(passed, draw.Sanitize(g.Rule))
			continue
		}
		glyph, word, style := verdictLook(t, g.Verdict)
		p.text(glyph+" "+draw.Pad(word, 4, draw.Left), style, g.Text)
	}
	if len(passed) > 0 {
		glyph, word, style := verdictLook(t, operation.Pass)
		line := style.Paint(glyph+" "+word) + " " + strings.Join(passed, ", ")
		p.lines = append(p.lines, draw.Truncate(line, width, t.Glyphs.Ellipsis))
	}
	return p.lines
}
