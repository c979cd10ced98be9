package kubernetes

import (
	"context"

	apps "k8s.io/api/apps/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/store"
	"pitwall/backends/kubernetes/world"
)

// weightsStay is said of a way back that leaves the front door alone.
const weightsStay = "the weights of the front door stay as they are"

// undo plans the way back to a revision, from the whole objects.
func (m *MutableBackend) undo(ctx context.Context, v world.Variant, to int64, c backends.Change) (rollout.Plan, error) {
	w := v.Workload
	switch w.Kind {
	case objects.Deployment:
		var (
			d    apps.Deployment
			sets apps.ReplicaSetList
		)
		if err := m.client.Get(ctx, store.Deployments, w.Namespace, w.Name, &d); err != nil {
			return rollout.Plan{}, err
		}
		if err := m.client.List(ctx, store.ReplicaSets, w.Namespace, selecting(w), &sets); err != nil {
			return rollout.Plan{}, err
		}
		return rollout.UndoDeployment(&d, pointers(sets.Items), to, cause(c))
	case objects.StatefulSet:
		var d apps.StatefulSet
		if err := m.client.Get(ctx, store.StatefulSets, w.Namespace, w.Name, &d); err != nil {
			return rollout.Plan{}, err
		}
		kept, err := m.controllerRevisions(ctx, w)
		if err != nil {
			return rollout.Plan{}, err
		}
		return rollout.UndoStatefulSet(&d, kept, v.Pods, to, cause(c))
	default:
		var d apps.DaemonSet
		if err := m.client.Get(ctx, store.DaemonSets, w.Namespace, w.Name, &d); err != nil {
			return rollout.Plan{}, err
		}
		kept, err := m.controllerRevisions(ctx, w)
		if err != nil {
			return rollout.Plan{}, err
		}
		return rollout.UndoDaemonSet(&d, kept, to, cause(c))
	}
}

// selecting lists what the selector of a workload selects.
func selecting(w *objects.Workload) meta.ListOptions {
	return meta.ListOptions{LabelSelector: objects.FormatSelector(w.Selector)}
}

func (b *Backend) controllerRevisions(ctx context.Context, w *objects.Workload) ([]*apps.ControllerRevision, error) {
	var list apps.ControllerRevisionList
	if err := b.client.List(ctx, apps.SchemeGroupVersion.WithResource("controllerrevisions"), w.Namespace, selecting(w), &list); err != nil {
		return nil, err
	}
	return pointers(list.Items), nil
}

func pointers[T any](list []T) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}
