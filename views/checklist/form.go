package checklist

import (
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/checklist"
	"pitwall/ui"
	"pitwall/ui/draw"
)

// form is the line in which a person signs: a note, and for what has an end how
// long it holds and a link. The zero value is closed.
type form struct {
	open    bool
	sent    bool // it is being written
	item    checklist.Item
	verdict checklist.Verdict
	of      string // ID of what is approved or revoked
	at      int    // field
	fields  [3]string
}

// names of the fields.
var names = [3]string{"note", "for", "link"}

// most columns of a field.
const most = 500

// begin opens the line, or opens it again with what was typed for the same.
func (f *form) begin(v checklist.Verdict, i checklist.Item, of string) {
	if f.item.ID == i.ID && f.verdict == v && f.of == of {
		f.open = true
		return
	}
	*f = form{open: true, item: i, verdict: v, of: of}
}

// keep opens the line again after it could not be written.
func (f *form) keep() { f.open, f.sent = true, false }

// count is how many fields there are.
func (f *form) count() int {
	if f.verdict == checklist.Approve || f.verdict == checklist.Revoke {
		return 1
	}
	return len(names)
}

// typed is the sign-off as it stands in the line.
func (f *form) typed(now time.Time) (checklist.SignOff, error) {
	x := checklist.SignOff{Item: f.item.ID, Verdict: f.verdict, Of: f.of, Note: strings.TrimSpace(f.fields[0]), Link: strings.TrimSpace(f.fields[2])}
	if x.Note == "" {
		return x, errors.New("say what was looked at, and why that is enough")
	}
	if text := strings.TrimSpace(f.fields[1]); text != "" {
		span, err := checklist.ParseSpan(text)
		if err != nil {
			return x, err
		}
		x.Expires = now.UTC().Add(span)
	}
	return x, nil
}

// Typing reports whether a person is signing.
func (s *Screen) Typing() bool { return s.form.open }

// Type takes a key of the line.
func (s *Screen) Type(k tea.KeyPressMsg) tea.Cmd {
	f := &s.form
	switch k.String() {
	case "esc":
		*f = form{}
	case "tab", "down":
		f.at = (f.at + 1) % f.count()
	case "shift+tab", "up":
		f.at = (f.at + f.count() - 1) % f.count()
	case "enter":
		if k.IsRepeat {
			return nil
		}
		return s.sign()
	default:
		if text, edited := ui.EditLine(f.fields[f.at], k); edited && draw.Width(text) <= most {
			f.fields[f.at] = text
		}
	}
	return nil
}

// sign writes what was typed.
func (s *Screen) sign() tea.Cmd {
	x, err := s.form.typed(s.deps.Now())
	if err != nil {
		return toast(ui.Failure, err.Error())
	}
	s.form.open, s.form.sent = false, true
	ctx, w := s.ctx, s.walk
	return func() tea.Msg {
		signed, err := w.Sign(ctx, x)
		if err != nil {
			signed = x
		}
		return signedMsg{s, signed, err}
	}
}

// formLines draw the line that is typed, one field below the other.
func (s *Screen) formLines(fr ui.Frame) []string {
	th, f := fr.Theme, &s.form
	head := " " + th.Title.Paint(string(f.verdict)+" "+draw.Sanitize(f.item.ID)) + "  "
	switch f.verdict {
	case checklist.Attest:
		head += draw.Sanitize(f.item.Attest)
	case checklist.Waive:
		head += "let it go, with a reason and an end"
	default:
		head += "sign-off " + draw.Sanitize(f.of)
	}
	lines := []string{head}
	for i := range f.count() {
		label := draw.Pad(names[i]+":", 6, draw.Left)
		text, hint := f.fields[i], ""
		if text == "" && i != f.at {
			hint = [3]string{"", checklist.Days(f.item.Expires) + " unless it says otherwise", "none"}[i]
		}
		room := max(fr.Width-draw.Width(label)-4, 1)
		if over := draw.Width(text) - room; over > 0 {
			text = th.Glyphs.Ellipsis + draw.Cut(text, over+1, over+room+1)
		}
		style := th.Dim
		if i == f.at {
			style = th.Key
			text += th.Selected.Paint(" ")
		}
		lines = append(lines, " "+style.Paint(label)+" "+text+th.Faint.Paint(hint))
	}
	return lines
}
