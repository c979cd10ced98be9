package setup

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/world"
)

func pod(name string) *objects.Pod {
	return &objects.Pod{Meta: objects.Meta{Name: name, UID: types.UID(name)}}
}

func endpoint(pod string, ready bool) objects.Endpoint {
	return objects.Endpoint{Pod: pod, PodUID: types.UID(pod), Address: "ip-" + pod, Ready: ready}
}

// twoSides are two variants behind one Service, and a second Service of A's.
func twoSides() (*objects.Space, world.Deployment) {
	service := func(name string, selector map[string]string) *objects.Service {
		return &objects.Service{Meta: objects.Meta{Name: name}, Selector: selector}
	}
	slice := func(service string, list ...objects.Endpoint) *objects.Slice {
		return &objects.Slice{Service: service, Endpoints: list}
	}
	workload := func(side string) *objects.Workload {
		return &objects.Workload{Template: objects.Template{Labels: map[string]string{"app": "fraud", "side": side}}}
	}
	s := &objects.Space{Services: []*objects.Service{service("fraud", map[string]string{"app": "fraud"}), service("fraud-a", map[string]string{"side": "a"}), service("other", map[string]string{"app": "churn"})},
		Slices: []*objects.Slice{slice("fraud", endpoint("a-1", true), endpoint("a-2", false), endpoint("b-1", true)), slice("fraud-a", endpoint("a-2", true)), slice("other", endpoint("c-1", true))}}
	return s, world.Deployment{Variants: []world.Variant{{Name: "A", Workload: workload("a"), Pods: []*objects.Pod{pod("a-1"), pod("a-2")}}, {Name: "B", Workload: workload("b"), Pods: []*objects.Pod{pod("b-1")}}}}
}

func TestBalancerOfServices(t *testing.T) {
	s, d := twoSides()
	got := Balancer(s, d)
	want := []backends.Endpoint{{Variant: "A", Name: "a-1", Address: "ip-a-1", Ready: true}, {Variant: "A", Name: "a-2", Address: "ip-a-2", Ready: true}, {Variant: "B", Name: "b-1", Address: "ip-b-1", Ready: true}}
	if got.Kind != "Service" || got.Address != "" || got.Accepted != nil || !slices.Equal(got.Endpoints, want) {
		t.Errorf("it is %+v", got)
	}
	s.Slices[0].Endpoints[0].Terminating = true
	if got := Balancer(s, d); got.Endpoints[0].Ready {
		t.Error("a pod that ends is sent requests")
	}
	d.Variants[0].Side.Service = "fraud-a"
	if got := Balancer(s, d); len(got.Endpoints) != 2 || got.Endpoints[0].Name != "a-2" {
		t.Errorf("of the Service of a side it is %+v", got)
	}
	d.Variants = []world.Variant{{Name: "B", Side: split.Side{Service: "other"}}}
	if got := Balancer(s, d); len(got.Endpoints) != 1 || got.Endpoints[0].Name != "c-1" {
		t.Errorf("of a variant that is not seen it is %+v", got)
	}
	if got := Balancer(&objects.Space{}, d); got.Kind != "Service" || len(got.Endpoints) != 0 {
		t.Errorf("without endpoints it is %+v", got)
	}
	_, lone := twoSides()
	if got := Balancer(&objects.Space{}, lone); got.Kind != "" {
		t.Errorf("without a Service it is %+v", got)
	}
}

func TestBalancerOfAnIngress(t *testing.T) {
	s, d := twoSides()
	at := func(name, text string) *objects.Custom {
		return &objects.Custom{Meta: objects.Meta{Name: name}, Object: *read[map[string]any](t, text)}
	}
	s.Customs = map[schema.GroupResource][]*objects.Custom{{Group: "networking.k8s.io", Resource: "ingresses"}: {
		at("broken", `spec: nothing`), at("another", `spec: {defaultBackend: {service: {name: other}}}`),
		at("mine", `{spec: {rules: [{host: x}, {http: {paths: [{backend: {service: {name: fraud}}}]}}]}, status: {loadBalancer: {ingress: [{ip: 192.0.2.7}]}}}`)}}
	if got := Balancer(s, d); got.Kind != "Ingress" || got.Address != "192.0.2.7" || len(got.Endpoints) != 3 {
		t.Errorf("it is %+v", got)
	}
	d.Door = &split.Door{Ref: api.Ref{Kind: "HTTPRoute"}, Mechanism: split.Istio}
	if got := Balancer(s, d); got.Kind != "HTTPRoute" || got.Address != "" {
		t.Errorf("behind a route of its own it is %+v", got)
	}
}

func TestWhatControllersAccept(t *testing.T) {
	for name, c := range map[string]struct {
		mechanism split.Mechanism
		lamp      split.Lamp
		want      []backends.Condition
	}{
		"taken":             {split.GatewayAPI, split.Lamp{State: backends.OK, Text: "public has taken it"}, []backends.Condition{{Type: "accepted", OK: true, Text: "public has taken it"}}},
		"refused":           {split.Knative, split.Lamp{State: backends.Fail, Text: "no"}, []backends.Condition{{Type: "accepted", Text: "no"}}},
		"silent":            {split.GatewayAPI, split.Lamp{Text: "nobody"}, []backends.Condition{{Type: "accepted", Text: "nobody"}}},
		"silent by its way": {split.Istio, split.Lamp{}, nil},
	} {
		if got := accepted(&split.Door{Mechanism: c.mechanism, Accepted: c.lamp}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestGateways(t *testing.T) {
	route := &objects.Custom{Meta: objects.Meta{Namespace: "prod"}, Object: *read[map[string]any](t,
		`spec: {parentRefs: [{name: public, namespace: infra}, {name: mesh, kind: Service}, {name: own}, {name: own, sectionName: https}]}`)}
	if got := Gateways(route); !slices.Equal(got, []Gateway{{"infra", "public"}, {"prod", "own"}}) {
		t.Errorf("they are %v", got)
	}
	if got := Gateways(&objects.Custom{Object: map[string]any{"spec": 1}}); got != nil {
		t.Errorf("of no route they are %v", got)
	}
	g := Gateway{"infra", "public"}
	for text, want := range map[string]backends.Condition{
		`{}`: {Type: "programmed", Text: "Gateway public has no controller that says so"},
		`status: {conditions: [{type: Accepted, status: "True"}, {type: Programmed, status: "True", reason: Programmed, message: ready}]}`: {Type: "programmed", OK: true, Text: "Gateway public: Programmed: ready"},
		`status: {conditions: [{type: Programmed, status: "False", reason: AddressNotAssigned}]}`:                                          {Type: "programmed", Text: "Gateway public: AddressNotAssigned"},
	} {
		if got := Programmed(g, *read[map[string]any](t, text)); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
	if got := Programmed(g, nil); got.OK || got.Text != "Gateway public is not there" {
		t.Errorf("one that is not there: %+v", got)
	}
	if got := Programmed(g, map[string]any{"status": 1}); got.OK {
		t.Errorf("an object that is none: %+v", got)
	}
}
