package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui/widget"
)

// grace is how long the keyboard must be quiet before a dialog that opened by
// itself takes a key (reference/terminal.md §4.2).
const grace = 400 * time.Millisecond

// openDialog is a dialog on screen; until quiet it takes no keys.
type openDialog struct {
	Dialog
	quiet time.Time // zero when it takes keys
}

// graceMsg looks whether the grace of a dialog is over.
type graceMsg struct{ d *openDialog }

func (m *Model) openDialog(o OpenDialog) tea.Cmd {
	d := &openDialog{Dialog: o.Dialog}
	m.dialogs = append(m.dialogs, d)
	if !o.Grace {
		return nil
	}
	d.quiet = m.options.Now().Add(grace)
	return graceIn(d, grace)
}

func graceIn(d *openDialog, in time.Duration) tea.Cmd {
	return tea.Tick(in, func(time.Time) tea.Msg { return graceMsg{d} })
}

func (m *Model) graceTick(msg graceMsg) tea.Cmd {
	if left := msg.d.quiet.Sub(m.options.Now()); left > 0 {
		return graceIn(msg.d, left)
	}
	msg.d.quiet = time.Time{}
	return nil
}

func (m *Model) closeDialog() {
	if n := len(m.dialogs); n > 0 {
		m.dialogs = m.dialogs[:n-1]
	}
}

func (m *Model) topDialog() *openDialog {
	if len(m.dialogs) == 0 {
		return nil
	}
	return m.dialogs[len(m.dialogs)-1]
}

// dialogKey gives a key to the dialog on top. During its grace the key is
// swallowed and the grace begins again.
func (m *Model) dialogKey(k tea.KeyPressMsg) tea.Cmd {
	d := m.topDialog()
	if !d.quiet.IsZero() {
		d.quiet = m.options.Now().Add(grace)
		return nil
	}
	done, cmd := d.Key(k)
	if done && m.topDialog() == d {
		m.closeDialog()
		return m.await(cmd)
	}
	return cmd
}

// quitDialog asks whether to quit while operations run.
type quitDialog struct{ tasks []string }

func newQuitDialog(tasks []Task) Dialog {
	d := quitDialog{}
	for _, t := range tasks {
		d.tasks = append(d.tasks, t.Text)
	}
	return d
}

func (d quitDialog) View(f Frame) []string {
	body := []string{plural(len(d.tasks), "operation is", "operations are") + " still running:", ""}
	for _, text := range d.tasks {
		body = append(body, "  "+f.Theme.Glyphs.Bullet+" "+text)
	}
	body = append(body, "", "Quitting leaves what was applied in place, unobserved:",
		"the journal will show its result as unknown.")
	return widget.Dialog{
		Title: "Quit?", Body: body, Focus: 1,
		Buttons: []widget.Button{{Key: "y", Label: "quit"}, {Key: "esc", Label: "stay"}},
	}.View(f.Theme, f.Width, f.Height)
}

func (d quitDialog) Key(k tea.KeyPressMsg) (bool, tea.Cmd) {
	switch k.String() {
	case "y":
		return true, tea.Quit
	case "esc", "enter", "n":
		return true, nil
	}
	return false, nil
}

func (quitDialog) Update(tea.Msg) tea.Cmd { return nil }

func (quitDialog) Bindings() []Binding {
	return []Binding{{Keys: []string{"esc"}, Help: "stay"}, {Keys: []string{"y"}, Help: "quit"}}
}
