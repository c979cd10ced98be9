package split

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
	"pitwall/backends/prometheus"
	"pitwall/views"
	"pitwall/views/review"
	"pitwall/views/viewtest"
)

// changed is the fleet after bob moved the split to 75/25.
func changed() *fleet.Snapshot {
	s := viewtest.Fleet()
	d := &s.Rows[0].Deployment
	d.Variants = slices.Clone(d.Variants)
	d.Variants[0].Weight, d.Variants[1].Weight = 75, 25
	d.Token, d.SplitBy, d.SplitAt = "8", "bob", viewtest.Ago(time.Minute)
	return s
}

func TestAnotherWritersChange(t *testing.T) {
	b := newBench(t, viewtest.Fleet(), nil)
	b.press(key("5"))
	b.press(key("0"))
	b.Update(views.SnapshotMsg{Snapshot: changed()})
	b.shows("review anew: changed by bob 14:02", "B 25 %; your proposal was from 30 %")
	if got := b.proposal().String(); got != "A=50 B=50" {
		t.Errorf("the proposal became %s", got)
	}
	b.Update(views.SnapshotMsg{Snapshot: changed()})
	b.shows("changed by bob") // until it is dealt with
	b.press(key("esc"))
	if got := b.proposal().String(); got != "A=75 B=25" || strings.Contains(b.text(), "your proposal") {
		t.Errorf("after esc %s:\n%s", got, b.text())
	}
}

func TestChangeWithoutAProposalIsFollowed(t *testing.T) {
	b := newBench(t, viewtest.Fleet(), nil)
	b.Update(views.SnapshotMsg{Snapshot: changed()})
	if b.slider.Changed() || b.proposal().String() != "A=75 B=25" || strings.Contains(b.text(), "your proposal") {
		t.Errorf("proposed %s:\n%s", b.proposal(), b.text())
	}
}

func TestAppliedProposalIsNoProposalAnyMore(t *testing.T) {
	b := newBench(t, viewtest.Fleet(), nil)
	b.press(key("="))
	for _, k := range []string{"2", "5", "enter"} {
		b.press(key(k))
	}
	b.Update(views.SnapshotMsg{Snapshot: changed()})
	if b.slider.Changed() || strings.Contains(b.text(), "your proposal") {
		t.Errorf("still proposed:\n%s", b.text())
	}
}

func TestPlansAtMostTwiceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, viewtest.Fleet(), nil)
		start := time.Now()
		cmd := b.press(key("l"))
		for range 20 {
			if b.press(key("l")) != nil {
				t.Fatal("a second plan is on its way")
			}
		}
		b.shows("checking this proposal", "requests/s")
		due := cmd()
		if waited := time.Since(start); waited < planEvery {
			t.Errorf("planned after %s", waited)
		}
		b.Update(b.Update(due)())
		if len(b.ops.Asked) != 1 || !b.ops.Asked[0].Split.Equal(backends.Split{"A": 49, "B": 51}) {
			t.Errorf("asked %+v", b.ops.Asked)
		}
		b.shows("pass the step is at most 25 points")
	})
}

// TestGuardsFollowTheWorld: what the guards say is not older than it looks.
func TestGuardsFollowTheWorld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, viewtest.Fleet(), func(d *views.Deps) { d.Now = time.Now })
		b.Update(b.Update(b.press(key("l"))())())
		b.shows("pass the step is at most 25 points")
		if b.Update(views.SnapshotMsg{Snapshot: viewtest.Fleet()}) != nil {
			t.Error("planned again at once")
		}
		time.Sleep(planRenew)
		b.ops.Planned.Guards = []operation.Guard{{Rule: "signals", Verdict: operation.Deny, Text: "there are no signals"}}
		b.Update(b.Update(b.Update(views.SnapshotMsg{Snapshot: viewtest.Fleet()})())())
		b.shows("deny there are no signals")
	})
}

func TestUndo(t *testing.T) {
	b := newBench(t, viewtest.Fleet(), nil)
	if b.binding("u").Off == "" {
		t.Error("undo is on with nothing to undo")
	}
	back := &backends.Change{Op: backends.OpSplit, Deployment: "model-api", Split: backends.Split{"A": 90, "B": 10}}
	ended := func(c backends.Change) {
		b.Update(review.EndedMsg{Plan: operation.Plan{Change: c}, Outcome: operation.Outcome{Undo: back}})
	}
	ended(backends.Change{Op: backends.OpSplit, Deployment: "wine-api", Split: backends.Split{"A": 100}})
	ended(backends.Change{Op: backends.OpRollback, Deployment: "model-api"})
	if b.binding("u").Off == "" {
		t.Error("what is no split of this deployment can be undone here")
	}
	ended(backends.Change{Op: backends.OpSplit, Deployment: "model-api", Split: backends.Split{"A": 75, "B": 25}})
	b.Update(views.SnapshotMsg{Snapshot: changed()}) // the world shows it
	b.shows("u undoes it: A=90 B=10")
	b.press(key("u"))()
	if !b.ops.Asked[0].Split.Equal(back.Split) {
		t.Errorf("asked %+v", b.ops.Asked)
	}
	b.Update(views.SnapshotMsg{Snapshot: viewtest.Fleet()})
	if b.binding("u").Off == "" {
		t.Error("a change of somebody else is undone to before ours")
	}
}

