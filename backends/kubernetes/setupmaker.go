package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/setup"
	"pitwall/backends/kubernetes/store"
	"pitwall/backends/kubernetes/world"
)

// maker is what makes a variant's pods, read whole: a workload, or the Rollout
// of Argo above its ReplicaSet.
type maker struct {
	ref      api.Ref
	meta     meta.ObjectMeta
	desired  int
	template *core.PodTemplateSpec
	name     string                                         // the container that serves the model, "" when that is not told
	serving  int                                            // its place among those of the template
	how      backends.Replacing                             // without what the pods tell
	ordered  func(context.Context) (rollout.History, error) // of a StatefulSet or a DaemonSet
}

func (m maker) target() setup.Target { return setup.Target{Kind: m.ref.Kind, Name: m.ref.Name} }

func (m maker) from() string {
	if m.ref.Name == "" {
		return "workloads"
	}
	return m.ref.String()
}

// owner is the kind of the controller above, "" for none.
func (m maker) owner() string {
	if o := meta.GetControllerOfNoCopy(&m.meta); o != nil {
		return o.Kind
	}
	return ""
}

// maker reads what makes a variant's pods.
func (r *setupReader) maker(ctx context.Context, v world.Variant) (maker, error) {
	w := v.Workload
	if w == nil {
		return maker{}, without(v)
	}
	m := maker{ref: rollout.Ref(w), desired: w.Desired}
	if c, ok := world.Container(w); ok {
		m.name = c.Name
		for i, other := range w.Template.Containers {
			if other.Name == c.Name {
				m.serving = i
			}
		}
	}
	var err error
	switch w.Kind {
	case objects.Deployment:
		err = r.deployment(ctx, &m)
	case objects.StatefulSet:
		err = r.statefulSet(ctx, &m, w)
	case objects.DaemonSet:
		err = r.daemonSet(ctx, &m, w)
	default:
		err = r.replicaSet(ctx, &m, w)
	}
	return m, err
}

func (r *setupReader) deployment(ctx context.Context, m *maker) error {
	var d apps.Deployment
	if err := r.get(ctx, m.ref, &d); err != nil {
		return err
	}
	m.meta, m.template, m.how = d.ObjectMeta, &d.Spec.Template, setup.Deployment(&d)
	return nil
}

func (r *setupReader) statefulSet(ctx context.Context, m *maker, w *objects.Workload) error {
	var s apps.StatefulSet
	if err := r.get(ctx, m.ref, &s); err != nil {
		return err
	}
	m.meta, m.template, m.how = s.ObjectMeta, &s.Spec.Template, setup.StatefulSet(&s)
	m.ordered = func(ctx context.Context) (rollout.History, error) { return r.ordered(ctx, w) }
	return nil
}

func (r *setupReader) daemonSet(ctx context.Context, m *maker, w *objects.Workload) error {
	var d apps.DaemonSet
	if err := r.get(ctx, m.ref, &d); err != nil {
		return err
	}
	m.meta, m.template, m.how = d.ObjectMeta, &d.Spec.Template, setup.DaemonSet(&d)
	m.ordered = func(ctx context.Context) (rollout.History, error) { return r.ordered(ctx, w) }
	return nil
}

// replicaSet reads a ReplicaSet, which is one of a Rollout of Argo or of a
// controller that is not known here.
func (r *setupReader) replicaSet(ctx context.Context, m *maker, w *objects.Workload) error {
	var sets apps.ReplicaSetList
	if err := r.client.List(ctx, store.ReplicaSets, w.Namespace, meta.ListOptions{FieldSelector: "metadata.name=" + w.Name}, &sets); err != nil {
		return denied(err, "list", store.ReplicaSets, w.Namespace)
	}
	if len(sets.Items) == 0 {
		return fmt.Errorf("the %s is gone", m.ref)
	}
	m.template = &sets.Items[0].Spec.Template
	door := argo(r.found)
	if door == nil {
		if w.Owner.Name == "" {
			return fmt.Errorf("the %s stands alone: nothing replaces its pods", m.ref)
		}
		return fmt.Errorf("the %s %s makes the pods of the %s: how it replaces them is not known", strings.ToLower(w.Owner.Kind), w.Owner.Name, m.ref)
	}
	m.ref = door.Ref
	o, err := r.client.Dynamic().Resource(m.ref.Resource).Namespace(m.ref.Namespace).Get(ctx, m.ref.Name, meta.GetOptions{})
	if err != nil {
		return denied(fmt.Errorf("read the %s: %w", m.ref, err), "get", m.ref.Resource, m.ref.Namespace)
	}
	m.meta = meta.ObjectMeta{Annotations: o.GetAnnotations(), ManagedFields: o.GetManagedFields()}
	m.how, err = setup.Rollout(o.Object)
	return err
}

// specimen is the pod that shows how those of a variant are: one of the listing's
// image that is well, else the first. Where there is none the template shows it.
func (r *setupReader) specimen(ctx context.Context, v world.Variant, listed backends.Variant, m maker) (setup.Pod, error) {
	var chosen *objects.Pod
	for i, p := range v.Pods {
		if chosen == nil || v.Set != nil && chosen.Owner.UID != v.Set.UID && p.Owner.UID == v.Set.UID {
			chosen = p
		}
		if replica := listed.Replicas[i]; replica.State == backends.OK && replica.Image == listed.Image {
			chosen = p
			break
		}
	}
	if chosen != nil {
		var p core.Pod
		ref := api.Ref{Resource: store.Pods, Kind: "Pod", Namespace: chosen.Namespace, Name: chosen.Name}
		err := r.get(ctx, ref, &p)
		if gone := apierrors.IsNotFound(err) && m.template != nil; !gone {
			return setup.OfPod(&p, ref.String(), m.name), err
		}
	}
	if m.template == nil {
		return setup.Pod{From: m.from()}, errors.New("no pod of " + v.Name + " can be seen")
	}
	return setup.OfTemplate(m.template, "template of "+m.from(), m.name), nil
}
