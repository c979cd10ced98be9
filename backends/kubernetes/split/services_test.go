package split

import (
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
)

func TestReplicaRatio(t *testing.T) {
	c := load(t, "replicaratio")
	d := c.door(ReplicaRatio, "ranker")
	if s := sharesOf(d); s["ranker-v1"] != 100 || len(d.Stops) != 4 || d.Sides[1].Selector["version"] != "v2" {
		t.Errorf("%v stops %v %+v", s, d.Stops, d.Sides)
	}
	plan, err := d.Plan(map[string]float64{"ranker-v1": 66.67, "ranker-v2": 33.33})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`{"metadata":{"resourceVersion":"101","uid":"ra-2"},"spec":{"replicas":1}}`,
		`[{"op":"test","path":"/metadata/uid","value":"ra-1"},{"op":"test","path":"/spec/replicas","value":3},{"op":"replace","path":"/spec/replicas","value":2}]`}
	if !slices.Equal(bodies(plan), want) || plan.Patches[0].Subresource != "scale" || plan.Patches[1].Await == nil {
		t.Errorf("%v, want %v", bodies(plan), want)
	}
	c.docs = slices.DeleteFunc(c.docs, func(doc map[string]any) bool { return text(doc, "metadata", "name") == "ranker-v2" })
	if lamp := plan.Patches[1].Await(c.space()); lamp.State != backends.Fail {
		t.Errorf("waits for what is gone: %+v", lamp)
	}
}

func TestReplicaRatioRefusals(t *testing.T) {
	c := load(t, "replicaratio")
	c.add(`{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: ranker, namespace: prod},
  spec: {maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: ranker-v1}}}`)
	_, err := c.door(ReplicaRatio, "ranker").Plan(map[string]float64{"ranker-v2": 100})
	refused(t, err, "HorizontalPodAutoscaler ranker scales ranker-v1")

	c = load(t, "replicaratio")
	c.add(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: ranker-v3, namespace: prod}, spec: {replicas: 1, template: {metadata: {labels: {app: ranker, version: v3}}}}}`)
	_, err = c.door(ReplicaRatio, "ranker").Plan(map[string]float64{"ranker-v2": 100})
	refused(t, err, "3 workloads stand behind it")
}

func TestCutover(t *testing.T) {
	c := load(t, "selector")
	d := c.door(Selector, "pricing")
	for _, other := range Find(c.space()) {
		if other.Name == "pricing-preview" {
			t.Error("the Service for one version is a front door")
		}
	}
	if s := sharesOf(d); s["blue"] != 100 || s["green"] != 0 || d.Sides[0].Stable {
		t.Errorf("%v %+v", s, d.Sides)
	}
	if !slices.Equal(d.Verbs, []backends.Op{backends.OpCutover, backends.OpAbort}) {
		t.Errorf("offers %v", d.Verbs)
	}
	plan, err := d.Act(backends.OpCutover)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"op":"test","path":"/metadata/uid","value":"se-s"},{"op":"test","path":"/spec/selector","value":{"app":"pricing","color":"blue"}},{"op":"replace","path":"/spec/selector/color","value":"green"}]`
	if got := bodies(plan)[0]; got != want {
		t.Errorf("patch %s, want %s", got, want)
	}
	if !slices.ContainsFunc(plan.Notes, func(n string) bool { return strings.Contains(n, "neither version declares port 9090") }) {
		t.Errorf("notes %q", plan.Notes)
	}
	if err := c.apply(plan); err != nil {
		t.Fatal(err)
	}
	c.set("Deployment", "pricing-blue", int64(1), "status", "readyReplicas") // scaled down in the meantime
	back := c.door(Selector, "pricing")
	_, err = back.Act(backends.OpCutover)
	refused(t, err, "blue has 1 ready pods, green serves with 2")
	plan, err = back.Act(backends.OpAbort)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.apply(plan); err != nil || sharesOf(c.door(Selector, "pricing"))["blue"] != 100 {
		t.Errorf("not back: %v", err)
	}
}

