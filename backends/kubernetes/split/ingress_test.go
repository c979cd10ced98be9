package split

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCanaryIngress(t *testing.T) {
	c := load(t, "ingressnginx", "common")
	d := c.door(IngressNGINX, "churn-canary")
	if s := sharesOf(d); s["churn-v1"] != 90 || s["churn-v2"] != 10 || !d.Sides[0].Stable { // a total of 50 counts for nothing
		t.Errorf("%v", s)
	}
	if !warned(d, "ingress-nginx is retired") || !warned(d, "canary-by-header X-Canary goes before") {
		t.Errorf("warnings %q", d.Warnings)
	}
	plan, err := d.Plan(map[string]float64{"churn-v1": 70, "churn-v2": 30})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"metadata":{"annotations":{"nginx.ingress.kubernetes.io/canary-weight":"30"},"resourceVersion":"21","uid":"in-2"}}`
	if got := bodies(plan)[0]; got != want {
		t.Errorf("patch %s, want %s", got, want)
	}

	annotations := []any{"metadata", "annotations"}
	c.set("Ingress", "churn-canary", "1000", append(annotations, "nginx.ingress.kubernetes.io/canary-weight-total")...)
	c.set("Ingress", "churn-canary", "traefik", "spec", "ingressClassName")
	d = c.door(IngressNGINX, "churn-canary")
	if s := sharesOf(d); s["churn-v2"] != 1 || d.Step != 0.1 || warned(d, "retired") {
		t.Errorf("a total of 1000: %v in steps of %v, %q", s, d.Step, d.Warnings)
	}
}

func TestCanaryIngressAlone(t *testing.T) {
	c := load(t, "ingressnginx", "common")
	c.set("Ingress", "churn", "other.example.com", "spec", "rules", 0, "host")
	if d := c.door(IngressNGINX, "churn-canary"); !strings.Contains(d.Fixed, "no other Ingress serves its path") {
		t.Errorf("fixed %q", d.Fixed)
	}
	c = load(t, "ingressnginx", "common")
	c.add(`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: second, namespace: prod, annotations: {nginx.ingress.kubernetes.io/canary: "true"}},
  spec: {rules: [{host: churn.example.com, http: {paths: [{path: /, backend: {service: {name: churn-v2}}}]}}]}}`)
	if d := c.door(IngressNGINX, "churn-canary"); d.Fixed != "second is a canary of the same path: ingress-nginx takes only one of them" {
		t.Errorf("fixed %q", d.Fixed)
	}
}

// TestALBKeepsTheAction: only the weights of an action change, letter by letter.
func TestALBKeepsTheAction(t *testing.T) {
	c := load(t, "alb", "common")
	d := c.door(ALB, "churn", "action churn")
	if s := sharesOf(d); s["churn-v1"] != 90 || s["churn-v2"] != 10 || !warned(d, "keeps users on their target group") {
		t.Errorf("%v, %q", s, d.Warnings)
	}
	if len(d.Hosts) != 1 || d.Hosts[0] != "churn.example.com" {
		t.Errorf("hosts %v", d.Hosts)
	}
	before := text(c.object("Ingress", "churn"), "metadata", "annotations", albActions+"churn")
	plan, err := d.Plan(map[string]float64{"churn-v1": 5, "churn-v2": 95})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.apply(plan); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(`"Weight":90`, `"Weight":5`, `"Weight": 10`, `"Weight": 95`).Replace(before)
	if got := text(c.object("Ingress", "churn"), "metadata", "annotations", albActions+"churn"); got != want {
		t.Errorf("the action is\n%s\nwant\n%s", got, want)
	}
}

func TestRewriteWeights(t *testing.T) {
	for raw, want := range map[string]string{
		`{"forwardConfig":{"targetGroups":[{},{"serviceName":"b"}]}}`:                              `{"forwardConfig":{"targetGroups":[{"weight":1},{"serviceName":"b","weight":22}]}}`,
		`{"weight":9,"forwardConfig":{"targetGroups":[{"weight":1e2},{"x":{"weight":4}}]}}`:        `{"weight":9,"forwardConfig":{"targetGroups":[{"weight":1},{"x":{"weight":4},"weight":22}]}}`,
		`{"forwardConfig":{"targetGroups":[{"weight":0,"t":"\"weight\":5"},{"weight":7}]},"a":[]}`: `{"forwardConfig":{"targetGroups":[{"weight":1,"t":"\"weight\":5"},{"weight":22}]},"a":[]}`,
	} {
		got, err := rewriteWeights(raw, []int64{1, 22})
		if err != nil || got != want || !json.Valid([]byte(got)) {
			t.Errorf("%s becomes %s, %v; want %s", raw, got, err, want)
		}
	}
	if _, err := rewriteWeights(`{"forwardConfig":{"targetGroups":[{}]}}`, []int64{1, 2}); err == nil {
		t.Error("a group too few is no error")
	}
}

func TestALBOfARollout(t *testing.T) {
	d := load(t, "alb", "common").door(ALB, "managed")
	if d.Parent == nil || d.Parent.Name != "churn-rollout" || !strings.Contains(d.Fixed, "would undo a change") {
		t.Errorf("parent %v, fixed %q", d.Parent, d.Fixed)
	}
}
