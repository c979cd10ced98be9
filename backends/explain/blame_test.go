package explain

import (
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// changeRecord is an operation at base, 13:52:00.
func changeRecord(op backends.Op, variant string, from, to backends.Split) journal.Record {
	return journal.Record{ID: "9", TS: base, Actor: journal.Actor{OSUser: "ana"}, Op: string(op), Phase: journal.PhaseIntent,
		Target: journal.Target{Name: "model-api", Variant: variant}, From: journal.Subject{Weights: from, Replicas: 3}, To: journal.Subject{Weights: to}}
}

// blamed is the evidence that a change came before something.
func blamed(list []Evidence) (Evidence, bool) {
	for _, e := range list {
		if strings.Contains(e.Title, " before ") {
			return e, true
		}
	}
	return Evidence{}, false
}

// TestOnlyWhatCanBeTheCauseIsBlamed: a coincidence is worse than no advice.
func TestOnlyWhatCanBeTheCauseIsBlamed(t *testing.T) {
	up, down := backends.Split{"A": 80, "B": 20}, backends.Split{"A": 50, "B": 50}
	same := backends.Split{"A": 70, "B": 30}
	errorsOf := func(v string) func(*Input) {
		return func(in *Input) {
			in.signal(v, func(s *backends.Signals) { s.ErrorRatio = .3 })
			in.Alerts = []backends.Alert{alert("HighErrorRatio", "critical", v, base.Add(40*time.Second))}
		}
	}
	driftOf := func(variants ...string) func(*Input) {
		return func(in *Input) {
			for _, v := range variants {
				in.signal(v, func(s *backends.Signals) { s.DriftPSI = .5 })
				in.Alerts = append(in.Alerts, alert("Drift", "critical", v, base.Add(40*time.Second)))
			}
		}
	}
	leakOf := func(v string) func(*Input) {
		return func(in *Input) {
			in.Growth = map[string]float64{v: 5 << 20}
			in.Alerts = []backends.Alert{alert("MemoryGrowth", "warning", v, base.Add(40*time.Second))}
		}
	}
	tests := map[string]struct {
		symptom func(*Input)
		change  journal.Record
		title   string // "" when it is not blamed
		next    string
		op      backends.Op
	}{
		"more users":                     {errorsOf("B"), changeRecord("split", "", up, down), "40s before errors of B: split B 20→50", "take that change back", "split"},
		"fewer users":                    {errorsOf("B"), changeRecord("split", "", down, up), "", "", ""},
		"deploy of the other":            {errorsOf("A"), changeRecord("deploy", "B", same, same), "", "", ""},
		"deploy":                         {errorsOf("B"), changeRecord("deploy", "B", same, same), "40s before errors of B: deploy B", "take that change back", "rollback"},
		"scale":                          {errorsOf("A"), changeRecord("scale", "A", same, same), "40s before errors of A: scale of A 3 → 0", "take that change back", "scale"},
		"restart":                        {errorsOf("A"), changeRecord("restart", "A", same, same), "40s before errors of A: restart A", "cannot be taken back", ""},
		"pause":                          {errorsOf("A"), changeRecord("pause", "", same, same), "", "", ""},
		"a rollback is no cause to undo": {errorsOf("A"), changeRecord("rollback", "A", same, same), "40s before errors of A: rollback A", "do not take it back", ""},
		"nor is all to stable":           {errorsOf("A"), changeRecord("split", "", up, backends.Split{"A": 100, "B": 0}), "40s before errors of A", "do not take it back", ""},
		"nor is an abort":                {errorsOf("A"), changeRecord("abort", "", up, backends.Split{"A": 100, "B": 0}), "40s before errors of A", "do not take it back", ""},
		"drift after a split":            {driftOf("B"), changeRecord("split", "", up, down), "", "", ""},
		"drift after a deploy of both":   {driftOf("A", "B"), changeRecord("deploy", "B", same, same), "", "", ""},
		"drift after its deploy":         {driftOf("B"), changeRecord("deploy", "B", same, same), "40s before the drift of B: deploy B", "take that change back", "rollback"},
		"leak after another's deploy":    {leakOf("A"), changeRecord("deploy", "B", same, same), "", "", ""},
		"leak after another's split":     {leakOf("A"), changeRecord("split", "", up, down), "", "", ""},
		"leak after its deploy":          {leakOf("B"), changeRecord("deploy", "B", same, same), "40s before the growth of the memory of B", "take that change back", "rollback"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := healthy()
			test.symptom(&in)
			in.records(test.change, journal.Record{Op: test.change.Op, Phase: journal.PhaseResult, Intent: "9", Result: journal.ResultOK, Target: test.change.Target})
			list := Explain(in)
			e, found := blamed(list)
			if found != (test.title != "") || !strings.HasPrefix(e.Title, test.title) || !strings.Contains(e.Next, test.next) {
				t.Errorf("got %q (next %q), want %q in %+v", e.Title, e.Next, test.title, list)
			}
			if (e.Action == nil) != (test.op == "") || e.Action != nil && e.Action.Op != test.op {
				t.Errorf("action %+v, want %q", e.Action, test.op)
			}
			if !found && strings.Contains(list[0].Title, " after ") {
				t.Errorf("blamed in the title: %q", list[0].Title)
			}
		})
	}
}

