package store

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/objects"
)

// Space is everything that is kept of a namespace now, without its events.
func (s *Store) Space(name string) *objects.Space {
	s.mu.Lock()
	seen := slices.Clone(s.seen)
	s.mu.Unlock()
	out := &objects.Space{Name: name, Customs: make(map[schema.GroupResource][]*objects.Custom)}
	for _, w := range seen {
		r := w.resource.GroupResource()
		w.shelf.each(name, func(o trimmed) { put(out, r, o) })
	}
	order(out.Pods)
	order(out.Workloads)
	order(out.Sets)
	order(out.Services)
	order(out.Slices)
	order(out.Scalers)
	order(out.Budgets)
	for _, list := range out.Customs {
		order(list)
	}
	return out
}

func put(s *objects.Space, r schema.GroupResource, o trimmed) {
	switch o := o.(type) {
	case *objects.Pod:
		s.Pods = append(s.Pods, o)
	case *objects.Workload:
		if o.Kind == objects.ReplicaSet {
			s.Sets = append(s.Sets, o)
		} else {
			s.Workloads = append(s.Workloads, o)
		}
	case *objects.Service:
		s.Services = append(s.Services, o)
	case *objects.Slice:
		s.Slices = append(s.Slices, o)
	case *objects.Scaler:
		s.Scalers = append(s.Scalers, o)
	case *objects.Budget:
		s.Budgets = append(s.Budgets, o)
	case *objects.Custom:
		s.Customs[r] = append(s.Customs[r], o)
	}
}

func order[T trimmed](list []T) {
	slices.SortFunc(list, func(a, b T) int {
		one, other := a.Identity(), b.Identity()
		return cmp.Or(cmp.Compare(one.Name, other.Name), cmp.Compare(one.UID, other.UID))
	})
}
