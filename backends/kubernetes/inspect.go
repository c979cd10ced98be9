package kubernetes

import (
	"context"
	"fmt"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"pitwall/backends"
	"pitwall/backends/internal/mask"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/store"
)

var _ backends.Inspector = (*Backend)(nil)

// manifest is where secrets stand in an object of Kubernetes.
var manifest = mask.Shape{
	Commands: []string{"command", "args"},
	Maps: []string{"labels", "annotations", "matchLabels", "nodeSelector", "selector", "data", "binaryData", "parameters", "options", "config",
		"requestHeaders", "responseHeaders", "volumeAttributes", "sysctls"},
}

// Inspect implements backends.Inspector: the object as the API server has it
// now, without what it keeps for itself. Where nothing divides the requests, the
// stable workload stands for the front door.
func (b *Backend) Inspect(ctx context.Context, deployment, replica string) (backends.Node, error) {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return backends.Node{}, err
	}
	ref, err := s.inspected(replica)
	if err != nil {
		return backends.Node{}, err
	}
	o, err := b.client.Dynamic().Resource(ref.Resource).Namespace(ref.Namespace).Get(ctx, ref.Name, meta.GetOptions{})
	if err != nil {
		return backends.Node{}, fmt.Errorf("read the %s: %w", ref, api.Explain(err))
	}
	return tree(ref, o)
}

// tree is an object without what the API server keeps for itself and without
// its secrets.
func tree(r api.Ref, o *unstructured.Unstructured) (backends.Node, error) {
	o.SetManagedFields(nil)
	for _, name := range objects.Repeating {
		unstructured.RemoveNestedField(o.Object, "metadata", "annotations", name)
	}
	text, err := o.MarshalJSON()
	if err != nil {
		return backends.Node{}, fmt.Errorf("read the %s: %w", r, err)
	}
	tree, err := mask.Parse(text)
	if err != nil {
		return backends.Node{}, fmt.Errorf("read the %s: %w", r, err)
	}
	manifest.Hide(&tree)
	return tree, nil
}

// inspected is the object that a person means.
func (s scene) inspected(replica string) (api.Ref, error) {
	if replica == "" {
		if d := s.found.Door; d != nil {
			return d.Ref, nil
		}
		if w := s.found.Variants[0].Workload; w != nil {
			return rollout.Ref(w), nil
		}
		return api.Ref{}, &backends.NotFoundError{Kind: "front door", Name: s.shown.Name}
	}
	_, p, err := s.podNamed(replica)
	if err != nil {
		return api.Ref{}, err
	}
	return api.Ref{Resource: store.Pods, Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID}, nil
}
