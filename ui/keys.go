package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/ui/draw"
)

// quitAgain is the time in which a second ctrl+c quits.
const quitAgain = 3 * time.Second

// key finds who gets a key press: ctrl+c, the dialog on top, the overlay, a
// screen that takes text, then the key table.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	name := k.String()
	if name == "ctrl+c" {
		return m.interrupt()
	}
	m.armed = time.Time{}
	if len(m.dialogs) > 0 {
		if m.tooSmall() && name != "esc" {
			return nil // nobody confirms what cannot be read
		}
		return m.dialogKey(k)
	}
	if m.overlay != nil {
		return m.overlayKey(k)
	}
	if t, ok := m.top().(Typer); ok && t.Typing() {
		return t.Type(k)
	}
	b, found := m.find(name)
	if !found || b.Danger && (k.IsRepeat || m.tooSmall()) {
		return nil
	}
	action := b.Run
	if action != nil && b.opens() {
		action = func() tea.Cmd { return m.await(b.Run()) }
	}
	return m.run(b.Help, b.Off, b.To, action)
}

// run opens a place and carries out an action, or says why they are off.
func (m *Model) run(help, off string, to Place, action func() tea.Cmd) tea.Cmd {
	if off != "" {
		return m.toast(Toast{Warning, help + " is off: " + off})
	}
	var opened tea.Cmd
	if to != (Place{}) {
		opened = m.open(to)
	}
	if action == nil {
		return opened
	}
	return tea.Batch(opened, action())
}

// paste hands pasted text to whatever takes text, as one key press. A dialog
// takes none: a pasted "y" must not confirm anything.
func (m *Model) paste(p tea.PasteMsg) tea.Cmd {
	k := tea.KeyPressMsg{Text: draw.Sanitize(p.Content)}
	if k.Text == "" || len(m.dialogs) > 0 {
		return nil
	}
	if m.overlay != nil {
		return m.overlayKey(k)
	}
	if t, ok := m.top().(Typer); ok && t.Typing() {
		return t.Type(k)
	}
	return nil
}

// interrupt quits on the second ctrl+c in a row; the first one says so.
func (m *Model) interrupt() tea.Cmd {
	now := m.options.Now()
	if now.Before(m.armed) {
		return tea.Quit
	}
	m.armed = now.Add(quitAgain)
	text := "press ctrl+c again to quit"
	if n := len(m.tasks); n > 0 {
		text += "; " + plural(n, "operation is", "operations are") + " still running"
	}
	return m.toast(Toast{Warning, text})
}

// escape is the ladder of esc on a screen: the screen's own, then back.
func (m *Model) escape() tea.Cmd {
	if e, ok := m.top().(Escaper); ok && e.Escape() {
		return nil
	}
	return m.back()
}

func (m *Model) quitOrBack() tea.Cmd {
	if m.atRoot() {
		return m.quit()
	}
	return m.back()
}

// quit ends the program; while a task runs it asks first.
func (m *Model) quit() tea.Cmd {
	if len(m.tasks) == 0 {
		return tea.Quit
	}
	return m.openDialog(OpenDialog{Dialog: newQuitDialog(m.tasks)})
}

func (m *Model) toggleMouse() tea.Cmd {
	m.mouse = !m.mouse
	if m.mouse {
		return m.toast(Toast{Info, "mouse on"})
	}
	return m.toast(Toast{Info, "mouse off: select text with your terminal, M switches it on again"})
}

func (m *Model) copyName() tea.Cmd {
	if m.awaits() {
		return m.toast(Toast{Info, "y was not for the clipboard: what you asked for is still being made ready"})
	}
	name := m.top().Place().Name
	if c, ok := m.top().(Copier); ok {
		name = c.Copy()
	}
	name = draw.Sanitize(name)
	if name == "" {
		return m.toast(Toast{Warning, "nothing is selected that could be copied"})
	}
	return tea.Batch(tea.SetClipboard(name), m.toast(Toast{Info, "copied " + name}))
}

func (m *Model) copyScreen() tea.Cmd {
	lines := strings.Split(ansi.Strip(m.frame.content), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	text := strings.Join(lines, "\n")
	return tea.Batch(tea.SetClipboard(text), m.toast(Toast{Info, "copied the screen as text"}))
}