func TestUndoFromTheJournal(t *testing.T) {
	d := viewtest.ModelAPI().Deployment
	ok := journal.Record{Phase: journal.PhaseResult, Result: journal.ResultOK, Target: journal.Target{Name: "model-api"},
		From: journal.Subject{Weights: backends.Split{"A": 90, "B": 10}}, To: journal.Subject{Weights: d.Split()}}
	failed, other := ok, ok
	failed.Result, other.Target.Name = journal.ResultFailed, "wine-api"
	overwritten := ok
	overwritten.To.Weights = backends.Split{"A": 60, "B": 40}
	for name, test := range map[string]struct {
		records []journal.Record
		want    string
	}{
		"last":        {[]journal.Record{ok, failed, other}, "A=90 B=10"},
		"overwritten": {[]journal.Record{ok, overwritten}, ""},
		"none":        {[]journal.Record{failed, other}, ""},
	} {
		got := ""
		if c := undoOf(test.records, d); c != nil {
			got = c.Split.String()
		}
		if got != test.want {
			t.Errorf("%s: undo is %q, want %q", name, got, test.want)
		}
	}
}

// counts is a views.Metrics that knows counters only.
type counts struct {
	views.Metrics
	intervals []prometheus.Interval
	err       error
}

func (c counts) Counts(context.Context, string, time.Time, time.Duration) ([]prometheus.Interval, error) {
	return c.intervals, c.err
}

// fail makes the table show these shares of failures.
func (b *bench) fail(a, candidate float64) {
	signals := maps.Clone(b.row.Signals)
	for name, ratio := range map[string]float64{"A": a, "B": candidate} {
		its := signals[name]
		its.ErrorRatio = ratio
		signals[name] = its
	}
	b.row.Signals = signals
}

// TestEvidence also holds the counts of two hours against the figures of the last
// minute, which stand in the table above them.
func TestEvidence(t *testing.T) {
	var harm, calm []prometheus.Interval
	for i := range 60 {
		to := viewtest.Ago(time.Duration(60-i) * 10 * time.Second)
		harm = append(harm, prometheus.Interval{From: to.Add(-10 * time.Second), To: to,
			N: map[string]float64{"A": 290, "B": 125}, Errors: map[string]float64{"A": 1, "B": 9}})
		calm = append(calm, prometheus.Interval{From: to.Add(-10 * time.Second), To: to,
			N: map[string]float64{"A": 290, "B": 125}, Errors: map[string]float64{}})
	}
	for name, test := range map[string]struct {
		counts
		want string
		now  func(*bench) // what the table shows, nil for the fleet's
	}{
		"harm":  {counts{intervals: harm}, "evidence of harm: B fails ×", nil},
		"since": {counts{intervals: harm}, "5xx since " + viewtest.Ago(610*time.Second).Local().Format(time.TimeOnly), nil},
		"over by now": {counts{intervals: harm}, "just now it does not: B fails 0 %, A 0 %",
			func(b *bench) { b.fail(0, 0) }},
		"begun just now": {counts{intervals: calm}, "no evidence of harm: no errors on either side, n=7500; 5xx since",
			func(b *bench) { b.fail(0, 0) }},
		"of two stories both": {counts{intervals: calm}, "but just now B fails 20.0 %, A 0 %", func(b *bench) { b.fail(0, 0.2) }},
		"collecting": {counts{intervals: []prometheus.Interval{{From: viewtest.Ago(20 * time.Second), To: viewtest.Ago(10 * time.Second),
			N: map[string]float64{"A": 290, "B": 125}, Errors: map[string]float64{}}}}, "collecting: at least 375 more", nil},
		"error": {counts{err: errors.New("connection\x1b[31m refused")}, "the counts cannot be read", nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, viewtest.Fleet(), func(d *views.Deps) { d.Metrics = test.counts })
			if test.now != nil {
				test.now(b)
			}
			if b.Update(b.readEvidence()()) == nil {
				t.Error("it does not ask again")
			}
			if text := strings.Join(strings.Fields(b.text()), " "); !strings.Contains(text, test.want) {
				t.Errorf("the screen does not say %q: %s", test.want, text)
			}
		})
	}
}

func TestEvidenceIsReadOnlyWhileLookedAt(t *testing.T) {
	b := newBench(t, viewtest.Fleet(), func(d *views.Deps) { d.Metrics = counts{} })
	for _, looked := range []bool{true, false} {
		if looked {
			b.View(viewtest.Frame(120, 40))
		}
		b.evidence.due = true
		b.Update(evidenceDueMsg{b.Screen})
		if b.evidence.asked != looked || b.evidence.due == looked {
			t.Errorf("looked at %v: asked %v, looks again later %v", looked, b.evidence.asked, b.evidence.due)
		}
		b.evidence.asked = false
	}
}
