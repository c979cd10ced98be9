package views

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// SameMoment is within which an event and a record, or two tellings of one
// alert, are one thing told twice: they are written by different processes.
const SameMoment = 15 * time.Second

// Moment is something that happened, as an event tells it and the journal
// completes it. Its texts are foreign.
type Moment struct {
	backends.Event
	Reason   string         // the words of whoever did it
	From, To backends.Split // weights of a change in the journal, in percent
	Failed   bool           // an operation that was not done: nothing changed
	Open     bool           // an operation without a result: nobody saw its end
	Running  bool           // one of these whose process lives
}

// Timeline merges the events and the journal of a deployment ("" for all),
// newest first. What one of them gave is returned beside the error of the
// other. It waits for the events until ctx ends.
func Timeline(ctx context.Context, d Deps, deployment string, since time.Time) ([]Moment, error) {
	var out []Moment
	var eventsErr, recordsErr error
	if d.Events != nil {
		var events []backends.Event
		events, eventsErr = d.Events.Events(ctx, deployment, since)
		for _, e := range events {
			if deployment == "" || e.Deployment == "" || e.Deployment == deployment {
				out = append(out, Moment{Event: e})
			}
		}
	}
	if d.Records != nil {
		var records []journal.Record
		records, recordsErr = d.Records.Records(since)
		if deployment != "" {
			records = slices.DeleteFunc(slices.Clone(records), func(r journal.Record) bool { return r.Target.Name != deployment })
		}
		out = addRecords(out, records)
		d.markRunning(out)
	}
	slices.SortStableFunc(out, func(a, b Moment) int { return b.At.Compare(a.At) })
	return out, errors.Join(named("events", eventsErr), named("journal", recordsErr))
}

// recent is how old an operation without a result may be to count as the one
// that this console carries out on the deployment.
const recent = time.Hour

// markRunning tells operations that are under way from those whose end nobody saw.
func (d Deps) markRunning(moments []Moment) {
	for i := range moments {
		m := &moments[i]
		switch {
		case !m.Open:
		case m.Running, d.Running.Title(m.Deployment) != "" && d.Now().Sub(m.At) < recent:
			m.State, m.Text = backends.Progressing, "under way: "+m.Text
		default:
			m.Text = "no result is known, check: " + m.Text
		}
	}
}

func named(source string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", source, err)
}

// addRecords adds what only the journal knows: who did it and why, operations
// without an event, those that failed or whose end nobody saw, and notes.
func addRecords(events []Moment, records []journal.Record) []Moment {
	ended := make(map[string]bool)
	for i := range records {
		if records[i].Phase == journal.PhaseResult {
			ended[records[i].Intent] = true
		}
	}
	out, told := events, make([]bool, len(events))
	for i := range records {
		r := &records[i]
		if r.Phase == journal.PhaseIntent && ended[r.ID] {
			continue
		}
		at := untold(events, told, r)
		if at < 0 {
			out = append(out, recorded(r))
			continue
		}
		told[at] = true
		e := &out[at]
		e.By, e.Reason = cmp.Or(e.By, r.Actor.String()), r.Reason
		e.From, e.To = r.From.Weights, r.To.Weights
	}
	return out
}

// untold finds the event that tells of the same thing as a record and of no
// record before it; -1 for none.
func untold(events []Moment, told []bool, r *journal.Record) int {
	if r.Phase == journal.PhaseNote || r.Result == journal.ResultFailed {
		return -1
	}
	began := r.TS.Add(-time.Duration(r.TookMS) * time.Millisecond)
	for i := range events {
		e := &events[i]
		if !told[i] && e.Kind == eventKind(r) && e.Deployment == r.Target.Name &&
			e.At.After(began.Add(-SameMoment)) && e.At.Before(r.TS.Add(SameMoment)) {
			return i
		}
	}
	return -1
}

// eventKind is the kind of the event that a record's operation gives.
func eventKind(r *journal.Record) string {
	switch backends.Op(r.Op) {
	case backends.OpCutover, backends.OpAbort:
		return "split"
	case backends.OpPromote:
		return "deploy"
	default:
		return r.Op
	}
}

// recorded is a record of the journal as a moment.
func recorded(r *journal.Record) Moment {
	m := Moment{
		Event: backends.Event{At: r.TS, Deployment: r.Target.Name, Variant: r.Target.Variant, Kind: r.Op, State: backends.OK,
			Text: cmp.Or(r.Text, r.Reason), By: r.Actor.String()},
		Reason: r.Reason, From: r.From.Weights, To: r.To.Weights, Failed: r.Result == journal.ResultFailed,
	}
	switch {
	case r.Phase == journal.PhaseIntent:
		m.Open, m.Running, m.State = true, r.Result == journal.ResultRunning, backends.Unknown
	case m.Failed:
		m.State, m.Text = backends.Fail, "failed: "+cmp.Or(r.Error, m.Text)
	case r.Result == journal.ResultUnknown:
		m.State = backends.Unknown
	}
	return m
}
