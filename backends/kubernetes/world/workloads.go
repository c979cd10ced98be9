package world

import (
	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/pods"
)

// Workloads tell which pods of a namespace serve what, by the names that their
// workloads give them: also pods that are gone, and those of the next minute.
// Name is what a listing calls a deployment.
func Workloads(s *objects.Space, found []Deployment, name func(Deployment) string) []pods.Workload {
	m := &makers{space: s, sets: make(map[types.UID]*objects.Workload, len(s.Sets)), deployments: make(map[types.UID]bool),
		noted: make(map[pods.Workload]bool), names: make(map[pods.Workload]bool)}
	for _, set := range s.Sets {
		m.sets[set.UID] = set
	}
	for _, w := range s.Workloads {
		m.deployments[w.UID] = w.Kind == objects.Deployment
	}
	for _, d := range found {
		for _, v := range d.Variants {
			m.variant(name(d), v)
		}
	}
	for _, d := range found {
		for _, v := range d.Variants {
			m.earlier(name(d), v)
		}
	}
	m.strangers()
	return m.out
}

// makers collects workloads.
type makers struct {
	space       *objects.Space
	sets        map[types.UID]*objects.Workload // ReplicaSets
	deployments map[types.UID]bool              // which workloads are Deployments
	noted       map[pods.Workload]bool
	names       map[pods.Workload]bool // those that were noted, whatever they serve
	out         []pods.Workload
}

// forms are what the controllers append to their names.
var forms = map[string]pods.Form{objects.Deployment: pods.Hashed, objects.ReplicaSet: pods.Suffixed, objects.DaemonSet: pods.Suffixed, objects.StatefulSet: pods.Numbered}

// add notes a workload once.
func (m *makers) add(form pods.Form, name, deployment, variant string) {
	w := pods.Workload{Namespace: m.space.Name, Name: name, Form: form, Deployment: deployment, Variant: variant}
	if !m.noted[w] {
		m.noted[w], m.names[pods.Workload{Name: name, Form: form}] = true, true
		m.out = append(m.out, w)
	}
}

// has reports whether a workload was noted, of whatever it is.
func (m *makers) has(form pods.Form, name string) bool {
	return m.names[pods.Workload{Name: name, Form: form}]
}

// variant notes the workload of a variant, and what else its pods are made by.
func (m *makers) variant(deployment string, v Variant) {
	if w := v.Workload; w != nil {
		m.add(forms[w.Kind], w.Name, deployment, v.Name)
	}
	known := make(map[types.UID]bool) // controllers, which have many pods
	for _, list := range [][]*objects.Pod{v.Pods, v.Leaving} {
		for _, p := range list {
			made := pods.MadeBy(p.Owner.Name, p.Name)
			if made && known[p.Owner.UID] {
				continue
			}
			known[p.Owner.UID] = made
			form, name := pods.Read(p.Name)
			if set := m.sets[p.Owner.UID]; made && (set == nil || !m.deployments[set.Owner.UID]) {
				form, name = pods.Suffixed, p.Owner.Name
			}
			m.add(form, name, deployment, v.Name)
		}
	}
}

// earlier notes what has ReplicaSets as a Deployment has, but one a variant (a
// Rollout of Argo): those that are of no variant now were of one.
func (m *makers) earlier(deployment string, v Variant) {
	if w := v.Workload; w != nil && w.Kind == objects.ReplicaSet && w.Owner.Name != "" && !m.has(pods.Hashed, w.Owner.Name) {
		m.add(pods.Hashed, w.Owner.Name, deployment, "")
	}
}

// strangers notes workloads that serve nothing, and whose pods look like those
// of one that does.
func (m *makers) strangers() {
	for _, list := range [][]*objects.Workload{m.space.Workloads, m.space.Sets} {
		for _, w := range list {
			form := forms[w.Kind]
			if form != pods.Suffixed || m.deployments[w.Owner.UID] || m.has(form, w.Name) || !(pods.Workload{Name: w.Name, Form: form}).Mistaken() {
				continue
			}
			if like, name := pods.ReadWorkload(w.Name); name != w.Owner.Name && m.has(like, name) {
				m.add(form, w.Name, "", "")
			}
		}
	}
}
