package drift

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)

func newMonitor(t testing.TB, b *Baseline, o Options) *Monitor {
	t.Helper()
	m, err := NewMonitor(b, o, start)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// single is the baseline of one feature.
func single(t testing.TB, values []float32) *Baseline {
	return &Baseline{Schema: Schema, Rows: len(values), Features: []Column{mustFit(t, "x", values)}}
}

func TestWindowSlides(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	m := newMonitor(t, single(t, normal(r, 1000, 0, 1)), Options{Window: time.Minute, Slots: 6, MinRows: 100})
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	for _, step := range []struct {
		at, observe int
		rows        uint64 // in the window after that
	}{
		{0, 50, 50},
		{5, 50, 100},
		{15, 10, 110},
		{25, 0, 110},
		{59, 1, 111},
		{60, 0, 11},  // the first slot has left
		{69, 0, 11},  // the second is still in
		{70, 0, 1},   // and has left
		{109, 0, 1},  // the row of second 59 was in the slot that began at 50
		{110, 0, 0},  // which has left
		{5000, 7, 7}, // a long pause
		{4000, 2, 9}, // a clock that goes back does no harm
		{5001, 0, 9},
	} {
		m.Advance(at(step.at))
		m.Observe(make([]float32, step.observe), nil)
		if got := m.Scores(at(step.at)).Rows; got != step.rows {
			t.Errorf("second %d: %d rows in the window, want %d", step.at, got, step.rows)
		}
	}
	m.Observe(make([]float32, 3), nil) // nobody knows when, after second 5001, these came
	if got := m.Scores(at(9000)).Rows; got != 0 {
		t.Errorf("%d rows in the window after a long pause, want 0", got)
	}
}

func TestAdvanceKeepsTheWindowShort(t *testing.T) {
	m := newMonitor(t, single(t, make([]float32, 10)), Options{Window: time.Minute, Slots: 6})
	now := start
	for range 100 { // nobody scores; ten rows a slot
		m.Observe(make([]float32, 10), nil)
		now = now.Add(m.Slot())
		m.Advance(now)
	}
	if got := m.Scores(now).Rows; got != 50 {
		t.Errorf("%d rows in the window, want those of the last 5 slots, 50", got)
	}
}

func TestNoScoreBelowMinimum(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	m := newMonitor(t, single(t, normal(r, 1000, 0, 1)), Options{})
	m.Observe(normal(r, 299, 9, 1), nil)
	if s := m.Scores(start).Features[0]; s.Enough || s.PSI != 0 || s.Rows != 299 {
		t.Errorf("299 rows gave %+v, want no score", s)
	}
	m.Observe(normal(r, 1, 9, 1), nil)
	if s := m.Scores(start).Features[0]; !s.Enough || s.PSI < 5 || s.KS < .9 {
		t.Errorf("300 rows far off gave %+v, want a high score", s)
	}
}

func TestScoreColumn(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	b := single(t, normal(r, 1000, 0, 1))
	b.Score = new(mustFit(t, "score", normal(r, 1000, .5, .1)))
	m := newMonitor(t, b, Options{})
	m.Observe(normal(r, 1000, 0, 1), normal(r, 1000, .8, .1))
	got := m.Scores(start)
	if got.Features[0].PSI > .1 || got.Score == nil || got.Score.PSI < 1 {
		t.Errorf("feature %+v, score %+v: want drift in the score only", got.Features[0], got.Score)
	}
}

func TestObserveConcurrently(t *testing.T) {
	m := newMonitor(t, single(t, []float32{1, 2, 3}), Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				m.Observe([]float32{1, 2, nan}, nil)
			}
		})
		wg.Go(func() {
			for range 50 {
				m.Scores(start)
			}
		})
	}
	wg.Wait()
	if got := m.Scores(start); got.Rows != 12000 || got.Features[0].Rows != 12000 {
		t.Errorf("%d rows, %d values, want 12000 of both", got.Rows, got.Features[0].Rows)
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	m, rows := wide(t)
	if n := testing.AllocsPerRun(100, func() { m.Observe(rows, rows[:10]) }); n != 0 {
		t.Errorf("Observe allocates %v times", n)
	}
}

func TestNewMonitorRefuses(t *testing.T) {
	good := single(t, []float32{1, 2})
	for _, o := range []Options{{Slots: -1}, {Slots: 1001}, {Window: -time.Second}, {Window: time.Millisecond}, {MinRows: -1}} {
		if _, err := NewMonitor(good, o, start); err == nil {
			t.Errorf("options %+v are accepted", o)
		}
	}
	if _, err := NewMonitor(&Baseline{Schema: Schema, Rows: 1}, Options{}, start); err == nil {
		t.Error("a baseline without features is accepted")
	}
}

// wide is a monitor of 30 quantile features, and 64 rows for it.
func wide(t testing.TB) (*Monitor, []float32) {
	r := rand.New(rand.NewPCG(9, 10))
	b := &Baseline{Schema: Schema, Rows: 500}
	for i := range 30 {
		c := mustFit(t, string(rune('A'+i)), normal(r, 500, 0, 1))
		b.Features = append(b.Features, c)
	}
	b.Score = new(mustFit(t, "score", normal(r, 500, 0, 1)))
	return newMonitor(t, b, Options{}), normal(r, 64*30, 0, 1)
}

// The goal is about .4 µs for a row of 30 features.
func BenchmarkObserveRow(b *testing.B) {
	m, rows := wide(b)
	row, i := 30, 0
	for b.Loop() {
		m.Observe(rows[i:i+row], rows[i:i+1])
		if i += row; i == len(rows) {
			i = 0
		}
	}
}

func BenchmarkObserveBatch64(b *testing.B) {
	m, rows := wide(b)
	for b.Loop() {
		m.Observe(rows, rows[:64])
	}
}

func BenchmarkScores(b *testing.B) {
	m, rows := wide(b)
	for range 10 {
		m.Observe(rows, rows[:64])
	}
	for b.Loop() {
		m.Scores(start)
	}
}
