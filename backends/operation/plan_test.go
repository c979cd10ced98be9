package operation

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

func TestPlanSplit(t *testing.T) {
	b := newBench(nil)
	p := b.plan(t, splitTo("A=50", "B=50"))
	if p.Danger != Confirm || p.Confirm != "" || p.Change.Token != "t1" || p.Change.By != "ana@desk" {
		t.Errorf("plan %+v", p)
	}
	want := []string{
		"A: 28 → 20 requests/s, 9.3 → 6.7 for each of 3 ready replicas.",
		"B: 12 → 20 requests/s, 12 → 20 for each of 1 ready replica.",
		"20 % of users move from A to B; nobody moves back.",
	}
	if !slices.Equal(p.Consequences, want) {
		t.Errorf("consequences %q\nwant %q", p.Consequences, want)
	}
	if !slices.Equal(p.Effects, []backends.Effect{{What: "weight of A", Before: "70 %", After: "50 %"}, {What: "weight of B", Before: "30 %", After: "50 %"}}) {
		t.Errorf("effects %v", p.Effects)
	}
	if p.Undo == nil || p.Undo.Split.String() != "A=70 B=30" || p.Undo.Token != "" {
		t.Errorf("undo %+v", p.Undo)
	}
	if len(b.world.applied)+len(b.journal.records) != 0 {
		t.Error("planning changed something")
	}
}

func TestPlanOfADeployToNothing(t *testing.T) {
	b := newBench(nil)
	b.world.d.Variants[1].Desired, b.world.d.Variants[1].Ready = 0, 0
	p := b.plan(t, backends.Change{Op: backends.OpDeploy, Deployment: "model-api", Variant: "B", Version: "2"})
	if want := []string{"B has no replicas: nothing runs 2 until it has some."}; !slices.Equal(p.Consequences, want) {
		t.Errorf("consequences %q, want %q", p.Consequences, want)
	}
}

