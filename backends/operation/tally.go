package operation

import (
	"context"
	"slices"
	"time"

	"pitwall/backends"
)

const (
	// scrapeLag is how long after a split is in force the source of the signals
	// may still bring in requests from before it: an interval between two scrapes,
	// of which 15 s is a common one.
	scrapeLag = 15 * time.Second
	// tallyEvery is between two readings of what the source counted.
	tallyEvery = 3 * time.Second
)

// tally stands in for the counters of a front door that has none, as most have
// on Kubernetes: what the source of the signals counted since a split is in
// force.
type tally struct {
	able  bool               // the source counts at all
	since time.Time          // from when on requests follow the split; zero until it is in force
	next  time.Time          // when it is read again
	got   map[string]float64 // requests by variant since; nil while nothing was counted
	err   error              // of the last reading
}

// counted is a deployment with the tally's counters, where it has none of its
// own and the signals' source counts.
func (e *Engine) counted(ctx context.Context, d backends.Deployment, g goal) backends.Deployment {
	s, ok := g.(*splitGoal)
	if !ok || e.Counts == nil || e.Measured != nil && !e.Measured(d.Name) {
		return d
	}
	if _, own := counters(d); own {
		return d
	}
	s.tally.read(ctx, e, d, d.Split().Equal(s.want) && (d.Taken == nil || d.Taken.Has()))
	return s.tally.fill(d)
}

func (t *tally) read(ctx context.Context, e *Engine, d backends.Deployment, inForce bool) {
	now := e.Now()
	t.able = true
	if !inForce {
		*t = tally{able: true}
		return
	}
	if t.since.IsZero() {
		t.since = now.Add(scrapeLag)
		t.next = t.since.Add(tallyEvery)
	}
	if now.Before(t.next) {
		return
	}
	t.next = now.Add(tallyEvery)
	ctx, cancel := backends.Within(ctx, lookTimeout)
	defer cancel()
	t.got, t.err = e.Counts(ctx, d.Name, t.since)
}

// fill gives the variants what was counted of them.
func (t *tally) fill(d backends.Deployment) backends.Deployment {
	if len(t.got) == 0 || t.err != nil {
		return d
	}
	d.Variants = slices.Clone(d.Variants)
	for i := range d.Variants {
		v := &d.Variants[i]
		v.Requests, v.Counted = uint64(t.got[v.Name]), true
	}
	return d
}

// coming reports whether counts may be expected that are not there yet.
func (t *tally) coming() bool { return !t.since.IsZero() && t.err == nil }

// instead is where the share of each variant is seen that nobody here counts.
func (t *tally) instead() string {
	if t.able {
		return "the signals show the share"
	}
	return "nothing here shows the share, a Prometheus that scrapes the variants would (--prometheus)"
}
