package explain

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

var (
	now  = time.Date(2026, 3, 1, 13, 55, 0, 0, time.UTC)
	base = now.Add(-3 * time.Minute) // 13:52:00
)

func signals(rps, errors, p95 float64) backends.Signals {
	return backends.Signals{RPS: rps, ErrorRatio: errors, P50: p95 / 3, P95: p95, P99: p95 * 2,
		DriftPSI: 0.03, Feature: "age", DriftRows: 900, Memory: 60 << 20, At: now.Add(-2 * time.Second)}
}

// healthy is model-api at 70/30 with nothing wrong.
func healthy() Input {
	replica := func(name string) backends.Replica { return backends.Replica{Name: name, State: backends.OK} }
	return Input{
		Now: now, ListedAt: now,
		Deployment: backends.Deployment{
			Name: "model-api", State: backends.OK, Since: now.Add(-time.Hour),
			Variants: []backends.Variant{
				{Name: "A", Version: "1.0.0", Weight: 70, Desired: 3, Ready: 3, Replicas: []backends.Replica{replica("a-1"), replica("a-2"), replica("a-3")}},
				{Name: "B", Version: "1.1.0", Weight: 30, Desired: 1, Ready: 1, Replicas: []backends.Replica{replica("b-1")}},
			},
		},
		Signals: map[string]backends.Signals{"": signals(40, 0.001, 0.02), "A": signals(28, 0.001, 0.02), "B": signals(12, 0.001, 0.02)},
	}
}

func alert(name, severity, variant string, since time.Time) backends.Alert {
	return backends.Alert{Name: name, Severity: severity, State: "firing", Deployment: "model-api", Variant: variant, Since: since, Summary: name + " of " + variant}
}

func (in *Input) signal(variant string, edit func(*backends.Signals)) {
	s := in.Signals[variant]
	edit(&s)
	in.Signals[variant] = s
}

func (in *Input) records(r ...journal.Record) { in.Records = append(in.Records, r...) }

// splitRecord is a split of 20 → 50 by ana, 40 s before 13:52:40.
func splitRecord() journal.Record {
	return journal.Record{ID: "1", TS: base, Host: "desk", Actor: journal.Actor{OSUser: "ana"}, Op: "split", Phase: journal.PhaseIntent,
		Target: journal.Target{Name: "model-api"}, From: journal.Subject{Weights: backends.Split{"A": 80, "B": 20}}, To: journal.Subject{Weights: backends.Split{"A": 50, "B": 50}}}
}

func deployRecord(variant string) journal.Record {
	return journal.Record{ID: "2", TS: base, Actor: journal.Actor{OSUser: "bob"}, Op: "deploy", Phase: journal.PhaseIntent,
		Target: journal.Target{Name: "model-api", Variant: variant}, From: journal.Subject{ModelVersion: "1.0.0"}, To: journal.Subject{ModelVersion: "2.0.0"}}
}

// TestWhatNobodySawBeginIsSaidSo: it is not dated, and no change is blamed by
// the time at which somebody looked.
func TestWhatNobodySawBeginIsSaidSo(t *testing.T) {
	in := healthy()
	in.records(splitRecord())
	b := &in.Deployment.Variants[1]
	b.Ready, b.Replicas[0].State, b.Replicas[0].Reason = 0, backends.Fail, "it is on no network of the front door"
	in.Deployment.State, in.Deployment.Since = backends.Fail, time.Time{}
	found := Explain(in)
	if e := found[0]; !e.Since.IsZero() || !strings.Contains(e.Detail, "seen at 13:55:00, since when is not known") {
		t.Errorf("got %+v", e)
	}
	for _, e := range found {
		if strings.Contains(e.Title+e.Detail+e.Next, "split B 20→50") || strings.Contains(e.Next, "take that change back") {
			t.Errorf("a change is blamed: %+v", e)
		}
	}
	in.Deployment.Since = base.Add(40 * time.Second)
	if e := Explain(in)[0]; !strings.Contains(e.Detail, "since 13:52:40, 40s after split B 20→50") || strings.Contains(e.Detail, "seen at") {
		t.Errorf("of one that was seen to begin: %+v", e)
	}
}

