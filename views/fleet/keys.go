package fleet

import (
	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/views"
)

// Bindings is the key table of the screen. While the filter is typed, Type
// takes the keys, and the table only says what they do.
func (s *Screen) Bindings() []ui.Binding {
	if s.filter.typing {
		return []ui.Binding{
			{Keys: []string{"enter"}, Help: "keep"}, {Keys: []string{"esc"}, Help: "clear"},
			{Keys: []string{"up/down"}, Help: "move"}, {Keys: []string{"ctrl+w"}, Help: "delete word"},
		}
	}
	none, rollback, name := "", "", ""
	if row, ok := s.row(); !ok {
		none = "there is no deployment to choose"
		rollback = none
	} else {
		name = row.Deployment.Name
		if s.deps.Operations != nil {
			rollback = s.deps.Operations.Disabled(backends.OpRollback, row.Deployment)
		}
	}
	open := views.To("deployment", name, none)
	open.Keys, open.Help = []string{"enter"}, "open"
	act := []ui.Binding{
		open,
		{Keys: []string{"/"}, Help: "filter", About: "show only what matches: text, status:fail, p95>100ms, err>2%, drift>0.2", Run: s.typeFilter},
		views.To("explain", name, none),
		views.To("alerts", name, none),
		views.To("logs", name, none),
		views.To("split", name, none),
		{Keys: []string{"B"}, Help: "rollback", About: "choose an earlier revision to go back to", Danger: true, Off: rollback, To: views.To("rollout", name, "").To},
		views.To("rollout", name, none),
		views.To("checklist", name, none),
		views.Hidden(views.To("registry", "", ""))[0],
		views.Hidden(views.To("journal", "", ""))[0], // of all of them
		{Keys: []string{"S"}, Help: "sort now", About: "put the rows in order at once instead of when the cursor is still", Run: s.sortNow},
		{Keys: []string{"<"}, Help: "sort left", About: "sort by the column to the left", Hidden: true, Run: func() tea.Cmd { return s.sortNext(-1) }},
		{Keys: []string{">"}, Help: "sort right", About: "sort by the column to the right", Hidden: true, Run: func() tea.Cmd { return s.sortNext(1) }},
		{Keys: []string{"w"}, Help: "worst first", About: "sort by how bad things are", Hidden: true, Run: s.sortWorst},
	}
	return append(act, s.walk()...)
}

// walk is the part of the table that moves the cursor.
func (s *Screen) walk() []ui.Binding {
	step := func(about string, how func(), keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: "move", About: about, Hidden: true, Run: func() tea.Cmd { return s.move(how) }}
	}
	return []ui.Binding{
		step("one row down", func() { s.table.Move(1) }, "j", "down"),
		step("one row up", func() { s.table.Move(-1) }, "k", "up"),
		step("one page down", func() { s.table.Page(1) }, "pgdown", "ctrl+f"),
		step("one page up", func() { s.table.Page(-1) }, "pgup", "ctrl+b"),
		step("first row", s.table.Home, "g", "home"),
		step("last row", s.table.End, "G", "end"),
	}
}
