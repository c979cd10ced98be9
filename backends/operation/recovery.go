package operation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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
	Verified   bool          // the signals were good for Hold
	Unmeasured bool          // nothing measures the deployment, and every replica is ready: there is no more to see
	Done       bool          // the watch has ended
	Bad        []string      // what was seen to be bad, one sentence each
	Unknown    []string      // what cannot be judged, one sentence each: it is neither bad nor good
	Good       time.Duration // for how long everything has been good
	Took       time.Duration // since the watch began
	Text       string        // one sentence
}

// DefaultLimits are used when a watch names none.
func DefaultLimits() Limits {
	return Limits{ErrorRatio: 0.01, Rejects: 0.2, P95: 500 * time.Millisecond}
}

// WatchRecovery watches the signals of a deployment until they have been
// within the limits for Hold ("verified") or Timeout has passed ("not
// recovered", with what is still bad), and writes that as a note to the
// journal. report may be nil and is called from WatchRecovery's goroutine on
// every look. A signal that is missing or old is not good, nor is it bad. Of
// what nothing measures only the replicas are watched, until all are ready.
// Errors: ctx's error when it ended first (its cause is noted; what was bad
// then is in the Recovery), *JournalError when the note could not be written.
func (e *Engine) WatchRecovery(ctx context.Context, w RecoveryWatch, report func(Recovery)) (Recovery, error) {
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
	measured := e.Judged(w.Deployment)
	now := e.Now()
	r := Recovery{Took: now.Sub(start)}
	r.Bad, r.Unknown = e.replicas(ctx, w.Deployment, !measured)
	if measured {
		bad, unknown := e.signals(w)
		r.Bad, r.Unknown = append(r.Bad, bad...), append(r.Unknown, unknown...)
	}
	against := slices.Concat(r.Bad, r.Unknown)
	if len(against) > 0 {
		*goodSince = time.Time{}
	} else {
		if goodSince.IsZero() {
			*goodSince = now
		}
		r.Good = now.Sub(*goodSince)
	}
	switch {
	case !measured && len(against) == 0:
		r.Unmeasured, r.Done = true, true
		r.Text = fmt.Sprintf("every replica of %s is ready; there are no signals to judge by", w.Deployment)
	case len(against) == 0 && r.Good >= w.Hold:
		r.Verified, r.Done = true, true
		r.Text = fmt.Sprintf("verified: %s has been healthy for %s", w.Deployment, words.Age(r.Good))
	case r.Took >= w.Timeout && len(against) > 0:
		r.Done = true
		r.Text = fmt.Sprintf("not recovered after %s: %s", words.Age(r.Took), strings.Join(against, "; "))
	case r.Took >= w.Timeout+w.Hold:
		r.Done = true
		r.Text = fmt.Sprintf("not recovered after %s: healthy for %s only", words.Age(r.Took), words.Age(r.Good))
	case len(against) > 0:
		r.Text = strings.Join(against, "; ")
	default:
		r.Text = fmt.Sprintf("healthy for %s of %s", words.Age(r.Good), words.Age(w.Hold))
	}
	return r
}

// Judged reports whether there are signals to judge a deployment by, or may be
// when their source answers. It does no I/O.
func (e *Engine) Judged(deployment string) bool {
	return e.Signals != nil && (e.Measured == nil || e.Measured(deployment))
}

// replicas tells what is bad or unknown of the deployment itself. When all are
// asked for, one that is not ready is bad.
func (e *Engine) replicas(ctx context.Context, name string, all bool) (bad, unknown []string) {
	l := e.look(ctx)
	d, err := pick(l.Deployments, name)
	switch {
	case l.Err != nil:
		return nil, []string{"the deployment cannot be read: " + l.Err.Error()}
	case err != nil:
		return nil, []string{err.Error()}
	case d.State == backends.Fail:
		bad = append(bad, "the deployment is failing: "+first(d.Reason, "no reason is given"))
	}
	for _, v := range d.Variants {
		if all && v.Ready < v.Desired {
			bad = append(bad, fmt.Sprintf("%d of %d replicas of %s are ready", v.Ready, v.Desired, v.Name))
		}
	}
	return bad, nil
}

// signals tells what is not within the limits now, and what is not known.
func (e *Engine) signals(w RecoveryWatch) (bad, unknown []string) {
	s, ok := e.Signals(w.Deployment)[""]
	old := e.Now().Sub(s.At)
	switch {
	case !ok || s.At.IsZero():
		return nil, []string{"there are no signals"}
	case old > signalsLimit(e.Scrape):
		return nil, []string{fmt.Sprintf("the signals are %s old", words.Age(old))}
	}
	return w.Limits.broken(s)
}

// broken lists the limits that the signals break, and those that they do not
// show.
func (l Limits) broken(s backends.Signals) (bad, unknown []string) {
	judge := func(name string, value, limit float64, write func(float64) string) {
		switch {
		case limit == 0:
		case backends.Missing(value):
			unknown = append(unknown, name+" is not known")
		case value > limit:
			bad = append(bad, fmt.Sprintf("%s is %s, above %s", name, write(value), write(limit)))
		}
	}
	judge("the error ratio", s.ErrorRatio, l.ErrorRatio, words.Ratio)
	if !backends.Missing(s.RejectRatio) {
		judge("the share of refused requests", s.RejectRatio, l.Rejects, words.Ratio)
	}
	judge("p95", s.P95, l.P95.Seconds(), words.Millis)
	judge("drift (PSI)", s.DriftPSI, l.DriftPSI, func(v float64) string { return fmt.Sprintf("%.2f", v) })
	return bad, unknown
}

// note keeps how the watch ended.
func (e *Engine) note(w RecoveryWatch, r Recovery) error {
	if e.Journal == nil {
		return nil
	}
	target := e.Place
	target.Name = w.Deployment
	_, err := e.Journal.Append(journal.Record{
		Op: journal.OpNote, Phase: journal.PhaseNote, Intent: w.IntentID, Text: r.Text,
		Target: target, TookMS: r.Took.Milliseconds(),
	})
	if err != nil {
		return &JournalError{Changed: true, Err: err}
	}
	return nil
}
