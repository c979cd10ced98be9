package objects

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// index finds what a Space has by name and by label, so that looking at each of
// thousands of objects stays in proportion to their number. It is made when it
// is first asked.
type index struct {
	once      sync.Once
	pods      labelled[*Pod]
	workloads labelled[*Workload] // by the labels of their pods
	choosing  labelled[*Service]  // by one label of their selector
	services  map[string]*Service
	sets      map[types.UID][]*Workload // ReplicaSets by what is above them
	slices    map[string][]*Slice       // by Service
}

func (s *Space) indexed() *index {
	x := &s.index
	x.once.Do(func() {
		x.pods, x.workloads, x.choosing = labelled[*Pod]{}, labelled[*Workload]{}, labelled[*Service]{}
		x.services, x.sets, x.slices = make(map[string]*Service, len(s.Services)), make(map[types.UID][]*Workload, len(s.Sets)), make(map[string][]*Slice, len(s.Slices))
		for _, p := range s.Pods {
			x.pods.add(p.Labels, p)
		}
		for _, w := range s.Workloads {
			x.workloads.add(w.Template.Labels, w)
		}
		for _, service := range s.Services {
			x.services[service.Name] = service
			for name, value := range service.Selector {
				pair := [2]string{name, value}
				x.choosing[pair] = append(x.choosing[pair], service)
				break
			}
		}
		for _, w := range s.Sets {
			x.sets[w.Owner.UID] = append(x.sets[w.Owner.UID], w)
		}
		for _, slice := range s.Slices {
			x.slices[slice.Service] = append(x.slices[slice.Service], slice)
		}
	})
	return x
}

// labelled finds things by one of their labels.
type labelled[T any] map[[2]string][]T

func (l labelled[T]) add(labels map[string]string, thing T) {
	for name, value := range labels {
		l[[2]string{name, value}] = append(l[[2]string{name, value}], thing)
	}
}

// some are the things that have one of a selector's labels: the rarest.
func (l labelled[T]) some(selector map[string]string) []T {
	var out []T
	first := true
	for name, value := range selector {
		if things := l[[2]string{name, value}]; first || len(things) < len(out) {
			out, first = things, false
		}
	}
	return out
}
