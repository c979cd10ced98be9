package world_test

import (
	"fmt"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
	"pitwall/backends/pods"
)

func meta(name, owner string) objects.Meta {
	m := objects.Meta{Namespace: "prod", Name: name, UID: types.UID(name)}
	if owner != "" {
		m.Owner = objects.Owner{Name: owner, UID: types.UID(owner)}
	}
	return m
}

func workload(kind, name, owner string) *objects.Workload {
	return &objects.Workload{Meta: meta(name, owner), Kind: kind}
}

func pod(name, owner string) *objects.Pod { return &objects.Pod{Meta: meta(name, owner)} }

// TestWorkloads has every kind of workload, names that end like what a
// controller appends, and pods that nothing known made.
func TestWorkloads(t *testing.T) {
	fraud, odd := workload(objects.Deployment, "fraud", ""), workload(objects.Deployment, "fraud-x5k9z", "")
	churn, edge := workload(objects.StatefulSet, "churn", ""), workload(objects.DaemonSet, "edge-7d9f8c6b5d", "")
	stable, canary := workload(objects.ReplicaSet, "roll-6b8c9d7f54", "roll"), workload(objects.ReplicaSet, "roll-7f4d5c8b9", "roll")
	s := &objects.Space{Name: "prod",
		Workloads: []*objects.Workload{fraud, odd, churn, edge, workload(objects.DaemonSet, "fraud-xgbcdf", ""), workload(objects.DaemonSet, "other-xgbcdf", "")},
		Sets: []*objects.Workload{workload(objects.ReplicaSet, "fraud-7d9f8c6b5d", "fraud"), workload(objects.ReplicaSet, "fraud-bcdfg", "fraud"),
			stable, canary, workload(objects.ReplicaSet, "roll-5d4c7b9f8", "roll")},
	}
	one := func(name string, v world.Variant) world.Deployment {
		v.Name = "A"
		return world.Deployment{Namespace: "prod", Name: name, Variants: []world.Variant{v}}
	}
	roll := one("roll", world.Variant{Workload: stable, Pods: []*objects.Pod{pod("roll-6b8c9d7f54-bcdfg", "roll-6b8c9d7f54")}})
	roll.Variants = append(roll.Variants, world.Variant{Name: "B", Workload: canary})
	found := []world.Deployment{
		one("fraud", world.Variant{Workload: fraud, Pods: []*objects.Pod{pod("fraud-7d9f8c6b5d-bcdfg", "fraud-7d9f8c6b5d"), pod("fraud-7d9f8c6b5d-x5k9z", "fraud-7d9f8c6b5d")},
			Leaving: []*objects.Pod{pod("fraud-bcdfg-x5k9z", "fraud-bcdfg")}}), // a hash that is uncommonly short
		one("odd", world.Variant{Workload: odd}), one("churn", world.Variant{Workload: churn, Pods: []*objects.Pod{pod("churn-0", "churn")}}),
		one("edge", world.Variant{Workload: edge, Pods: []*objects.Pod{pod("edge-7d9f8c6b5d-bcdfg", "edge-7d9f8c6b5d")}}),
		roll, one("mine", world.Variant{Pods: []*objects.Pod{pod("clone-7d9f8c6b5d-bcdfg", "clone-7d9f8c6b5d"), pod("bare", "")}}),
	}
	var got []string
	for _, w := range world.Workloads(s, found, func(d world.Deployment) string { return "prod/" + d.Name }) {
		if w.Namespace != "prod" {
			t.Errorf("%+v", w)
		}
		got = append(got, fmt.Sprintf("%s %d: %s %s", w.Name, w.Form, w.Deployment, w.Variant))
	}
	want := []string{
		fmt.Sprintf("fraud %d: prod/fraud A", pods.Hashed), fmt.Sprintf("fraud-bcdfg %d: prod/fraud A", pods.Suffixed),
		fmt.Sprintf("fraud-x5k9z %d: prod/odd A", pods.Hashed), fmt.Sprintf("churn %d: prod/churn A", pods.Numbered),
		fmt.Sprintf("edge-7d9f8c6b5d %d: prod/edge A", pods.Suffixed),
		fmt.Sprintf("roll-6b8c9d7f54 %d: prod/roll A", pods.Suffixed), fmt.Sprintf("roll-7f4d5c8b9 %d: prod/roll B", pods.Suffixed),
		fmt.Sprintf("clone-7d9f8c6b5d %d: prod/mine A", pods.Suffixed), fmt.Sprintf("bare %d: prod/mine A", pods.Alone),
		fmt.Sprintf("roll %d: prod/roll ", pods.Hashed),
		fmt.Sprintf("fraud-xgbcdf %d:  ", pods.Suffixed), // serves nothing, and looks like fraud
	}
	if !slices.Equal(got, want) {
		t.Errorf("workloads\n%q, want\n%q", got, want)
	}
}
