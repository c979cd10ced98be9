package objects

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
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

	index index
}

// Service finds a Service by name, nil when it is not there.
func (s *Space) Service(name string) *Service { return s.indexed().services[name] }

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
	for _, c := range s.Customs[r] {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Endpoints are all endpoints of a Service, each pod once: a Service may have
// several slices, and a pod stands in one slice an address family.
func (s *Space) Endpoints(service string) []Endpoint {
	var out []Endpoint
	for _, slice := range s.indexed().slices[service] {
		for _, e := range slice.Endpoints {
			if e.PodUID == "" || !slices.ContainsFunc(out, func(o Endpoint) bool { return o.PodUID == e.PodUID }) {
				out = append(out, e)
			}
		}
	}
	return out
}

// Chosen are the pods that a selector chooses, in name order.
func (s *Space) Chosen(selector map[string]string) []*Pod {
	var out []*Pod
	for _, p := range s.indexed().pods.some(selector) {
		if Matches(selector, p.Labels) {
			out = append(out, p)
		}
	}
	return out
}

// Making are the workloads whose pods a selector chooses, in name order.
func (s *Space) Making(selector map[string]string) []*Workload {
	var out []*Workload
	for _, w := range s.indexed().workloads.some(selector) {
		if Matches(selector, w.Template.Labels) {
			out = append(out, w)
		}
	}
	return out
}

// Choosing are the Services whose selector chooses pods with those labels, in
// name order.
func (s *Space) Choosing(labels map[string]string) []*Service {
	var out []*Service
	for name, value := range labels {
		for _, service := range s.indexed().choosing[[2]string{name, value}] {
			if Matches(service.Selector, labels) {
				out = append(out, service)
			}
		}
	}
	slices.SortFunc(out, func(a, b *Service) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// SetsOf are the ReplicaSets whose controller has a UID, in name order.
func (s *Space) SetsOf(uid types.UID) []*Workload { return s.indexed().sets[uid] }
