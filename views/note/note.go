// Package note is the line in which a person writes a note into the journal;
// screens that show what happened hold one.
package note

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

// most is the columns of a note: a sentence or two, not a report.
const most = 500

// Line is a note that is typed. The zero value is closed. It belongs to one
// screen and is used from its goroutine only.
type Line struct {
	deployment, text string
	open             bool
}

// Written says that a note is in the journal.
type Written struct{ Deployment string }

// Off tells why no note can be written, "" when one can.
func Off(d views.Deps) string {
	if d.Note == nil {
		return "this console cannot write to the journal (--read-only, or there is none)"
	}
	return ""
}

// Open begins a note about a deployment, or about everything for "". A note
// that could not be written stands there again.
func (l *Line) Open(deployment string) {
	l.deployment, l.open = deployment, true
}

// Typing reports whether the line takes the keys.
func (l *Line) Typing() bool { return l.open }

// Bindings tells what the keys do while the line is typed.
func (l *Line) Bindings() []ui.Binding {
	return []ui.Binding{
		{Keys: []string{"enter"}, Help: "write to the journal"}, {Keys: []string{"esc"}, Help: "cancel"},
		{Keys: []string{"ctrl+w"}, Help: "delete word"},
	}
}

// Type takes a key: enter writes the note, esc drops it.
func (l *Line) Type(d views.Deps, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		*l = Line{}
	case "enter":
		text := strings.TrimSpace(l.text)
		if text == "" || k.IsRepeat {
			return nil
		}
		l.open = false
		return write(d, l.deployment, text)
	default:
		if text, edited := ui.EditLine(l.text, k); edited && draw.Width(text) <= most {
			l.text = text
		}
	}
	return nil
}

// failed brings a note back that could not be written.
type failed struct {
	deployment, text string
	err              error
}

func write(d views.Deps, deployment, text string) tea.Cmd {
	return func() tea.Msg {
		if err := d.Note(deployment, text); err != nil {
			return failed{deployment, text, err}
		}
		return Written{deployment}
	}
}

// Update takes the answer of the journal: the text is kept until it is
// written.
func (l *Line) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case Written:
		if !l.open && l.text != "" {
			*l = Line{}
			return toast(ui.Good, "the note is in the journal")
		}
	case failed:
		if !l.open && l.text != "" {
			return toast(ui.Failure, "the note was not written: "+msg.err.Error()+"; n opens it again")
		}
	}
	return nil
}

func toast(level ui.Level, text string) tea.Cmd {
	return func() tea.Msg { return ui.Toast{Level: level, Text: text} }
}

// View is the line, of the given columns.
func (l *Line) View(t *theme.Theme, width int) string {
	about := "note"
	if l.deployment != "" {
		about += " on " + draw.TruncateMiddle(draw.Sanitize(l.deployment), 24, t.Glyphs.Ellipsis)
	}
	left := " " + t.Key.Paint(about+":") + " "
	room := max(width-draw.Width(left)-2, 1)
	text := l.text
	if over := draw.Width(text) - room; over > 0 {
		text = t.Glyphs.Ellipsis + draw.Cut(text, over+1, over+room+1)
	}
	return draw.Fit(left+text+t.Selected.Paint(" "), width, draw.Left, "")
}
