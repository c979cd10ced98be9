package split

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

// TestBrokenObjectsAreListed: what cannot be read is a front door too, which
// says why nothing can be done there.
func TestBrokenObjectsAreListed(t *testing.T) {
	c := load(t, "broken", "common")
	doors := map[string]Door{}
	var names []string
	for _, d := range Find(c.space()) {
		doors[d.Name] = d
		names = append(names, d.Name)
	}
	if !slices.IsSorted(names) {
		t.Errorf("not in name order: %v", names)
	}
	for name, reason := range map[string]string{
		"a-negative": "the weight of churn-v1 is negative: -5",
		"b-types":    "the weight of churn-v1 is no whole number: many",
		"c-norules":  "it has no rules",
		"d-json":     "its annotation is no JSON",
		"e-sum":      "its percents sum to 160, not 100",
		"f-canary":   `its annotation canary-weight is no weight: "10%"`,
		"g-huge":     "the weight of m1 is too great",
		"h-empty":    "Argo Rollouts has not said anything of it yet",
	} {
		d, ok := doors[name]
		if !ok || !strings.Contains(d.Fixed, reason) {
			t.Errorf("%s: fixed because %q, want %q", name, d.Fixed, reason)
		}
	}
}

// TestParents: whatever a controller writes leads to the topmost one.
func TestParents(t *testing.T) {
	c := load(t, "argorollouts", "flagger", "kserve", "alb", "common")
	c.add(`{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: own, namespace: prod, uid: o-1,
  ownerReferences: [{apiVersion: ml.example.com/v1, kind: ModelDeployment, name: own, uid: md-1, controller: true}]},
  spec: {rules: [{backendRefs: [{name: churn-v1}, {name: churn-v2}]}]}}`)
	got := map[string]string{}
	for _, d := range Find(c.space()) {
		if d.Parent == nil {
			continue
		}
		key := strings.ToLower(d.Kind) + " " + d.Name
		got[key] = d.Parent.String() + " in " + d.Parent.Resource.Resource
		if d.Fixed == "" || len(d.Verbs) > 0 {
			t.Errorf("%s may be changed beside %s: %v", d.Ref, d.Parent, d.Verbs)
		}
		if _, err := d.Act(backends.OpAbort); err == nil {
			t.Errorf("%s takes an abort beside %s", d.Ref, d.Parent)
		}
	}
	for key, parent := range map[string]string{
		"virtualservice churn-ro": "rollout prod/churn in rollouts",
		"virtualservice fraud":    "canary prod/fraud in canaries",
		"service iris-predictor":  "inferenceservice prod/iris in inferenceservices",
		"route iris-predictor":    "inferenceservice prod/iris in inferenceservices",
		"ingress managed":         "rollout prod/churn-rollout in rollouts",
		"httproute own":           "modeldeployment prod/own in modeldeployments",
	} {
		if got[key] != parent {
			t.Errorf("%s is written by %q, want %q", key, got[key], parent)
		}
	}
}

func TestWhoSetTheWeights(t *testing.T) {
	d := load(t, "gatewayapi", "common").door(GatewayAPI, "churn", "rule 1")
	if at := time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC); d.SetBy != "pitwall" || !d.SetAt.Equal(at) {
		t.Errorf("set by %q at %s: the status counts for nothing", d.SetBy, d.SetAt)
	}
	if d.Version != "812" || d.Generation != 4 || d.UID != "route-1" {
		t.Errorf("read %+v", d.Ref)
	}
}

func TestResources(t *testing.T) {
	all := Resources()
	first := slices.IndexFunc(all, func(r schema.GroupVersionResource) bool { return r.Resource == "httproutes" })
	if first < 0 || all[first].Version != "v1" || all[first+1].Version != "v1beta1" {
		t.Errorf("HTTPRoutes in %v: the newest version comes first", all)
	}
}

