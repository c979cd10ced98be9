package review

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends/operation"
	"pitwall/ui"
)

// Key answers. Nothing but y, or the whole name and enter, goes on; esc always
// leads back, and closing never ends an operation that runs.
func (r *dialog) Key(k tea.KeyPressMsg) (done bool, cmd tea.Cmd) {
	if r.phase == asking && r.scrollKey(k.String()) {
		return false, nil
	}
	if r.phase == asking && r.field != noField {
		return r.typeKey(k)
	}
	r.note = ""
	switch name := k.String(); {
	case name == "esc" && r.phase == counting:
		r.ask()
		r.note = "cancelled: nothing was changed"
	case r.phase == counting:
		r.note = "esc cancels; every other key is ignored"
	case name == "esc" || name == "enter" && !k.IsRepeat:
		return true, nil
	case name == "r" && r.renews():
		return true, r.again()
	case name == "u" && r.canUndo():
		return true, Open(r.deps, *r.outcome.Undo)
	case r.phase == asking && !r.lost():
		return false, r.answerKey(k)
	}
	return false, nil
}

// answerKey takes the keys of a question that can be answered.
func (r *dialog) answerKey(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "y":
		if r.overrides() && r.plan.Commit != "" && !k.IsRepeat {
			return copied(r.plan.Commit)
		}
		if r.plan.Danger == operation.Confirm && !k.IsRepeat {
			return r.confirm()
		}
	case "tab":
		if r.takesReason() {
			r.field = reasonField
		}
	}
	return nil
}

// typeKey takes the keys of the two lines that can be typed.
func (r *dialog) typeKey(k tea.KeyPressMsg) (done bool, cmd tea.Cmd) {
	line := &r.typed
	if r.field == reasonField {
		line = &r.reason
	}
	typed := r.plan.Danger == operation.Typed
	r.note = ""
	switch name := k.String(); {
	case name == "esc" && r.field == reasonField && !typed:
		r.field = noField
	case name == "esc":
		return true, nil
	case name == "enter" && r.overrides() && strings.TrimSpace(r.reason) != "" && !k.IsRepeat:
		return true, r.again()
	case name == "enter" && r.overrides():
		r.note = "say why it has to be done all the same, esc to leave everything as it is"
	case name == "tab" && typed && r.field == reasonField, name == "enter" && typed && r.field == reasonField:
		r.field = nameField
	case name == "tab" && r.field == nameField:
		r.field = reasonField
	case name == "tab" || name == "enter" && r.field == reasonField:
		r.field = noField
	case name == "enter" && k.IsRepeat:
	case name == "enter" && r.typed == r.plan.Confirm:
		return false, r.confirm()
	case name == "enter":
		r.note = "type the whole name to go on, esc to leave everything as it is"
	default:
		if text, edited := ui.EditLine(*line, k); edited {
			*line = text
		}
	}
	return false, nil
}

func (r *dialog) canUndo() bool { return r.phase == ended && r.outcome.Undo != nil }

func isNotConfirmed(err error) bool {
	_, ok := errors.AsType[*operation.NotConfirmedError](err)
	return ok
}

// Bindings is what the key bar shows.
func (r *dialog) Bindings() []ui.Binding {
	key := func(key, help string) ui.Binding { return ui.Binding{Keys: []string{key}, Help: help} }
	switch {
	case r.phase == counting:
		return []ui.Binding{key("esc", "cancel")}
	case r.phase == running:
		return []ui.Binding{key("esc", "close, it goes on")}
	case r.renews():
		return []ui.Binding{key("esc", "close"), key("r", "review again")}
	case r.canUndo():
		return []ui.Binding{key("esc", "close"), key("u", "undo")}
	case r.overrides() && r.field == reasonField:
		return []ui.Binding{key("type", "the reason"), key("enter", "review with it"), key("tab", "back")}
	case r.overrides() && r.plan.Commit != "":
		return []ui.Binding{key("esc", "close"), key("y", "copy the commit"), key("tab", "give a reason")}
	case r.overrides():
		return []ui.Binding{key("esc", "close"), key("tab", "give a reason")}
	case r.phase == ended, r.plan.Danger == operation.Denied:
		return []ui.Binding{key("esc", "close")}
	case r.field == reasonField:
		return []ui.Binding{key("type", "the reason"), key("tab", "back")}
	case r.field == nameField:
		return []ui.Binding{key("esc", "cancel"), key("type", "the name"), key("enter", "go on"), key("tab", "reason")}
	default:
		return []ui.Binding{key("esc", "cancel"), key("y", "apply"), key("tab", "reason")}
	}
}
