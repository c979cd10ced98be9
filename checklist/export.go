package checklist

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// The report's form in JSON: names and words stay as they are.
type reportJSON struct {
	Subject Subject        `json:"subject"`
	At      time.Time      `json:"at"`
	Passes  bool           `json:"passes"`
	Verdict string         `json:"verdict"`
	Summary string         `json:"summary"`
	Count   map[string]int `json:"count"`
	Items   []rowJSON      `json:"items"`
}

type rowJSON struct {
	ID       string     `json:"id"`
	Phase    Phase      `json:"phase"`
	Title    string     `json:"title"`
	State    State      `json:"state"`
	Advice   bool       `json:"advice,omitempty"`
	Text     string     `json:"text"`
	Next     string     `json:"next,omitempty"`
	Evidence []Evidence `json:"evidence,omitempty"`
	SignOff  *SignOff   `json:"sign_off,omitempty"`
	Approval *SignOff   `json:"approval,omitempty"`
}

// MarshalJSON writes the report with its verdict and counts.
func (r Report) MarshalJSON() ([]byte, error) {
	out := reportJSON{Subject: r.Subject, At: r.At, Passes: r.Passes(), Verdict: r.Verdict(), Summary: r.Summary(), Count: map[string]int{}, Items: []rowJSON{}}
	for s, n := range r.Count() {
		out.Count[s.String()] = n
	}
	for _, row := range r.Rows {
		x := rowJSON{row.Item.ID, row.Item.Phase, row.Item.Title, row.State, row.Item.Advice, row.Text, row.Next, nil, row.Sign, row.Approval}
		for _, e := range row.Evidence {
			if !e.At.IsZero() {
				x.Evidence = append(x.Evidence, e)
			}
		}
		out.Items = append(out.Items, x)
	}
	return json.Marshal(out)
}

// marks of the states in Markdown: words and not only signs, for whoever hears it read.
var marks = map[State]string{Pass: "✅ pass", Attested: "✅ attested", Waived: "➖ waived", Warn: "⚠️ warn", Fail: "❌ fail", Stale: "❔ stale", Unknown: "❔ unknown", NotApplicable: "n/a"}

// Markdown writes the report for a pull request or a release note. Foreign
// text in it is escaped.
func (r Report) Markdown(w io.Writer) error {
	var b strings.Builder
	s := r.Subject
	fmt.Fprintf(&b, "## Checklist of %s %s: %s\n\n", code(s.Deployment), s.Variant, escape(r.Verdict()))
	fmt.Fprintf(&b, "%s · model %s", escape(r.Summary()), code(or(s.Version)))
	if s.Digest != "" {
		fmt.Fprintf(&b, " · image %s", code(s.Digest))
	}
	fmt.Fprintf(&b, " · %s · %s\n", escape(where(s)), r.At.UTC().Format(time.RFC3339))
	for _, p := range Phases() {
		r.markdownPhase(&b, p)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) markdownPhase(b *strings.Builder, p Phase) {
	head := false
	for _, row := range r.Rows {
		if row.Item.Phase != p {
			continue
		}
		if !head {
			fmt.Fprintf(b, "\n### %s\n\n| | item | evidence |\n|---|---|---|\n", p.Title())
			head = true
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", marks[row.State], escape(row.Item.Title), strings.Join(row.lines(escape), "<br>"))
	}
}

// lines are why a row stands as it does, and each probe's evidence.
func (row Row) lines(clean func(string) string) []string {
	lines := []string{clean(row.Text)}
	for _, e := range row.Evidence {
		if e.At.IsZero() || e.Text == row.Text {
			continue
		}
		lines = append(lines, clean(e.State.String()+": "+e.Text))
	}
	if row.Sign != nil && row.Sign.Link != "" {
		lines = append(lines, clean(row.Sign.Link))
	}
	return lines
}

func where(s Subject) string {
	text := s.Backend
	for _, part := range []string{s.Context, s.Namespace} {
		if part != "" {
			text += " " + part
		}
	}
	return text
}

func or(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// escape keeps Markdown and HTML out of a table's cell.
func escape(text string) string {
	text = plain(text)
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", `\|`, "\n", " ", "\r", " ", "`", "'", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "\\", `\\`).Replace(text)
}

func code(text string) string {
	return "`" + strings.NewReplacer("`", "'", "\n", " ", "\r", " ", "|", "¦").Replace(plain(text)) + "`"
}
