package kubernetes

import (
	"context"
	"fmt"
	"slices"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

var _ backends.Forwarder = (*Backend)(nil)

// Forward implements backends.Forwarder, through the API server.
func (b *Backend) Forward(ctx context.Context, deployment, replica string, local, remote int, ready func(address string)) error {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return err
	}
	v, pod, err := s.podNamed(replica)
	if err != nil {
		return err
	}
	if remote == 0 {
		if remote, err = servingPort(v); err != nil {
			return err
		}
	}
	right := api.Right{Verb: "create", Resource: "pods", Subresource: "portforward", Namespace: pod.Namespace}
	if may, why, err := b.client.May(ctx, right); err == nil && !may {
		return fmt.Errorf("forward to %s: %w", replica, &api.RightError{Text: right.String() + " " + why})
	}
	return b.client.Forward(ctx, pod.Namespace, pod.Name, local, remote, ready)
}

// podNamed finds a pod and its variant.
func (s scene) podNamed(name string) (world.Variant, *objects.Pod, error) {
	var have []string
	for _, v := range s.found.Variants {
		for _, p := range append(slices.Clone(v.Pods), v.Leaving...) {
			if p.Name == name {
				return v, p, nil
			}
			have = append(have, p.Name)
		}
	}
	return world.Variant{}, nil, &backends.NotFoundError{Kind: "replica", Name: name, Have: have}
}

// servingPort is the port at which a variant's container serves: the one that
// is called http, else the only one.
func servingPort(v world.Variant) (int, error) {
	if v.Workload == nil {
		return 0, fmt.Errorf("nothing tells at which port %s serves: name one", v.Name)
	}
	c, _ := world.Container(v.Workload)
	for _, p := range c.Ports {
		if p.Name == "http" || p.Name == "http1" || len(c.Ports) == 1 {
			return int(p.Number), nil
		}
	}
	return 0, fmt.Errorf("the template of %s declares %d ports, none of them http: name one", v.Name, len(c.Ports))
}
