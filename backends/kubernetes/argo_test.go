package kubernetes_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
	"pitwall/backends/pods"
)

// argoManifest is fraud as Argo Rollouts makes it, behind Istio, with stops at
// 20, 50 and 80 %.
const argoManifest = `
apiVersion: v1
kind: Service
metadata: {name: fraud-stable}
spec: {selector: {app: fraud}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: fraud-canary}
spec: {selector: {app: fraud}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: fraud}
spec:
  hosts: [fraud]
  http:
  - name: predict
    route:
    - {destination: {host: fraud-stable}, weight: 100}
    - {destination: {host: fraud-canary}, weight: 0}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: fraud}
spec:
  replicas: 4
  selector: {matchLabels: {app: fraud}}
  strategy:
    canary:
      stableService: fraud-stable
      canaryService: fraud-canary
      trafficRouting: {istio: {virtualService: {name: fraud, routes: [predict]}}}
      steps: [{setWeight: 20}, {pause: {}}, {setWeight: 50}, {pause: {}}, {setWeight: 80}, {pause: {}}]
  template:
    metadata: {labels: {app: fraud, app.kubernetes.io/component: model}}
    spec: {containers: [{name: model, image: "registry.test/fraud:1.0.0", ports: [{name: http, containerPort: 8080}]}]}
`

// argoPlace is a Rollout with its real controller.
type argoPlace struct{ *place }

func openArgo(t *testing.T) argoPlace {
	t.Helper()
	c := clustertest.Shared(t)
	c.ArgoRollouts(t, "istio")
	p := argoPlace{&place{Namespace: c.Namespace(t)}}
	p.Apply(t, argoManifest)
	p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	p.await(t, "the first version serves", func(d backends.Deployment) bool {
		return d.State == backends.OK && d.Rollout == nil && d.Variants[0].Version == "1.0.0" && d.Variants[0].Ready == 4
	})
	return p
}

// apply makes a change from what is there now.
func (p *place) apply(t *testing.T, c backends.Change) {
	t.Helper()
	d := p.read(t)
	c.Deployment, c.Token, c.By = d.Name, d.Token, "ana@desk"
	if _, err := p.backend.DryRun(t.Context(), c); err != nil {
		t.Fatalf("dry run of %s: %v", c.Op, err)
	}
	if err := p.backend.Apply(t.Context(), c); err != nil {
		t.Fatalf("%s: %v", c.Op, err)
	}
}

// refuses asks for a change that cannot be made.
func (p *place) refuses(t *testing.T, c backends.Change, says string) {
	t.Helper()
	d := p.read(t)
	c.Deployment, c.Token, c.By = d.Name, d.Token, "ana@desk"
	_, err := p.backend.DryRun(t.Context(), c)
	if refused := (*backends.UnsupportedError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s is answered with %v, not %q", c.Op, err, says)
	}
}

// podsAreTold holds what the backend says of its pods against the ReplicaSets of
// the controller: of each variant the one, and of both what was before.
func (p argoPlace) podsAreTold(t *testing.T) {
	t.Helper()
	list, err := p.backend.Workloads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var want []pods.Workload
	for variant, status := range map[string]string{"A": "stableRS", "B": "currentPodHash"} {
		hash := p.Kubectl(t, "get", "rollouts.argoproj.io/fraud", "-o", "jsonpath={.status."+status+"}")
		want = append(want, pods.Workload{Namespace: p.Name, Name: "fraud-" + hash, Form: pods.Suffixed, Deployment: "fraud", Variant: variant})
	}
	want = append(want, pods.Workload{Namespace: p.Name, Name: "fraud", Form: pods.Hashed, Deployment: "fraud"})
	if len(list) != len(want) || slices.ContainsFunc(want, func(w pods.Workload) bool { return !slices.Contains(list, w) }) {
		t.Errorf("its pods are of %+v, want %+v", list, want)
	}
	for _, pod := range strings.Fields(p.Kubectl(t, "get", "pods", "-o", "jsonpath={.items[*].metadata.name}")) {
		if form, name := pods.Read(pod); form != pods.Hashed || name != "fraud" || !pods.MadeBy(want[0].Name, pod) && !pods.MadeBy(want[1].Name, pod) {
			t.Errorf("pod %s is read as one of %s", pod, name)
		}
	}
}

// stopped waits until the rollout waits at a weight, for pitwall and in the
// route that the controller writes.
func (p argoPlace) stopped(t *testing.T, weight float64) {
	t.Helper()
	p.await(t, "it waits at "+backends.FormatWeight(weight)+" %", func(d backends.Deployment) bool {
		return d.Rollout != nil && d.Rollout.Paused && d.Split().Equal(pair(100-weight, weight)) && d.Variants[1].Ready > 0
	})
	p.routed(t, weight)
}

