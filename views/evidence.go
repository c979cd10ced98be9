package views

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/explain"
	"pitwall/backends/fleet"
	"pitwall/backends/prometheus"
)

const (
	evidenceBack = 2 * time.Hour // how far back causes are looked for
	growthBack   = time.Minute   // over which memory growth is measured, as by the alert of it
	growthStep   = 5 * time.Second
	growthLately = 20 * time.Second // without growth for so long, it has ended
)

// Evidence gathers what explain.Explain looks at about one deployment of a
// snapshot: the events and the journal of the last two hours, the growth of the
// memory, and what the backend itself knows to be wrong. What cannot be read is left out of the input and told by the
// error, which joins one sentence a source; the input is useful all the same.
// It waits for the sources until ctx ends.
func Evidence(ctx context.Context, d Deps, s *fleet.Snapshot, row fleet.Row) (explain.Input, error) {
	now := d.Now()
	name := row.Deployment.Name
	in := explain.Input{
		Deployment: row.Deployment, ListedAt: row.ListedAt, Signals: row.Signals, SignalsErr: signalsErr(s),
		BackendErr: backendErr(s), Spark: row.Spark, Alerts: s.Alerts, Now: now,
	}
	var reads sync.WaitGroup
	var eventsErr, reasonsErr, recordsErr, growthErr error
	if d.Explain != nil {
		reads.Go(func() { in.Reasons, reasonsErr = d.Explain.Reasons(ctx, name) })
	}
	if d.Events != nil {
		reads.Go(func() { in.Events, eventsErr = d.Events.Events(ctx, name, now.Add(-evidenceBack)) })
	}
	if d.Records != nil {
		reads.Go(func() { in.Records, recordsErr = d.Records.Records(now.Add(-evidenceBack)) })
	}
	if d.Metrics != nil {
		reads.Go(func() {
			var series []prometheus.Series
			series, growthErr = d.Metrics.Range(ctx, name, prometheus.Memory, now.Add(-growthBack), now, growthStep)
			in.Growth = growth(series)
		})
	}
	reads.Wait()
	return in, errors.Join(unread("events", eventsErr), unread("what the backend knows", reasonsErr), unread("journal", recordsErr), unread("memory growth", growthErr))
}

func unread(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s not read: %w", what, err)
}

// signalsErr is why there are no signals, nil while there are some: an error
// of a source that still counts as live or stale concerns a part only, or may
// be a hiccup.
func signalsErr(s *fleet.Snapshot) error {
	for i, src := range s.Sources {
		if i > 0 && (src.State == fleet.Offline || src.State == fleet.Connecting) && src.Err != nil {
			return src.Err
		}
	}
	return nil
}

// backendErr is why the backend does not answer, nil while it does.
func backendErr(s *fleet.Snapshot) error {
	if len(s.Sources) > 0 && s.Sources[0].State == fleet.Offline {
		return s.Sources[0].Err
	}
	return nil
}

// growth is how fast each series grows now, in units a second, by variant; nil
// without series. It is the slope of the line through all points, as the
// function deriv of the server gives it, but not more than that through the
// newest: what has ended does not grow.
func growth(series []prometheus.Series) map[string]float64 {
	var out map[string]float64
	for _, s := range series {
		lately := max(0, len(s.Points)-1-int(growthLately/s.Step))
		rate, known := slope(s.Points, s.Step)
		if !known {
			continue
		}
		if newest, known := slope(s.Points[lately:], s.Step); known {
			rate = min(rate, max(0, newest))
		}
		if out == nil {
			out = make(map[string]float64)
		}
		out[s.Variant] = rate
	}
	return out
}

// slope is that of the line with the least squares, a second; false with fewer
// than two points.
func slope(points []float64, step time.Duration) (float64, bool) {
	var n, sumX, sumY float64
	for i, y := range points {
		if !backends.Missing(y) {
			n, sumX, sumY = n+1, sumX+float64(i), sumY+y
		}
	}
	if n < 2 {
		return 0, false
	}
	var square, product float64
	for i, y := range points {
		if !backends.Missing(y) {
			x := float64(i) - sumX/n
			square, product = square+x*x, product+x*(y-sumY/n)
		}
	}
	return product / square / step.Seconds(), true
}