// TestALoneContainerHasNothingInFrontOfIt: what keeps it from running comes
// first, and no front door is told of that is not there.
func TestALoneContainerHasNothingInFrontOfIt(t *testing.T) {
	in := healthy()
	in.Deployment.Variants = in.Deployment.Variants[:1]
	a := &in.Deployment.Variants[0]
	a.Weight, a.Desired, a.Ready = 100, 1, 0
	a.Replicas = []backends.Replica{{Name: "a-1", State: backends.Fail, Cause: backends.CausePortConflict, Reason: "port 8080 is taken"}}
	in.Deployment.State = backends.Fail
	in.Reasons = []backends.Reason{{Kind: backends.ReasonFrontDoor, State: backends.Warn, Text: "no front door was found", Next: "label it"}}
	found := Explain(in)
	if !strings.Contains(found[0].Title, "could not start: port 8080 is taken") {
		t.Errorf("first is %q", found[0].Title)
	}
	for _, e := range found {
		if strings.Contains(e.Title, "the front door sends") {
			t.Errorf("there is %q", e.Title)
		}
	}
	a.Replicas[0] = backends.Replica{Name: "a-1", State: backends.Fail, Reason: "it ended"}
	if e := Explain(in)[0]; e.Title != "A has no ready replica, and nothing else answers" {
		t.Errorf("without a cause: %q", e.Title)
	}
	in.Deployment.Backend, in.Reasons = "kubernetes", nil // of a workload without a Service nobody needs to say it
	a.Replicas[0].Cause = backends.CauseImageMissing
	if e := Explain(in)[0]; !strings.Contains(e.Title, "the image is missing") {
		t.Errorf("of a lone workload the first is %q", e.Title)
	}
}

// TestCrashesBeginWhenTheBackendSaysSo: a cluster keeps the last exits only,
// and what came before them is not what began it.
func TestCrashesBeginWhenTheBackendSaysSo(t *testing.T) {
	in := healthy()
	b := &in.Deployment.Variants[1]
	b.Replicas = []backends.Replica{{Name: "b-1", State: backends.Fail, Cause: backends.CauseCrashLoop, Restarts: 6, LastExit: &backends.Exit{Code: 2, At: in.Now.Add(-time.Minute)}}}
	began := in.Now.Add(-10 * time.Minute)
	in.Reasons = []backends.Reason{{Variant: b.Name, Cause: backends.CauseCrashLoop, State: backends.Fail, Text: "it ends again and again", Since: began}}
	if e := Explain(in)[0]; !e.Since.Equal(began) {
		t.Errorf("%q is since %v, not %v", e.Title, e.Since, began)
	}
}

// TestAMemoryLimitIsRaisedWhereItIs: at 3 a.m. a command is worth more than advice.
func TestAMemoryLimitIsRaisedWhereItIs(t *testing.T) {
	for backend, want := range map[string]string{"docker": "`docker update --memory SIZE --memory-swap SIZE b-1`; of a Compose service mem_limit",
		"kubernetes": "resources.limits.memory", "local": "raise the memory limit, or send fewer"} {
		in := healthy()
		in.Deployment.Backend = backend
		b := &in.Deployment.Variants[1]
		b.Ready, b.Weight, in.Deployment.Variants[0].Weight = 0, 0, 100
		b.Replicas[0].State, b.Replicas[0].Cause = backends.Fail, backends.CauseOOM
		if e := Explain(in)[0]; !strings.Contains(e.Next, want) {
			t.Errorf("%s: next is %q", backend, e.Next)
		}
	}
}

// TestMuchDriftIsWhatTheListSaysItIs: the state is fail for it.
func TestMuchDriftIsWhatTheListSaysItIs(t *testing.T) {
	for psi, want := range map[float64]backends.State{0.15: backends.Warn, 0.4: backends.Fail} {
		in := healthy()
		in.signal("A", func(s *backends.Signals) { s.DriftPSI = psi })
		if e := Explain(in)[0]; e.State != want || !strings.Contains(e.Title, "has moved away") {
			t.Errorf("PSI %g: %s %q, want %s", psi, e.State, e.Title, want)
		}
	}
}

