package fleet

import (
	"slices"
	"time"

	"pitwall/backends"
)

// join makes a snapshot of the newest inputs, without a version. It is called
// from one goroutine at a time.
func (f *Fleet) join(now time.Time) *Snapshot {
	f.mu.Lock()
	in := f.inputs
	f.mu.Unlock()
	s := &Snapshot{At: now, Alerts: in.alerts}
	backend := f.backend.view(now)
	s.Sources = append(s.Sources, backend)
	if f.metrics != nil {
		s.Sources = append(s.Sources, f.metrics.view(now))
	}
	if last := f.current.Load(); last != nil && f.joined == in.turn && slices.EqualFunc(last.Sources, s.Sources, equalSources) {
		s.Rows = last.Rows // nothing came since, and time alone changes no row
		return s
	}
	f.joined = in.turn
	s.Rows = make([]Row, len(in.deployments))
	entries := make(map[string]entry, len(in.deployments))
	for i, d := range in.deployments {
		row := &s.Rows[i]
		*row = Row{
			Deployment: d, ListedAt: in.listedAt,
			Signals: in.signals[d.Name], SignalsAt: in.signalsAt,
			Spark: in.spark[d.Name], Alerts: in.alertsByName[d.Name], Observed: in.observed[d.Name],
		}
		if row.Observed == nil {
			row.Observed = measuredShare(row)
		}
		v := judge(row, backend)
		last, known := f.entries[d.Name]
		entries[d.Name] = entered(row, v, last, known, now)
		row.State, row.Reason, row.Since = v.state, v.reason, entries[d.Name].since
	}
	f.entries = entries
	return s
}

// measuredShare takes the observed share from the measured rates, where the
// front door does not count by itself or was read only once so far.
func measuredShare(r *Row) backends.Split {
	sum := 0.0
	for _, v := range r.Deployment.Variants {
		rps := r.Signal(v.Name).RPS
		if backends.Missing(rps) {
			return nil
		}
		sum += rps
	}
	if sum == 0 {
		return nil
	}
	split := make(backends.Split, len(r.Deployment.Variants))
	for _, v := range r.Deployment.Variants {
		split[v.Name] = percent(r.Signal(v.Name).RPS, sum)
	}
	return split
}
