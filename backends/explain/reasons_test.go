package explain

import (
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