func TestCutoverPreflight(t *testing.T) {
	containers := []any{"spec", "template", "spec", "containers"}
	for _, test := range []struct {
		name   string
		change func(c *cluster)
		reason string
	}{
		{"no named port", func(c *cluster) {
			c.set("Deployment", "pricing-green", "web", append(containers, 0, "ports", 0, "name")...)
		}, "the containers of pricing-green have no port http"},
		{"no numbered port", func(c *cluster) {
			c.set("Service", "pricing", int64(8080), "spec", "ports", 0, "targetPort")
			c.set("Deployment", "pricing-green", int64(8081), append(containers, 0, "ports", 0, "containerPort")...)
		}, "have no port 8080"},
		{"fewer", func(c *cluster) { c.set("Deployment", "pricing-green", int64(1), "status", "readyReplicas") }, "green has 1 ready pods, blue serves with 2"},
		{"none", func(c *cluster) { c.set("Deployment", "pricing-green", int64(0), "status", "readyReplicas") }, "green has no ready pod"},
		{"half rolled out", func(c *cluster) { c.set("Deployment", "pricing-green", int64(1), "status", "updatedReplicas") }, "is still being rolled out"},
		{"too early", func(c *cluster) { c.set("Service", "pricing", true, "spec", "publishNotReadyAddresses") }, "before they are ready"},
		{"autoscaler", func(c *cluster) {
			c.add(`{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: hpa, namespace: prod},
  spec: {maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: pricing-green}}, status: {currentReplicas: 2, desiredReplicas: 1}}`)
		}, "is about to take pricing-green from 2 to 1 pods"},
		{"owner", func(c *cluster) {
			c.set("Service", "pricing", "pricing", "metadata", "annotations", "argo-rollouts.argoproj.io/managed-by-rollouts")
		}, "rollout prod/pricing writes it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := load(t, "selector")
			test.change(c)
			d := c.door(Selector, "pricing")
			_, err := d.Act(backends.OpCutover)
			refused(t, err, test.reason)
			_, err = d.Plan(map[string]float64{"green": 100})
			refused(t, err, test.reason)
		})
	}
}

// TestCutoverVersionsLeftBehind: what has no pods does not wait, unless it is
// all that does.
func TestCutoverVersionsLeftBehind(t *testing.T) {
	c := load(t, "selector")
	c.add(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: pricing-old, namespace: prod}, spec: {replicas: 0, template: {metadata: {labels: {app: pricing, color: amber}}}}}`)
	if d := c.door(Selector, "pricing"); len(d.Sides) != 2 || d.Sides[1].Name != "green" || d.Fixed != "" {
		t.Errorf("%+v fixed %q", d.Sides, d.Fixed)
	}
	c.set("Deployment", "pricing-old", int64(1), "spec", "replicas")
	_, err := c.door(Selector, "pricing").Act(backends.OpCutover)
	refused(t, err, "several versions wait (amber, green)")
}

// TestCutoverBehindABalancer: a load balancer that knows the pods gets both
// versions before it loses one.
func TestCutoverBehindABalancer(t *testing.T) {
	for name, change := range map[string]func(c *cluster){
		"a mesh": func(c *cluster) {
			c.set("Deployment", "pricing-blue", "enabled", "spec", "template", "metadata", "annotations", "linkerd.io/inject")
		},
		"AWS": func(c *cluster) {
			c.add(`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i, namespace: prod, annotations: {alb.ingress.kubernetes.io/target-type: ip}},
  spec: {defaultBackend: {service: {name: pricing}}}}`)
		},
	} {
		c := load(t, "selector")
		change(c)
		if plan, err := c.door(Selector, "pricing").Act(backends.OpCutover); err != nil || len(plan.Patches) != 2 {
			t.Errorf("%s: %v, %v", name, bodies(plan), err)
		}
	}
	c := load(t, "selector")
	c.set("Service", "pricing", `{"ingress": true}`, "metadata", "annotations", "cloud.google.com/neg")
	plan, err := c.door(Selector, "pricing").Act(backends.OpCutover)
	if err != nil || len(plan.Patches) != 2 {
		t.Fatalf("%v, %v", bodies(plan), err)
	}
	if err := c.apply(Plan{Patches: plan.Patches[:1]}); err != nil {
		t.Fatal(err)
	}
	if selector := labels(c.object("Service", "pricing"), "spec", "selector"); len(selector) != 1 {
		t.Errorf("widened to %v", selector)
	}
	if err := c.apply(Plan{Patches: plan.Patches[1:]}); err != nil {
		t.Fatal(err)
	}
	if s := sharesOf(c.door(Selector, "pricing")); s["green"] != 100 {
		t.Errorf("%v", s)
	}
}
