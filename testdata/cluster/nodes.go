package main

import (
	"context"
	"fmt"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// makeNodes makes n fake nodes, kwok-000 on, each large enough for every test and with 8 GPUs.
func makeNodes(ctx context.Context, client kubernetes.Interface, n int) error {
	for i := range n {
		if _, err := client.CoreV1().Nodes().Create(ctx, fakeNode(fmt.Sprintf("kwok-%03d", i)), meta.CreateOptions{}); err != nil {
			return fmt.Errorf("make fake node %d: %w", i, err)
		}
	}
	return nil
}

func fakeNode(name string) *core.Node {
	room := core.ResourceList{
		core.ResourceCPU:              resource.MustParse("64"),
		core.ResourceMemory:           resource.MustParse("512Gi"),
		core.ResourcePods:             resource.MustParse("10000"),
		core.ResourceEphemeralStorage: resource.MustParse("1Ti"),
		"nvidia.com/gpu":              resource.MustParse("8"),
	}
	return &core.Node{
		ObjectMeta: meta.ObjectMeta{
			Name:        name,
			Annotations: map[string]string{"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"},
			Labels: map[string]string{
				"type":                             "kwok",
				"kubernetes.io/hostname":           name,
				"kubernetes.io/os":                 "linux",
				"kubernetes.io/arch":               "amd64",
				"node-role.kubernetes.io/agent":    "",
				"node.kubernetes.io/instance-type": "gpu-8x",
			},
		},
		Status: core.NodeStatus{Capacity: room, Allocatable: room},
	}
}

// nodesReady is nil when n nodes are Ready and pods may go there.
func nodesReady(ctx context.Context, client kubernetes.Interface, n int) error {
	nodes, err := client.CoreV1().Nodes().List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	ready := 0
	for _, node := range nodes.Items {
		for _, condition := range node.Status.Conditions {
			if condition.Type == core.NodeReady && condition.Status == core.ConditionTrue && len(node.Spec.Taints) == 0 {
				ready++
			}
		}
	}
	if ready < n {
		return fmt.Errorf("%d of %d nodes are ready", ready, n)
	}
	return nil
}
