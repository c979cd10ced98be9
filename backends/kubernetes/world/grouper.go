package world

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/split"
)

// grouper holds what one grouping needs.
type grouper struct {
	space      *objects.Space
	options    Options
	everything bool
	byUID      map[types.UID]*objects.Workload // workloads and ReplicaSets
	pods       map[types.UID][]*objects.Pod    // by the UID of their controller
	taken      map[*objects.Workload]bool      // by a front door
	out        []Deployment
}

func newGrouper(s *objects.Space, o Options) *grouper {
	g := &grouper{space: s, options: o, byUID: make(map[types.UID]*objects.Workload), pods: make(map[types.UID][]*objects.Pod), taken: make(map[*objects.Workload]bool)}
	for _, w := range s.Workloads {
		g.byUID[w.UID] = w
	}
	for _, w := range s.Sets {
		g.byUID[w.UID] = w
	}
	for _, p := range s.Pods {
		g.pods[p.Owner.UID] = append(g.pods[p.Owner.UID], p)
	}
	g.everything = o.Everything && len(o.Selector) == 0 && !slices.ContainsFunc(s.Workloads, ServesModel)
	return g
}

// workloadOf is the workload that made a pod: the Deployment above its
// ReplicaSet, or the ReplicaSet where something else is above it.
func (g *grouper) workloadOf(p *objects.Pod) *objects.Workload {
	w := g.byUID[p.Owner.UID]
	if w != nil && w.Kind == objects.ReplicaSet {
		if above := g.byUID[w.Owner.UID]; above != nil {
			return above
		}
	}
	return w
}

// lone is the only variant of a workload without a front door.
func (g *grouper) lone(w *objects.Workload) Variant {
	v := Variant{Workload: w}
	g.fill(&v, g.podsOf(w))
	return v
}

// podsOf are the pods of a workload, through its ReplicaSets.
func (g *grouper) podsOf(w *objects.Workload) []*objects.Pod {
	out := slices.Clone(g.pods[w.UID])
	for _, set := range g.space.SetsOf(w.UID) {
		out = append(out, g.pods[set.UID]...)
	}
	return out
}

// side resolves one target of a front door: the pods that its selector
// chooses, and the workload that made them or is about to.
func (g *grouper) side(s split.Side) Variant {
	v := Variant{Side: s}
	if s.Elsewhere != "" && s.Elsewhere != g.space.Name {
		return v
	}
	selector := maps.Clone(s.Selector)
	if service := g.space.Service(s.Service); s.Service != "" && service != nil {
		if selector == nil {
			selector = make(map[string]string)
		}
		maps.Copy(selector, service.Selector)
		maps.Copy(selector, s.Selector)
	}
	pods := g.space.Chosen(selector)
	v.Workload = g.madeBy(pods, selector)
	if v.Workload != nil && v.Workload.Kind != objects.ReplicaSet {
		pods = g.podsOf(v.Workload)
	}
	g.fill(&v, pods)
	return v
}

// madeBy is the workload of most of the pods, else the one whose pods a
// selector will choose.
func (g *grouper) madeBy(pods []*objects.Pod, selector map[string]string) *objects.Workload {
	count := make(map[*objects.Workload]int)
	var most *objects.Workload
	for _, p := range pods {
		if w := g.workloadOf(p); w != nil && p.Deleted.IsZero() {
			if count[w]++; most == nil || count[w] > count[most] {
				most = w
			}
		}
	}
	if most != nil {
		return most
	}
	if making := g.space.Making(selector); len(making) > 0 {
		return making[0]
	}
	return nil
}

// fill sorts a variant's pods.
func (g *grouper) fill(v *Variant, pods []*objects.Pod) {
	for _, p := range pods {
		switch {
		case p.Phase == "Succeeded" || p.Phase == "Failed":
			v.Gone++
		case !p.Deleted.IsZero():
			v.Leaving = append(v.Leaving, p)
		default:
			v.Pods = append(v.Pods, p)
		}
	}
	if v.Workload != nil {
		v.Set = g.newest(v.Workload)
	}
}

// newest is the ReplicaSet of a Deployment's template: that of its own
// revision.
func (g *grouper) newest(w *objects.Workload) *objects.Workload {
	if w.Kind == objects.ReplicaSet {
		return w
	}
	if w.Kind != objects.Deployment {
		return nil
	}
	revision := w.Annotations[rollout.RevisionAnnotation]
	for _, set := range g.space.SetsOf(w.UID) {
		if set.Annotations[rollout.RevisionAnnotation] == revision {
			return set
		}
	}
	return nil
}
