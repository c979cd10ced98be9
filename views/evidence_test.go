package views

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/backends/prometheus"
)

type sources struct {
	Metrics
	err   error
	since time.Time
}

func (s *sources) Events(_ context.Context, _ string, since time.Time) ([]backends.Event, error) {
	s.since = since
	return []backends.Event{{Kind: "exit"}}, s.err
}

func (s *sources) Records(time.Time) ([]journal.Record, error) {
	return []journal.Record{{ID: "1"}}, nil
}

func (s *sources) Range(_ context.Context, _ string, _ prometheus.Panel, from, _ time.Time, _ time.Duration) ([]prometheus.Series, error) {
	nan := math.NaN()
	series := func(variant string, points ...float64) prometheus.Series {
		return prometheus.Series{Variant: variant, Points: points, Start: from, Step: 5 * time.Second}
	}
	return []prometheus.Series{series("A", nan, 10, 20, 30, nan), series("B", nan, 5), series("C")}, nil
}

func TestEvidenceGathersWhatCanBeReadAndTellsTheRest(t *testing.T) {
	now := time.Date(2026, time.November, 24, 14, 3, 22, 0, time.UTC)
	src := &sources{err: errors.New("no answer")}
	snapshot := &fleet.Snapshot{Alerts: []backends.Alert{{Name: "Drift"}}}
	row := fleet.Row{Deployment: backends.Deployment{Name: "m"}, Spark: []float64{1}, ListedAt: now}
	in, err := Evidence(t.Context(), Deps{Events: src, Records: src, Metrics: src, Now: func() time.Time { return now }}, snapshot, row)
	if err == nil || err.Error() != "events not read: no answer" {
		t.Errorf("error %v", err)
	}
	if len(in.Events) != 1 || len(in.Records) != 1 || len(in.Alerts) != 1 || len(in.Spark) != 1 || !in.Now.Equal(now) || in.Deployment.Name != "m" {
		t.Errorf("input %+v", in)
	}
	if !src.since.Equal(now.Add(-2 * time.Hour)) {
		t.Errorf("events since %s", src.since)
	}
	if len(in.Growth) != 1 || in.Growth["A"] != 2 {
		t.Errorf("growth %v, want 2 a second of A and nothing of a single point", in.Growth)
	}
}

func TestEvidenceWithoutSources(t *testing.T) {
	in, err := Evidence(t.Context(), Deps{Now: time.Now}, &fleet.Snapshot{}, fleet.Row{})
	if err != nil || in.Growth != nil {
		t.Errorf("growth %v, error %v", in.Growth, err)
	}
}

func TestOnlyASourceThatDoesNotAnswerHidesTheSignals(t *testing.T) {
	for state, hides := range map[fleet.SourceState]bool{fleet.Live: false, fleet.Stale: false, fleet.Offline: true, fleet.Connecting: true} {
		s := &fleet.Snapshot{Sources: []fleet.Source{{State: fleet.Offline, Err: errors.New("the backend")}, {State: state, Err: errors.New("refused")}}}
		in, _ := Evidence(t.Context(), Deps{Now: time.Now}, s, fleet.Row{})
		if hidden := in.SignalsErr != nil; hidden != hides || hidden && !strings.Contains(in.SignalsErr.Error(), "refused") {
			t.Errorf("%s: signals error %v", state, in.SignalsErr)
		}
	}
}

func TestABackendThatIsAwayIsTold(t *testing.T) {
	for state, away := range map[fleet.SourceState]bool{fleet.Live: false, fleet.Stale: false, fleet.Offline: true} {
		s := &fleet.Snapshot{Sources: []fleet.Source{{State: state, Err: errors.New("refused")}}}
		if in, _ := Evidence(t.Context(), Deps{Now: time.Now}, s, fleet.Row{}); (in.BackendErr != nil) != away {
			t.Errorf("%s: backend error %v", state, in.BackendErr)
		}
	}
}
