package rollout

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

// rolling is churn in the middle of a rollout: its newest set wants three pods.
func rolling(t *testing.T, pods ...*objects.Pod) Scene {
	w := churn(t)
	w.Updated, w.Available, w.Deadline = 1, 2, 600
	old := objects.TrimReplicaSet(set(t, "old", "d1", "3", "", "churn:1", 0))
	next := objects.TrimReplicaSet(set(t, "new", "d1", "4", "", "churn:2", 9))
	next.Desired, next.Replicas = 3, len(pods)
	return Scene{Workload: w, Space: &objects.Space{Name: "prod", Workloads: []*objects.Workload{w}, Sets: []*objects.Workload{old, next}, Pods: pods}}
}

const (
	pulling  = `{phase: Pending, containerStatuses: [{name: model, state: {waiting: {reason: ImagePullBackOff, message: "Back-off pulling image"}}}]}`
	crashing = `{phase: Running, containerStatuses: [{name: model, restartCount: 5, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 3, reason: Error}}}]}`
	between  = `{phase: Running, containerStatuses: [{name: model, restartCount: 5, state: {running: {}}, lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}]}`
	unready  = `{phase: Running, containerStatuses: [{name: model, state: {running: {}}}]}`
	nowhere  = `{phase: Pending, conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."}]}`
	wanting  = `{phase: Pending, containerStatuses: [{name: model, state: {waiting: {reason: CreateContainerConfigError, message: "secret \"x\" not found"}}}]}`
	starting = `{phase: Pending, containerStatuses: [{name: model, state: {waiting: {reason: ContainerCreating}}}]}`
)

func event(kind, object, reason, text string, minute int) *objects.Event {
	return &objects.Event{Kind: kind, Object: object, Reason: reason, Text: text, Warning: true, Last: made.Add(time.Duration(minute) * time.Minute)}
}