// TestManyObjects: reading a namespace is in proportion to what is in it.
func TestManyObjects(t *testing.T) {
	c := load(t, "common")
	space := c.space()
	for i := range 2000 {
		name := fmt.Sprintf("model-%04d", i)
		meta := objects.Meta{Namespace: "prod", Name: name}
		space.Services = append(space.Services, &objects.Service{Meta: meta, Selector: map[string]string{"app": name}})
		space.Slices = append(space.Slices, &objects.Slice{Service: name})
		route := map[string]any{"apiVersion": "gateway.networking.k8s.io/v1", "spec": map[string]any{"rules": []any{map[string]any{
			"backendRefs": []any{map[string]any{"name": name}, map[string]any{"name": "churn-v1"}}}}}}
		space.Customs[httpRoute.groupResource()] = append(space.Customs[httpRoute.groupResource()], &objects.Custom{Meta: meta, Kind: "HTTPRoute", Object: route})
	}
	start := time.Now()
	if n := len(Find(space)); n != 2000 {
		t.Errorf("%d doors", n)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("2000 routes took %s", took)
	}
}

// FuzzFind: no object, however strange, makes reading or planning panic, and
// what can be planned sums to a whole. A seed puts strange values into places
// of an object that is well-formed otherwise.
func FuzzFind(f *testing.F) {
	for _, file := range []string{"gatewayapi", "istio", "traefik", "ingressnginx", "alb", "kserve", "knative", "seldon", "argorollouts", "flagger", "broken"} {
		for _, doc := range load(f, file).docs {
			raw, err := json.Marshal(doc)
			if err != nil {
				f.Fatal(err)
			}
			for seed := range uint64(12) {
				f.Add(raw, seed)
			}
		}
	}
	base := load(f, "common", "selector").space()
	f.Fuzz(func(t *testing.T, raw []byte, seed uint64) {
		var object map[string]any
		if json.Unmarshal(raw, &object) != nil || object == nil {
			return
		}
		if seed > 0 {
			random := rand.New(rand.NewPCG(seed, uint64(len(raw))))
			object["spec"], object["status"] = strange(random, object["spec"]), strange(random, object["status"])
		}
		space := &objects.Space{Name: base.Name, Pods: base.Pods, Workloads: base.Workloads, Services: base.Services, Slices: base.Slices,
			Customs: map[schema.GroupResource][]*objects.Custom{}}
		for _, k := range kinds() {
			u := (&unstructured.Unstructured{Object: object}).DeepCopy()
			space.Customs[k.groupResource()] = []*objects.Custom{objects.TrimCustom(u)}
		}
		for _, d := range Find(space) {
			exercise(t, d)
		}
	})
}

// strange changes one value in ten of what JSON can be.
func strange(random *rand.Rand, v any) any {
	if random.IntN(10) == 0 {
		values := []any{nil, "", "churn-v1", "-1", -1.0, 0.0, 1.5, 1e300, 1e12, true, []any{}, []any{nil}, map[string]any{}, []any{map[string]any{}}}
		return values[random.IntN(len(values))]
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			v[name] = strange(random, v[name])
		}
	case []any:
		for i := range v {
			v[i] = strange(random, v[i])
		}
	}
	return v
}

func exercise(t *testing.T, d Door) {
	for _, op := range append(backends.Ops(), full) {
		plan, err := d.Act(op)
		if err == nil && len(plan.Patches) == 0 {
			t.Errorf("%s of %s writes nothing", op, d.Ref)
		}
	}
	names := map[string]bool{}
	for _, side := range d.Sides {
		if names[side.Name] {
			t.Fatalf("%s has two sides %q", d.Ref, side.Name)
		}
		names[side.Name] = true
		plan, err := d.Plan(map[string]float64{side.Name: 100})
		if err != nil {
			continue
		}
		sum := 0.0
		for _, share := range plan.Share {
			sum += share
		}
		if sum < 99.99 || sum > 100.01 {
			t.Errorf("%s: the plan sums to %v", d.Ref, sum)
		}
	}
	if d.Fixed == "" && len(d.Sides) < 2 {
		t.Errorf("%s of %d sides can be changed", d.Ref, len(d.Sides))
	}
}
