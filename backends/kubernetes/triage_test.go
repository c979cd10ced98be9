package kubernetes

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/store"
	"pitwall/backends/kubernetes/world"
)

// triaged is churn: a Deployment with two ReplicaSets, one pod that restarted,
// an autoscaler, a budget, and a route with a Service.
func triaged() scene {
	w := &objects.Workload{Meta: objects.Meta{Name: "churn", UID: "d1"}, Kind: objects.Deployment, Desired: 2, Replicas: 2, Updated: 2, Available: 2}
	set := func(name, image string, second int) *objects.Workload {
		return &objects.Workload{Meta: objects.Meta{Name: name, Owner: objects.Owner{UID: "d1"}, Created: clock(second)}, Kind: objects.ReplicaSet,
			Template: objects.Template{Containers: []objects.TemplateContainer{{Name: "model", Image: image}}}}
	}
	pod := &objects.Pod{Meta: objects.Meta{Name: "churn-2-x", Labels: map[string]string{"app": "churn"}}, Node: "n1", Started: clock(20), Ready: true, ReadySince: clock(50),
		Containers: []objects.Container{{Name: "model", Last: objects.ContainerState{Kind: "terminated", Reason: "OOMKilled", Code: 137, Finished: clock(40)},
			State: objects.ContainerState{Kind: "running", Started: clock(45)}}}}
	door := &split.Door{Ref: api.Ref{Kind: "HTTPRoute", Name: "churn"}, Accepted: split.Lamp{State: backends.OK}}
	v := world.Variant{Name: "A", Weight: 100, Workload: w, Pods: []*objects.Pod{pod}, Side: split.Side{Service: "churn", Ready: 1}}
	return scene{
		space: &objects.Space{Sets: []*objects.Workload{set("churn-1", "churn:1", 0), set("churn-2", "churn:2", 20)}, Workloads: []*objects.Workload{w}, Pods: []*objects.Pod{pod},
			Scalers:  []*objects.Scaler{{Meta: objects.Meta{Name: "hpa"}, TargetKind: objects.Deployment, TargetName: "churn", Max: 2, Current: 2}},
			Budgets:  []*objects.Budget{{Meta: objects.Meta{Name: "keep"}, Selector: map[string]string{"app": "churn"}, Healthy: 1, Asked: 1}},
			Services: []*objects.Service{{Meta: objects.Meta{Name: "churn"}, Selector: map[string]string{"app": "chrun"}}}},
		found: world.Deployment{Name: "churn", Namespace: "prod", Door: door, Variants: []world.Variant{v}},
		shown: backends.Deployment{Name: "prod/churn"},
	}
}

func about(kind, object, reason, text string, second int) *objects.Event {
	return &objects.Event{Kind: kind, Object: object, Reason: reason, Text: text, Count: 1, Last: clock(second), Source: "kubelet"}
}

