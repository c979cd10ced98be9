package checklist

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"pitwall/checklist"
	"pitwall/ui"
	"pitwall/views"
)

// screens that a finding can send to; the others are commands.
var screens = []string{checklist.GoDeployment, checklist.GoSplit, checklist.GoRollout, checklist.GoAlerts, checklist.GoLogs, checklist.GoExplain, checklist.GoRegistry}

// target is the screen on which the item under the cursor is mended.
func (s *Screen) target() (string, bool) {
	row, ok := s.chosen()
	to := row.Go
	switch to {
	case checklist.GoRollback:
		to = checklist.GoRollout
	case checklist.GoSmoke:
		to = checklist.GoDeployment
	}
	if !ok || !slices.Contains(screens, to) {
		return "", false
	}
	return to, true
}

// Bindings is the key table of the screen.
func (s *Screen) Bindings() []ui.Binding {
	if s.form.open {
		return []ui.Binding{{Keys: []string{"enter"}, Help: "sign"}, {Keys: []string{"tab"}, Help: "next field"}, {Keys: []string{"esc"}, Help: "cancel"}}
	}
	none := ""
	if len(s.report.Rows) == 0 {
		none = "there are no items yet"
	}
	b := []ui.Binding{s.goThere()}
	b = append(b,
		ui.Binding{Keys: []string{"n"}, Help: "next open", About: "the next item that does not hold", Off: none, Run: func() tea.Cmd { return s.move(s.nextOpen()) }},
		ui.Binding{Keys: []string{"t"}, Help: "attest", About: "say that the item holds, and sign for it", Off: s.signOff(checklist.Attest), Run: func() tea.Cmd { return s.begin(checklist.Attest) }},
		ui.Binding{Keys: []string{"w"}, Help: "waive", About: "let the item go until a time, and sign for it", Off: s.signOff(checklist.Waive), Run: func() tea.Cmd { return s.begin(checklist.Waive) }},
		ui.Binding{Keys: []string{"z"}, Help: s.otherMode(), About: "one item at a time, or all of them as a list", Off: none, Run: func() tea.Cmd { s.step, s.scroll = !s.step, 0; return nil }},
		ui.Binding{Keys: []string{"y"}, Help: "approve", About: "approve what another person signed of the item", Off: s.signOff(checklist.Approve), Run: func() tea.Cmd { return s.begin(checklist.Approve) }},
		ui.Binding{Keys: []string{"u"}, Help: "revoke", About: "take the newest sign-off of the item back", Off: s.signOff(checklist.Revoke), Run: func() tea.Cmd { return s.begin(checklist.Revoke) }},
		ui.Binding{Keys: []string{"v"}, Help: "variant", About: "the checklist of the next variant", Off: s.variantOff(), Run: s.nextVariant},
	)
	for _, screen := range [...]string{"deployment", "split", "rollout", "explain", "alerts", "logs", "registry", "journal"} {
		b = append(b, views.To(screen, s.name, ""))
	}
	step := func(about string, to func() int, keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: "move", About: about, Hidden: true, Run: func() tea.Cmd { return s.move(to()) }}
	}
	return append(b,
		step("next item", func() int { return s.cursor + 1 }, "j", "down"),
		step("previous item", func() int { return s.cursor - 1 }, "k", "up"),
		step("first item", func() int { return 0 }, "g", "home"),
		step("last item", func() int { return len(s.report.Rows) - 1 }, "G", "end"),
		ui.Binding{Keys: []string{"J", "pgdown"}, Help: "scroll", About: "scroll the evidence down", Hidden: true, Run: func() tea.Cmd { s.scroll++; return nil }},
		ui.Binding{Keys: []string{"K", "pgup"}, Help: "scroll", About: "scroll the evidence up", Hidden: true, Run: func() tea.Cmd { s.scroll = max(s.scroll-1, 0); return nil }})
}

func (s *Screen) otherMode() string {
	if s.step {
		return "list"
	}
	return "one by one"
}

// goThere leads to where the item is mended.
func (s *Screen) goThere() ui.Binding {
	b := ui.Binding{Keys: []string{"enter"}, Help: "go there", About: "the screen on which the item is mended"}
	to, ok := s.target()
	if !ok {
		b.Off = "no screen mends this item"
		return b
	}
	b.Help, b.To = "go to "+to, ui.Place{Screen: to, Name: s.name}
	return b
}

// signOff says why an item cannot be signed so, "" when it can.
func (s *Screen) signOff(v checklist.Verdict) string {
	row, ok := s.chosen()
	switch {
	case s.walk == nil || !ok:
		return "there are no items yet"
	case s.walk.Why() != "":
		return s.walk.Why()
	case s.form.sent:
		return "the last one is being written"
	case v == checklist.Attest && !row.Item.Human() && len(row.Item.Probes) > 0:
		return "probes answer it: it can be waived, with a reason"
	case (v == checklist.Approve || v == checklist.Revoke) && len(s.walk.Standing(row.Item.ID)) == 0:
		return "nobody has signed it"
	case v == checklist.Approve && !row.Item.Second:
		return "it needs no second person"
	}
	return ""
}

func (s *Screen) begin(v checklist.Verdict) tea.Cmd {
	row, _ := s.chosen()
	of := ""
	if v == checklist.Approve || v == checklist.Revoke {
		of = s.walk.Standing(row.Item.ID)[0].ID
	}
	s.form.begin(v, row.Item, of)
	return nil
}

func (s *Screen) variantOff() string {
	if len(s.row.Deployment.Variants) < 2 {
		return "there is one variant"
	}
	return ""
}

func (s *Screen) nextVariant() tea.Cmd {
	list := s.row.Deployment.Variants
	for i, v := range list {
		if v.Name == s.subject.Variant {
			s.variant = list[(i+1)%len(list)].Name
		}
	}
	s.walk = nil
	return s.open()
}

// Mouse chooses an item; the wheel moves.
func (s *Screen) Mouse(e ui.MouseEvent) tea.Cmd {
	switch {
	case s.form.open:
		return nil
	case e.Kind == ui.MouseWheel && e.Wheel > 0:
		return s.move(s.cursor + 1)
	case e.Kind == ui.MouseWheel:
		return s.move(s.cursor - 1)
	case e.Kind != ui.MousePress || e.Y < headLines || e.Y-headLines >= len(s.lines):
		return nil
	}
	if at := s.lines[e.Y-headLines]; at >= 0 {
		return s.move(at)
	}
	return nil
}
