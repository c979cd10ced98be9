package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
)

// stateful is a StatefulSet of fraud.
const stateful = `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: fraud, labels: {app.kubernetes.io/component: model}}
spec:
  replicas: 2
  serviceName: fraud
  selector: {matchLabels: {app: fraud}}
  template:
    metadata: {labels: {app: fraud}}
    spec: {containers: [{name: model, image: "registry.test/fraud:1.0.0"}]}
`

// everywhere is a DaemonSet of fraud.
var everywhere = strings.NewReplacer("StatefulSet", "DaemonSet", "  replicas: 2\n  serviceName: fraud\n", "").Replace(stateful)

// twins are the same workload twice: pitwall changes one, kubectl the other.
type twins struct {
	kind         string
	ours, theirs *place
}

func openTwins(t *testing.T, kind, manifest string) twins {
	t.Helper()
	c := clustertest.Shared(t)
	w := twins{kind: kind, ours: &place{Namespace: c.Namespace(t)}, theirs: &place{Namespace: c.Namespace(t)}}
	for _, p := range []*place{w.ours, w.theirs} {
		p.Apply(t, manifest)
		p.Kubectl(t, "rollout", "status", kind+"/fraud", "--timeout=60s")
	}
	w.ours.backend = w.ours.console(t, user(t, c, rbac.Operator)).Mutable()
	w.settle(t)
	return w
}

// settle waits until neither rolls.
func (w twins) settle(t *testing.T) backends.Deployment {
	t.Helper()
	for _, p := range []*place{w.ours, w.theirs} {
		if p.Kubectl(t, "get", w.kind+"/fraud", "-o", "jsonpath={.spec.paused}") != "true" {
			p.Kubectl(t, "rollout", "status", w.kind+"/fraud", "--timeout=60s")
		}
	}
	return w.ours.await(t, "nothing rolls", func(d backends.Deployment) bool { return d.Rollout == nil || d.Rollout.Paused })
}

// differing are what two equal changes may differ in.
var differing = []*regexp.Regexp{
	regexp.MustCompile(`"kubectl.kubernetes.io/restartedAt":"[^"]*"`), // when it was asked for
	regexp.MustCompile(`"pod-template-hash":"[^"]*",?`),               // made from that
	regexp.MustCompile(`,?"com\.pitwall\.[a-z]+":"(?:[^"\\]|\\.)*"`),  // who asked for it
	regexp.MustCompile(`,?"kubernetes\.io/change-cause":"(?:[^"\\]|\\.)*"`),
}

