package journal

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	data "pitwall/backends/journal"
	"pitwall/ui/draw"
)

// row is one line of the table: a note, or an operation with its intent and
// result. One of the two may be missing: an intent without a result, or a
// result whose intent is before the range.
type row struct {
	intent, result *data.Record
	words          string // everything a filter looks at, in lower case
}

// head is the record that says what was to be done.
func (r *row) head() *data.Record { return cmp.Or(r.intent, r.result) }

// join pairs intents with their results, newest first. A deployment of ""
// takes all.
func join(records []data.Record, deployment string) []row {
	rows := make([]row, 0, len(records))
	at := make(map[string]int)
	for i := range records {
		rec := &records[i]
		if deployment != "" && rec.Target.Name != deployment {
			continue
		}
		if j, known := at[rec.Intent]; known && rec.Phase == data.PhaseResult {
			rows[j].result = rec
			continue
		}
		switch rec.Phase {
		case data.PhaseIntent:
			at[rec.ID] = len(rows)
			rows = append(rows, row{intent: rec})
		default:
			rows = append(rows, row{result: rec})
		}
	}
	for i := range rows {
		rows[i].words = strings.ToLower(rows[i].text())
	}
	slices.Reverse(rows)
	return rows
}

func (r *row) text() string {
	h := r.head()
	parts := []string{h.ID, h.Actor.String(), h.Op, h.Target.Name, h.Target.Variant, r.change(" > "), h.Reason, h.Text}
	if r.result != nil {
		parts = append(parts, r.result.Result, r.result.Text, r.result.Error)
	}
	return strings.Join(parts, " ")
}

// note reports whether the row is a note.
func (r *row) note() bool { return r.head().Phase == data.PhaseNote }

// outcome is how the operation ended, in a word, with the state whose glyph
// belongs to it. busy tells that an operation runs on the deployment now.
func (r *row) outcome(now time.Time, busy func(deployment string) bool) (word string, state backends.State) {
	switch {
	case r.note():
		return "note", backends.Paused
	case r.result == nil && r.intent.Result == data.ResultRunning:
		return "running", backends.Progressing
	case r.result == nil && busy(r.intent.Target.Name) && now.Sub(r.intent.TS) < time.Hour:
		return "running", backends.Progressing
	case r.result == nil:
		return "unknown: check", backends.Unknown
	}
	switch r.result.Result {
	case data.ResultOK:
		return "ok", backends.OK
	case data.ResultFailed:
		return "failed", backends.Fail
	case data.ResultCompensated:
		return "taken back", backends.Warn
	default:
		return "unknown: check", backends.Unknown
	}
}

// took is the time from intent to result, "" without.
func (r *row) took() string {
	if r.result == nil || r.result.TookMS == 0 {
		return ""
	}
	return draw.Duration(time.Duration(r.result.TookMS) * time.Millisecond)
}

// change is what was replaced by what: "70/30 > 50/50".
func (r *row) change(arrow string) string {
	h := r.head()
	if h.Op == string(backends.OpScale) && h.From.Replicas != h.To.Replicas { // 0 is a number here
		return "x" + strconv.Itoa(h.From.Replicas) + arrow + "x" + strconv.Itoa(h.To.Replicas)
	}
	from, to := difference(h.From, h.To)
	if from == "" && to == "" {
		return ""
	}
	return cmp.Or(from, "?") + arrow + cmp.Or(to, "?")
}

// difference writes the parts of two subjects that differ; a part that the
// later one does not name stays as it is.
func difference(from, to data.Subject) (before, after string) {
	var a, b []string
	add := func(unit, x, y string) {
		if y != "" && x != y {
			a, b = append(a, unit+cmp.Or(x, "?")), append(b, unit+y)
		}
	}
	if len(to.Weights) > 0 && !to.Weights.Equal(from.Weights) {
		add("", shares(from.Weights), shares(to.Weights))
	}
	add("", from.ModelVersion, to.ModelVersion)
	if from.ModelVersion == to.ModelVersion {
		add("", from.Image, to.Image)
	}
	add("x", number(from.Replicas), number(to.Replicas))
	if len(b) == 0 {
		add("revision ", number(from.Revision), number(to.Revision))
	}
	return strings.Join(a, " "), strings.Join(b, " ")
}

// shares is "70/30", stable first.
func shares(s backends.Split) string {
	var parts []string
	for _, name := range s.Names() {
		parts = append(parts, backends.FormatWeight(s[name]))
	}
	return strings.Join(parts, "/")
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
