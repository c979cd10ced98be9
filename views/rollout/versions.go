package rollout

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
	"pitwall/views"
	"pitwall/views/review"
)

const (
	versionsTimeout = 10 * time.Second
	pickerRows      = 12
	pickerWidth     = 90
)

// deploy asks which version to run, and as which variant.
func (s *Screen) deploy() tea.Cmd {
	parent, versioner, deps, d := s.ctx, s.deps.Versions, s.deps, s.row.Deployment
	target := ""
	if s.chosen {
		target = s.variant
	}
	return func() tea.Msg {
		ctx, cancel := backends.Within(parent, versionsTimeout)
		defer cancel()
		all, err := versioner.Versions(ctx, d.Name)
		switch {
		case err != nil:
			return ui.Toast{Level: ui.Failure, Text: "the versions of " + d.Name + " cannot be read: " + err.Error() + "; D tries again"}
		case len(all) == 0:
			return ui.Toast{Level: ui.Warning, Text: "there is no version that " + d.Name + " could run"}
		}
		return ui.OpenDialog{Dialog: newPicker(deps, d, all, target)}
	}
}

// picker is the choice of a version to deploy. It changes nothing: its answer
// is the review.
type picker struct {
	deps       views.Deps
	deployment backends.Deployment
	versions   []backends.Version // newest first
	targets    []string           // variants that it can run as
	at, target int
}

// newPicker begins with the variant that a person chose on the screen, else with
// a candidate: the stable variant is not the place to try things.
func newPicker(d views.Deps, dep backends.Deployment, all []backends.Version, target string) *picker {
	p := &picker{deps: d, deployment: dep, versions: all}
	for _, v := range dep.Variants {
		p.targets = append(p.targets, v.Name)
	}
	if next := nextName(p.targets); next != "" {
		p.targets = append(p.targets, next)
	}
	if p.target = slices.Index(p.targets, target); p.target < 0 {
		p.target = min(1, len(p.targets)-1)
	}
	for p.at < len(all)-1 && p.runs(all[p.at]) {
		p.at++
	}
	return p
}

// nextName is the first letter that is no variant yet.
func nextName(have []string) string {
	for letter := 'A'; letter <= 'Z'; letter++ {
		if !slices.Contains(have, string(letter)) {
			return string(letter)
		}
	}
	return ""
}

// runs reports whether the target runs a version already.
func (p *picker) runs(v backends.Version) bool {
	now, ok := p.deployment.Variant(p.targets[p.target])
	return ok && now.Version == v.Version
}

// Key walks the list, chooses the variant, and opens the review.
func (p *picker) Key(k tea.KeyPressMsg) (done bool, cmd tea.Cmd) {
	switch k.String() {
	case "esc", "q":
		return true, nil
	case "j", "down":
		p.at = min(p.at+1, len(p.versions)-1)
	case "k", "up":
		p.at = max(p.at-1, 0)
	case "tab":
		p.target = (p.target + 1) % len(p.targets)
	case "enter":
		if k.IsRepeat {
			return false, nil
		}
		v := p.versions[p.at]
		return true, review.Open(p.deps, backends.Change{Op: backends.OpDeploy, Deployment: p.deployment.Name,
			Variant: p.targets[p.target], Version: v.Version, Image: v.Image})
	}
	return false, nil
}

// Update has nothing to do: the list is what it was when it was asked for.
func (p *picker) Update(tea.Msg) tea.Cmd { return nil }

// Bindings is what the key bar shows.
func (p *picker) Bindings() []ui.Binding {
	return []ui.Binding{
		{Keys: []string{"esc"}, Help: "cancel"}, {Keys: []string{"enter"}, Help: "review"},
		{Keys: []string{"tab"}, Help: "variant"}, {Keys: []string{"j/k"}, Help: "move"},
	}
}

// View draws the list around the cursor.
func (p *picker) View(f ui.Frame) []string {
	th := f.Theme
	width := min(f.Width-4, pickerWidth)
	rows := max(min(pickerRows, f.Height-9), 1)
	first := max(min(p.at-rows/2, len(p.versions)-rows), 0)
	body := []string{p.targetLine(th), ""}
	for i := first; i < min(first+rows, len(p.versions)); i++ {
		body = append(body, p.line(th, i, width-4))
	}
	return widget.Dialog{
		Title: "Deploy a version of " + draw.Sanitize(p.deployment.Name), Body: body, Focus: -1,
		Buttons: []widget.Button{{Key: "esc", Label: "cancel"}, {Key: "enter", Label: "review"}},
	}.View(th, width, f.Height)
}

func (p *picker) targetLine(th *theme.Theme) string {
	line := th.Dim.Paint("as") + " "
	for i, name := range p.targets {
		text := " " + draw.Sanitize(name)
		if v, exists := p.deployment.Variant(name); exists {
			text = " " + views.VariantPlain(v)
		} else {
			text += " (new)"
		}
		if i == p.target {
			line += th.Selected.Paint(th.Glyphs.Cursor+text+" ") + " "
			continue
		}
		line += " " + th.Dim.Paint(text+" ") + " "
	}
	return line + th.Dim.Paint(" tab chooses")
}

func (p *picker) line(th *theme.Theme, i, width int) string {
	v := p.versions[i]
	mark := "  "
	if i == p.at {
		mark = th.Glyphs.Cursor + " "
	}
	text := mark + draw.Fit(draw.Sanitize(v.Version), 14, draw.Left, th.Glyphs.Ellipsis) + " "
	switch {
	case p.runs(v):
		text += "runs now  "
	case v.Note != "":
		text += draw.Sanitize(v.Note) + "  "
	}
	text = draw.Fit(text+draw.Sanitize(v.Image), width, draw.Left, th.Glyphs.Ellipsis)
	if i == p.at {
		return th.Selected.Around(text)
	}
	return text
}