// state is what both have to agree on: all that is asked of the workload, and
// its history.
func (w twins) state(t *testing.T, p *place) string {
	t.Helper()
	spec := p.Kubectl(t, "get", w.kind+"/fraud", "-o", "jsonpath={.spec}")
	kept := "controllerrevisions"
	if w.kind == "deployment" {
		kept = "replicasets"
	}
	var list struct {
		Items []struct {
			Metadata struct{ Annotations map[string]string }
			Revision int64
			Spec     json.RawMessage
			Data     json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(p.Kubectl(t, "get", kept, "-o", "json")), &list); err != nil {
		t.Fatal(err)
	}
	history := []string{}
	for _, item := range list.Items {
		var kept bytes.Buffer
		for _, raw := range []json.RawMessage{item.Spec, item.Data} {
			if len(raw) > 0 && json.Compact(&kept, raw) != nil {
				t.Fatalf("no JSON: %s", raw)
			}
		}
		number := item.Metadata.Annotations["deployment.kubernetes.io/revision"]
		former := item.Metadata.Annotations["deployment.kubernetes.io/revision-history"]
		history = append(history, fmt.Sprintf("%s%d %s %s", number, item.Revision, former, &kept))
	}
	slices.Sort(history)
	out := spec + "\n" + strings.Join(history, "\n")
	for _, d := range differing {
		out = d.ReplaceAllStringFunc(out, func(s string) string { return strings.Repeat("restarted", strings.Count(s, "restartedAt")) })
	}
	return out
}

// TestClusterEqualsKubectl makes every change with pitwall and with kubectl:
// what is asked of the workload and what is kept of its history is the same.
func TestClusterEqualsKubectl(t *testing.T) {
	image := func(tag string) (backends.Change, []string) {
		return backends.Change{Op: backends.OpDeploy, Variant: "A", Image: "registry.test/fraud:" + tag}, []string{"set", "image", "KIND/fraud", "model=registry.test/fraud:" + tag}
	}
	undo := func(to int) (backends.Change, []string) {
		return backends.Change{Op: backends.OpRollback, Variant: "A", Revision: to}, []string{"rollout", "undo", "KIND/fraud", fmt.Sprintf("--to-revision=%d", to)}
	}
	plain := func(op backends.Op, kubectl ...string) (backends.Change, []string) {
		return backends.Change{Op: op, Variant: "A"}, kubectl
	}
	type both struct {
		change  backends.Change
		kubectl []string
	}
	pair := func(c backends.Change, kubectl []string) both { return both{c, kubectl} }
	steps := []both{
		pair(image("1.1.0")), pair(image("1.2.0")), pair(undo(1)), pair(undo(2)),
		pair(plain(backends.OpRestart, "rollout", "restart", "KIND/fraud")), pair(undo(3)),
		{backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 4}, []string{"scale", "KIND/fraud", "--replicas=4"}},
		pair(image("1.3.0")),
	}
	quick := strings.ReplaceAll(workload("fraud", "1.0.0", 2), "{pitwall.test/ready-after: 1s}", "{}")
	for kind, manifest := range map[string]string{"deployment": quick, "statefulset": stateful, "daemonset": everywhere} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := openTwins(t, kind, manifest)
			for _, s := range steps {
				if s.change.Op == backends.OpScale && kind == "daemonset" {
					w.ours.refuses(t, s.change, "every node")
					continue
				}
				w.ours.apply(t, s.change)
				args := slices.Clone(s.kubectl)
				for i := range args {
					args[i] = strings.ReplaceAll(args[i], "KIND", kind)
				}
				w.theirs.Kubectl(t, args...)
				w.settle(t)
				if ours, theirs := w.state(t, w.ours), w.state(t, w.theirs); ours != theirs {
					t.Fatalf("after kubectl %v\npitwall asks for %s\nkubectl asks for %s", args, ours, theirs)
				}
				w.sameHistory(t)
			}
		})
	}
}

// sameHistory: what can be gone back to is what kubectl lists.
func (w twins) sameHistory(t *testing.T) {
	t.Helper()
	list, err := w.ours.backend.Revisions(t.Context(), "fraud")
	if err != nil {
		t.Fatal(err)
	}
	theirs := regexp.MustCompile(`(?m)^\d+`).FindAllString(w.ours.Kubectl(t, "rollout", "history", w.kind+"/fraud"), -1)
	slices.Reverse(theirs)
	var ours, current []string
	for _, r := range list {
		ours = append(ours, strconv.Itoa(r.Number))
		if r.Current {
			current = append(current, r.Image)
		}
	}
	image := w.ours.Kubectl(t, "get", w.kind+"/fraud", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
	if !slices.Equal(ours, theirs) || !slices.Equal(current, []string{image}) {
		t.Fatalf("revisions %q of which %q run, kubectl has %q and %s", ours, current, theirs, image)
	}
}

// TestClusterHoldsAsKubectl holds a rollout in the middle and lets it go on.
func TestClusterHoldsAsKubectl(t *testing.T) {
	w := openTwins(t, "deployment", workload("fraud", "1.0.0", 4))
	w.ours.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Image: "registry.test/fraud:1.1.0"})
	w.ours.apply(t, backends.Change{Op: backends.OpPause})
	w.theirs.Kubectl(t, "set", "image", "deployment/fraud", "model=registry.test/fraud:1.1.0")
	w.theirs.Kubectl(t, "rollout", "pause", "deployment/fraud")
	for _, p := range []*place{w.ours, w.theirs} {
		if paused := p.Kubectl(t, "get", "deployment/fraud", "-o", "jsonpath={.spec.paused}"); paused != "true" {
			t.Errorf("spec.paused is %q", paused)
		}
	}
	w.ours.await(t, "it is held", func(d backends.Deployment) bool { return d.State == backends.Paused })
	if out, err := w.theirs.Try("rollout", "undo", "deployment/fraud"); err == nil {
		t.Errorf("kubectl undoes a held rollout: %s", out)
	}
	w.ours.apply(t, backends.Change{Op: backends.OpResume})
	w.theirs.Kubectl(t, "rollout", "resume", "deployment/fraud")
	w.settle(t)
	if ours, theirs := w.state(t, w.ours), w.state(t, w.theirs); ours != theirs {
		t.Errorf("pitwall asks for %s\nkubectl asks for %s", ours, theirs)
	}
}
