package drift

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"
)

// Options sets a Monitor's window. The zero value of a field means its default.
type Options struct {
	Window  time.Duration // length of the sliding window; default 5 minutes
	Slots   int           // sub-windows it is made of, from 1 to 1000; default 6
	MinRows int           // rows below which there is no score; default 300
}

func (o Options) withDefaults() (Options, error) {
	o.Window = cmp.Or(o.Window, 5*time.Minute)
	o.Slots = cmp.Or(o.Slots, 6)
	o.MinRows = cmp.Or(o.MinRows, 300)
	switch {
	case o.Slots < 1 || o.Slots > 1000:
		return o, fmt.Errorf("drift window of %d slots, want 1 to 1000", o.Slots)
	case o.Window < time.Duration(o.Slots)*time.Millisecond:
		return o, fmt.Errorf("drift window of %v is too short for %d slots", o.Window, o.Slots)
	case o.MinRows < 1:
		return o, fmt.Errorf("drift needs at least 1 row, not %d", o.MinRows)
	}
	return o, nil
}

// narrow is the number of edges up to which comparing with all of them, without
// a branch, is faster than halving. Ten quantile bins have eleven.
const narrow = 12

// counted is one column as Observe needs it.
type counted struct {
	edges   [narrow]float32 // padded with +Inf, which no value is above
	wide    []float32       // more than narrow edges, else nil
	first   int             // index of bin 0 among the cells
	missing int             // index of the missing bin among the cells
}

// cell is the index of v's bin among the cells.
func (c *counted) cell(v float32) int {
	if v != v {
		return c.missing
	}
	if c.wide != nil {
		return c.first + countBelow(c.wide, v)
	}
	n := c.first
	for _, e := range c.edges { // no early exit: compiles to compare and add
		if v > e {
			n++
		}
	}
	return n
}

// shard is one copy of the counters; several keep cores off each other's cache
// lines.
type shard struct {
	cells []atomic.Uint64
	_     [64]byte
}

// Monitor counts live rows in the bins of a baseline. Its methods are safe for
// concurrent use.
type Monitor struct {
	base     *Baseline
	options  Options
	features []counted
	score    *counted // nil without a baseline for the score
	cells    int      // counters of a shard; cell 0 counts the rows
	shards   []shard
	window   window
}

// NewMonitor makes a monitor whose window starts empty at now. The baseline
// must not change afterwards.
func NewMonitor(b *Baseline, o Options, now time.Time) (*Monitor, error) {
	if err := b.Validate(); err != nil {
		return nil, fmt.Errorf("drift baseline: %w", err)
	}
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	m := &Monitor{base: b, options: o, features: make([]counted, len(b.Features)), cells: 1}
	for i := range b.Features {
		m.features[i] = m.lay(&b.Features[i])
	}
	if b.Score != nil {
		m.score = new(m.lay(b.Score))
	}
	m.shards = make([]shard, runtime.GOMAXPROCS(0))
	for i := range m.shards {
		m.shards[i].cells = make([]atomic.Uint64, m.cells)
	}
	m.window.init(m.cells, o, now)
	return m, nil
}

// lay gives the column its place among the cells.
func (m *Monitor) lay(c *Column) counted {
	l := counted{first: m.cells, missing: m.cells + len(c.Edges) + 1}
	m.cells += len(c.Shares)
	if len(c.Edges) > narrow {
		l.wide = c.Edges
		return l
	}
	for i := range l.edges {
		l.edges[i] = float32(math.Inf(1))
	}
	copy(l.edges[:], c.Edges)
	return l
}

// Observe counts rows: x holds them one after the other, as many values each
// as the baseline has features, NaN for missing; scores holds the predicted
// score of each row, or is empty. It never blocks and does not allocate.
func (m *Monitor) Observe(x, scores []float32) {
	// any shard will do: the choice only spreads the writers
	cells := m.shards[rand.Uint32N(uint32(len(m.shards)))].cells
	width := len(m.features)
	rows := uint64(0)
	for ; len(x) >= width; x = x[width:] {
		for i, v := range x[:width] {
			cells[m.features[i].cell(v)].Add(1)
		}
		rows++
	}
	if m.score != nil {
		for _, v := range scores {
			cells[m.score.cell(v)].Add(1)
		}
	}
	cells[0].Add(rows)
}

// count adds the shards up into total.
func (m *Monitor) count(total []uint64) {
	clear(total)
	for s := range m.shards {
		for i := range total {
			total[i] += m.shards[s].cells[i].Load()
		}
	}
}
