package alerts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pitwall/backends"
	data "pitwall/backends/journal"
	"pitwall/views"
)

const (
	reach       = 24 * time.Hour // of the timeline
	momentsMost = 500
	sameMoment  = 15 * time.Second // within which an event and a record of one kind are one thing told twice
)

// moment is something that happened. Its texts are foreign.
type moment struct {
	at         time.Time
	deployment string
	variant    string
	kind       string
	state      backends.State
	text       string
	by, reason string
}

// id tells moments apart, and finds one again in the next reading.
func (m *moment) id() string {
	return m.at.Format(time.RFC3339Nano) + m.kind + m.deployment + m.text
}

// readTimeline merges events and journal, newest first. What one of them gave
// is returned beside the error of the other.
func readTimeline(ctx context.Context, d views.Deps, deployment string, since time.Time) ([]moment, error) {
	var out []moment
	var failures error
	if d.Events != nil {
		events, err := d.Events.Events(ctx, deployment, since)
		if err != nil {
			failures = fmt.Errorf("events: %w", err)
		}
		for _, e := range events {
			if deployment == "" || e.Deployment == "" || e.Deployment == deployment {
				out = append(out, moment{at: e.At, deployment: e.Deployment, variant: e.Variant, kind: e.Kind,
					state: e.State, text: e.Text, by: e.By})
			}
		}
	}
	if d.Records != nil {
		records, err := d.Records.Records(since)
		if err != nil {
			failures = errors.Join(failures, fmt.Errorf("journal: %w", err))
		}
		out = addRecords(out, records, deployment)
	}
	slices.SortStableFunc(out, func(a, b moment) int { return b.at.Compare(a.at) })
	return out[:min(len(out), momentsMost)], failures
}

// addRecords adds what only the journal knows: who did it and why, operations
// without an event, those that failed or whose end nobody saw, and notes.
func addRecords(out []moment, records []data.Record, deployment string) []moment {
	ended := make(map[string]bool)
	for i := range records {
		if records[i].Phase == data.PhaseResult {
			ended[records[i].Intent] = true
		}
	}
	events := len(out)
	for i := range records {
		r := &records[i]
		if deployment != "" && r.Target.Name != deployment || r.Phase == data.PhaseIntent && ended[r.ID] {
			continue
		}
		if told := find(out[:events], r); told != nil {
			told.by, told.reason = cmp.Or(told.by, r.Actor.String()), cmp.Or(told.reason, r.Reason)
			continue
		}
		out = append(out, record(r))
	}
	return out
}

// find returns the event that tells of the same thing as a record.
func find(events []moment, r *data.Record) *moment {
	if r.Phase != data.PhaseResult || r.Result == data.ResultFailed {
		return nil
	}
	began := r.TS.Add(-time.Duration(r.TookMS) * time.Millisecond)
	for i := range events {
		e := &events[i]
		if e.kind == eventKind(r) && e.deployment == r.Target.Name && e.at.After(began.Add(-sameMoment)) && e.at.Before(r.TS.Add(sameMoment)) {
			return e
		}
	}
	return nil
}

// eventKind is the kind of the event that a record's operation gives.
func eventKind(r *data.Record) string {
	switch backends.Op(r.Op) {
	case backends.OpCutover, backends.OpAbort:
		return "split"
	case backends.OpPromote:
		return "deploy"
	default:
		return r.Op
	}
}

// record is a record of the journal as a moment.
func record(r *data.Record) moment {
	m := moment{at: r.TS, deployment: r.Target.Name, variant: r.Target.Variant, kind: r.Op, state: backends.OK,
		text: cmp.Or(r.Text, r.Reason), by: r.Actor.String(), reason: r.Reason}
	switch {
	case r.Phase == data.PhaseIntent:
		m.state, m.text = backends.Unknown, "no result is known, check: "+m.text
	case r.Result == data.ResultFailed:
		m.state, m.text = backends.Fail, "failed: "+cmp.Or(r.Error, m.text)
	case r.Result == data.ResultUnknown:
		m.state = backends.Unknown
	}
	return m
}
