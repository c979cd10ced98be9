package deployment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/ui/draw"
	"pitwall/ui/widget"
	"pitwall/views"
)

// sameMoment is within which an event and a journal record of one kind, or two
// tellings of one alert, are the same thing told twice.
const sameMoment = 15 * time.Second

// timeline is what happened to the deployment, oldest first.
type timeline struct {
	moments []moment
	err     error
	at      time.Time // of the last good answer
	asking  bool
	askedAt time.Time
}

// moment is something that happened.
type moment struct {
	at    time.Time
	kind  string
	state backends.State
	text  string // foreign
	by    string // foreign
	label string // at its mark, sanitised; "" is the kind
}

type timelineMsg struct {
	of      *Screen
	moments []moment
	at      time.Time
	err     error
}

// askTimeline reads events and journal of all the time that the charts reach.
func (s *Screen) askTimeline() tea.Cmd {
	d, name, now := s.deps, s.name, s.deps.Now()
	if d.Events == nil && d.Records == nil {
		return nil
	}
	s.timeline.asking, s.timeline.askedAt = true, now
	parent := s.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, askTimeout)
		defer cancel()
		moments, err := readTimeline(ctx, d, name, now.Add(-retention))
		return timelineMsg{s, moments, now, err}
	}
}

func readTimeline(ctx context.Context, d views.Deps, name string, since time.Time) ([]moment, error) {
	var out []moment
	var failures error
	if d.Events != nil {
		events, err := d.Events.Events(ctx, name, since)
		if err != nil {
			failures = fmt.Errorf("events: %w", err)
		}
		for _, e := range events {
			if e.Deployment == name || e.Deployment == "" {
				out = append(out, moment{at: e.At, kind: e.Kind, state: e.State, text: e.Text, by: e.By, label: alertName(e)})
			}
		}
	}
	if d.Records != nil {
		records, err := d.Records.Records(since)
		if err != nil {
			failures = errors.Join(failures, fmt.Errorf("journal: %w", err))
		}
		for _, r := range records {
			if r.Target.Name == name {
				out = addRecord(out, r)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b moment) int { return a.at.Compare(b.at) })
	return out, failures
}

// alertName is the part of an alert's event before its summary.
func alertName(e backends.Event) string {
	if e.Kind != "alert" {
		return ""
	}
	name, _, _ := strings.Cut(e.Text, ":")
	return draw.SanitizeLine(name, 20)
}

// addRecord adds what the journal knows: of an operation that is among the
// events its weights, else the operation itself, and notes.
func addRecord(out []moment, r journal.Record) []moment {
	label := weightsLabel(r)
	i := slices.IndexFunc(out, func(m moment) bool {
		return m.kind == recordKind(r) && m.at.Sub(r.TS).Abs() < sameMoment
	})
	if i >= 0 && r.Phase != journal.PhaseNote {
		out[i].label = cmp.Or(out[i].label, label)
		out[i].by = cmp.Or(out[i].by, r.Actor.String())
		return out
	}
	if r.Phase == journal.PhaseIntent {
		return out
	}
	m := moment{at: r.TS, kind: recordKind(r), state: backends.OK, text: cmp.Or(r.Text, r.Reason), by: r.Actor.String(), label: label}
	switch r.Result {
	case journal.ResultFailed:
		m.state, m.text = backends.Warn, m.text+": "+r.Error
		m.kind, m.label = "failed", "" // nothing changed: no mark
	case journal.ResultUnknown:
		m.state = backends.Unknown
	}
	return append(out, m)
}

// recordKind is the kind of the event that the operation gives.
func recordKind(r journal.Record) string {
	switch backends.Op(r.Op) {
	case backends.OpCutover, backends.OpAbort:
		return "split"
	case backends.OpPromote:
		return "deploy"
	default:
		return r.Op
	}
}

// weightsLabel is "B 10>30": the candidates whose weight changed.
func weightsLabel(r journal.Record) string {
	var parts []string
	for _, name := range r.To.Weights.Names() {
		before, after := r.From.Weights[name], r.To.Weights[name]
		if name != backends.Stable && before != after {
			parts = append(parts, fmt.Sprintf("%s %s>%s", draw.Sanitize(name), backends.FormatWeight(before), backends.FormatWeight(after)))
		}
	}
	return strings.Join(parts, " ")
}

// take shows an answer; what was known before stands beside an error.
func (t *timeline) take(msg timelineMsg) {
	t.asking, t.err = false, msg.err
	if msg.err == nil || len(msg.moments) > 0 {
		t.moments, t.at = msg.moments, msg.at
	}
}

// marks are the changes and alerts for the lane below the charts, oldest
// first: those that happened, and the alerts that are known only as firing.
func (t *timeline) marks(row *fleet.Row) []widget.Mark {
	marks := make([]widget.Mark, 0, len(t.moments)+len(row.Alerts))
	for _, m := range t.moments {
		mark := widget.Mark{T: m.at.UnixMilli(), Label: cmp.Or(m.label, m.kind)}
		switch m.kind {
		case "split":
			mark.Kind = widget.MarkSplit
		case "deploy", "rollback":
			mark.Kind = widget.MarkDeploy
		case "alert":
			mark.Kind = widget.MarkAlert
			if alertedSince(marks, mark.Label, mark.T-sameMoment.Milliseconds()) {
				continue // the same alert, grown worse
			}
		default:
			continue
		}
		marks = append(marks, mark)
	}
	for _, a := range row.Alerts {
		mark := widget.Mark{T: a.Since.UnixMilli(), Kind: widget.MarkAlert, Label: draw.SanitizeLine(a.Name, 20)}
		if a.State == "firing" && !alertedSince(marks, mark.Label, mark.T) {
			marks = append(marks, mark)
		}
	}
	slices.SortStableFunc(marks, func(a, b widget.Mark) int { return cmp.Compare(a.T, b.T) })
	return marks
}

// alertedSince reports whether an alert is marked from a moment on, in Unix
// milliseconds.
func alertedSince(marks []widget.Mark, label string, since int64) bool {
	return slices.ContainsFunc(marks, func(m widget.Mark) bool {
		return m.Kind == widget.MarkAlert && m.Label == label && m.T >= since
	})
}
