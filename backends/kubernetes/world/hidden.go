package world

import "pitwall/backends/kubernetes/objects"

// Hidden are the names of the workloads of a namespace that belong to none of
// its deployments, without those that a controller made.
func Hidden(s *objects.Space, found []Deployment) []string {
	shown := make(map[*objects.Workload]bool)
	for _, d := range found {
		for _, v := range d.Variants {
			shown[v.Workload] = true
		}
	}
	var out []string
	for _, w := range s.Workloads {
		if !shown[w] && w.Owner.Kind == "" {
			out = append(out, w.Name)
		}
	}
	return out
}
