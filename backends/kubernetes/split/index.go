package split

import (
	"pitwall/backends/kubernetes/objects"
)

// index finds what a namespace has by name and by label, so that reading the
// doors of thousands of objects stays in proportion to their number.
type index struct {
	services  map[string]*objects.Service
	endpoints map[string]map[string]bool // by Service: addresses or pods, and whether they are ready
	pods      labelled[*objects.Pod]
	workloads labelled[*objects.Workload] // by the labels of their pods
	ingresses map[[2]string][]ingressAt   // by host and path
	direct    map[string]bool             // Services whose pods a load balancer of AWS reaches without them
}

// ingressAt is an Ingress that serves a path.
type ingressAt struct {
	name, service string
	canary        bool
}

func newIndex(space *objects.Space) index {
	x := index{services: map[string]*objects.Service{}, endpoints: map[string]map[string]bool{}, ingresses: map[[2]string][]ingressAt{}, direct: map[string]bool{},
		pods: labelled[*objects.Pod]{}, workloads: labelled[*objects.Workload]{}}
	for _, s := range space.Services {
		x.services[s.Name] = s
	}
	for _, slice := range space.Slices {
		if x.endpoints[slice.Service] == nil {
			x.endpoints[slice.Service] = map[string]bool{}
		}
		for _, e := range slice.Endpoints { // a pod stands in a slice of each address family
			name := e.Pod
			if name == "" {
				name = e.Address
			}
			x.endpoints[slice.Service][name] = x.endpoints[slice.Service][name] || e.Ready
		}
	}
	for _, p := range space.Pods {
		x.pods.add(p.Labels, p)
	}
	for _, w := range space.Workloads {
		x.workloads.add(w.Template.Labels, w)
	}
	for _, c := range space.Customs[ingress.groupResource()] {
		for _, p := range ingressPaths(c) {
			at := ingressAt{c.Name, p.service, c.Annotations[nginxPrefix+"canary"] == "true"}
			x.ingresses[p.place()] = append(x.ingresses[p.place()], at)
			if c.Annotations["alb.ingress.kubernetes.io/target-type"] == "ip" {
				x.direct[p.service] = true
			}
		}
	}
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
