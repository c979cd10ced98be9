package rollout

import (
	"fmt"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/widget"
	"pitwall/views"
	"pitwall/views/review"
)

// mostReplicas is the greatest number that can be typed.
const mostReplicas = 999

// scaler is the choice of a number of replicas. It changes nothing: its answer
// is the review.
type scaler struct {
	deps       views.Deps
	deployment string
	variant    backends.Variant
	wanted     int
	fresh      bool // nothing was typed yet: the first digit replaces the number
}

// scale asks for a number of replicas of the variant.
func (s *Screen) scale() tea.Cmd {
	v, ok := s.row.Deployment.Variant(s.variant)
	if !ok {
		return nil
	}
	d := &scaler{deps: s.deps, deployment: s.name, variant: v, wanted: v.Desired, fresh: true}
	return func() tea.Msg { return ui.OpenDialog{Dialog: d} }
}

// Key changes the number and opens the review.
func (d *scaler) Key(k tea.KeyPressMsg) (done bool, cmd tea.Cmd) {
	switch name := k.String(); name {
	case "esc", "q":
		return true, nil
	case "+", "up", "k":
		d.set(d.wanted + 1)
	case "-", "down", "j":
		d.set(d.wanted - 1)
	case "backspace":
		d.set(d.wanted / 10)
	case "enter":
		if d.wanted == d.variant.Desired || k.IsRepeat {
			return false, nil
		}
		return true, review.Open(d.deps, backends.Change{Op: backends.OpScale, Deployment: d.deployment,
			Variant: d.variant.Name, Replicas: d.wanted})
	default:
		if digit, err := strconv.Atoi(name); err == nil && len(name) == 1 {
			if d.fresh {
				d.wanted = 0
			}
			d.set(d.wanted*10 + digit)
		}
	}
	return false, nil
}

func (d *scaler) set(n int) { d.wanted, d.fresh = min(max(n, 0), mostReplicas), false }

// Update has nothing to do.
func (d *scaler) Update(tea.Msg) tea.Cmd { return nil }

// Bindings is what the key bar shows.
func (d *scaler) Bindings() []ui.Binding {
	return []ui.Binding{
		{Keys: []string{"esc"}, Help: "cancel"}, {Keys: []string{"enter"}, Help: "review"},
		{Keys: []string{"+"}, Help: "more"}, {Keys: []string{"-"}, Help: "fewer"}, {Keys: []string{"0-9"}, Help: "type"},
	}
}

// View draws the number before and after.
func (d *scaler) View(f ui.Frame) []string {
	th := f.Theme
	note := "+ and - change it, digits type it"
	if d.wanted == d.variant.Desired {
		note = "this is what it has: " + note
	}
	body := []string{
		fmt.Sprintf("replicas of %s   %d %s ", views.VariantPlain(d.variant), d.variant.Desired, views.Arrow(th)) + th.Title.Paint(strconv.Itoa(d.wanted)),
		th.Dim.Paint(fmt.Sprintf("%d ready now", d.variant.Ready)),
	}
	return widget.Dialog{
		Title: "Scale " + draw.Sanitize(d.variant.Name) + " of " + draw.Sanitize(d.deployment), Body: body, Focus: -1, Note: note,
		Buttons: []widget.Button{{Key: "esc", Label: "cancel"}, {Key: "enter", Label: "review"}},
	}.View(th, min(f.Width-4, pickerWidth), f.Height)
}