// routed waits until the route gives the canary a weight.
func (p argoPlace) routed(t *testing.T, weight float64) {
	t.Helper()
	want := backends.FormatWeight(100-weight) + " " + backends.FormatWeight(weight)
	clustertest.Eventually(t, "the route has the weights "+want, func() error {
		if got := p.Kubectl(t, "get", "virtualservice/fraud", "-o", "jsonpath={.spec.http[0].route[*].weight}"); got != want {
			return fmt.Errorf("they are %s", got)
		}
		return nil
	})
}

// whole waits until one version has everything and nothing rolls.
func (p argoPlace) whole(t *testing.T, version string) {
	t.Helper()
	p.await(t, version+" has everything", func(d backends.Deployment) bool {
		return d.Rollout == nil && len(d.Variants) == 1 && d.Variants[0].Version == version && d.Variants[0].Ready == d.Variants[0].Desired
	})
	p.routed(t, 0)
}

// TestClusterArgoRollouts goes through a Rollout with its real controller: to
// stops, promoted, aborted, tried again, undone, in full.
func TestClusterArgoRollouts(t *testing.T) {
	p := openArgo(t)
	p.refuses(t, backends.Change{Op: backends.OpSplit, Split: backends.Split{"A": 100}}, "no new version is being rolled out")
	p.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Image: ":1.1.0"})
	p.stopped(t, 20)
	p.podsAreTold(t)

	p.refuses(t, backends.Change{Op: backends.OpSplit, Split: pair(65, 35)}, "only 0, 20, 50, 80, 100 % of canary can be had")
	p.apply(t, backends.Change{Op: backends.OpSplit, Split: pair(50, 50)})
	p.stopped(t, 50)
	p.apply(t, backends.Change{Op: backends.OpPromote, Variant: "B"})
	p.stopped(t, 80)

	p.apply(t, backends.Change{Op: backends.OpAbort})
	d := p.await(t, "it is aborted", func(d backends.Deployment) bool {
		return d.Rollout != nil && strings.HasPrefix(d.Rollout.Message, "it was aborted") && d.Split()["A"] == 100
	})
	if d.State.Severity() < backends.Warn.Severity() {
		t.Errorf("an aborted rollout is %s: %s", d.State, d.Reason)
	}
	p.routed(t, 0)
	p.apply(t, backends.Change{Op: backends.OpResume}) // try it again
	p.stopped(t, 20)

	p.apply(t, backends.Change{Op: backends.OpAbort})
	p.await(t, "it is aborted again", func(d backends.Deployment) bool { return d.Rollout != nil && d.Rollout.Message != "" })
	p.apply(t, backends.Change{Op: backends.OpRollback, Variant: "A", Revision: p.revision(t, "1.0.0")})
	p.whole(t, "1.0.0")

	p.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "1.1.0"})
	p.stopped(t, 20)
	p.apply(t, backends.Change{Op: backends.OpCutover, Variant: "B"}) // in full
	p.whole(t, "1.1.0")
	p.apply(t, backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 2})
	p.await(t, "two serve", func(d backends.Deployment) bool { return d.Variants[0].Ready == 2 && d.Variants[0].Desired == 2 })
}

// revision is the newest revision with a version.
func (p *place) revision(t *testing.T, version string) int {
	t.Helper()
	list, err := p.backend.Revisions(t.Context(), "fraud")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(r backends.Revision) bool { return r.Version == version })
	if i < 0 {
		t.Fatalf("no revision with %s in %+v", version, list)
	}
	return list[i].Number
}

// TestClusterArgoPauses holds a Rollout between its steps and lets it go on.
func TestClusterArgoPauses(t *testing.T) {
	p := openArgo(t)
	p.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Image: ":1.1.0"})
	p.stopped(t, 20)
	p.apply(t, backends.Change{Op: backends.OpPause})
	if paused := p.Kubectl(t, "get", "rollouts.argoproj.io/fraud", "-o", "jsonpath={.spec.paused}"); paused != "true" {
		t.Errorf("spec.paused is %q", paused)
	}
	p.refuses(t, backends.Change{Op: backends.OpPromote, Variant: "B"}, "resume it first")
	p.refuses(t, backends.Change{Op: backends.OpSplit, Split: pair(50, 50)}, "resume it first")
	p.apply(t, backends.Change{Op: backends.OpResume})
	p.stopped(t, 20) // at its step, as before
	p.apply(t, backends.Change{Op: backends.OpResume})
	p.stopped(t, 50)

	// Somebody else moves on while a person looks at a plan.
	stale := p.read(t)
	p.Kubectl(t, "patch", "rollouts.argoproj.io/fraud", "--subresource=status", "--type=merge", "-p", `{"status":{"pauseConditions":null}}`)
	p.stopped(t, 80)
	var lost *backends.ConflictError
	if err := p.backend.Apply(t.Context(), backends.Change{Op: backends.OpPromote, Deployment: "fraud", Variant: "B", Token: stale.Token}); !errors.As(err, &lost) {
		t.Errorf("promoted from a step that is past: %v", err)
	}
}
