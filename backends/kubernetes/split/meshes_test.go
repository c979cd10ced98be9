package split

import (
	"slices"
	"testing"
)

func TestIstioSubsets(t *testing.T) {
	d := load(t, "istio", "common").door(Istio, "churn", "http primary")
	one, two := d.Sides[0], d.Sides[1]
	if one.Share != 100 || two.Share != 0 { // a weight that is missing is 0
		t.Errorf("shares %v", sharesOf(d))
	}
	if one.Service != "churn-all" || one.Selector["version"] != "v1" || one.Ready != 1 || two.Ready != 1 {
		t.Errorf("subset one is %+v, two %+v", one, two)
	}
	if !warned(d, "mirrored to churn-shadow") {
		t.Errorf("warnings %q", d.Warnings)
	}
}

func TestIstioHosts(t *testing.T) {
	for host, want := range map[string][3]string{
		"churn":                        {"churn", "", "false"},
		"churn.prod":                   {"churn", "prod", "false"},
		"churn.prod.svc.cluster.local": {"churn", "prod", "false"},
		"api.example.com":              {"api.example.com", "", "true"},
		"":                             {"", "", "false"},
	} {
		service, namespace, outside := splitHost(host)
		if got := [3]string{service, namespace, map[bool]string{true: "true", false: "false"}[outside]}; got != want {
			t.Errorf("%q is %v, want %v", host, got, want)
		}
	}
}

func TestIstioLoneDestination(t *testing.T) {
	c := load(t, "istio", "common")
	c.set("VirtualService", "churn", []any{map[string]any{"destination": map[string]any{"host": "churn-v1"}}}, "spec", "http", 0, "route")
	d := c.door(Istio, "churn")
	if d.Sides[0].Share != 100 || d.Fixed != "it has one target only: there is nothing to divide" {
		t.Errorf("%+v fixed %q", d.Sides, d.Fixed)
	}
}

func TestTraefik(t *testing.T) {
	doors := Find(load(t, "traefik", "common").space())
	i := slices.IndexFunc(doors, func(d Door) bool { return d.Mechanism == Traefik })
	if i < 0 || len(doors) != 1 { // what mirrors divides nothing
		t.Fatalf("%d doors", len(doors))
	}
	if s := sharesOf(doors[i]); s["churn-v1"] != 75 || s["churn-v2"] != 25 || !warned(doors[i], "sticky cookie") {
		t.Errorf("%v, %q", s, doors[i].Warnings)
	}
}

func TestSeldon(t *testing.T) {
	c := load(t, "seldon")
	d := c.door(Seldon, "churn")
	if !d.Sides[0].Stable || d.Sides[1].Stable || d.Sides[0].Ready != -1 || d.Sides[2].Ready != 0 {
		t.Errorf("%+v", d.Sides)
	}
	if !warned(d, "mirrored to churn-shadow") || !warned(d, "x-seldon-route") || d.Accepted.State.String() != "ok" {
		t.Errorf("%q, %+v", d.Warnings, d.Accepted)
	}
	c.set("Experiment", "churn", "False", "status", "conditions", 1, "status")
	if lamp := c.door(Seldon, "churn").Accepted; lamp.State.String() != "fail" {
		t.Errorf("%+v", lamp)
	}
}

func TestKnative(t *testing.T) {
	c := load(t, "knative")
	d := c.door(Knative, "churn")
	s := sharesOf(d)
	if s["churn-00001"] != 80 || s["churn-00002"] != 20 || s["churn-00001 (old)"] != 0 {
		t.Errorf("%v", s)
	}
	if !warned(d, "over 380s") || d.Accepted.State.String() != "ok" || d.Hosts[0] != "churn.prod.example.com" {
		t.Errorf("%q, %+v, %v", d.Warnings, d.Accepted, d.Hosts)
	}
	if plain := c.door(Knative, "plain"); plain.Fixed == "" || plain.Sides[0].Share != 100 {
		t.Errorf("%+v", plain)
	}
	c.set("Service", "churn", int64(5), "status", "observedGeneration")
	if lamp := c.door(Knative, "churn").Accepted; lamp.State.String() != "progressing" {
		t.Errorf("%+v", lamp)
	}
}
