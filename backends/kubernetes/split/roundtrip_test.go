package split

import (
	"bytes"
	"errors"
	"math"
	"testing"
)

// journey is a split that is planned, written, and read again.
type journey struct {
	name      string
	files     []string
	mechanism Mechanism
	object    string
	part      string
	want      map[string]float64
	settle    func(c *cluster) // what the controller does after the write
	between   func(c *cluster) // what happens before the second write
	disturb   func(c *cluster) // what another person does between reading and writing
}

func journeys() []journey {
	weight := func(kind, name string, path ...any) func(*cluster) {
		return func(c *cluster) { c.set(kind, name, int64(55), path...) }
	}
	touch := func(kind, name string) func(*cluster) {
		return func(c *cluster) { c.set(kind, name, "999", "metadata", "resourceVersion") }
	}
	return []journey{
		{name: "HTTPRoute", files: []string{"gatewayapi", "common"}, mechanism: GatewayAPI, object: "churn", part: "rule 1",
			want:    map[string]float64{"churn-v1": 75, "churn-v2": 25},
			disturb: weight("HTTPRoute", "churn", "spec", "rules", 0, "backendRefs", 1, "weight")},
		{name: "HTTPRoute without weights", files: []string{"gatewayapi", "common"}, mechanism: GatewayAPI, object: "churn", part: "rule explain",
			want:    map[string]float64{"churn-v1": 87.5, "churn-v2": 12.5},
			disturb: weight("HTTPRoute", "churn", "spec", "rules", 1, "backendRefs", 0, "weight")},
		{name: "GRPCRoute", files: []string{"gatewayapi", "common"}, mechanism: GatewayAPI, object: "churn-grpc",
			want: map[string]float64{"churn-v1": 99.99, "churn-v2": 0.01},
			disturb: func(c *cluster) {
				c.set("GRPCRoute", "churn-grpc", "churn-v3", "spec", "rules", 0, "backendRefs", 1, "name")
			}},
		{name: "VirtualService", files: []string{"istio", "common"}, mechanism: Istio, object: "churn", part: "http primary",
			want:    map[string]float64{"one": 90, "two": 10},
			disturb: weight("VirtualService", "churn", "spec", "http", 0, "route", 1, "weight")},
		{name: "TraefikService", files: []string{"traefik", "common"}, mechanism: Traefik, object: "churn",
			want:    map[string]float64{"churn-v1": 50, "churn-v2": 50},
			disturb: weight("TraefikService", "churn", "spec", "weighted", "services", 0, "weight")},
		{name: "canary Ingress", files: []string{"ingressnginx", "common"}, mechanism: IngressNGINX, object: "churn-canary",
			want: map[string]float64{"churn-v1": 65, "churn-v2": 35}, disturb: touch("Ingress", "churn-canary")},
		{name: "ALB action", files: []string{"alb", "common"}, mechanism: ALB, object: "churn", part: "action churn",
			want: map[string]float64{"churn-v1": 99.9, "churn-v2": 0.1}, disturb: touch("Ingress", "churn")},
		{name: "KServe on Knative", files: []string{"kserve", "common"}, mechanism: KServe, object: "iris",
			want:    map[string]float64{"iris-predictor-00001": 60, "iris-predictor-00002": 40},
			disturb: touch("InferenceService", "iris"),
			settle: func(c *cluster) {
				percent, _ := number(c.object("InferenceService", "iris"), "spec", "predictor", "canaryTrafficPercent")
				c.set("InferenceService", "iris", percent, "status", "components", "predictor", "traffic", 0, "percent")
				c.set("InferenceService", "iris", 100-percent, "status", "components", "predictor", "traffic", 1, "percent")
			}},
		{name: "KServe without Knative", files: []string{"kserve", "common"}, mechanism: KServe, object: "standard",
			want:    map[string]float64{"v1": 45, "v2": 55},
			disturb: weight("InferenceService", "standard", "spec", "canary", 0, "trafficPercent")},
		{name: "Knative", files: []string{"knative", "common"}, mechanism: Knative, object: "churn",
			want:    map[string]float64{"churn-00001": 30, "churn-00002": 70},
			disturb: weight("Service", "churn", "spec", "traffic", 0, "percent")},
		{name: "Seldon", files: []string{"seldon", "common"}, mechanism: Seldon, object: "churn",
			want:    map[string]float64{"churn-v1": 70, "churn-v2": 30},
			disturb: weight("Experiment", "churn", "spec", "candidates", 0, "weight")},
		{name: "Argo Rollouts", files: []string{"argorollouts", "common"}, mechanism: ArgoRollouts, object: "churn",
			want: map[string]float64{"stable": 40, "canary": 60}, disturb: touch("Rollout", "churn"),
			settle: func(c *cluster) {
				i, _ := number(c.object("Rollout", "churn"), "status", "currentStepIndex")
				w, _ := number(c.object("Rollout", "churn"), "spec", "strategy", "canary", "steps", int(i), "setWeight")
				c.set("Rollout", "churn", w, "status", "canary", "weights", "canary", "weight")
			}},
		{name: "replica ratio", files: []string{"replicaratio"}, mechanism: ReplicaRatio, object: "ranker",
			want: map[string]float64{"ranker-v1": 33.33, "ranker-v2": 66.67}, between: rollOut, settle: rollOut,
			disturb: func(c *cluster) {
				c.set("Deployment", "ranker-v2", int64(1), "spec", "replicas")
				touch("Deployment", "ranker-v2")(c)
			}},
		{name: "Service selector", files: []string{"selector"}, mechanism: Selector, object: "pricing",
			want: map[string]float64{"green": 100},
			disturb: func(c *cluster) {
				c.set("Service", "pricing", "green", "spec", "selector", "color")
			}},
	}
}

