package split

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// undoSpan is how far back the journal is searched for the last change.
const undoSpan = 7 * 24 * time.Hour

// undo is what takes the last change of the split back.
type undo struct {
	change *backends.Change // nil unknown
	from   backends.Split   // the split that it takes back; under another one it is out of date
}

type undoMsg struct {
	of   *Screen
	undo undo
}

// checkUndo forgets what would take back a split that is no longer there, and
// looks for what takes back the new one.
func (s *Screen) checkUndo(before backends.Deployment) tea.Cmd {
	now := s.row.Deployment.Split()
	if now.Equal(before.Split()) || s.undo.change != nil && s.undo.from.Equal(now) {
		return nil
	}
	s.undo = undo{}
	return s.readUndo()
}

// readUndo looks into the journal for the change that made the split what it
// is now, whoever made it and in whichever console.
func (s *Screen) readUndo() tea.Cmd {
	if s.deps.Records == nil || !s.found || s.undo.change != nil {
		return nil
	}
	records, d, since := s.deps.Records, s.row.Deployment, s.now().Add(-undoSpan)
	return func() tea.Msg {
		all, err := records.Records(since)
		if err != nil && len(all) == 0 {
			return nil // undo stays off; the journal screen shows the error
		}
		return undoMsg{s, undo{undoOf(all, d), d.Split()}}
	}
}

// undoOf is the change back to the weights from before the last change of the
// split; nil when the split is not what that change made it.
func undoOf(records []journal.Record, d backends.Deployment) *backends.Change {
	for i := len(records) - 1; i >= 0; i-- {
		r := records[i]
		if r.Target.Name != d.Name || r.Phase != journal.PhaseResult || r.Result != journal.ResultOK ||
			len(r.From.Weights) == 0 || r.From.Weights.Equal(r.To.Weights) {
			continue
		}
		if !r.To.Weights.Equal(d.Split()) || r.From.Weights.Validate(names(d)) != nil {
			return nil
		}
		return &backends.Change{Op: backends.OpSplit, Deployment: d.Name, Split: r.From.Weights}
	}
	return nil
}
