package checklist

import (
	"fmt"
	"time"

	"pitwall/checklist"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
)

// about is an item in full: why it stands as it does, what to do, what every
// probe proved, and who signed.
func (s *Screen) about(f ui.Frame, row checklist.Row, width int) []string {
	th := f.Theme
	p := views.Page{Theme: th, Width: max(width, 20), Label: label}
	p.Text(th.Title, row.Item.Title)
	p.Text(th.Dim, row.Item.Why)
	p.Free()
	_, style := look(th, row.State)
	p.Text(style, row.Text)
	if row.Next != "" && row.State != checklist.Pass && row.State != checklist.NotApplicable {
		next := row.Next
		if to, ok := s.target(); ok {
			next += " (enter: " + to + ")"
		}
		p.Field("next", next)
	}
	for _, e := range row.Evidence {
		p.Free()
		s.evidence(f, &p, row, e)
	}
	if row.Item.Human() {
		p.Free()
		p.Field("attest", row.Item.Attest)
	}
	if row.Sign != nil {
		p.Free()
		s.signature(f, &p, *row.Sign)
	}
	if row.Approval != nil {
		s.signature(f, &p, *row.Approval)
	}
	return p.Lines
}

// evidence is what one probe found, without what the row has said already.
func (s *Screen) evidence(f ui.Frame, p *views.Page, row checklist.Row, e checklist.Evidence) {
	th := f.Theme
	age := th.Dim.Paint("not looked at yet")
	if !e.At.IsZero() {
		age = th.Dim.Paint(draw.Age(f.Now.Sub(e.At)) + " ago, in " + (time.Duration(e.TookMS) * time.Millisecond).String())
	}
	p.Lines = append(p.Lines, " "+stateText(th, e.State)+" "+th.Key.Paint(draw.Sanitize(e.Probe))+"  "+age)
	if e.At.IsZero() {
		return
	}
	if e.Text != row.Text {
		p.Field("", e.Text)
	}
	value := e.Value
	if e.Threshold != "" {
		value += "  (" + e.Threshold + ")"
	}
	p.Field("value", value)
	p.Field("from", e.Source)
	p.Field("of", e.Subject.Runs())
	if e.Next != row.Next {
		p.Field("next", e.Next)
	}
}

func (s *Screen) signature(f ui.Frame, p *views.Page, x checklist.SignOff) {
	text := fmt.Sprintf("%s by %s on %s", x.Verdict.Past(), x.By, x.At.In(f.Now.Location()).Format(time.DateTime))
	if !x.Expires.IsZero() {
		text += ", until " + x.Expires.In(f.Now.Location()).Format(time.DateTime)
	}
	p.Field("signed", text)
	p.Field("note", x.Note)
	p.Field("link", x.Link)
	p.Field("of", x.Subject.Runs())
}

const label = 7 // columns of the names of fields