// TestAChangeRanksBelowWhatItExplains: the evidence itself comes first.
func TestAChangeRanksBelowWhatItExplains(t *testing.T) {
	in := healthy()
	in.signal("A", func(s *backends.Signals) { s.DriftPSI = .9 })
	in.signal("B", func(s *backends.Signals) { s.P95 = .29 })
	in.Alerts = []backends.Alert{alert("HighLatency", "warning", "B", base.Add(40*time.Second))}
	in.records(splitRecord(), journal.Record{Op: "split", Phase: journal.PhaseResult, Intent: "1", Result: journal.ResultOK, Target: journal.Target{Name: "model-api"}})
	list := Explain(in)
	if len(list) != 3 || !strings.HasPrefix(list[0].Title, "p95 of B") || !strings.HasPrefix(list[1].Title, "40s before p95 of B: split") || list[1].Score > list[0].Score {
		t.Errorf("evidence %+v", list)
	}
}

// TestWhatWasInTroubleBeforeIsNotBlamedOnASplit: under overload a split comes in
// between, and an alert of the other variant just after it.
func TestWhatWasInTroubleBeforeIsNotBlamedOnASplit(t *testing.T) {
	overload := func() Input {
		in := healthy()
		in.Deployment.State, in.Deployment.Since = backends.Warn, base.Add(2*time.Second) // the backend's own view of the split
		for _, v := range []string{"A", "B"} {
			in.signal(v, func(s *backends.Signals) { s.P95 = 1.2 })
		}
		in.records(changeRecord("split", "", backends.Split{"A": 80, "B": 20}, backends.Split{"A": 50, "B": 50}),
			journal.Record{Op: "split", Phase: journal.PhaseResult, Intent: "9", Result: journal.ResultOK, Target: journal.Target{Name: "model-api"}})
		return in
	}
	for name, test := range map[string]struct {
		edit   func(*Input)
		blamed bool
	}{
		"since when is not known": {func(in *Input) {}, false},
		"latency of A was high before": {func(in *Input) {
			in.Alerts = []backends.Alert{alert("HighLatency", "warning", "A", base.Add(-4*time.Minute)), alert("HighLatency", "warning", "B", base.Add(2*time.Second))}
		}, false},
		"the traffic had surged": {func(in *Input) {
			in.Spark = []float64{40, 41, 39, 40, 42, 40, 41, 160, 158, 161}
			in.signal("", func(s *backends.Signals) { s.RPS = 152 })
			in.Alerts = []backends.Alert{alert("HighLatency", "warning", "B", base.Add(20*time.Second))}
		}, false},
		"all was well before": {func(in *Input) {
			in.signal("A", func(s *backends.Signals) { s.P95 = .02 })
			in.Alerts = []backends.Alert{alert("HighLatency", "warning", "B", base.Add(20*time.Second))}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			in := overload()
			test.edit(&in)
			list := Explain(in)
			if _, found := blamed(list); found != test.blamed || strings.Contains(list[0].Title, " after split") != test.blamed {
				t.Errorf("blamed %v: %+v", found, list)
			}
		})
	}
}

