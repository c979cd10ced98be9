package split

import (
	"strings"
	"testing"

	"pitwall/backends"
)

func TestGatewayRules(t *testing.T) {
	c := load(t, "gatewayapi", "common")
	predict, explain := c.door(GatewayAPI, "churn", "rule 1"), c.door(GatewayAPI, "churn", "rule explain")
	if s := sharesOf(predict); s["churn-v1"] != 90 || s["churn-v2"] != 10 {
		t.Errorf("predict: %v", s)
	}
	if s := sharesOf(explain); s["churn-v1"] != 50 { // a weight that is missing is 1
		t.Errorf("explain: %v", s)
	}
	if !warned(predict, "mirrored to churn-shadow") || !warned(predict, "rule 2 divides between the same targets") {
		t.Errorf("predict warns of %q", predict.Warnings)
	}
	if !warned(explain, "sessions persist") {
		t.Errorf("explain warns of %q", explain.Warnings)
	}
	plan, err := predict.Plan(map[string]float64{"churn-v1": 75, "churn-v2": 25})
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"op":"test","path":"/metadata/uid","value":"route-1"},` +
		`{"op":"test","path":"/spec/rules/0/matches","value":[{"path":{"type":"PathPrefix","value":"/v1/predict"}}]},` +
		`{"op":"test","path":"/spec/rules/0/backendRefs","value":[{"group":"","kind":"Service","name":"churn-v1","port":80,"weight":90},{"group":"","kind":"Service","name":"churn-v2","port":80,"weight":10}]},` +
		`{"op":"add","path":"/spec/rules/0/backendRefs/0/weight","value":75},{"op":"add","path":"/spec/rules/0/backendRefs/1/weight","value":25}]`
	if got := bodies(plan)[0]; got != want {
		t.Errorf("the patch is\n%s\nwant\n%s", got, want)
	}
	if e := plan.Effects[1]; e != (backends.Effect{What: "share of churn-v2", Before: "10 %", After: "25 %"}) {
		t.Errorf("effect %+v", e)
	}
}

func TestGatewayTargets(t *testing.T) {
	c := load(t, "common")
	c.add(`{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: mixed, namespace: prod}, spec: {rules: [{backendRefs: [
  {name: churn-v1, port: 80}, {name: churn-v1, port: 81}, {name: far, namespace: other}, {name: pool, group: inference.networking.k8s.io, kind: InferencePool}, {name: gone}]}]}}`)
	d := c.door(GatewayAPI, "mixed")
	var got []string
	for _, side := range d.Sides {
		got = append(got, side.Name+"|"+side.Service+"|"+side.Elsewhere+"|"+word(int64(side.Ready)))
	}
	want := "churn-v1|churn-v1||1 churn-v1:81|churn-v1||1 far||other|-1 pool|||-1 gone|gone||0"
	if strings.Join(got, " ") != want {
		t.Errorf("sides %v, want %s", got, want)
	}
}

// TestGatewayAccepted: a change is accepted when every gateway has seen its
// generation and takes all of it.
func TestGatewayAccepted(t *testing.T) {
	parent := func(conditions ...any) any {
		return map[string]any{"parentRef": map[string]any{"name": "edge"}, "conditions": conditions}
	}
	condition := func(kind, status string, generation int64, message string) any {
		return map[string]any{"type": kind, "status": status, "reason": "R", "message": message, "observedGeneration": generation}
	}
	good := parent(condition("Accepted", "True", 4, ""), condition("ResolvedRefs", "True", 4, ""))
	for _, test := range []struct {
		name    string
		parents []any
		state   backends.State
		says    string
	}{
		{"good", []any{good}, backends.OK, "edge has taken it"},
		{"nobody", nil, backends.Unknown, "no controller has taken it yet"},
		{"old", []any{good, parent(condition("Accepted", "True", 3, ""), condition("ResolvedRefs", "True", 3, ""))}, backends.Progressing, "has not seen the newest change"},
		{"refused", []any{good, parent(condition("Accepted", "False", 4, "no listener"), condition("ResolvedRefs", "True", 4, ""))}, backends.Fail, "refuses it: R: no listener"},
		{"unresolved", []any{parent(condition("Accepted", "True", 4, ""), condition("ResolvedRefs", "False", 4, "no churn-v2"))}, backends.Fail, "no churn-v2"},
		{"fell back", []any{parent(condition("Accepted", "True", 3, ""), condition("ResolvedRefs", "True", 4, ""), condition("PartiallyInvalid", "True", 4, "Fall Back to the last good"))}, backends.Fail, "the new weights are not live"},
		{"dropped", []any{parent(condition("Accepted", "True", 4, ""), condition("ResolvedRefs", "True", 4, ""), condition("PartiallyInvalid", "True", 4, "Dropped Rule 2"))}, backends.Warn, "a part of it only"},
		{"half", []any{parent(condition("Accepted", "True", 4, ""))}, backends.Unknown, "has not said"},
		{"nothing", []any{parent(), int64(7), "x"}, backends.Unknown, "has not said"},
	} {
		c := load(t, "gatewayapi")
		c.set("HTTPRoute", "churn", test.parents, "status", "parents")
		if lamp := c.door(GatewayAPI, "churn", "rule 1").Accepted; lamp.State != test.state || !strings.Contains(lamp.Text, test.says) {
			t.Errorf("%s: %s %q, want %s %q", test.name, lamp.State, lamp.Text, test.state, test.says)
		}
	}
}

func TestGatewayAllZero(t *testing.T) {
	c := load(t, "gatewayapi", "common")
	c.set("HTTPRoute", "churn", int64(0), "spec", "rules", 0, "backendRefs", 0, "weight")
	c.set("HTTPRoute", "churn", int64(0), "spec", "rules", 0, "backendRefs", 1, "weight")
	d := c.door(GatewayAPI, "churn", "rule 1")
	if s := sharesOf(d); s["churn-v1"] != 0 || s["churn-v2"] != 0 || !warned(d, "all weights are 0") {
		t.Errorf("%v, %q", s, d.Warnings)
	}
	plan, err := d.Plan(map[string]float64{"churn-v1": 100})
	if err != nil || len(plan.Patches) != 1 {
		t.Errorf("there is no way out of it: %+v, %v", plan, err)
	}
}
