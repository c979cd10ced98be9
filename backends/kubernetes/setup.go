package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	autoscaling "k8s.io/api/autoscaling/v2"
	policy "k8s.io/api/policy/v1"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/setup"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/store"
	"pitwall/backends/kubernetes/world"
)

var _ backends.Configurer = (*Backend)(nil)

// Setup implements backends.Configurer. What is not watched is asked for now.
func (b *Backend) Setup(ctx context.Context, deployment string) (backends.Setup, error) {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return backends.Setup{}, err
	}
	r := &setupReader{Backend: b, scene: s, held: make(map[setup.Source]setup.Held)}
	out := backends.Setup{Balancer: r.balancer(ctx)}
	for i, v := range s.found.Variants {
		out.Variants = append(out.Variants, r.variant(ctx, v, s.shown.Variants[i]))
	}
	return out, nil
}

// setupReader reads how one deployment is set up, once.
type setupReader struct {
	*Backend
	scene
	held    map[setup.Source]setup.Held // read so far
	scalers *asked[[]autoscaling.HorizontalPodAutoscaler]
	budgets *asked[[]policy.PodDisruptionBudget]
	images  *asked[setup.Images]
}

// asked is an answer that is kept.
type asked[T any] struct {
	value T
	err   error
}

// once asks for what is not known yet.
func once[T any](known **asked[T], ask func() (T, error)) (T, error) {
	if *known == nil {
		value, err := ask()
		*known = &asked[T]{value, err}
	}
	return (*known).value, (*known).err
}

// logFiles is where the kubelet puts what containers write.
const logFiles = "the node's log files"

func (r *setupReader) variant(ctx context.Context, v world.Variant, listed backends.Variant) backends.VariantSetup {
	out := backends.VariantSetup{Variant: v.Name, Logging: backends.Known(logFiles, "what every kubelet does"),
		ModelBytes: backends.NotKnown[int64]("pods of "+v.Name, errors.New("the model lies in an image or a volume, which a cluster does not look into: a registry tells its size (--mlflow)"))}
	m, madeErr := r.maker(ctx, v)
	pod, podErr := r.specimen(ctx, v, listed, m)
	out.Containers = r.containers(ctx, pod, podErr)
	out.Replacing = r.replacing(ctx, m, pod, cmp.Or(madeErr, podErr))
	out.Autoscaler = r.autoscaler(ctx, m, pod, cmp.Or(madeErr, podErr))
	out.Earlier = r.earlier(ctx, v, m, madeErr)
	return out
}

func (r *setupReader) containers(ctx context.Context, pod setup.Pod, err error) backends.Fact[[]backends.Container] {
	if err != nil {
		return backends.NotKnown[[]backends.Container](pod.From, err)
	}
	for _, s := range pod.Sources() {
		if _, known := r.held[s]; !known {
			r.held[s] = r.keys(ctx, s)
		}
	}
	return backends.Known(pod.Containers(r.held), pod.From)
}

func (r *setupReader) replacing(ctx context.Context, m maker, pod setup.Pod, err error) backends.Fact[backends.Replacing] {
	if err != nil {
		return backends.NotKnown[backends.Replacing](m.from(), err)
	}
	budgets, err := r.disruptionBudgets(ctx)
	if err != nil {
		return backends.NotKnown[backends.Replacing](m.from(), err)
	}
	return backends.Known(pod.Replacing(m.how, budgets), m.from()+", PodDisruptionBudgets of "+r.found.Namespace)
}

