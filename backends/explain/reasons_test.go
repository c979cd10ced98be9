package explain

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

func TestWhatTheBackendKnowsIsRanked(t *testing.T) {
	d := backends.Deployment{Name: "churn", Backend: "kubernetes", State: backends.Warn, Rollout: &backends.Rollout{Variant: "A", Operation: backends.OpDeploy, From: "1.0.0", Total: 2},
		Variants: []backends.Variant{{Name: "A", Weight: 100, Desired: 2, Ready: 1, Replicas: []backends.Replica{
			{Name: "a-1", State: backends.OK}, {Name: "a-2", State: backends.Fail, Cause: backends.CauseUnschedulable, Reason: "no node takes it"}}}}}
	quota := backends.Reason{Kind: "quota", Variant: "A", State: backends.Fail, Rollout: true, Text: "the quota compute leaves no room", Evidence: []string{"exceeded quota: compute"}, Next: "raise it"}
	room := backends.Reason{Kind: "unschedulable", Variant: "A", State: backends.Fail, Rollout: true, Cause: backends.CauseUnschedulable, Text: "no node takes its pods", Evidence: []string{"3 Insufficient nvidia.com/gpu"}, Next: "add one"}
	limit := backends.Reason{Kind: "autoscaler", Variant: "A", State: backends.Warn, Text: "the autoscaler is at its maximum", Next: "raise it"}
	aside := backends.Reason{Kind: "disruption-budget", State: backends.OK, Text: "no disruption is allowed"}
	found := Explain(Input{Deployment: d, Signals: map[string]backends.Signals{}, Reasons: []backends.Reason{aside, limit, quota, room}})
	at := func(text string) int {
		for i, e := range found {
			if strings.Contains(e.Title, text) {
				return i
			}
		}
		t.Fatalf("nothing says %q: %+v", text, found)
		return 0
	}
	if replica, q, l, a := at("a-2 of A found no node"), at("the quota compute"), at("maximum"), at("no disruption"); replica > q || q > l || l > a {
		t.Errorf("the order is %d %d %d %d", replica, q, l, a)
	}
	if e := found[at("a-2 of A")]; !strings.Contains(e.Detail, "nvidia.com/gpu") {
		t.Errorf("what the scheduler said is missing: %s", e.Detail)
	}
	for _, e := range found {
		if strings.Contains(e.Title, "no node takes its pods") {
			t.Error("one cause is told twice")
		}
	}
	e := found[at("the quota")]
	if e.Action == nil || e.Action.Op != backends.OpRollback || e.Screen != "rollout" || !strings.Contains(e.Detail, "exceeded quota") || e.Next != "raise it; or roll A back" {
		t.Errorf("the quota is told as %+v", e)
	}
}

// TestADeadFrontDoorComesFirst holds the cause before what follows from it: the
// replicas get no requests, the alerts fire later.
func TestADeadFrontDoorComesFirst(t *testing.T) {
	in := healthy()
	in.Deployment.State, in.Deployment.Variants[1].Ready = backends.Fail, 0
	in.Deployment.Variants[1].Replicas[0] = backends.Replica{Name: "b-1", State: backends.Paused, Cause: backends.CausePaused, Reason: "its processes were paused"}
	in.records(splitRecord())
	in.Reasons = []backends.Reason{
		{Kind: "paused", Variant: "B", Cause: backends.CausePaused, State: backends.Warn, Text: "b-1 was paused", Since: base},
		{Kind: backends.ReasonFrontDoor, State: backends.Fail, Text: "its front door m-door does not run", Next: "`docker start m-door`", Since: base.Add(time.Minute)}}
	in.Alerts = append(in.Alerts, alert("GatewayDown", "critical", "", base.Add(2*time.Minute)))
	found := Explain(in)
	first := found[0]
	if first.Title != "its front door m-door does not run since "+base.Add(time.Minute).Format(time.TimeOnly) || first.Next != "`docker start m-door`" {
		t.Errorf("the first is %+v", first)
	}
	paused := false
	for _, e := range found {
		if strings.Contains(e.Title, "the front door does not answer the one who measures it") {
			t.Error("the front door is told twice")
		}
		if strings.HasPrefix(e.Title, "replica b-1 of B was paused by somebody since ") {
			paused = strings.HasPrefix(e.Next, "`docker unpause b-1` lets it go on") && e.Action == nil
		}
	}
	if !paused {
		t.Errorf("the paused replica is not told: %+v", found)
	}
}

// TestTakenBack: a change that did not last comes first where the deployment has
// not been well since, and is a remark where all is well and a person did it.
func TestTakenBack(t *testing.T) {
	git := backends.Reason{Kind: backends.ReasonTakenBack, State: backends.Warn, Since: base.Add(30 * time.Second), Next: "commit it to Git",
		Text: "argocd-controller took back the split A=100 B=0 (httproute prod/m) 30s after pitwall wrote it", Evidence: []string{"it is A=70 B=30 now"}}
	person := git
	person.State, person.Variant, person.Text = backends.OK, "B", "kubectl-set wrote over the deploy of B (deployment prod/m-b)"
	for name, c := range map[string]struct {
		reason backends.Reason
		state  backends.State
		since  time.Time
		want   Evidence
		first  bool
	}{
		"ill since":          {git, backends.Fail, base.Add(time.Minute), Evidence{State: backends.Warn, Screen: "split"}, true},
		"ill before":         {git, backends.Fail, base.Add(-time.Minute), Evidence{State: backends.Warn, Screen: "split"}, true},
		"ill long after":     {git, backends.Fail, base.Add(time.Hour), Evidence{State: backends.Warn, Screen: "split"}, false},
		"well":               {git, backends.OK, base, Evidence{State: backends.Warn, Screen: "split"}, true},
		"a person, ill":      {person, backends.Warn, base, Evidence{State: backends.Warn, Screen: "rollout"}, true},
		"a person, all well": {person, backends.OK, base, Evidence{State: backends.OK, Screen: "rollout"}, true},
	} {
		in := healthy()
		in.Deployment.State, in.Deployment.Since, in.Reasons = c.state, c.since, []backends.Reason{c.reason}
		if c.state != backends.OK {
			in.Signals["B"] = backends.Signals{At: in.Now, RPS: 5, ErrorRatio: 0.3, P50: 0.01, P95: 0.02, P99: 0.03}
		}
		found := Explain(in)
		i := slices.IndexFunc(found, func(e Evidence) bool {
			return e.Title == c.reason.Text+", at "+c.reason.Since.Format(time.TimeOnly)
		})
		if i < 0 {
			t.Errorf("%s: it is not told: %+v", name, found)
			continue
		}
		if e := found[i]; (i == 0) != c.first || e.State != c.want.State || e.Screen != c.want.Screen || e.Next != "commit it to Git" || e.Action != nil {
			t.Errorf("%s: at %d: %+v", name, i+1, e)
		}
	}
}

// TestScaledToZero: nobody reads the logs of what was turned off.
func TestScaledToZero(t *testing.T) {
	in := healthy()
	d := &in.Deployment
	d.State, d.Backend, d.Address, d.Variants = backends.Paused, "kubernetes", "", []backends.Variant{{Name: "A", Version: "1", Weight: 100}}
	if e := Explain(in)[0]; e.Title != "A is scaled to 0: nothing answers its requests" || e.Next != "scale it up again" || e.Screen != "rollout" {
		t.Errorf("it is told as %+v", e)
	}
}