// The scenarios of serve/traffic, and the other ways to be unhealthy.
var scenes = map[string]struct {
	edit   func(in *Input)
	title  string // of the first evidence
	screen string
	op     backends.Op // of its action, "" for none
	next   string
	also   string // title of another evidence, "" for none
}{
	"calm": {func(in *Input) {}, "nothing is wrong with model-api", screenDeployment, "", "nothing to do", ""},
	"slow": {func(in *Input) {
		in.signal("B", func(s *backends.Signals) { s.P95 = 0.29 })
		in.Alerts = []backends.Alert{alert("HighLatency", "warning", "B", base.Add(40*time.Second))}
	}, "p95 of B 290 ms vs A 20 ms since 13:52:40", screenDeployment, backends.OpSplit, "move the traffic of B back to A", ""},
	"slow alike": {func(in *Input) {
		in.signal("A", func(s *backends.Signals) { s.P95 = 0.7 })
		in.signal("B", func(s *backends.Signals) { s.P95 = 0.8 })
	}, "p95 of every variant is high: A 700 ms, B 800 ms", screenDeployment, "", "what the variants share", ""},
	"errors after a split": {func(in *Input) {
		in.signal("B", func(s *backends.Signals) { s.ErrorRatio = 0.12 })
		in.Alerts = []backends.Alert{alert("HighErrorRatio", "critical", "B", base.Add(40*time.Second))}
		in.records(splitRecord())
	}, "errors of B 12 % vs A 0.1 % since 13:52:40, 40s after split B 20→50 by ana@desk", screenDeployment, backends.OpSplit, "move the traffic of B back to A", "40s before errors of B: split B 20→50"},
	"drift of the data": {func(in *Input) {
		for _, v := range []string{"A", "B"} {
			in.signal(v, func(s *backends.Signals) { s.DriftPSI = 0.6 })
		}
	}, "age of A has moved away from the training data: PSI 0.60", screenDeployment, "", "no rollback cures", "age of B has moved"},
	"drift of one side": {func(in *Input) { in.signal("B", func(s *backends.Signals) { s.DriftPSI = 0.6 }) },
		"age of B has moved away", screenDeployment, "", "baseline of B: A sees no drift (PSI 0.03)", ""},
	"drift of one side, the other has few rows": {func(in *Input) {
		in.signal("A", func(s *backends.Signals) { s.DriftRows = 120 })
		in.signal("B", func(s *backends.Signals) { s.DriftPSI = 0.6 })
	}, "age of B has moved away", screenDeployment, "", "all requests have moved, the others will show it too: A has 120 of 300 rows", ""},
	"drift of one side, the other is not known": {func(in *Input) {
		in.signal("A", func(s *backends.Signals) { s.DriftPSI = math.NaN() })
		in.signal("B", func(s *backends.Signals) { s.DriftPSI = 0.6 })
	}, "age of B has moved away", screenDeployment, "", "the drift of A is not known", ""},
	"crash": {func(in *Input) {
		r := &in.Deployment.Variants[0].Replicas[1]
		r.State, r.Reason, r.Restarts = backends.Fail, "restarting in 8 s", 5
		r.LastExit = &backends.Exit{Code: 3, At: now.Add(-10 * time.Second), Log: "practice fault: crash"}
		in.Deployment.Variants[0].Ready = 2
		in.Deployment.State = backends.Warn
		in.Events = []backends.Event{{At: base, Deployment: "model-api", Variant: "A", Replica: "a-2", Kind: "exit"}}
	}, "replica a-2 of A dies again and again: 5 restarts, last with status 3 10s ago", screenLogs, "", "read the", "A has 2 of 3 replicas ready"},
	"leak": {func(in *Input) {
		in.Growth = map[string]float64{"A": 1000, "B": 4 << 20}
	}, "memory of B grows by 4.0 MiB a second", screenDeployment, backends.OpRestart, "restart B", ""},
	"surge": {func(in *Input) {
		in.Spark = []float64{40, 41, 39, 40, 42, 40, 41, 160, 158, 161}
		in.signal("", func(s *backends.Signals) { s.RPS = 152 })
	}, "the traffic rose from 40 to 152 requests/s", screenDeployment, "", "add replicas", ""},
	"a deployment that has just begun": {func(in *Input) {
		in.Spark = []float64{math.NaN(), math.NaN(), 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 40, 40}
		in.signal("", func(s *backends.Signals) { s.RPS = 80 })
	}, "nothing is wrong", screenDeployment, "", "nothing", ""},
	"surge that is over": {func(in *Input) { in.Spark = []float64{40, 41, 39, 40, 42, 40, 41, 160, 158, 161} },
		"nothing is wrong", screenDeployment, "", "nothing", ""},
	"leak that is over": {func(in *Input) {
		in.Growth = map[string]float64{"B": 1000}
		in.Alerts = []backends.Alert{alert("MemoryGrowth", "warning", "B", base)}
	}, "memory of B has stopped growing; it grew since 13:52:00", screenDeployment, backends.OpRestart, "whether it begins again", ""},
	"new replicas fill their memory": {func(in *Input) {
		in.Growth = map[string]float64{"B": 2e6}
		in.Events = []backends.Event{{At: now.Add(-time.Minute), Deployment: "model-api", Variant: "B", Replica: "b-2", Kind: "ready"}}
	}, "nothing is wrong", screenDeployment, "", "nothing", ""},
	"release that fails": {func(in *Input) {
		in.signal("A", func(s *backends.Signals) { s.ErrorRatio = 0.3 })
		in.Alerts = []backends.Alert{alert("HighErrorRatio", "critical", "A", base.Add(90*time.Second))}
		in.records(deployRecord("A"), journal.Record{Op: "deploy", Phase: "result", Intent: "2", Result: "ok"})
	}, "errors of A 30 % vs B 0.1 % since 13:53:30, 1m30s after deploy of A 1.0.0 → 2.0.0 by bob", screenDeployment, backends.OpRollback, "roll A back", "1m30s before errors of A: deploy"},
	"requests refused since a deploy": {func(in *Input) {
		in.signal("A", func(s *backends.Signals) { s.RejectRatio = 1 })
		in.Alerts = []backends.Alert{alert("HighRejectRatio", "critical", "A", base.Add(90*time.Second))}
		in.records(deployRecord("A"), journal.Record{Op: "deploy", Phase: "result", Intent: "2", Result: "ok"})
	}, "variant A refuses 100 % of its requests (4xx): clients and model disagree since 13:53:30, 1m30s after deploy of A 1.0.0 → 2.0.0 by bob",
		screenDeployment, backends.OpRollback, "roll A back", "1m30s before the refusals of A: deploy"},
	"requests refused by the candidate alone": {func(in *Input) {
		in.signal("B", func(s *backends.Signals) { s.RejectRatio = .4 })
	}, "variant B refuses 40 % of its requests (4xx)", screenDeployment, backends.OpSplit, "move the traffic of B back to A", ""},
	"requests refused by both": {func(in *Input) {
		in.signal("A", func(s *backends.Signals) { s.RejectRatio = .5 })
		in.signal("B", func(s *backends.Signals) { s.RejectRatio = .5 })
	}, "variant A refuses 50 % of its requests (4xx)", screenDeployment, "", "ask what changed at the clients", "variant B refuses 50 %"},
	"rollout left half done": {func(in *Input) {
		in.Deployment.Rollout = &backends.Rollout{Operation: backends.OpDeploy, Variant: "A", From: "1.0.0", To: "1.1.0", Total: 3, Done: 1, Paused: true,
			StartedAt: base, Message: "the pitwall that carried it out has been gone since 13:52:10: resume goes on with it"}
	}, "the rollout is held: deploy of A, 1 of 3 replaced: the pitwall that carried it out has been gone", screenRollout, backends.OpResume, "resume goes on with it, a rollback ends it", ""},
	"rollout in trouble": {func(in *Input) {
		in.Deployment.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", From: "1.0.0", To: "2.0.0", Total: 3, StartedAt: base, Message: "a-4 is not ready after 60 s"}
	}, "rollout in trouble: deploy of A, 0 of 3 replaced: a-4 is not ready", screenRollout, backends.OpRollback, "roll A back", ""},
	"rollback in trouble": {func(in *Input) {
		in.Deployment.Rollout = &backends.Rollout{Operation: "rollback", Variant: "A", From: "2.0.0", To: "1.0.0", Total: 3, StartedAt: base, Message: "a-4 is not ready after 60 s"}
		in.sick(backends.CauseImageMissing, func(r *backends.Replica) { r.Reason = "no such image" }, 3)
		in.Deployment.Since = base.Add(40 * time.Second)
		in.records(changeRecord(backends.OpRollback, "A", nil, nil), journal.Record{Op: "rollback", Phase: "result", Intent: "9", Result: "ok", Target: journal.Target{Name: "model-api"}})
	}, "replica a-3 of A could not start: the image is missing", screenDeployment, backends.OpRollback, "push or pull the image", "40s before"},
	"rollout without end": {func(in *Input) {
		in.Deployment.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", From: "1.0.0", Total: 3, StartedAt: now.Add(-20 * time.Minute)}
	}, "the rollout does not end", screenRollout, backends.OpRollback, "roll back", ""},
	"first deploy without end": {func(in *Input) {
		in.Deployment.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", To: "3", Total: 3, StartedAt: now.Add(-20 * time.Minute)}
	}, "the rollout does not end", screenRollout, "", "there is nothing to go back to", ""},
	"first deploy given up": {func(in *Input) {
		in.Deployment.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", To: "3", Total: 3, Stuck: true, StartedAt: base, Message: "the first deploy of A, 3, never got ready"}
	}, "rollout in trouble: deploy of A, 0 of 3 replaced: the first deploy of A, 3, never got ready", screenRollout, "", "deploy another image, scale it to 0, or delete it", ""},
	"rollout abandoned": {func(in *Input) {
		in.records(deployRecord("A"), journal.Record{TS: now, Target: journal.Target{Name: "model-api"}, Op: "deploy", Phase: "result", Intent: "2", Result: "failed", Text: "a-4 is not ready"})
	}, "the last deploy failed 0s ago: a-4 is not ready", screenRollout, "", "cure the cause", ""},
	"nobody watched": {func(in *Input) { in.records(splitRecord()) },
		"nobody saw how the split of 13:52:00 ended", screenRollout, "", "compare what it wanted", ""},
	"signals away": {func(in *Input) { in.SignalsErr = errors.New("connection refused") },
		"cannot see signals: connection refused", screenDeployment, "", "check the source", ""},
	"signals old": {func(in *Input) { in.Now = now.Add(2 * time.Minute); in.ListedAt = in.Now },
		"cannot see signals: the last are 2m2s old", screenDeployment, "", "check the source", ""},
	"backend away": {func(in *Input) { in.ListedAt = now.Add(-5 * time.Minute) },
		"cannot see the deployment", screenDeployment, "", "connection", ""},
	"nobody behind B": {func(in *Input) {
		in.Deployment.Variants[1].Ready = 0
		in.Alerts = []backends.Alert{alert("NoReplica", "critical", "B", base)}
	}, "the front door sends 30 % of the requests to B, which has no ready replica", screenSplit, backends.OpSplit, "move its traffic", ""},
	"scaled to nothing": {func(in *Input) {
		in.Deployment.Variants[1].Ready, in.Deployment.Variants[1].Desired = 0, 0
		in.records(changeRecord(backends.OpScale, "B", nil, nil), journal.Record{Op: "scale", Phase: "result", Intent: "9", Result: "ok", Target: journal.Target{Name: "model-api"}})
	}, "B is scaled to 0: nothing answers its requests", screenRollout, backends.OpSplit, "move its traffic", ""},
	"nobody behind A": {func(in *Input) { in.Deployment.Variants[0].Ready = 0 },
		"the front door sends 70 % of the requests to A", screenSplit, backends.OpCutover, "move its traffic", ""},
	"nobody at all": {func(in *Input) { in.Deployment.Variants[0].Ready, in.Deployment.Variants[1].Ready = 0, 0 },
		"the front door sends 70 % of the requests to A", screenSplit, "", "nothing else can answer", "30 % of the requests to B"},
	"front door down": {func(in *Input) { in.Alerts = []backends.Alert{alert("GatewayDown", "critical", "", base)} },
		"the front door does not answer", screenLogs, "", "read the events", ""},
	"target down": {func(in *Input) { in.Alerts = []backends.Alert{alert("ReplicaDown", "warning", "A", base)} },
		"ReplicaDown: ReplicaDown of A since 13:52:00", screenLogs, "", "signals", ""},
	"foreign alert": {func(in *Input) { in.Alerts = []backends.Alert{alert("Budget", "critical", "A", base)} },
		"Budget: Budget of A", screenDeployment, "", "signals", ""},
	"no reason known": {func(in *Input) { in.Deployment.State, in.Deployment.Reason = backends.Warn, "odd" },
		"model-api is warn: odd", screenLogs, "", "events", ""},
}

