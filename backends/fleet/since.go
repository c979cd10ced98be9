package fleet

import (
	"time"

	"pitwall/backends"
)

// verdict is what judge found.
type verdict struct {
	state  backends.State
	reason string
	by     judgement
}

// judgement is what a verdict rests on.
type judgement int

const (
	byBackend judgement = iota
	bySilence           // of the backend
	byAlert
	bySignal
)

// entry is a state and when a deployment entered it.
type entry struct {
	state backends.State
	since time.Time
	// improved says that it was worse before: what an alert remembers from
	// then is older than this state.
	improved bool
}

// entered tells when a deployment entered the state it is judged to be in. The
// backend's own Since belongs to the backend's own state: a deployment that
// runs for hours may fail its users since a few seconds. last is the entry
// before; known is false for a deployment that is seen for the first time.
func entered(r *Row, v verdict, last entry, known bool, now time.Time) entry {
	told := beginning(r, v)
	next := entry{state: v.state, since: told}
	switch {
	case known && last.state == v.state:
		next = last
		if v.by == byBackend && last.since.IsZero() {
			next.since = told // it was found out meanwhile
		}
		if v.by == byAlert && !last.improved && !told.IsZero() && told.Before(last.since) {
			next.since = told // the alert knows what was seen here only later
		}
		return next
	case known && last.state.Severity() > v.state.Severity():
		next.improved = true
	}
	// The backend may have been in this state all along, under a worse verdict.
	covered := v.by == byBackend && known && (told.IsZero() || told.Before(last.since))
	if covered || v.by != byBackend && (told.IsZero() || next.improved) {
		next.since = now
	}
	return next
}

// beginning is when what a verdict rests on says that it began, zero where it
// does not say.
func beginning(r *Row, v verdict) time.Time {
	switch v.by {
	case byBackend:
		return r.Deployment.Since
	case bySilence:
		return time.Time{}
	}
	var first time.Time
	for _, a := range r.Alerts {
		// A signal over its limit is what a pending alert waits for.
		counts := v.by == bySignal || alertState(a) == v.state
		if counts && !a.Since.IsZero() && (first.IsZero() || a.Since.Before(first)) {
			first = a.Since
		}
	}
	return first
}
