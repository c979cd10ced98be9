package review

import (
	"fmt"
	"strings"

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
// passed shrink to one line, and what has no room then is scrolled.
func (r *dialog) View(f ui.Frame) []string {
	width := min(f.Width-2, dialogWidth)
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
	lay := func(compact bool) {
		body := page{theme: f.Theme, width: width - 4, compact: compact}
		foot := body
		r.body(&body)
		r.foot(&foot)
		if len(foot.lines) > 0 {
			body.gap()
		}
		d.Body, d.Foot = body.lines, foot.lines
	}
	lay(false)
	if r.phase <= counting {
		d.Scroll = r.scrolled()
		if len(d.Body)+len(d.Foot) > f.Height-2-6 {
			lay(true)
		}
	}
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
	case r.renews():
		return []widget.Button{closes, again}
	case r.canUndo():
		return []widget.Button{closes, {Key: "u", Label: "undo"}}
	case r.overrides() && r.field == reasonField:
		return []widget.Button{closes, {Key: "enter", Label: "review with the reason"}}
	case r.overrides() && r.plan.Commit != "":
		return []widget.Button{closes, {Key: "y", Label: "copy the commit"}, {Key: "tab", Label: "give a reason"}}
	case r.overrides():
		return []widget.Button{closes, {Key: "tab", Label: "give a reason"}}
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

// maxLines is the most lines that are shown of one text.
const maxLines = 200

// text adds sentences under a mark, wrapped and indented behind it. Line breaks
// are kept: some texts are to be copied.
func (p *page) text(mark string, style theme.Style, sentence string) {
	indent := draw.Width(mark) + 1
	lead := style.Paint(mark) + " "
	for _, paragraph := range draw.SanitizeLines(sentence, maxLines) {
		for _, line := range draw.Wrap(views.Words(p.theme, paragraph), max(p.width-indent, 10)) {
			p.lines = append(p.lines, lead+line)
			lead = draw.Spaces(indent)
		}
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
	parts := []func(*page){r.effects, r.consequences, r.guards}
	if p.compact { // the end may be out of sight: what forbids and warns comes before
		parts = []func(*page){r.shortEffects, r.guards, r.longEffects, r.consequences}
	}
	for _, part := range parts {
		part(p)
	}
}

// foot is what always shows: what takes it back, why it is done, and how long
// there is to think better of it.
func (r *dialog) foot(p *page) {
	th := p.theme
	if r.phase > counting {
		return
	}
	if r.plan.UndoText != "" && r.plan.Danger != operation.Denied {
		p.text("undo", th.Dim, r.plan.UndoText)
	}
	if r.takesReason() && r.moved == nil {
		p.lines = append(p.lines, r.reasonLine(p))
	}
	if r.phase == counting {
		p.gap()
		p.text(th.Glyphs.Progressing, th.Danger, fmt.Sprintf("applies in %d s, esc cancels", r.left))
	}
}

func (r *dialog) effects(p *page) { p.effects(r.plan.Effects) }

func (r *dialog) shortEffects(p *page) {
	short, _ := p.divided(r.plan.Effects)
	p.effects(short)
}

func (r *dialog) longEffects(p *page) {
	_, long := p.divided(r.plan.Effects)
	p.effects(long)
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
	if c := r.plan.Change; r.plan.Commit != "" {
		p.text(p.theme.Glyphs.Bullet, p.theme.Dim, fmt.Sprintf("y copies it; in a pipeline: pitwall %s %s … --dry-run -o json | jq -r .commit", c.Op, c.Deployment))
	}
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
	case r.reason == "" && r.overrides():
		return label + th.Dim.Paint("tab to say it: with a reason it can be done all the same")
	case r.reason == "":
		return label + th.Dim.Paint("tab to say it, for the journal")
	default:
		return label + draw.Truncate(r.reason, p.width-6, th.Glyphs.Ellipsis)
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
		p.text(glyph+" "+word, style, strings.Join(passed, ", "))
	}
	return p.lines
}