func TestStuckNamesTheReason(t *testing.T) {
	quota := `pods "new-x" is forbidden: exceeded quota: compute, requested: requests.cpu=1, used: requests.cpu=4, limited: requests.cpu=4`
	hook := `admission webhook "images.example" denied the request: image is not signed`
	failing := func(message string) func(*Scene) {
		return func(s *Scene) {
			s.Space.Sets[1].Conditions = []objects.Condition{{Type: "ReplicaFailure", Status: "True", Reason: "FailedCreate", Message: message}}
		}
	}
	for _, c := range []struct {
		name    string
		pods    string // status of one pod, "" for none
		edit    func(*Scene)
		blocker Blocker
		cause   backends.Cause
		text    string
		line    string // of its evidence
	}{
		{"quota", "", failing(quota), BlockedByQuota, "", "the quota compute of the namespace leaves no room", "ReplicaSet new: FailedCreate: " + quota},
		{"quota without requests", "", failing("forbidden: failed quota: compute: must specify limits.cpu"), BlockedByQuota, "", "the quota compute of the namespace asks for requests", ""},
		{"quota by event", "", func(s *Scene) {
			s.Events = []*objects.Event{event("ReplicaSet", "new", "FailedCreate", "Error creating: "+quota, 20)}
		}, BlockedByQuota, "", "the quota compute", "exceeded quota"},
		{"webhook", "", failing(hook), BlockedByAdmission, "", "the admission webhook images.example refuses its pods", hook},
		{"webhook away", "", failing(`Internal error occurred: failed calling webhook "images.example": timeout`), BlockedByAdmission, "", "images.example does not answer", ""},
		{"pod security", "", failing(`violates PodSecurity "restricted:latest": runAsNonRoot != true`), BlockedByAdmission, "", "pod security level", "runAsNonRoot"},
		{"another refusal", "", failing("Pod is invalid"), BlockedByCreation, "", "the API server refuses its pods", "Pod is invalid"},
		{"image", pulling, func(s *Scene) {
			s.Events = []*objects.Event{event("Pod", "p1", "Failed", "Failed to pull image: not found", 20)}
		}, BlockedByImage, backends.CauseImageMissing, "the image registry.example/churn:2 cannot be pulled", "pod p1: Failed: Failed to pull image: not found"},
		{"crash", crashing, nil, BlockedByCrash, backends.CauseCrashLoop, "the container model ends again and again", "pod p1: model: restarted 5 times, ended with status 3 (Error)"},
		{"memory, between two runs", between, nil, BlockedByCrash, backends.CauseOOM, "is killed at its memory limit", "status 137 (OOMKilled)"},
		{"probe", unready, func(s *Scene) {
			s.Events = []*objects.Event{event("Pod", "p1", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", 20), event("Pod", "p1", "Unhealthy", "of a pod of that name before", -20)}
		}, BlockedByProbe, backends.CauseUnhealthy, "runs and its probe does not hold", "statuscode: 503"},
		{"probe without an event", unready, func(s *Scene) { s.Workload.Template.Containers[0].Probed = true }, BlockedByProbe, backends.CauseUnhealthy, "its probe does not hold", ""},
		{"scheduler", nowhere, nil, BlockedByScheduler, "", "no node takes its pods: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu.", "Unschedulable"},
		{"config", wanting, nil, BlockedByConfig, "", "cannot be made", `secret "x" not found`},
		{"volume", starting, func(s *Scene) {
			s.Events = []*objects.Event{event("Pod", "p1", "FailedMount", `configmap "conf" not found`, 20)}
		}, BlockedByVolume, "", "a volume of its pods", "conf"},
		{"node not ready", unready, func(s *Scene) {
			s.Nodes = []*objects.Node{{Meta: objects.Meta{Name: "node-1"}, Conditions: []objects.Condition{{Type: "Ready", Status: "Unknown", Reason: "NodeStatusUnknown", Message: "Kubelet stopped posting node status."}}}}
		}, BlockedByNode, "", "the node node-1 is not ready", "Kubelet stopped"},
		{"node gone", unready, func(s *Scene) { s.Nodes = []*objects.Node{} }, BlockedByNode, "", "the node node-1 is no more", ""},
		{"paused", crashing, func(s *Scene) { s.Workload.Paused = true }, BlockedByPause, "", "is paused", ""},
		{"unseen", "", func(s *Scene) { s.Workload.Generation = 9 }, BlockedByController, "", "has not looked at the change", "generation 9, observed 5"},
		{"deadline", "", func(s *Scene) {
			s.Workload.Conditions = []objects.Condition{{Type: "Progressing", Status: "False", Reason: "ProgressDeadlineExceeded", Message: `ReplicaSet "new" has timed out progressing.`}}
		}, BlockedByDeadline, "", "made no progress within 600 s", "timed out"},
		{"budget", starting, func(s *Scene) {
			s.Space.Budgets = []*objects.Budget{{Meta: objects.Meta{Name: "keep"}, Selector: map[string]string{"app": "churn"}, Healthy: 2, Asked: 2}}
		}, BlockedByBudget, "", "the rollout itself does not", "0 disruptions allowed"},
	} {
		var pods []*objects.Pod
		if c.pods != "" {
			pods = append(pods, pod(t, "p1", "new", c.pods))
		}
		s := rolling(t, pods...)
		if c.edit != nil {
			c.edit(&s)
		}
		got := Stuck(s)
		if len(got) == 0 {
			t.Errorf("%s: no reason", c.name)
			continue
		}
		r := got[0]
		if r.Blocker != c.blocker || r.Cause != c.cause || !strings.Contains(r.Text, c.text) || !strings.Contains(strings.Join(r.Evidence, "\n"), c.line) || r.Next == "" {
			t.Errorf("%s: got %+v", c.name, r)
		}
		if strings.Contains(strings.Join(r.Evidence, "\n"), "before") {
			t.Errorf("%s: told of an event of another pod: %q", c.name, r.Evidence)
		}
	}
}

func TestStuckRanksByPodsAndPutsConsequencesLast(t *testing.T) {
	late := func(s *Scene) {
		s.Workload.Conditions = []objects.Condition{{Type: "Progressing", Status: "False", Reason: "ProgressDeadlineExceeded"}}
	}
	s := rolling(t, pod(t, "a", "new", crashing), pod(t, "b", "new", nowhere), pod(t, "c", "new", crashing), pod(t, "d", "old", pulling), pod(t, "e", "new", `{phase: Running, conditions: [{type: Ready, status: "True"}]}`))
	late(&s)
	var got []Blocker
	for _, r := range Stuck(s) {
		got = append(got, r.Blocker)
	}
	if want := []Blocker{BlockedByCrash, BlockedByScheduler, BlockedByDeadline}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: pods of the old set do not count", got, want)
	}
	if r := Stuck(s)[0]; r.Pods != 2 || len(r.Evidence) != 2 {
		t.Errorf("two pods with the same trouble are one reason: %+v", r)
	}
}

func TestNothingIsStuck(t *testing.T) {
	done := rolling(t, pod(t, "a", "new", crashing))
	done.Workload.Updated, done.Workload.Available = 3, 3
	healed := rolling(t)
	healed.Events = []*objects.Event{event("ReplicaSet", "new", "FailedCreate", "exceeded quota: q", 20), event("ReplicaSet", "new", "SuccessfulCreate", "made", 30)}
	for name, s := range map[string]Scene{"done": done, "pods begin": rolling(t, pod(t, "a", "new", starting), pod(t, "b", "new", unready)), "the quota was raised since": healed} {
		if got := Stuck(s); len(got) != 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestStuckStatefulSet(t *testing.T) {
	w := objects.TrimStatefulSet(statefulSet(t, "churn:2", "OrderedReady", "RollingUpdate"))
	old := pod(t, "rank-1", "s1", pulling)
	old.Labels["controller-revision-hash"] = "rank-1"
	got := Stuck(Scene{Workload: w, Space: &objects.Space{Pods: []*objects.Pod{old}}})
	if len(got) != 2 || got[0].Blocker != BlockedByImage || got[1].Blocker != BlockedByOrder || got[1].Next != "delete pod rank-1" {
		t.Errorf("got %+v", got)
	}
	w.Strategy, w.Update = "OnDelete", ""
	got = Stuck(Scene{Workload: w, Space: &objects.Space{}})
	if len(got) != 1 || got[0].Blocker != BlockedByStrategy {
		t.Errorf("with OnDelete: %+v", got)
	}
}
