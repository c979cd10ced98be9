package journal

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	data "pitwall/backends/journal"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
)

const (
	nameWidth = 10
	exactTime = "2006-01-02 15:04:05.000 MST"
)

// fields draws every field of a row, wrapped to a width, the most telling
// first.
func (s *Screen) fields(f ui.Frame, r *row, width int) []string {
	var lines []string
	for _, p := range s.pairs(f, r) {
		for i, part := range draw.Wrap(views.Words(f.Theme, p.value), max(width-nameWidth-1, 10)) {
			name := ""
			if i == 0 {
				name = p.name
			}
			lines = append(lines, " "+f.Theme.Dim.Paint(draw.Pad(name, nameWidth, draw.Left))+" "+p.style.Paint(part))
		}
	}
	return lines
}

// pairs are the fields that are set; those of intent and result that say the
// same are named once.
func (s *Screen) pairs(f ui.Frame, r *row) []pair {
	var out []pair
	add := func(name, value string) {
		if value != "" {
			out = append(out, pair{name: name, value: value})
		}
	}
	h := r.head()
	if word, state := r.outcome(f.Now, s.busy); state == backends.Unknown {
		out = append(out, pair{"outcome", unknownWords(r, word), f.Theme.Warn})
	}
	add("what", h.Text)
	if r.result != nil && r.result != h {
		add("result", cmp.Or(r.result.Text, r.result.Result))
	}
	if r.result != nil && r.result.Error != "" {
		out = append(out, pair{"error", r.result.Error, f.Theme.Fail})
	}
	add("reason", h.Reason)
	add("confirmed", h.Confirm)
	add("time", h.TS.In(f.Now.Location()).Format(exactTime)+", "+views.Age(f.Now, h.TS, f.Theme.Glyphs)+" ago")
	add("took", r.took())
	add("who", who(h))
	add("target", place(h.Target))
	add("from", subject(h.From))
	add("to", subject(h.To))
	add("evidence", strings.Join(h.EvidenceIDs, " "))
	for _, rec := range []*data.Record{r.intent, r.result} {
		if rec != nil {
			add(rec.Phase, cmp.Or(strings.TrimSpace(rec.ID+" "+rec.Result), rec.ID))
			add("  of", unlessJoined(r, rec))
			add("  after", rec.Prev)
			add("  format", strconv.Itoa(rec.V))
		}
	}
	return out
}

// unlessJoined is the intent that a record belongs to, when it is not in the row.
func unlessJoined(r *row, rec *data.Record) string {
	if r.intent != nil {
		return ""
	}
	return rec.Intent
}

// unknownWords says what an unknown outcome asks of the person.
func unknownWords(r *row, word string) string {
	if r.result != nil {
		return word + ". It may or may not have been done: look at the deployment."
	}
	return word + ". There is no result: pitwall ended before it saw one, or another process is at it. Look at the deployment."
}

func who(r *data.Record) string {
	parts := []string{r.Actor.String(), r.Actor.KubeUser, r.Actor.GitEmail, r.Actor.RegistryUser}
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	return strings.Join(slices.Compact(parts), ", ")
}

func place(t data.Target) string {
	parts := []string{t.Name, t.Variant, t.Backend, t.Context, t.Namespace}
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	return strings.Join(parts, ", ")
}

// subject is all that a record says of a state.
func subject(s data.Subject) string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+value)
		}
	}
	add("", s.Weights.String())
	add("version ", s.ModelVersion)
	add("image ", s.Image)
	add("digest ", s.Digest)
	add("replicas ", number(s.Replicas))
	add("revision ", number(s.Revision))
	return strings.Join(parts, ", ")
}

// plain says each record as a sentence, for screen readers and pipes.
func (s *Screen) plain(f ui.Frame) []string {
	var lines []string
	if _, can := s.deps.Records.(Verifier); can && !s.chain.at.IsZero() {
		words := "The chain of the journal is ok."
		if s.chain.err != nil {
			words = "The journal is damaged: " + views.Words(f.Theme, s.chain.err.Error()) + "."
		}
		lines = append(lines, words)
	}
	if len(s.shown) == 0 {
		for _, line := range s.empty(f) {
			if line != "" {
				lines = append(lines, line)
			}
		}
		return lines
	}
	for _, r := range s.shown {
		lines = append(lines, s.plainRow(f, r))
	}
	return lines
}

func (s *Screen) plainRow(f ui.Frame, r *row) string {
	h := r.head()
	word, _ := r.outcome(f.Now, s.busy)
	out := h.TS.In(f.Now.Location()).Format(time.DateTime) + " " + h.Actor.String() + ": " + h.Op
	if t := target(r); t != "" {
		out += " of " + t
	}
	if c := r.change(" to "); c != "" {
		out += ", from " + c
	}
	if h.Text != "" && r.note() {
		out += ", " + h.Text
	}
	if !r.note() {
		out += ", result " + word
		if r.result != nil && r.result.Error != "" {
			out += ", " + r.result.Error
		}
	}
	if h.Reason != "" {
		out += ", reason: " + h.Reason
	}
	return views.Words(f.Theme, out) + "."
}