// rollOut makes every pod ready that a Deployment asks for.
func rollOut(c *cluster) {
	for _, doc := range c.docs {
		if doc["kind"] != "Deployment" {
			continue
		}
		n, _ := number(doc, "spec", "replicas")
		status := members(doc, "status")
		for _, name := range []string{"replicas", "readyReplicas", "updatedReplicas", "availableReplicas"} {
			status[name] = n
		}
	}
}

// TestPlanMakesTheSplit: for every mechanism a plan that is applied makes
// exactly the shares that were wanted, and leaves nothing to do.
func TestPlanMakesTheSplit(t *testing.T) {
	for _, j := range journeys() {
		t.Run(j.name, func(t *testing.T) {
			c := load(t, j.files...)
			read := func() Door {
				if j.part == "" {
					return c.door(j.mechanism, j.object)
				}
				return c.door(j.mechanism, j.object, j.part)
			}
			d := read()
			plan, err := d.Plan(j.want)
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Patches) == 0 || len(plan.Effects) == 0 {
				t.Fatalf("nothing is planned: %+v", plan)
			}
			for i, w := range plan.Patches {
				if i > 0 && j.between != nil {
					if err := c.apply(Plan{Patches: []Write{w}}); err == nil {
						t.Error("the second patch went before what it has to wait for")
					}
					j.between(c)
				}
				if err := c.apply(Plan{Patches: []Write{w}}); err != nil {
					t.Fatal(err)
				}
			}
			if j.settle != nil {
				j.settle(c)
			}
			after := read()
			for name, share := range sharesOf(after) {
				if math.Abs(share-j.want[name]) > 0.005 || math.Abs(plan.Share[name]-j.want[name]) > 0.005 {
					t.Errorf("%s has %v %%, planned %v, want %v", name, share, plan.Share[name], j.want[name])
				}
			}
			if again, err := after.Plan(j.want); after.Fixed == "" && (err != nil || len(again.Patches) > 0) {
				t.Errorf("after it there is still %+v to do, %v", again.Patches, err)
			}
		})
	}
}

// TestLostRaceIsRefused: what somebody else changed between reading and writing
// refuses the patch.
func TestLostRaceIsRefused(t *testing.T) {
	for _, j := range journeys() {
		t.Run(j.name, func(t *testing.T) {
			c := load(t, j.files...)
			d := c.door(j.mechanism, j.object)
			if j.part != "" {
				d = c.door(j.mechanism, j.object, j.part)
			}
			plan, err := d.Plan(j.want)
			if err != nil {
				t.Fatal(err)
			}
			j.disturb(c)
			if err := c.apply(plan); !errors.Is(err, errLost) {
				t.Errorf("the patch went through: %v", err)
			}
		})
	}
}

// TestPatchKnowsTheObject: an object of the same name that was made anew is
// not written to.
func TestPatchKnowsTheObject(t *testing.T) {
	for _, j := range journeys() {
		c := load(t, j.files...)
		d := c.door(j.mechanism, j.object)
		if j.part != "" {
			d = c.door(j.mechanism, j.object, j.part)
		}
		plan, err := d.Plan(j.want)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range plan.Patches {
			if w.UID == "" || !bytes.Contains(w.Body, []byte(w.UID)) {
				t.Errorf("%s: the patch does not name the UID %q: %s", j.name, w.UID, w.Body)
			}
		}
	}
}

// bodies are the patches of a plan as text.
func bodies(plan Plan) []string {
	var out []string
	for _, w := range plan.Patches {
		out = append(out, string(w.Body))
	}
	return out
}
