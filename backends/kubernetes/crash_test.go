package kubernetes

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

func TestCrashesSince(t *testing.T) {
	v := world.Variant{Pods: []*objects.Pod{{Meta: objects.Meta{Name: "churn-2-x", Created: clock(10)}}}}
	backoff := func(pod, text string, second int) *objects.Event {
		return &objects.Event{Kind: "Pod", Object: pod, Reason: "BackOff", Text: text, First: clock(second), Last: clock(50)}
	}
	const again = "Back-off restarting failed container model"
	for name, c := range map[string]struct {
		event *objects.Event
		known bool
	}{
		"of the pod":                        {backoff("churn-2-x", again, 20), true},
		"of a pod of the same name before":  {backoff("churn-2-x", again, 5), false},
		"of another's":                      {backoff("other-x", again, 20), false},
		"of an image that cannot be pulled": {backoff("churn-2-x", `Back-off pulling image "churn:2"`, 20), false},
	} {
		if got := crashesSince(v, []*objects.Event{c.event}); got.IsZero() == c.known || c.known && !got.Equal(clock(20)) {
			t.Errorf("%s: since %v", name, got)
		}
	}
}

// TestReplacedAreThoseThatServe: pods of the new template that crash replace
// none, whatever the Deployment's status calls updated.
func TestReplacedAreThoseThatServe(t *testing.T) {
	for name, c := range map[string]struct {
		workload objects.Workload
		set      *objects.Workload
		op       backends.Op
		want     int
	}{
		"one of three":        {objects.Workload{Kind: objects.Deployment, Desired: 3, Updated: 2}, &objects.Workload{Ready: 1}, backends.OpDeploy, 1},
		"it crashes":          {objects.Workload{Kind: objects.Deployment, Desired: 1, Updated: 1}, &objects.Workload{}, backends.OpDeploy, 0},
		"nobody looked yet":   {objects.Workload{Kind: objects.Deployment, Desired: 3, Updated: 3, Meta: objects.Meta{Generation: 2}, Observed: 1}, &objects.Workload{Ready: 3}, backends.OpDeploy, 0},
		"a scale looked at":   {objects.Workload{Kind: objects.Deployment, Desired: 5, Updated: 3, Meta: objects.Meta{Generation: 2}, Observed: 1}, &objects.Workload{Ready: 3}, backends.OpScale, 3},
		"of a StatefulSet":    {objects.Workload{Kind: objects.StatefulSet, Desired: 3, Updated: 2}, nil, backends.OpDeploy, 2},
		"more than asked for": {objects.Workload{Kind: objects.Deployment, Desired: 2, Updated: 3}, &objects.Workload{Ready: 3}, backends.OpScale, 2},
	} {
		if got := replaced(world.Variant{Workload: &c.workload, Set: c.set}, c.op); got != c.want {
			t.Errorf("%s: %d replaced, want %d", name, got, c.want)
		}
	}
}

// TestABrokenRolloutTellsWhy: a pod of the newest template that is not well is
// what the rollout waits for; one of the template before is not.
func TestABrokenRolloutTellsWhy(t *testing.T) {
	pod := func(name, set string) *objects.Pod {
		return &objects.Pod{Meta: objects.Meta{Name: name, Owner: objects.Owner{UID: types.UID(set)}}}
	}
	v := world.Variant{Set: &objects.Workload{Meta: objects.Meta{UID: "new"}}, Pods: []*objects.Pod{pod("old-x", "old"), pod("new-x", "new"), pod("new-y", "new")}}
	replicas := []backends.Replica{{Name: "old-x", State: backends.Fail, Reason: "it hangs"}, {Name: "new-x", State: backends.Progressing}, {Name: "new-y", State: backends.Progressing}}
	if got := broken(v, replicas); got != "" {
		t.Errorf("nothing new is broken, and it is told: %s", got)
	}
	replicas[2] = backends.Replica{Name: "new-y", State: backends.Fail, Reason: "it ended with status 2"}
	if got := broken(v, replicas); got != "new-y: it ended with status 2" {
		t.Errorf("told is %q", got)
	}
}