func TestGuards(t *testing.T) {
	const ask, deny, warn = Typed, Denied, Confirm
	toB := splitTo("A=50", "B=50")
	home := splitTo("A=100")
	tests := map[string]struct {
		change backends.Change
		world  func(*bench)
		danger Danger
		rule   string
		text   string
	}{
		"fine":              {toB, func(b *bench) {}, Confirm, "step", "at most 25"},
		"step of 30":        {splitTo("A=40", "B=60"), func(b *bench) {}, ask, "step", "gains 30 points"},
		"all to B":          {splitTo("B=100"), func(b *bench) {}, ask, "all", "B gets all"},
		"cutover":           {backends.Change{Op: backends.OpCutover, Deployment: "model-api"}, func(b *bench) {}, ask, "all", "B gets all"},
		"nothing":           {splitTo("A=70", "B=30"), func(b *bench) {}, deny, "change", "nothing to change"},
		"as many as wanted": {backends.Change{Op: backends.OpScale, Deployment: "model-api", Variant: "A", Replicas: 3}, func(b *bench) {}, deny, "change", "nothing to change: A has 3 replicas"},
		"B not ready":       {toB, func(b *bench) { b.world.d.Variants[1].Ready = 0 }, deny, "replicas", "B has no ready replica"},
		"B is started":      {toB, func(b *bench) { b.world.d.Variants[1].Ready, b.world.d.Starts = 0, true }, Confirm, "replicas", "they are started first"},
		"A not ready, home": {home, func(b *bench) { b.world.d.Variants[0].Ready = 0 }, ask, "replicas", "A has no ready replica"},
		"home":              {home, func(b *bench) {}, Confirm, "replicas", "ready"},
		"home, production":  {home, func(b *bench) { b.world.d.Environment = "production" }, Confirm, "replicas", "ready"},
		"production":        {toB, func(b *bench) { b.world.d.Environment = "production" }, ask, "production", "this is production"},
		"drift":             {toB, func(b *bench) { s := b.signals["B"]; s.DriftPSI = 0.3; b.signals["B"] = s }, ask, "drift", "in age is PSI 0.30"},
		"some drift":        {toB, func(b *bench) { s := b.signals["B"]; s.DriftPSI = 0.12; b.signals["B"] = s }, warn, "drift", "PSI 0.12"},
		"drift of few rows": {toB, func(b *bench) { s := b.signals["B"]; s.DriftPSI, s.DriftRows = 9, 100; b.signals["B"] = s }, Confirm, "step", "at most"},
		"refusals":          {toB, func(b *bench) { s := b.signals["B"]; s.RejectRatio = 1; b.signals["B"] = s }, ask, "rejects", "B refuses 100 % of its requests (4xx)"},
		"errors":            {toB, func(b *bench) { s := b.signals["B"]; s.ErrorRatio = 0.12; b.signals["B"] = s }, ask, "errors", "B fails 12 %"},
		"slow":              {toB, func(b *bench) { s := b.signals["B"]; s.P95 = 0.4; b.signals["B"] = s }, warn, "latency", "400 ms"},
		"old signals": {toB, func(b *bench) {
			for name, s := range b.signals {
				s.At = s.At.Add(-time.Minute)
				b.signals[name] = s
			}
		}, deny, "signals", "1m0s old"},
		"no signals":                {toB, func(b *bench) { clear(b.signals) }, deny, "signals", "there are no signals"},
		"no signals, deploy beside": {backends.Change{Op: backends.OpDeploy, Deployment: "model-api", Variant: "C", Version: "2"}, func(b *bench) { clear(b.signals) }, warn, "signals", "there are no signals"},
		"no signals, deploy":        {backends.Change{Op: backends.OpDeploy, Deployment: "model-api", Variant: "B", Version: "2"}, func(b *bench) { clear(b.signals) }, deny, "signals", "there are no signals"},
		"nobody measures it":        {toB, func(b *bench) { b.measured = func(string) bool { return false } }, ask, "signals", "nobody would see harm"},
		"no signals, home":          {home, func(b *bench) { clear(b.signals) }, warn, "signals", "there are no signals"},
		"capacity":                  {splitTo("A=46", "B=54"), func(b *bench) {}, warn, "capacity", "each replica of B gets 22"},
		"failing":                   {toB, func(b *bench) { b.world.d.State, b.world.d.Reason = backends.Fail, "A is down" }, ask, "state", "A is down"},
		"someone else":              {toB, func(b *bench) { b.world.d.SplitBy, b.world.d.SplitAt = "bob@x", time.Now() }, warn, "others", "bob@x changed"},
		"dry run":                   {toB, func(b *bench) { b.world.dryErr = &backends.UnsupportedError{Op: "split", Reason: "no gateway"} }, deny, "backend", "no gateway"},
		"scale to 0 loaded":         {backends.Change{Op: backends.OpScale, Deployment: "model-api", Variant: "B"}, func(b *bench) {}, deny, "scale", "still gets 30 %"},
		"scale to 0 idle": {backends.Change{Op: backends.OpScale, Deployment: "model-api", Variant: "B"}, func(b *bench) {
			b.world.d.Variants[0].Weight, b.world.d.Variants[1].Weight = 100, 0
		}, ask, "scale", "no replica of B is left"},
		"deploy in rollout": {backends.Change{Op: backends.OpDeploy, Deployment: "model-api", Variant: "B", Version: "2"}, func(b *bench) {
			b.world.d.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", From: "1", Total: 3}
		}, deny, "possible", "a deploy of A is in progress"},
		"deploy over a stuck one": {backends.Change{Op: backends.OpDeploy, Deployment: "model-api", Variant: "B", Version: "2"}, func(b *bench) {
			b.world.d.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", From: "1", Total: 3, Stuck: true}
		}, warn, "rollout", "in progress (0 of 3), and is replaced"},
		"deploy over a first one": {backends.Change{Op: backends.OpDeploy, Deployment: "model-api", Variant: "B", Version: "2"}, func(b *bench) {
			b.world.d.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", Total: 3}
		}, warn, "rollout", "in progress (0 of 3), and is replaced"},
		"pause": {backends.Change{Op: backends.OpPause, Deployment: "model-api"}, func(b *bench) {
			b.world.d.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", Total: 3}
		}, Reversible, "rollout", "in progress"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(nil)
			test.world(b)
			p := b.plan(t, test.change)
			if p.Danger != test.danger {
				t.Errorf("danger %v, want %v: %+v", p.Danger, test.danger, p.Guards)
			}
			if (p.Confirm == "model-api") != (p.Danger == Typed) {
				t.Errorf("danger %v asks for %q", p.Danger, p.Confirm)
			}
			if !slices.ContainsFunc(p.Guards, func(g Guard) bool { return g.Rule == test.rule && strings.Contains(g.Text, test.text) }) {
				t.Errorf("no guard %s %q in %+v", test.rule, test.text, p.Guards)
			}
		})
	}
}

// TestAnEngineThatIsAwayIsSaidToBe: not its signals, nor what was ready once.
func TestAnEngineThatIsAwayIsSaidToBe(t *testing.T) {
	known := modelAPI()
	known.Backend = "docker"
	b := newBench(func(o *Options) {
		o.Known = func(string) (backends.Deployment, time.Time, bool) {
			return known, time.Now().Add(-3 * time.Second), true
		}
	})
	b.world.readErr, b.signals = errors.New("connection refused"), nil
	p := b.plan(t, splitTo("A=50", "B=50"))
	if g := p.Guards[0]; g.Rule != "listing" || g.Verdict != Deny || !strings.Contains(g.Text, "the docker backend does not answer (read deployments: connection refused), and the deployment was last read 3s ago") {
		t.Errorf("first is %+v", p.Guards)
	}
	if slices.ContainsFunc(p.Guards, func(g Guard) bool { return g.Rule == "replicas" }) {
		t.Errorf("replicas that nobody sees pass: %+v", p.Guards)
	}
	if p := b.plan(t, splitTo("A=100")); p.Danger == Denied {
		t.Errorf("the way to safety is denied: %+v", p.Guards)
	}
}

