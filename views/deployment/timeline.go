package deployment

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/ui/draw"
	"pitwall/ui/widget"
	"pitwall/views"
)

// timeline is what happened to the deployment, oldest first.
type timeline struct {
	moments []views.Moment
	err     error
	at      time.Time // of the last good answer
	asking  bool
	askedAt time.Time
}

type timelineMsg struct {
	of      *Screen
	moments []views.Moment
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
		ctx, cancel := backends.Within(parent, askTimeout)
		defer cancel()
		moments, err := readTimeline(ctx, d, name, now.Add(-retention))
		return timelineMsg{s, moments, now, err}
	}
}

func readTimeline(ctx context.Context, d views.Deps, name string, since time.Time) ([]views.Moment, error) {
	moments, err := views.Timeline(ctx, d, name, since)
	slices.Reverse(moments)
	return moments, err
}

// label is what stands at the mark of a moment: the alert's name, the weights
// that changed, or the kind.
func label(m *views.Moment) string {
	if m.Kind == "alert" {
		name, _, _ := strings.Cut(m.Text, ":")
		return draw.SanitizeLine(name, 20)
	}
	return cmp.Or(weightsLabel(m), m.Kind)
}

// weightsLabel is "B 10>30": the candidates whose weight changed.
func weightsLabel(m *views.Moment) string {
	var parts []string
	for _, name := range m.To.Names() {
		before, after := m.From[name], m.To[name]
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
	for i := range t.moments {
		m := &t.moments[i]
		if m.Failed || m.Open {
			continue // nothing changed, as far as is known
		}
		mark := widget.Mark{T: m.At.UnixMilli(), Label: label(m)}
		switch m.Kind {
		case "split", "abort", "cutover":
			mark.Kind = widget.MarkSplit
		case "deploy", "rollback", "promote":
			mark.Kind = widget.MarkDeploy
		case "alert":
			mark.Kind = widget.MarkAlert
			if alertedSince(marks, mark.Label, mark.T-views.SameMoment.Milliseconds()) {
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
