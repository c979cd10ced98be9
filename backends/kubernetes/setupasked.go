package kubernetes

import (
	"context"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/setup"
	"pitwall/backends/kubernetes/store"
)

// What is asked for and not watched, or not whole.
var (
	secrets           = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	revisionsResource = apps.SchemeGroupVersion.WithResource("controllerrevisions")
	scaledResource    = schema.GroupVersionResource{Group: "keda.sh", Version: "v1alpha1", Resource: "scaledobjects"}
)

// get reads one object.
func (r *setupReader) get(ctx context.Context, ref api.Ref, into runtime.Object) error {
	return denied(r.client.Get(ctx, ref.Resource, ref.Namespace, ref.Name, into), "get", ref.Resource, ref.Namespace)
}

// keys reads which keys a Secret or ConfigMap has.
func (r *setupReader) keys(ctx context.Context, s setup.Source) setup.Held {
	resource := configMaps
	if s.Secret {
		resource = secrets
	}
	keys, err := r.client.Keys(ctx, resource, r.found.Namespace, s.Name)
	switch {
	case apierrors.IsNotFound(err):
		return setup.Held{Gone: true}
	case err != nil:
		return setup.Held{Unseen: denied(err, "get", resource, r.found.Namespace).Error()}
	}
	return setup.Held{Keys: keys}
}

func (r *setupReader) podAutoscalers(ctx context.Context) ([]autoscaling.HorizontalPodAutoscaler, error) {
	return once(&r.scalers, func() ([]autoscaling.HorizontalPodAutoscaler, error) {
		var list autoscaling.HorizontalPodAutoscalerList
		err := r.client.List(ctx, store.Scalers, r.found.Namespace, meta.ListOptions{}, &list)
		return list.Items, denied(err, "list", store.Scalers, r.found.Namespace)
	})
}

func (r *setupReader) disruptionBudgets(ctx context.Context) ([]policy.PodDisruptionBudget, error) {
	return once(&r.budgets, func() ([]policy.PodDisruptionBudget, error) {
		var list policy.PodDisruptionBudgetList
		err := r.client.List(ctx, store.Budgets, r.found.Namespace, meta.ListOptions{}, &list)
		return list.Items, denied(err, "list", store.Budgets, r.found.Namespace)
	})
}

// nodeImages are the images that the nodes have, as the API server's cache knows
// them.
func (r *setupReader) nodeImages(ctx context.Context) (setup.Images, error) {
	return once(&r.images, func() (setup.Images, error) {
		var list core.NodeList
		if err := r.client.List(ctx, store.Nodes, "", meta.ListOptions{ResourceVersion: "0"}, &list); err != nil {
			return nil, denied(err, "list", store.Nodes, "")
		}
		return setup.OnNodes(list.Items), nil
	})
}

// scaledObjects are those of KEDA, none where the cluster does not have it.
func (r *setupReader) scaledObjects(ctx context.Context) ([]map[string]any, error) {
	have, err := r.client.Installed(ctx, []schema.GroupVersionResource{scaledResource})
	if err != nil || len(have) == 0 {
		return nil, err
	}
	list, err := r.client.Dynamic().Resource(scaledResource).Namespace(r.found.Namespace).List(ctx, meta.ListOptions{})
	if err != nil {
		return nil, denied(err, "list", scaledResource, r.found.Namespace)
	}
	out := make([]map[string]any, 0, len(list.Items))
	for _, o := range list.Items {
		out = append(out, o.Object)
	}
	return out, nil
}