func TestScenes(t *testing.T) {
	for name, test := range scenes {
		t.Run(name, func(t *testing.T) {
			in := healthy()
			test.edit(&in)
			got := Explain(in)
			e := got[0]
			if !strings.HasPrefix(e.Title, test.title) || e.Screen != test.screen || !strings.Contains(e.Next, test.next) || e.Rank != 1 {
				t.Errorf("first evidence %+v", e)
			}
			if (e.Action == nil) != (test.op == "") || e.Action != nil && (e.Action.Op != test.op || e.Action.Deployment != "model-api") {
				t.Errorf("action %+v, want %q", e.Action, test.op)
			}
			if test.also != "" && !slices.ContainsFunc(got[1:], func(e Evidence) bool { return strings.Contains(e.Title, test.also) }) {
				t.Errorf("no evidence %q in %+v", test.also, got)
			}
			for i, e := range got {
				if e.Next == "" || e.Title == "" || e.Screen == "" || e.Score < 0 || e.Score > 100 || i > 0 && e.Score > got[i-1].Score {
					t.Errorf("incomplete or out of order: %+v", e)
				}
			}
		})
	}
}

func TestHealthySaysWhatWasChecked(t *testing.T) {
	e := Explain(healthy())
	want := "4 of 4 replicas ready, errors 0.1 %, p95 20 ms, drift PSI 0.03, no alert, signals 2s old"
	if len(e) != 1 || e[0].State != backends.OK || e[0].Detail != want {
		t.Errorf("evidence %+v, want %q", e, want)
	}
}

