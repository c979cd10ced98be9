package rollout

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

var made = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// decode reads an object as a manifest gives it.
func decode[T any](t *testing.T, text string) *T {
	t.Helper()
	var tree any
	if err := yaml.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	out := new(T)
	if err := json.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// deployment is churn at an image, with the annotations of a controller, Argo CD
// and kubectl apply.
func deployment(t *testing.T, image string) *apps.Deployment {
	return decode[apps.Deployment](t, fmt.Sprintf(`
metadata:
  {name: churn, namespace: prod, uid: d1, resourceVersion: "77", generation: 5, annotations: {
    deployment.kubernetes.io/revision: "4", kubernetes.io/change-cause: "the new one", team: ml,
    kubectl.kubernetes.io/last-applied-configuration: "{}"}}
spec:
  replicas: 3
  selector: {matchLabels: {app: churn}}
  template: %s
status: {observedGeneration: 5, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3}
`, template(image, "")))
}

func template(image, hash string) string {
	if hash != "" {
		hash = ", pod-template-hash: " + hash
	}
	return fmt.Sprintf(`{metadata: {labels: {app: churn%s}}, spec: {containers: [{name: model, image: %q}]}}`, hash, image)
}

// set is a ReplicaSet of a Deployment; its age is in minutes after made.
func set(t *testing.T, name, owner, revision, former, image string, age int) *apps.ReplicaSet {
	return decode[apps.ReplicaSet](t, fmt.Sprintf(`
metadata:
  {name: %s, namespace: prod, uid: %s, creationTimestamp: %q, labels: {pod-template-hash: %s},
   annotations: {deployment.kubernetes.io/revision: %q, deployment.kubernetes.io/revision-history: %q, kubernetes.io/change-cause: "cause of %s", team: old,
     deployment.kubernetes.io/desired-replicas: "9"},
   ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: churn, uid: %s, controller: true}]}
spec: {replicas: 0, selector: {matchLabels: {app: churn}}, template: %s}
`, name, name, made.Add(time.Duration(age)*time.Minute).Format(time.RFC3339), name, revision, former, revision, owner, template(image, name)))
}

// revision is a ControllerRevision of an object.
func revision(t *testing.T, name, owner string, number int, image string) *apps.ControllerRevision {
	c := decode[apps.ControllerRevision](t, fmt.Sprintf(`
metadata: {name: %s, namespace: prod, creationTimestamp: %q, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: rank, uid: %s, controller: true}]}
revision: %d
`, name, made.Format(time.RFC3339), owner, number))
	c.Data.Raw = fmt.Appendf(nil, `{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"churn"}},"spec":{"containers":[{"image":%q,"name":"model"}]}}}}`, image)
	return c
}

func statefulSet(t *testing.T, image, policy, strategy string) *apps.StatefulSet {
	return decode[apps.StatefulSet](t, fmt.Sprintf(`
metadata: {name: rank, namespace: prod, uid: s1, resourceVersion: "88", generation: 3}
spec:
  replicas: 3
  podManagementPolicy: %s
  updateStrategy: {type: %s}
  selector: {matchLabels: {app: churn}}
  template: %s
status: {observedGeneration: 3, replicas: 3, readyReplicas: 2, updatedReplicas: 1, currentRevision: rank-1, updateRevision: rank-2}
`, policy, strategy, template(image, "")))
}

// pod is a trimmed pod as the API would give it.
func pod(t *testing.T, name, owner, status string) *objects.Pod {
	return objects.TrimPod(decode[core.Pod](t, fmt.Sprintf(`
metadata: {name: %s, namespace: prod, uid: u-%s, resourceVersion: "9", creationTimestamp: %q, labels: {app: churn, controller-revision-hash: rank-2},
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: x, uid: %s, controller: true}]}
spec: {nodeName: node-1, containers: [{name: model, image: "registry.example/churn:2"}]}
status: %s
`, name, name, made.Format(time.RFC3339), owner, status)))
}

// text writes effects as lines.
func text(effects []backends.Effect) string {
	var b strings.Builder
	for _, e := range effects {
		fmt.Fprintf(&b, "%s: %s -> %s\n", e.What, e.Before, e.After)
	}
	return b.String()
}

// sameJSON compares a patch with what it should be, whatever the order of members.
func sameJSON(t *testing.T, got []byte, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if string(x) != string(y) {
		t.Errorf("patch\n got %s\nwant %s", x, y)
	}
}