// TestAdviceAboutASplitFitsWhatIsOffered holds the sentence against the change
// that comes with it.
func TestAdviceAboutASplitFitsWhatIsOffered(t *testing.T) {
	up, down := backends.Split{"A": 80, "B": 20}, backends.Split{"A": 50, "B": 50}
	for name, test := range map[string]struct {
		edit   func(*Input)
		event  string // instead of a record
		next   string
		offers string
	}{
		"back":             {func(*Input) {}, "", "take that change back if nothing else explains it", "A=80 B=20"},
		"of another's":     {func(*Input) {}, "split changed from A=80 B=20 to A=50 B=50 (B looks good)", "take that change back", "A=80 B=20"},
		"with an arrow":    {func(*Input) {}, "split A=80 B=20 → A=50 B=50", "take that change back", "A=80 B=20"},
		"weights unknown":  {func(*Input) {}, "the route was edited", "the weights before it are not known here: move all users to A", "A=100 B=0"},
		"back already":     {func(in *Input) { in.Deployment.Variants[0].Weight, in.Deployment.Variants[1].Weight = 80, 20 }, "", "it was taken back already: the split is A=80 B=20 again", ""},
		"nobody to return": {func(in *Input) { in.Deployment.Variants[0].Ready = 0 }, "", "A has no ready replica, and A can take no more", ""},
		"to safety":        {func(*Input) {}, "split changed from A=50 B=50 to A=100 B=0", "do not take it back", ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := healthy()
			in.signal("B", func(s *backends.Signals) { s.P95 = .29 })
			v := "B"
			if name == "to safety" {
				v = "A"
				in.signal("A", func(s *backends.Signals) { s.P95 = .9 })
			}
			in.Alerts = []backends.Alert{alert("HighLatency", "warning", v, base.Add(40*time.Second))}
			if test.event != "" {
				in.Events = []backends.Event{{At: base, Deployment: "model-api", Kind: "split", State: backends.OK, By: "ana@desk", Text: test.event}}
			} else {
				in.records(changeRecord("split", "", up, down))
			}
			test.edit(&in)
			e, found := blamed(Explain(in))
			offers := ""
			if e.Action != nil {
				offers = e.Action.Split.String()
			}
			if !found || !strings.Contains(e.Next, test.next) || offers != test.offers {
				t.Errorf("%q with %q, want %q with %q (%+v)", e.Next, offers, test.next, test.offers, e)
			}
		})
	}
}

// TestABrokenRollbackIsTakenBack: that it was meant as a return to safety is no
// advice where what it brought back does not run.
func TestABrokenRollbackIsTakenBack(t *testing.T) {
	in := healthy()
	in.Deployment.Rollout = &backends.Rollout{Operation: backends.OpRollback, Variant: "A", From: "2.0.0", To: "1.0.0", Total: 3, StartedAt: base, Message: "a-3 is not ready after 60 s"}
	in.sick(backends.CauseImageMissing, func(r *backends.Replica) { r.Reason = "no such image" }, 3)
	in.Deployment.Since = base.Add(40 * time.Second)
	in.records(changeRecord(backends.OpRollback, "A", nil, nil), journal.Record{Op: "rollback", Phase: journal.PhaseResult, Intent: "9", Result: journal.ResultOK, Target: journal.Target{Name: "model-api"}})
	list := Explain(in)
	for _, e := range list {
		if strings.Contains(e.Next, "do not take it back") || strings.Contains(e.Next, "logs") {
			t.Errorf("%q advises %q", e.Title, e.Next)
		}
	}
	if e, found := blamed(list); !found || e.Action == nil || e.Action.Op != backends.OpRollback || !strings.Contains(e.Next, "take it back as well") {
		t.Errorf("blamed %+v", e)
	}
}
