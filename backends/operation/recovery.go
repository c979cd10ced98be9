package operation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
	"pitwall/backends/journal"
)

// Limits are the signals under which a deployment counts as recovered. A zero
// field is not judged.
type Limits struct {
	ErrorRatio float64       // 0-1
	Rejects    float64       // 0-1, of RejectRatio; not judged where the server does not count them
	P95        time.Duration // latency
	DriftPSI   float64
}

// RecoveryWatch asks to watch a deployment after an operation.
type RecoveryWatch struct {
	Deployment string
	IntentID   string        // of the operation that should have cured it
	Limits     Limits        // zero means DefaultLimits
	Hold       time.Duration // how long the signals must stay good; 0 means 1 min
	Timeout    time.Duration // when to give up; 0 means 10 min
}

// Recovery is how far a recovery has come, or how it ended.
type Recovery struct {
	Verified bool          // the signals were good for Hold
	Done     bool          // the watch has ended
	Bad      []string      // what is still bad or unknown, one sentence each
	Good     time.Duration // for how long everything has been good
	Took     time.Duration // since the watch began
	Text     string        // one sentence
}

// DefaultLimits are used when a watch names none.
func DefaultLimits() Limits {
	return Limits{ErrorRatio: 0.01, Rejects: 0.2, P95: 500 * time.Millisecond}
}

// WatchRecovery watches the signals of a deployment until they have been
// within the limits for Hold ("verified") or Timeout has passed ("not
// recovered", with what is still bad), and writes that as a note to the
// journal. report may be nil and is called from WatchRecovery's goroutine on
// every look. A signal that is missing or old is not good.
// Errors: that there is no source of signals, ctx's error when it ended first
// (its cause is noted), *JournalError when the note could not be written.
func (e *Engine) WatchRecovery(ctx context.Context, w RecoveryWatch, report func(Recovery)) (Recovery, error) {
	if e.Signals == nil {
		return Recovery{Done: true}, errors.New("watch recovery: no source of signals is configured")
	}
	if w.Limits == (Limits{}) {
		w.Limits = DefaultLimits()
	}
	w.Hold, w.Timeout = cmp.Or(w.Hold, time.Minute), cmp.Or(w.Timeout, 10*time.Minute)
	if report == nil {
		report = func(Recovery) {}
	}
	start := e.Now()
	var goodSince time.Time
	tick := time.NewTicker(e.Every)
	defer tick.Stop()
	for {
		r := e.recovery(ctx, w, start, &goodSince)
		report(r)
		if r.Done {
			return r, e.note(w, r)
		}
		select {
		case <-ctx.Done():
			cause := context.Cause(ctx)
			r.Done, r.Text = true, "the recovery was watched no longer: "+unwatched(cause)
			return r, errors.Join(fmt.Errorf("stopped watching the recovery of %s: %w", w.Deployment, cause), e.note(w, r))
		case <-tick.C:
		}
	}
}

// unwatched tells why a watch ended before its time.
func unwatched(cause error) string {
	switch {
	case errors.Is(cause, context.Canceled):
		return "pitwall ended"
	case errors.Is(cause, context.DeadlineExceeded):
		return "the time for it was over"
	default:
		return cause.Error()
	}
}

// recovery judges the present moment.
func (e *Engine) recovery(ctx context.Context, w RecoveryWatch, start time.Time, goodSince *time.Time) Recovery {
	bad := e.bad(ctx, w)
	now := e.Now()
	r := Recovery{Bad: bad, Took: now.Sub(start)}
	if len(bad) > 0 {
		*goodSince = time.Time{}
	} else {
		if goodSince.IsZero() {
			*goodSince = now
		}
		r.Good = now.Sub(*goodSince)
	}
	switch {
	case len(bad) == 0 && r.Good >= w.Hold:
		r.Verified, r.Done = true, true
		r.Text = fmt.Sprintf("verified: %s has been healthy for %s", w.Deployment, words.Age(r.Good))
	case r.Took >= w.Timeout && len(bad) > 0:
		r.Done = true
		r.Text = fmt.Sprintf("not recovered after %s: %s", words.Age(r.Took), strings.Join(bad, "; "))
	case r.Took >= w.Timeout+w.Hold:
		r.Done = true
		r.Text = fmt.Sprintf("not recovered after %s: healthy for %s only", words.Age(r.Took), words.Age(r.Good))
	case len(bad) > 0:
		r.Text = strings.Join(bad, "; ")
	default:
		r.Text = fmt.Sprintf("healthy for %s of %s", words.Age(r.Good), words.Age(w.Hold))
	}
	return r
}

// bad lists what is not within the limits now.
func (e *Engine) bad(ctx context.Context, w RecoveryWatch) []string {
	var out []string
	l := e.look(ctx)
	d, err := pick(l.Deployments, w.Deployment)
	switch {
	case l.Err != nil:
		out = append(out, "the deployment cannot be read: "+l.Err.Error())
	case err != nil:
		out = append(out, err.Error())
	case d.State == backends.Fail:
		out = append(out, "the deployment is failing: "+first(d.Reason, "no reason is given"))
	}
	signals := e.Signals(w.Deployment)
	s, ok := signals[""]
	old := e.Now().Sub(s.At)
	switch {
	case !ok || s.At.IsZero():
		return append(out, "there are no signals")
	case old > signalsLimit(e.Scrape):
		return append(out, fmt.Sprintf("the signals are %s old", words.Age(old)))
	}
	return append(out, w.Limits.broken(s)...)
}

// broken lists the limits that the signals break or do not show.
func (l Limits) broken(s backends.Signals) []string {
	var out []string
	judge := func(name string, value, limit float64, write func(float64) string) {
		switch {
		case limit == 0:
		case backends.Missing(value):
			out = append(out, name+" is not known")
		case value > limit:
			out = append(out, fmt.Sprintf("%s is %s, above %s", name, write(value), write(limit)))
		}
	}
	judge("the error ratio", s.ErrorRatio, l.ErrorRatio, words.Ratio)
	if !backends.Missing(s.RejectRatio) {
		judge("the share of refused requests", s.RejectRatio, l.Rejects, words.Ratio)
	}
	judge("p95", s.P95, l.P95.Seconds(), words.Millis)
	judge("drift (PSI)", s.DriftPSI, l.DriftPSI, func(v float64) string { return fmt.Sprintf("%.2f", v) })
	return out
}

// note keeps how the watch ended.
func (e *Engine) note(w RecoveryWatch, r Recovery) error {
	if e.Journal == nil {
		return nil
	}
	_, err := e.Journal.Append(journal.Record{
		Op: journal.OpNote, Phase: journal.PhaseNote, Intent: w.IntentID, Text: r.Text,
		Target: journal.Target{Name: w.Deployment}, TookMS: r.Took.Milliseconds(),
	})
	if err != nil {
		return &JournalError{Changed: true, Err: err}
	}
	return nil
}
