package split

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// undoSpan is how far back the journal is searched for the last change.
const undoSpan = 7 * 24 * time.Hour

type undoMsg struct {
	of     *Screen
	change *backends.Change
}

// readUndo looks into the journal for the change that made the split what it
// is now, whoever made it and in whichever console.
func (s *Screen) readUndo() tea.Cmd {
	if s.deps.Records == nil || !s.found || s.undo != nil {
		return nil
	}
	records, d, since := s.deps.Records, s.row.Deployment, s.now().Add(-undoSpan)
	return func() tea.Msg {
		all, err := records.Records(since)
		if err != nil && len(all) == 0 {
			return undoMsg{s, nil} // undo stays off; the journal screen shows the error
		}
		return undoMsg{s, undoOf(all, d)}
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