// TestGuardsLookAtEveryCandidate raises a healthy B and a sick C at once.
func TestGuardsLookAtEveryCandidate(t *testing.T) {
	toBoth := splitTo("A=30", "B=35", "C=35")
	for name, test := range map[string]struct {
		harm func(*backends.Signals)
		want Guard
	}{
		"step":    {func(*backends.Signals) {}, Guard{"step", Ask, "C gains 35 points at once, more than 25"}},
		"drift":   {func(s *backends.Signals) { s.DriftPSI = 0.3 }, Guard{"drift", Ask, "drift of C in age is PSI 0.30"}},
		"errors":  {func(s *backends.Signals) { s.ErrorRatio = 1 }, Guard{"errors", Ask, "C fails 100 % of its requests, stable 0.1 %"}},
		"latency": {func(s *backends.Signals) { s.P95 = 0.4 }, Guard{"latency", Warn, "p95 of C is 400 ms, stable 20 ms"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(nil)
			b.world.d.Variants = append(b.world.d.Variants, backends.Variant{Name: "C", Version: "1.2.0", Desired: 1, Ready: 1, Counted: true})
			sick := signalsOf(0)
			test.harm(&sick)
			b.signals["C"] = sick
			if p := b.plan(t, toBoth); !slices.Contains(p.Guards, test.want) {
				t.Errorf("no guard %+v in %+v", test.want, p.Guards)
			}
		})
	}
}

func TestStaleListingAllowsSafetyOnly(t *testing.T) {
	b := newBench(func(o *Options) {
		o.Known = func(string) (backends.Deployment, time.Time, bool) {
			return modelAPI(), time.Now().Add(-20 * time.Second), true
		}
	})
	b.world.readErr = errors.New("connection refused")
	if p := b.plan(t, splitTo("A=50", "B=50")); p.Danger != Denied {
		t.Errorf("raising on a stale listing: %v", p.Danger)
	}
	if p := b.plan(t, splitTo("A=100")); p.Danger != Confirm {
		t.Errorf("all to stable on a stale listing: %v %+v", p.Danger, p.Guards)
	}
}

// TestDefaultRevisionLeavesOutWhatWasNotHealthy: going back to what never was
// ready helps nobody, and is done only when it is named.
func TestDefaultRevisionLeavesOutWhatWasNotHealthy(t *testing.T) {
	revisions := []backends.Revision{{Number: 3, Current: true}, {Number: 2, Doubt: "ann took it back"}, {Number: 1, Unrecorded: true}}
	if r, err := DefaultRevision(revisions); err != nil || r.Number != 1 {
		t.Errorf("revision %d, %v; want 1", r.Number, err)
	}
	restarted := []backends.Revision{{Number: 3, Version: "2", Current: true}, {Number: 2, Version: "2"}, {Number: 1, Version: "1"}}
	if r, err := DefaultRevision(restarted); err != nil || r.Number != 1 {
		t.Errorf("after a restart: revision %d, %v; want 1", r.Number, err)
	}
	if r, err := DefaultRevision(restarted[:2]); err != nil || r.Number != 2 {
		t.Errorf("after a restart of the first: revision %d, %v; want 2", r.Number, err)
	}
	if r, err := DefaultRevision(revisions[:2]); err == nil || !strings.Contains(err.Error(), "(revision 2: ann took it back): deploy another image") {
		t.Errorf("revision %d, %v; want that there is none", r.Number, err)
	}
}

func TestPlanRollback(t *testing.T) {
	revisions := []backends.Revision{ // newest first
		{Number: 4, Variant: "A", Version: "1.2.0", Current: true},
		{Number: 3, Variant: "B", Version: "1.1.0", Current: true},
		{Number: 2, Variant: "A", Version: "1.1.9"},
		{Number: 1, Variant: "A", Version: "1.0.0", Good: true, GoodFor: time.Hour, Replicas: 2, Settings: []backends.Setting{{Name: "threads", Value: "2"}}},
	}
	tests := map[string]struct {
		change backends.Change
		want   int
		err    string
	}{
		"last known-good": {backends.Change{}, 1, ""},
		"named":           {backends.Change{Revision: 2}, 2, ""},
		"none earlier":    {backends.Change{Variant: "B"}, 0, "no earlier revision"},
		"unknown":         {backends.Change{Revision: 9}, 0, `no revision "9": there is 4 of A, 3 of B, 2 of A, 1 of A`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(nil)
			b.world.revisions = revisions
			b.world.d.Variants[0].Version, b.world.d.Variants[0].Revision = "1.2.0", 4
			test.change.Op, test.change.Deployment = backends.OpRollback, "model-api"
			p, err := b.Plan(t.Context(), test.change)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil || p.Change.Revision != test.want || p.Change.Variant != "A" {
				t.Fatalf("plan %+v, %v", p.Change, err)
			}
			if p.Undo == nil || p.Undo.Revision != 4 {
				t.Errorf("undo %+v", p.Undo)
			}
		})
	}
}