// autoscaler is that of KEDA, which makes one of Kubernetes, before another.
func (r *setupReader) autoscaler(ctx context.Context, m maker, pod setup.Pod, err error) backends.Fact[backends.Autoscaler] {
	from := "HorizontalPodAutoscalers of " + r.found.Namespace
	unknown := func(err error) backends.Fact[backends.Autoscaler] {
		return backends.NotKnown[backends.Autoscaler](from, err)
	}
	switch {
	case err != nil:
		return unknown(err)
	case m.ref.Kind == objects.DaemonSet:
		return backends.NotHere[backends.Autoscaler]("a DaemonSet has one pod a node: nothing scales it")
	case r.found.Door != nil && r.found.Door.Mechanism == split.Knative, m.owner() == "Revision":
		return unknown(errors.New("it is scaled by Knative, by its requests and within the annotations autoscaling.knative.dev/min-scale and max-scale, which are not looked at"))
	}
	list, err := r.podAutoscalers(ctx)
	if err != nil {
		return unknown(err)
	}
	out, keda := backends.Autoscaler{}, true
	if h := setup.ScalerOf(list, m.target()); h != nil {
		out, keda = pod.Scaler(h), len(h.OwnerReferences) > 0
	}
	if keda {
		scaled, err := r.scaledObjects(ctx)
		if err != nil {
			return unknown(err)
		}
		found, is, err := setup.Scaled(scaled, m.target(), out)
		if err != nil {
			return unknown(err)
		}
		if is {
			out, from = found, "ScaledObjects of "+r.found.Namespace
		}
	}
	out.FixedReplicas = out.Name != "" && setup.FixedReplicas(&m.meta, m.desired)
	return backends.Known(out, from)
}

// earlier tells which revisions a variant had before that it has.
func (r *setupReader) earlier(ctx context.Context, v world.Variant, m maker, err error) backends.Fact[[]backends.EarlierImage] {
	unknown := func(err error) backends.Fact[[]backends.EarlierImage] {
		return backends.NotKnown[[]backends.EarlierImage]("revisions of "+v.Name, err)
	}
	if err != nil {
		return unknown(err)
	}
	list, from, err := r.revisionsBefore(ctx, v, m)
	if err != nil {
		return unknown(err)
	}
	if len(list) == 0 {
		return backends.Known(list, from)
	}
	images, err := r.nodeImages(ctx)
	if err != nil {
		from += ", images of the nodes: " + err.Error()
	}
	for i := range list {
		list[i].Digest, list[i].There = images.Find(list[i].Image)
	}
	return backends.Known(list, from)
}

// revisionsBefore are the revisions before the current one, newest first.
func (r *setupReader) revisionsBefore(ctx context.Context, v world.Variant, m maker) (out []backends.EarlierImage, from string, err error) {
	out = []backends.EarlierImage{}
	if m.ordered != nil {
		history, err := m.ordered(ctx)
		if err != nil {
			return nil, "", err
		}
		return olderThanCurrent(history, m), "ControllerRevisions of " + m.ref.String(), nil
	}
	if err := r.unseen(store.ReplicaSets, r.found.Namespace); err != nil {
		return nil, "", err
	}
	revisions := setsOf(r.space, v, r.options.Now())
	if door := argo(r.found); door != nil {
		revisions = argoRevisions(r.scene, door, r.options.Now())
	}
	current := 0
	for _, rev := range revisions {
		if rev.Current && rev.Variant == v.Name {
			current = rev.Number
		}
	}
	for _, rev := range revisions {
		if rev.Number < current {
			out = append(out, backends.EarlierImage{Revision: rev.Number, Image: rev.Image})
		}
	}
	return out, "ReplicaSets of " + m.ref.String(), nil
}

// olderThanCurrent are the revisions of a history before the current one. A container's
// place among the images is that in the template.
func olderThanCurrent(h rollout.History, m maker) []backends.EarlierImage {
	out, current := []backends.EarlierImage{}, false
	for _, rev := range h.Revisions {
		if current {
			image := ""
			if i := m.serving; i < len(rev.Images) {
				image = rev.Images[i]
			}
			out = append(out, backends.EarlierImage{Revision: int(rev.Number), Image: image})
		}
		current = current || rev.Current
	}
	return out
}

// without is why nothing is known of what makes a variant's pods.
func without(v world.Variant) error {
	return fmt.Errorf("no workload of %s can be seen in the namespaces that are looked at", v.Name)
}
