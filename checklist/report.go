package checklist

import (
	"fmt"
	"strings"
	"time"
)

// Report is a checklist as it stands.
type Report struct {
	Subject Subject
	At      time.Time
	Rows    []Row
}

// Judge says how every item of some phases stands, all of them for none.
func (l List) Judge(r Record, subject Subject, now time.Time, phases ...Phase) Report {
	report := Report{Subject: subject, At: now}
	for _, i := range l.Of(phases...) {
		report.Rows = append(report.Rows, Judge(i, r, subject, now))
	}
	return report
}

// Count is how many items are in each state.
func (r Report) Count() map[State]int {
	count := map[State]int{}
	for _, row := range r.Rows {
		count[row.State]++
	}
	return count
}

// Passes reports whether a gate may let the deployment through: there are items,
// and every one that is more than advice holds.
func (r Report) Passes() bool { return len(r.Rows) > 0 && len(r.Holding()) == 0 }

// Holding are the items that hold a gate up.
func (r Report) Holding() []Row {
	var rows []Row
	for _, row := range r.Rows {
		if !row.Item.Advice && !row.State.Holds() {
			rows = append(rows, row)
		}
	}
	return rows
}

// words of the summary, in its order.
var words = []struct {
	state State
	word  string
}{
	{Pass, "verified"}, {Attested, "attested"}, {Waived, "waived"}, {Warn, "with a warning"},
	{Fail, "failed"}, {Stale, "stale"}, {Unknown, "unknown"}, {NotApplicable, "n/a"},
}

// Summary is "12 verified · 4 attested · 2 failed · 3 unknown": never one
// number, of which nobody could say what it leaves out.
func (r Report) Summary() string {
	count := r.Count()
	var parts []string
	for _, w := range words {
		if n := count[w.state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, w.word))
		}
	}
	if parts == nil {
		return "no items"
	}
	return strings.Join(parts, " · ")
}

// Verdict is the sentence of a gate.
func (r Report) Verdict() string {
	holding, advice := r.Holding(), 0
	for _, row := range r.Rows {
		if row.Item.Advice && !row.State.Holds() {
			advice++
		}
	}
	switch {
	case len(r.Rows) == 0:
		return "there are no items: nothing was checked"
	case len(holding) == 0 && advice > 0:
		return fmt.Sprintf("the checklist passes; of its advice %d do not hold", advice)
	case len(holding) == 0:
		return "the checklist passes"
	case len(holding) == 1:
		return "1 item does not hold: " + holding[0].Item.Title
	}
	return fmt.Sprintf("%d items do not hold", len(holding))
}
