package split

import (
	"pitwall/backends/kubernetes/objects"
)

// index finds what a namespace has by name, beside what its Space finds itself,
// so that reading the doors of thousands of objects stays in proportion to their
// number.
type index struct {
	endpoints map[string]map[string]bool // by Service: addresses or pods, and whether they are ready
	ingresses map[[2]string][]ingressAt  // by host and path
	direct    map[string]bool            // Services whose pods a load balancer of AWS reaches without them
}

// ingressAt is an Ingress that serves a path.
type ingressAt struct {
	name, service string
	canary        bool
}

func newIndex(space *objects.Space) index {
	x := index{endpoints: map[string]map[string]bool{}, ingresses: map[[2]string][]ingressAt{}, direct: map[string]bool{}}
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
