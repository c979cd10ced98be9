package explain

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
	"pitwall/views/review"
)

// cure is an action of the evidence with the key that reviews it.
type cure struct {
	key, help, about string
	change           backends.Change
}

// cureOf names the key of an action; ok is false for one that has none.
func cureOf(c backends.Change) (cure, bool) {
	variant := draw.SanitizeLine(c.Variant, 12)
	switch c.Op {
	case backends.OpSplit:
		if c.Split[backends.Stable] == 100 {
			return cure{"A", "all to stable", "review to give the stable variant all the traffic", c}, true
		}
		return cure{"W", "weights back", "review to go back to the split " + draw.Sanitize(c.Split.String()), c}, true
	case backends.OpRollback:
		return cure{"B", "roll " + variant + " back", "review to restore the earlier revision of " + variant, c}, true
	case backends.OpRestart:
		return cure{"R", "restart " + variant, "review to replace every replica of " + variant + " by a fresh one", c}, true
	case backends.OpCutover:
		return cure{"C", "cut over to " + variant, "review to give " + variant + " all the traffic at once", c}, true
	case backends.OpResume:
		return cure{"O", "go on", "review to let the held rollout go on", c}, true
	default:
		return cure{}, false
	}
}

// cures are the actions that have their keys now: of two with one key that of
// the evidence under the cursor, else that of the higher rank.
func (s *Screen) cures() []cure {
	var out []cure
	add := func(c *backends.Change) {
		if c == nil {
			return
		}
		found, ok := cureOf(*c)
		if ok && !slices.ContainsFunc(out, func(o cure) bool { return o.key == found.key }) {
			out = append(out, found)
		}
	}
	if e, ok := s.chosen(); ok {
		add(e.Action)
	}
	for _, e := range s.evidence {
		add(e.Action)
	}
	return out
}

// Bindings is the key table of the screen.
func (s *Screen) Bindings() []ui.Binding {
	none := ""
	e, ok := s.chosen()
	if !ok {
		none = "there is no evidence to choose"
	}
	b := []ui.Binding{
		{Keys: []string{"enter"}, Help: "go to " + e.Screen, About: "the screen on which the evidence shows", Off: none, To: ui.Place{Screen: e.Screen, Name: s.name}},
	}
	if !ok {
		b[0].Help = "go there"
	}
	for _, c := range s.cures() {
		b = append(b, ui.Binding{Keys: []string{c.key}, Help: c.help, About: c.about, Danger: true,
			Off: s.off(c.change.Op), Run: func() tea.Cmd { return review.Open(s.deps, c.change) }})
	}
	for _, screen := range [...]string{"logs", "split", "rollout", "alerts", "deployment"} {
		b = append(b, views.To(screen, s.name, ""))
	}
	step := func(about string, to func() int, keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: "move", About: about, Hidden: true, Run: func() tea.Cmd { return s.move(to()) }}
	}
	return append(b,
		step("next evidence", func() int { return s.cursor + 1 }, "j", "down"),
		step("previous evidence", func() int { return s.cursor - 1 }, "k", "up"),
		step("the most telling", func() int { return 0 }, "g", "home"),
		step("the least telling", func() int { return len(s.evidence) - 1 }, "G", "end"))
}

func (s *Screen) move(to int) tea.Cmd {
	s.cursor = max(min(to, len(s.evidence)-1), 0)
	return nil
}

func (s *Screen) off(op backends.Op) string {
	if !s.found {
		return "the deployment is not there"
	}
	return review.Off(s.deps, op, s.row.Deployment)
}

func (s *Screen) open(screen string) tea.Cmd {
	to := ui.Go{To: ui.Place{Screen: screen, Name: s.name}}
	return func() tea.Msg { return to }
}

// Mouse chooses evidence; a second press goes to where it shows.
func (s *Screen) Mouse(e ui.MouseEvent) tea.Cmd {
	switch {
	case e.Kind == ui.MouseWheel && e.Wheel > 0:
		return s.move(s.cursor + 1)
	case e.Kind == ui.MouseWheel:
		return s.move(s.cursor - 1)
	case e.Kind != ui.MousePress || e.Y < headLines:
		return nil
	}
	line := e.Y - headLines + s.offset
	for i, top := range slices.Backward(s.tops) {
		if line < top {
			continue
		}
		if i == s.cursor {
			chosen, _ := s.chosen()
			return s.open(chosen.Screen)
		}
		return s.move(i)
	}
	return nil
}
