package kubernetes

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/store"
	"pitwall/backends/kubernetes/world"
)

// argo is the Rollout of Argo that makes the pods of a deployment, nil where
// something else does.
func argo(d world.Deployment) *split.Door {
	if d.Door == nil || d.Door.Mechanism != split.ArgoRollouts {
		return nil
	}
	made := func(v world.Variant) bool {
		return v.Workload != nil && v.Workload.Kind == objects.ReplicaSet && v.Workload.Owner.UID == d.Door.UID
	}
	if !slices.ContainsFunc(d.Variants, made) {
		return nil
	}
	return d.Door
}

// argoRevisions are the ReplicaSets that a Rollout keeps, newest first. All are
// of stable but the one that is on its way.
func argoRevisions(s scene, door *split.Door, now time.Time) []backends.Revision {
	sets := slices.DeleteFunc(slices.Clone(s.space.Sets), func(w *objects.Workload) bool { return w.Owner.UID != door.UID || argoNumber(w) == 0 })
	slices.SortFunc(sets, func(a, b *objects.Workload) int { return cmp.Compare(argoNumber(b), argoNumber(a)) })
	out, until := make([]backends.Revision, 0, len(sets)), now
	for _, set := range sets {
		v := s.found.Variants[0]
		i := slices.IndexFunc(s.found.Variants, func(v world.Variant) bool { return v.Workload == set })
		if i >= 0 {
			v = s.found.Variants[i]
		}
		kept := revision(set, v, argoNumber(set), i >= 0)
		judged(&kept, set, max(0, until.Sub(set.Created)), nil)
		out = append(out, kept)
		until = set.Created
	}
	return out
}

func argoNumber(set *objects.Workload) int {
	n, _ := strconv.Atoi(set.Annotations[split.ArgoRevision])
	return n
}

// planArgo plans a change of the Rollout that makes a variant's pods: there is
// one template for all of them.
func (m *MutableBackend) planArgo(ctx context.Context, s scene, door *split.Door, v world.Variant, c backends.Change) (plan, error) {
	p, err := m.argoPlan(ctx, s, door, v, c)
	if err != nil {
		return plan{}, withOp(err, c.Op)
	}
	out, err := s.planned(c, p, nil)
	out.text += listed(p.Effects)
	return out, err
}

func (m *MutableBackend) argoPlan(ctx context.Context, s scene, door *split.Door, v world.Variant, c backends.Change) (split.Plan, error) {
	switch c.Op {
	case backends.OpScale:
		return door.Scale(c.Replicas)
	case backends.OpRestart:
		return door.Restart(m.options.Now())
	case backends.OpDeploy:
		image, err := m.image(ctx, s, v, c)
		if err != nil {
			return split.Plan{}, err
		}
		container, found := world.Container(v.Workload)
		if !found {
			return split.Plan{}, refuse(c.Op, "it is not clear which container serves the model: label the template with %s", world.LabelContainer)
		}
		if image, err = rollout.Image(container.Image, image); err != nil {
			return split.Plan{}, err
		}
		return door.SetImage(container.Name, image)
	default:
		return m.argoUndo(ctx, s, door, c)
	}
}

// argoUndo plans the way back to a revision, from the whole ReplicaSet.
func (m *MutableBackend) argoUndo(ctx context.Context, s scene, door *split.Door, c backends.Change) (split.Plan, error) {
	have := []string{}
	for _, set := range s.space.Sets {
		if set.Owner.UID != door.UID {
			continue
		}
		if argoNumber(set) != c.Revision {
			have = append(have, strconv.Itoa(argoNumber(set)))
			continue
		}
		whole, err := m.client.Dynamic().Resource(store.ReplicaSets).Namespace(set.Namespace).Get(ctx, set.Name, meta.GetOptions{})
		if err != nil {
			return split.Plan{}, fmt.Errorf("read ReplicaSet %s/%s: %w", set.Namespace, set.Name, err)
		}
		return door.Undo(whole.Object)
	}
	return split.Plan{}, &backends.NotFoundError{Kind: "revision", Name: strconv.Itoa(c.Revision), Have: have}
}