// TestPlanSaysWhatIsOnItsWay: in the middle of a rollout the version that
// answers is not the one that was asked for last.
func TestPlanSaysWhatIsOnItsWay(t *testing.T) {
	b := newBench(nil)
	b.world.revisions = []backends.Revision{{Number: 2, Variant: "A", Version: "1.2.0", Current: true}, {Number: 1, Variant: "A", Version: "1.1.9"}}
	b.world.d.Variants[0].Version = "1.1.9"
	b.world.d.Rollout = &backends.Rollout{Operation: backends.OpDeploy, Variant: "A", From: "1.1.9", To: "1.2.0", Total: 3, Stuck: true}
	p, err := b.Plan(t.Context(), backends.Change{Op: backends.OpRollback, Deployment: "model-api", Variant: "A"})
	if err != nil || len(p.Effects) == 0 || p.Effects[0].Before != "1.1.9, 1.2.0 on its way" || p.Effects[0].After != "1.1.9" {
		t.Errorf("effects %+v, %v", p.Effects, err)
	}
}

func TestDisabled(t *testing.T) {
	d := modelAPI()
	lone := modelAPI()
	lone.Variants = lone.Variants[:1]
	lone.Variants[0].Weight = 100
	tests := map[string]struct {
		engine *bench
		op     backends.Op
		d      backends.Deployment
		want   string
	}{
		"read-only":     {newBench(func(o *Options) { o.ReadOnly = true }), backends.OpSplit, d, "read-only"},
		"no changer":    {newBench(func(o *Options) { o.Backend = lister{} }), backends.OpSplit, d, "cannot change"},
		"no journal":    {newBench(func(o *Options) { o.Journal = nil }), backends.OpSplit, d, "no journal"},
		"no candidate":  {newBench(nil), backends.OpSplit, lone, "no candidate"},
		"nothing rolls": {newBench(nil), backends.OpPause, d, "no rollout"},
		"at home":       {newBench(nil), backends.OpAbort, lone, "stable has all"},
		"on":            {newBench(nil), backends.OpSplit, d, ""},
		"no such":       {newBench(nil), "explode", d, "no operation"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := test.engine.Disabled(test.op, test.d)
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("Disabled = %q, want %q", got, test.want)
			}
		})
	}
}

type lister struct{}

func (lister) Deployments(context.Context) ([]backends.Deployment, error) {
	return []backends.Deployment{modelAPI()}, nil
}

func TestWhoMoves(t *testing.T) {
	tests := []struct{ before, after, want string }{
		{"A=70 B=30", "A=70 B=30", "No user moves to another variant."},
		{"A=90 B=10", "A=75 B=25", "15 % of users move from A to B; nobody moves back."},
		{"A=70 B=30", "A=100", "30 % of users move from B back to A; nobody else moves."},
		{"A=80 B=10 C=10", "A=80 B=20", "10 % of users move from A to B, 10 % of users move from C back to A."},
		{"A=80 B=20", "A=10 C=90", "80 % of users move from A to C, 10 % of users move from B to C, 10 % of users move from B back to A."},
		{"A=80 B=10 C=10", "A=60 B=20 C=20", "10 % of users move from A to B, 10 % of users move from A to C; nobody moves back."},
	}
	for _, test := range tests {
		before, _ := backends.ParseSplit(strings.Fields(test.before))
		after, _ := backends.ParseSplit(strings.Fields(test.after))
		if got := whoMoves(before, after); got != test.want {
			t.Errorf("%s → %s: %q, want %q", test.before, test.after, got, test.want)
		}
	}
}

// Only a refusal that a reason overrides asks for one.
func TestPlanWantsReason(t *testing.T) {
	for _, overridable := range []bool{true, false} {
		b := newBench(nil)
		b.world.dryErr = &backends.UnsupportedError{Op: backends.OpSplit, Reason: "Argo CD owns it", Overridable: overridable, Commit: "patches:"}
		if p := b.plan(t, splitTo("A=50", "B=50")); p.Danger != Denied || p.WantsReason != overridable || p.Commit != "patches:" {
			t.Errorf("danger %s, wants a reason %t, overridable %t", p.Danger, p.WantsReason, overridable)
		}
	}
}