func TestEventsInPitwallsWords(t *testing.T) {
	ours := about("HTTPRoute", "churn", "PitwallSplit", "A 100 → 70", 30)
	ours.Source = api.Manager
	ours.Annotations = map[string]string{operationNote: note{Op: backends.OpSplit, By: "ana@desk", At: clock(29)}.String()}
	forged := about("HTTPRoute", "churn", "Odd", "hello", 31)
	forged.Annotations = ours.Annotations
	often := about("Pod", "churn-2-x", "Unhealthy", "Readiness probe failed:\n503", 46)
	often.Count, often.First, often.Warning = 7, clock(44), true
	other := about("Sealed", "churn", "Unsealed", "of a kind that is not ours", 1)
	s := triaged()
	got := s.events([]*objects.Event{
		ours, forged, often, other,
		about("Pod", "churn-2-x", "Pulled", "already present", 21), about("Pod", "churn-2-x", "Started", "Started container model", 22),
		about("Pod", "churn-1-gone", "Killing", "Stopping container model", 23), about("Pod", "someone-else-x", "Killing", "Stopping", 23),
		about("ReplicaSet", "churn-2", "FailedCreate", "exceeded quota", 24), about("HorizontalPodAutoscaler", "hpa", "SuccessfulRescale", "New size: 2", 25),
		about("Deployment", "churn", "ScalingReplicaSet", "Scaled up", 26), about("Pod", "churn-2-x", "BackOff", "Back-off", 27),
	})
	var lines []string
	slices.SortStableFunc(got, func(a, b backends.Event) int { return a.At.Compare(b.At) })
	for _, e := range got {
		if e.Deployment != "prod/churn" {
			t.Errorf("an event of %q", e.Deployment)
		}
		lines = append(lines, fmt.Sprintf("%d %s %s %q %s | %s", e.At.Second(), e.Kind, e.State, e.Variant+" "+e.Replica, e.By, e.Text))
	}
	want := []string{
		`20 deploy OK "A "  | A has a new template: 1 → 2`,
		`22 start OK "A churn-2-x"  | churn-2-x: Started: Started container model`,
		`23 exit OK "A churn-1-gone"  | churn-1-gone: Killing: Stopping container model`,
		`24 note Fail "A "  | ReplicaSet churn-2: FailedCreate: exceeded quota`,
		`25 scale OK "A " HorizontalPodAutoscaler hpa | HorizontalPodAutoscaler hpa: SuccessfulRescale: New size: 2`,
		`26 note OK "A "  | Deployment churn: ScalingReplicaSet: Scaled up`,
		`27 backoff Fail "A churn-2-x"  | churn-2-x: BackOff: Back-off`,
		`29 split OK " " ana@desk | A 100 → 70`,
		`31 note OK " "  | HTTPRoute churn: Odd: hello`,
		`40 exit Fail "A churn-2-x"  | churn-2-x: model ended with status 137 (OOMKilled)`,
		`46 unready Warn "A churn-2-x"  | churn-2-x: Unhealthy: Readiness probe failed: 503 (7 times since ` + clock(44).Local().Format(time.TimeOnly) + `)`,
		`50 ready OK "A churn-2-x"  | churn-2-x is ready`,
	}
	if a, b := strings.ToLower(strings.Join(lines, "\n")), strings.ToLower(strings.Join(want, "\n")); a != b {
		t.Errorf("the events are\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestAChangeOfPitwallIsToldOnce(t *testing.T) {
	ours := about("Deployment", "churn", "PitwallDeploy", "A 1 → 2", 21)
	ours.Source = api.Manager
	ours.Annotations = map[string]string{operationNote: note{Op: backends.OpDeploy, By: "ana@desk", At: clock(19)}.String()}
	n := 0
	for _, e := range triaged().events([]*objects.Event{ours}) {
		if e.Kind == "deploy" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("one deploy is told %d times", n)
	}
}

func TestReasonsOfACluster(t *testing.T) {
	well := map[string]*objects.Node{"n1": {Meta: objects.Meta{Name: "n1"}}}
	for name, c := range map[string]struct {
		edit  func(*scene)
		nodes map[string]*objects.Node
		state backends.State
		want  string // "" for no reason
		line  string
	}{
		"all is well":     {nodes: well},
		"unknown nodes":   {},
		"node gone":       {nodes: map[string]*objects.Node{"n2": {}}, state: backends.Fail, want: "the node n1 of pod churn-2-x is no more"},
		"memory pressure": {nodes: map[string]*objects.Node{"n1": {Meta: objects.Meta{Name: "n1"}, Conditions: []objects.Condition{{Type: "MemoryPressure", Status: "True", Reason: "KubeletHasInsufficientMemory"}}}}, state: backends.Warn, want: "the node n1 of pod churn-2-x has MemoryPressure", line: "KubeletHasInsufficientMemory"},
		"node not ready":  {nodes: map[string]*objects.Node{"n1": {Meta: objects.Meta{Name: "n1"}, Conditions: []objects.Condition{{Type: "Ready", Status: "Unknown"}}}}, state: backends.Fail, want: "is not ready"},
		"drain":           {nodes: map[string]*objects.Node{"n1": {Meta: objects.Meta{Name: "n1"}, Unschedulable: true}}, state: backends.Warn, want: "PodDisruptionBudget keep does not let pod churn-2-x go", line: "0 disruptions allowed"},
		"maximum": {edit: func(s *scene) {
			s.space.Scalers[0].Conditions = []objects.Condition{{Type: "ScalingLimited", Status: "True", Reason: "TooManyReplicas", Message: "the desired count is more"}}
		}, state: backends.Warn, want: "HorizontalPodAutoscaler hpa wants more than its maximum: 2 replicas", line: "the desired count"},
		"no metrics": {edit: func(s *scene) {
			s.space.Scalers[0].Conditions = []objects.Condition{{Type: "ScalingActive", Status: "False", Reason: "FailedGetResourceMetric"}, {Type: "ScalingLimited", Status: "False"}}
		}, state: backends.Warn, want: "hpa cannot scale A", line: "FailedGetResourceMetric"},
		"selector":   {edit: func(s *scene) { s.found.Variants[0].Side.Ready = 0 }, state: backends.Fail, want: "Service churn has no endpoint: requests for A fail, though 1 pod is ready", line: "app=chrun"},
		"no Service": {edit: func(s *scene) { s.found.Variants[0].Side.Ready, s.space.Services = 0, nil }, state: backends.Fail, want: "Service churn is not there"},
		"route": {edit: func(s *scene) {
			s.found.Door.Accepted = split.Lamp{State: backends.Warn, Text: "ResolvedRefs: BackendNotFound"}
		}, state: backends.Warn, want: "does not take it", line: "BackendNotFound"},
		"route that nobody takes": {edit: func(s *scene) {
			s.found.Door.Mechanism, s.found.Door.Accepted = split.GatewayAPI, split.Lamp{Text: "the route has no status"}
		}, state: backends.Unknown, want: "no controller has taken", line: "no status"},
		"rollout": {edit: func(s *scene) {
			w := s.found.Variants[0].Workload
			w.Updated, w.Available = 1, 1
			w.Conditions = []objects.Condition{{Type: "ReplicaFailure", Status: "True", Message: "exceeded quota: compute"}}
			s.space.Sets = nil
		}, state: backends.Fail, want: "the quota compute", line: "exceeded quota"},
	} {
		s := triaged()
		if c.edit != nil {
			c.edit(&s)
		}
		got := s.reasons(nil, c.nodes)
		if c.want == "" {
			if len(got) != 0 {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if len(got) != 1 || got[0].State != c.state || !strings.Contains(got[0].Text, c.want) || !strings.Contains(strings.Join(got[0].Evidence, "\n"), c.line) || got[0].Next == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestInspectedObjects(t *testing.T) {
	s := triaged()
	if r, err := s.inspected("churn-2-x"); err != nil || r.Resource != store.Pods || r.Name != "churn-2-x" {
		t.Errorf("a replica is %v: %v", r, err)
	}
	if r, err := s.inspected(""); err != nil || r.Kind != "HTTPRoute" {
		t.Errorf("the front door is %v: %v", r, err)
	}
	if _, err := s.inspected("nobody"); err == nil {
		t.Error("a replica that is not there is inspected")
	}
	s.found.Door = nil
	if r, err := s.inspected(""); err != nil || r.Kind != objects.Deployment {
		t.Errorf("without a front door: %v: %v", r, err)
	}
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": "p", "managedFields": []any{map[string]any{"manager": "kubelet"}},
			"annotations": map[string]any{"kubectl.kubernetes.io/last-applied-configuration": "geheim", "team/token": "geheim", "team": "ml"}},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "model", "args": []any{"--api-key", "geheim", "--port=1"},
			"env": []any{map[string]any{"name": "DB_PASSWORD", "value": "geheim"}, map[string]any{"name": "PORT", "value": "8080"}}}}}}}
	n, err := tree(api.Ref{Kind: "Pod"}, o)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprint(n)
	for _, hidden := range []string{"geheim", "managedFields", "last-applied"} {
		if strings.Contains(text, hidden) {
			t.Errorf("%s is shown: %s", hidden, text)
		}
	}
	for _, want := range []string{"DB_PASSWORD", "8080", "--port=1", "ml"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing: %s", want, text)
		}
	}
}