func TestChangeJustBeforeCanBeTakenBack(t *testing.T) {
	in := healthy()
	in.signal("B", func(s *backends.Signals) { s.ErrorRatio = 0.12 })
	in.Alerts = []backends.Alert{alert("HighErrorRatio", "critical", "B", base.Add(40*time.Second))}
	in.records(splitRecord())
	i := slices.IndexFunc(Explain(in), func(e Evidence) bool { return strings.Contains(e.Title, "before errors of B: split") })
	if i < 0 {
		t.Fatal("the change is no evidence")
	}
	if a := Explain(in)[i].Action; a == nil || a.Split.String() != "A=80 B=20" {
		t.Errorf("action %+v", a)
	}
	in.Records[0].TS = base.Add(-time.Hour)
	if slices.ContainsFunc(Explain(in), func(e Evidence) bool { return strings.Contains(e.Title, "before errors of B: split") }) {
		t.Error("a change an hour earlier is blamed")
	}
}

func TestEventsTellOfChangesThatAreNotInTheJournal(t *testing.T) {
	in := healthy()
	in.signal("B", func(s *backends.Signals) { s.P95 = 2 })
	in.Alerts = []backends.Alert{alert("HighLatency", "critical", "B", base.Add(20*time.Second))}
	in.Events = []backends.Event{
		{At: base, Deployment: "model-api", Kind: "split", State: backends.OK, Text: "split A=50 B=50", By: "bob@x"},
		{At: base, Deployment: "model-api", Kind: "scenario", Text: "scenario slow"},
		{At: base.Add(2 * time.Second), Deployment: "model-api", Kind: "deploy", State: backends.Warn, Text: "the deploy of B was abandoned"},
		{At: base.Add(time.Second), Deployment: "other", Kind: "split", Text: "other"},
	}
	if e := Explain(in)[0]; !strings.Contains(e.Title, "20s after split A=50 B=50 by bob@x") {
		t.Errorf("evidence %+v", e)
	}
}
