package drift

import (
	"sync"
	"time"
)

// window is a ring of snapshots of the ever-growing counters, one for the start
// of each slot. What the window holds is the counters now less the oldest
// snapshot: it covers the running slot and the Slots-1 before it, so between
// (Slots-1)/Slots of Options.Window and all of it.
type window struct {
	mu      sync.Mutex
	slot    time.Duration
	starts  [][]uint64 // counters at the start of each slot; starts[current] of the running one
	current int
	began   time.Time // when the running slot began
	now     []uint64  // scratch: the counters at this moment
}

func (w *window) init(cells int, o Options, now time.Time) {
	w.slot = o.Window / time.Duration(o.Slots)
	w.began = now
	w.now = make([]uint64, cells)
	w.starts = make([][]uint64, o.Slots)
	for i := range w.starts {
		w.starts[i] = make([]uint64, cells)
	}
}

// advance begins the slots that are due at now, from the counters in w.now. If
// several are due, nobody knows when between them the rows came: they count for
// the oldest of these slots, so that a row never stays longer than it should.
func (w *window) advance(now time.Time) {
	due := int64(now.Sub(w.began) / w.slot)
	if due <= 0 {
		return
	}
	w.began = w.began.Add(time.Duration(due) * w.slot)
	for range min(due, int64(len(w.starts))) {
		w.current = (w.current + 1) % len(w.starts)
		copy(w.starts[w.current], w.now)
	}
}

// oldest is the snapshot at the start of the window.
func (w *window) oldest() []uint64 { return w.starts[(w.current+1)%len(w.starts)] }

// Slot is the length of a sub-window.
func (m *Monitor) Slot() time.Duration { return m.window.slot }

// Advance lets rows that have become too old leave the window. Call it at least
// once a Slot; Scores does the same.
func (m *Monitor) Advance(now time.Time) {
	m.window.mu.Lock()
	defer m.window.mu.Unlock()
	m.count(m.window.now)
	m.window.advance(now)
}

// Report is what the window holds.
type Report struct {
	Rows     uint64 // rows in the window
	Features []Score
	Score    *Score // nil without a baseline for the score
}

// Score says how one column differs from its baseline.
type Score struct {
	Name    string
	Rows    uint64  // rows counted, missing values included
	Enough  bool    // false: too few rows, the numbers below are not set
	PSI     float64 // population stability index, 0 and up
	KS      float64 // Kolmogorov-Smirnov distance, 0 to 1
	Missing float64 // share of missing values, 0 to 1
}

// Scores compares the window at now with the baseline.
func (m *Monitor) Scores(now time.Time) Report {
	m.window.mu.Lock()
	defer m.window.mu.Unlock()
	live, before := m.window.now, m.window.oldest
	m.count(live)
	m.window.advance(now)
	r := Report{Rows: live[0] - before()[0], Features: make([]Score, len(m.features))}
	for i := range m.features {
		r.Features[i] = m.compare(&m.base.Features[i], m.features[i].first, before())
	}
	if m.score != nil {
		r.Score = new(m.compare(m.base.Score, m.score.first, before()))
	}
	return r
}

// compare scores the column whose cells begin at first.
func (m *Monitor) compare(c *Column, first int, before []uint64) Score {
	s := Score{Name: c.Name}
	live := make([]float64, len(c.Shares))
	for i := range live {
		n := m.window.now[first+i] - before[first+i]
		s.Rows += n
		live[i] = float64(n)
	}
	if s.Rows < uint64(rowsNeeded(c.Shares, m.options.MinRows)) {
		return s
	}
	for i := range live {
		live[i] /= float64(s.Rows)
	}
	s.Enough = true
	s.PSI = psi(c.Shares, live, 1/float64(m.base.Rows+1))
	s.KS = ks(c.Shares, live)
	s.Missing = live[len(live)-1]
	return s
}
