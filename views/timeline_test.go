package views

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// source is an Eventer and a Records on fixed answers.
type source struct {
	events  []backends.Event
	records []journal.Record
	err     error // of the events
}

func (s source) Events(context.Context, string, time.Time) ([]backends.Event, error) {
	return s.events, s.err
}

func (s source) Records(time.Time) ([]journal.Record, error) { return s.records, nil }

func merged(t *testing.T, s source) []Moment {
	t.Helper()
	moments, err := Timeline(t.Context(), Deps{Events: s, Records: s}, "churn", time.Time{})
	if !errors.Is(err, s.err) {
		t.Fatalf("error %v, want %v", err, s.err)
	}
	return moments
}

var noon = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)

func result(after time.Duration, op backends.Op, name string) journal.Record {
	return journal.Record{ID: name, TS: noon.Add(after), Op: string(op), Phase: journal.PhaseResult, Intent: name + "-intent",
		Result: journal.ResultOK, Target: journal.Target{Name: "churn"}, Actor: journal.Actor{OSUser: name}}
}

func event(after time.Duration, kind string) backends.Event {
	return backends.Event{At: noon.Add(after), Deployment: "churn", Kind: kind, State: backends.OK, Text: kind + " happened"}
}

func TestTimelineTellsAnOperationOnce(t *testing.T) {
	long := result(5*time.Minute, backends.OpDeploy, "ana")
	long.TookMS = (5 * time.Minute).Milliseconds()
	for name, c := range map[string]struct {
		event  backends.Event
		record journal.Record
	}{
		"at once":                       {event(0, "split"), result(time.Second, backends.OpSplit, "ana")},
		"one that took minutes":         {event(2*time.Second, "deploy"), long},
		"a cutover is seen as a split":  {event(0, "split"), result(0, backends.OpCutover, "ana")},
		"an abort is seen as a split":   {event(0, "split"), result(0, backends.OpAbort, "ana")},
		"a promotion is seen as deploy": {event(0, "deploy"), result(0, backends.OpPromote, "ana")},
	} {
		t.Run(name, func(t *testing.T) {
			c.record.Reason = "grow B"
			c.record.To.Weights = backends.Split{"A": 70, "B": 30}
			got := merged(t, source{events: []backends.Event{c.event}, records: []journal.Record{c.record}})
			if len(got) != 1 || got[0].By != "ana" || got[0].Reason != "grow B" || got[0].To["B"] != 30 || !got[0].At.Equal(c.event.At) {
				t.Errorf("got %+v, want the event with what the journal knows", got)
			}
		})
	}
}

func TestTimelineKeepsApartWhatOnlyLooksAlike(t *testing.T) {
	failed := result(0, backends.OpSplit, "bob")
	failed.Result, failed.Error = journal.ResultFailed, "lost a race"
	elsewhere := result(0, backends.OpSplit, "eve")
	elsewhere.Target.Name = "wine"
	got := merged(t, source{
		events:  []backends.Event{event(0, "split"), event(4*time.Second, "split")},
		records: []journal.Record{result(0, backends.OpSplit, "ana"), result(4*time.Second, backends.OpSplit, "cat"), failed, elsewhere},
	})
	var by []string
	for _, m := range got {
		by = append(by, m.By)
	}
	if want := []string{"cat", "ana", "bob"}; !slices.Equal(by, want) {
		t.Fatalf("by %v, want %v", by, want)
	}
	if m := got[2]; !m.Failed || m.State != backends.Fail || m.Text != "failed: lost a race" {
		t.Errorf("a failed operation is %+v", m)
	}
}

func TestTimelineShowsWhoseEndNobodySaw(t *testing.T) {
	open := result(0, backends.OpRollback, "ana")
	open.Phase, open.Result, open.Intent, open.Text = journal.PhaseIntent, "", "", "roll B back"
	got := merged(t, source{records: []journal.Record{open}})
	if len(got) != 1 || got[0].State != backends.Unknown || !strings.Contains(got[0].Text, "check") {
		t.Errorf("got %+v", got)
	}
	running := &Running{}
	if _, claim, _ := running.Begin(t.Context(), "churn", "Roll B back"); claim == nil {
		t.Fatal("no claim")
	}
	s := source{records: []journal.Record{open}}
	got, _ = Timeline(t.Context(), Deps{Records: s, Running: running, Now: func() time.Time { return noon }}, "churn", time.Time{})
	if len(got) != 1 || got[0].State != backends.Progressing || !strings.Contains(got[0].Text, "under way") {
		t.Errorf("while it runs, got %+v", got)
	}
}

func TestTimelineGivesWhatOneSourceHas(t *testing.T) {
	got := merged(t, source{err: errors.New("socket gone"), records: []journal.Record{result(0, backends.OpScale, "ana")}})
	if len(got) != 1 {
		t.Errorf("got %+v, want the record beside the error", got)
	}
}
