package objects

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Space is everything that pitwall keeps of one namespace at one moment, each
// list in name order. It is never changed after it was made.
type Space struct {
	Name      string
	Pods      []*Pod
	Workloads []*Workload // Deployments, StatefulSets and DaemonSets
	Sets      []*Workload // ReplicaSets
	Services  []*Service
	Slices    []*Slice
	Scalers   []*Scaler
	Budgets   []*Budget
	Customs   map[schema.GroupResource][]*Custom // Ingresses too
}

// Service finds a Service by name, nil when it is not there.
func (s *Space) Service(name string) *Service { return find(s.Services, name) }

// Workload finds a workload by kind and name, nil when it is not there. The
// kind may be ReplicaSet.
func (s *Space) Workload(kind, name string) *Workload {
	list := s.Workloads
	if kind == ReplicaSet {
		list = s.Sets
	}
	for _, w := range list {
		if w.Name == name && w.Kind == kind {
			return w
		}
	}
	return nil
}

// Custom finds an object of a resource by name, nil when it is not there.
func (s *Space) Custom(r schema.GroupResource, name string) *Custom {
	return find(s.Customs[r], name)
}

// Endpoints are all endpoints of a Service, each pod once: a Service may have
// several slices, and a pod stands in one slice an address family.
func (s *Space) Endpoints(service string) []Endpoint {
	var out []Endpoint
	for _, slice := range s.Slices {
		if slice.Service != service {
			continue
		}
		for _, e := range slice.Endpoints {
			if e.PodUID == "" || !slices.ContainsFunc(out, func(o Endpoint) bool { return o.PodUID == e.PodUID }) {
				out = append(out, e)
			}
		}
	}
	return out
}

// Chosen are the pods that a selector chooses.
func (s *Space) Chosen(selector map[string]string) []*Pod {
	var out []*Pod
	for _, p := range s.Pods {
		if Matches(selector, p.Labels) {
			out = append(out, p)
		}
	}
	return out
}

type named interface{ name() string }

func (m Meta) name() string { return m.Name }

func find[T named](list []T, name string) (none T) {
	for _, o := range list {
		if o.name() == name {
			return o
		}
	}
	return none
}
