package split

import (
	"testing"

	"pitwall/backends"
	"pitwall/backends/compare"
	"pitwall/backends/fleet"
	"pitwall/backends/operation"
	"pitwall/views"
	"pitwall/views/review"
	"pitwall/views/viewtest"
)

// drafted is a proposal that was planned, with a verdict on B.
func drafted(b *bench) {
	b.press(key("5"))
	b.press(key("0"))
	b.deps.Metrics = counts{}
	b.evidence.verdicts = map[string]compare.Verdict{"B": {Kind: compare.Harm, Text: "evidence of harm: B fails ×38, 95 % between ×29 and ×51, n=24021, first seen 59 intervals ago"}}
	b.preview = preview{of: b.proposal(), token: b.row.Deployment.Token, plan: operation.Plan{
		Consequences: []string{
			"A: 29.1 → 20.8 requests/s, 9.7 → 6.9 for each of 3 ready replicas.",
			"B: 12.5 → 20.8 requests/s, with no ready replica to answer them.",
			"20 % of users move from A to B; nobody moves back.",
		},
		Guards: []operation.Guard{
			{Rule: "replicas", Verdict: operation.Deny, Text: "B has no ready replica: its requests would fail"},
			{Rule: "errors", Verdict: operation.Ask, Text: "B fails 6.9 % of its requests, stable 0.04 %"},
			{Rule: "drift", Verdict: operation.Warn, Text: "drift of B in mean radius is PSI 0.23"},
			{Rule: "signals", Verdict: operation.Pass, Text: "signals are 2s old"},
			{Rule: "step", Verdict: operation.Pass, Text: "the step is at most 25 points"},
		},
	}}
}

func TestGolden(t *testing.T) {
	for name, c := range map[string]struct {
		snapshot   *fleet.Snapshot
		deployment string
		prepare    func(b *bench)
	}{
		"rest":       {viewtest.Fleet(), "model-api", nil},
		"draft":      {viewtest.Fleet(), "model-api", drafted},
		"three":      {three(), "model-api", func(b *bench) { b.press(key("tab")); b.press(key("L")); b.press(key("space")) }},
		"typing":     {viewtest.Fleet(), "model-api", func(b *bench) { b.press(key("=")); b.press(key("4")) }},
		"single":     {viewtest.Fleet(), "wine-api", nil},
		"gone":       {viewtest.Fleet(), "other", nil},
		"dead":       {viewtest.Dead(), "model-api", nil},
		"connecting": {viewtest.Connecting(), "model-api", nil},
		"readonly": {viewtest.Fleet(), "model-api", func(b *bench) {
			b.ops.Off = "read-only: pitwall was started with --read-only"
			b.press(key("4"))
			b.press(key("0"))
		}},
		"moved": {viewtest.Fleet(), "model-api", func(b *bench) {
			drafted(b)
			b.Update(views.SnapshotMsg{Snapshot: changed()})
		}},
		"mean": {viewtest.MeanOnly(), "model-api", nil},
		"observing": {viewtest.Fleet(), "model-api", func(b *bench) {
			p := operation.Plan{Change: backends.Change{Op: backends.OpSplit, Deployment: "model-api", Split: backends.Split{"A": 100, "B": 0}}}
			b.Update(review.ProgressMsg{Plan: p, Progress: operation.Progress{Stage: operation.Observing, Requests: 96,
				Observed: backends.Split{"A": 91.7, "B": 8.3}, Text: "observed A=91.7 B=8.3 over 96 requests, about 120 needed"}})
			b.Update(review.RecoveryMsg{Deployment: "model-api", Recovery: operation.Recovery{Bad: []string{"p95"}, Text: "p95 is 271ms, above 200ms"}})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, c.snapshot, nil)
			b.Screen = New(b.deps, c.deployment).(*Screen)
			if c.prepare != nil {
				c.prepare(b)
			}
			viewtest.Golden(t, b.Screen, c.snapshot)
		})
	}
}
