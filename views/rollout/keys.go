package rollout

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
	"pitwall/views/review"
)

// Bindings is the key table. Whatever changes the world has a capital letter;
// scale is X, because N steps through matches in the logs.
func (s *Screen) Bindings() []ui.Binding {
	act := func(key, help, about string, op backends.Op, run func() tea.Cmd, more ...string) ui.Binding {
		off := s.off(op)
		for _, reason := range more {
			if off == "" {
				off = reason
			}
		}
		return ui.Binding{Keys: []string{key}, Help: help, About: about, Danger: true, Off: off, Run: run}
	}
	rolling := s.found && s.row.Deployment.Rollout != nil
	b := []ui.Binding{
		act("B", "rollback", "review to restore the selected revision", backends.OpRollback, s.rollback, s.rollbackOff()),
		{Keys: []string{"tab"}, Help: "variant", About: "show the revisions of the next variant", Run: s.nextVariant},
		{Keys: []string{"u"}, Help: "undo", About: "review to take the last operation back", Hidden: s.undo == nil, Off: s.undoOff(), Run: s.undoLast},
		act("D", "deploy", "choose a version to run", backends.OpDeploy, s.deploy, s.deployOff()),
		act("X", "scale", "change the number of replicas of the variant", backends.OpScale, s.scale),
		act("R", "restart", "review to replace every replica of the variant by a fresh one", backends.OpRestart, s.change(backends.OpRestart)),
		act("P", "promote", "review to make the candidate's version the stable one", backends.OpPromote, s.change(backends.OpPromote), s.candidateOff()),
		act("C", "cutover", "review to give the candidate all the traffic at once", backends.OpCutover, s.change(backends.OpCutover), s.candidateOff()),
		act("A", "all to stable", "review to give the stable variant all the traffic", backends.OpSplit, s.allToStable, s.stableOff()),
	}
	hold := []ui.Binding{
		act("F", "hold", "freeze the rollout where it is; needs no confirmation", backends.OpPause, s.change(backends.OpPause)),
		act("O", "go on", "review to let the held rollout go on", backends.OpResume, s.change(backends.OpResume)),
		act("T", "abort", "review to stop the rollout and give stable all the traffic", backends.OpAbort, s.change(backends.OpAbort)),
	}
	if rolling { // then they are what is wanted first
		b = append(hold, b...)
	} else {
		for i := range hold {
			hold[i].Hidden = true
		}
		b = append(b, hold...)
	}
	return append(append(b, s.walk()...), s.places()...)
}

func (s *Screen) walk() []ui.Binding {
	step := func(about string, how func(), keys ...string) ui.Binding {
		return ui.Binding{Keys: keys, Help: "move", About: about, Hidden: true, Run: func() tea.Cmd { return s.move(how) }}
	}
	return []ui.Binding{
		step("one revision down", func() { s.table.Move(1) }, "j", "down"),
		step("one revision up", func() { s.table.Move(-1) }, "k", "up"),
		step("one page down", func() { s.table.Page(1) }, "pgdown", "ctrl+f"),
		step("one page up", func() { s.table.Page(-1) }, "pgup", "ctrl+b"),
		step("newest revision", s.table.Home, "g", "home"),
		step("oldest revision", s.table.End, "G", "end"),
	}
}

func (s *Screen) places() []ui.Binding {
	return views.Hidden(views.To("split", s.name, ""), views.To("logs", s.name, ""), views.To("explain", s.name, ""))
}

// off gives the reason why an operation is off, or "".
func (s *Screen) off(op backends.Op) string {
	if !s.found {
		return "the deployment is not there"
	}
	return review.Off(s.deps, op, s.row.Deployment)
}

func (s *Screen) rollbackOff() string {
	r, ok := s.selected()
	switch {
	case s.deps.Revisions == nil:
		return "this backend keeps no revisions"
	case !ok:
		return "there is no revision to choose"
	case r.Current && s.first(r.Variant):
		return "nothing ran before the " + draw.Sanitize(s.row.Deployment.Rollout.Title())
	case r.Current:
		return fmt.Sprintf("revision %d runs now: choose another one", r.Number)
	}
	return ""
}

// first reports whether a variant is rolled out for the first time.
func (s *Screen) first(variant string) bool {
	r := s.row.Deployment.Rollout
	return r != nil && r.First() && r.Variant == variant
}

func (s *Screen) deployOff() string {
	if s.deps.Versions == nil {
		return "this backend lists no versions: `pitwall deploy` takes one by name"
	}
	return ""
}

// candidateOff wants to know which candidate is meant.
func (s *Screen) candidateOff() string {
	if s.variant == backends.Stable && len(s.row.Deployment.Variants) > 2 {
		return "tab to the candidate that is meant first"
	}
	return ""
}

func (s *Screen) stableOff() string {
	if !s.found {
		return "" // act says so
	}
	return review.StableOff(s.deps, s.row.Deployment)
}

func (s *Screen) undoOff() string {
	if s.undo == nil {
		return "nothing was done here that could be taken back"
	}
	return s.off(s.undo.Op)
}

func (s *Screen) rollback() tea.Cmd {
	r, ok := s.selected()
	if !ok {
		return nil
	}
	return review.Open(s.deps, backends.Change{Op: backends.OpRollback, Deployment: s.name, Variant: r.Variant, Revision: r.Number})
}

// change reviews an operation that needs nothing but the variant.
func (s *Screen) change(op backends.Op) func() tea.Cmd {
	return func() tea.Cmd {
		c := backends.Change{Op: op, Deployment: s.name}
		switch op {
		case backends.OpRestart:
			c.Variant = s.variant
		case backends.OpPromote, backends.OpCutover:
			if s.variant != backends.Stable { // else the only candidate is meant
				c.Variant = s.variant
			}
		}
		return review.Open(s.deps, c)
	}
}

func (s *Screen) allToStable() tea.Cmd {
	return review.Open(s.deps, review.AllToStable(s.row.Deployment))
}

func (s *Screen) undoLast() tea.Cmd { return review.Open(s.deps, *s.undo) }

// nextVariant shows the next variant; the cursor goes to its default.
func (s *Screen) nextVariant() tea.Cmd {
	d := s.row.Deployment
	for i, v := range d.Variants {
		if v.Name == s.variant {
			s.variant = d.Variants[(i+1)%len(d.Variants)].Name
			break
		}
	}
	s.chosen, s.touched = true, false
	s.arrange()
	return nil
}
