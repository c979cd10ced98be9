package split

import (
	"cmp"
	"slices"
	"strings"

	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// versionLabels tell the versions of one thing apart, the surest first.
var versionLabels = []string{"version", "app.kubernetes.io/version", "color", "track", "slot"}

// services reads the Services that divide traffic themselves: by the pods that
// they choose, or by choosing one version of several. One that is a side of
// another door that divides is none.
func (r *reader) services(doors []Door) []Door {
	sides := map[string]bool{}
	for _, d := range doors {
		for _, side := range d.Sides {
			if len(d.Sides) > 1 && side.Service != "" {
				sides[side.Service] = true
			}
		}
	}
	scaled := map[string]*objects.Scaler{}
	for _, s := range r.space.Scalers {
		scaled[s.TargetKind+"/"+s.TargetName] = s
	}
	var out []Door
	for _, s := range r.space.Services {
		if sides[s.Name] || s.Type == "ExternalName" || len(s.Selector) == 0 {
			continue
		}
		chosen := r.choose(s.Selector)
		switch {
		case len(chosen) > 1:
			if d, ok := r.ratio(s, chosen, scaled); ok {
				out = append(out, d)
			}
		default:
			if d, ok := r.selector(s, scaled); ok {
				out = append(out, d)
			}
		}
	}
	return out
}

// choose gives the workloads whose pods a selector chooses, in name order.
func (r *reader) choose(selector map[string]string) []*objects.Workload {
	var out []*objects.Workload
	for _, w := range r.space.Making(selector) {
		if w.Deleted.IsZero() {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b *objects.Workload) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// atService is a door at a Service.
func (r *reader) atService(s *objects.Service, m Mechanism) Door {
	ref := api.Ref{Resource: service.groupResource().WithVersion("v1"), Kind: service.name, Namespace: s.Namespace, Name: s.Name, UID: s.UID}
	d := r.opened(Door{Ref: ref, Mechanism: m}, s.Meta)
	if manager := s.Annotations["argo-rollouts.argoproj.io/managed-by-rollouts"]; manager != "" && d.Parent == nil {
		parent := refOfOwner(s.Namespace, objects.Owner{APIVersion: "argoproj.io/v1alpha1", Kind: argoRollout.name, Name: manager})
		d.Parent = &parent
		d.fix("the %s writes it and would undo a change: change the split there", parent)
	}
	if s.Selector[podHash] != "" {
		d.fix("Argo Rollouts writes its selector")
	}
	if s.Sticky {
		d.warn("the Service keeps each client address on one pod: whoever is connected stays")
	}
	return d
}

// previews reports whether a Service is there to reach one version on its own:
// its name ends with the version, or with a word for it.
func previews(service, version string) bool {
	for _, end := range []string{version, "preview", "canary", "candidate", "primary", "stable", "active", "blue", "green", "next", "previous", "prev"} {
		if end != "" && strings.HasSuffix(service, "-"+end) {
			return true
		}
	}
	return false
}

// isStable reports whether the value of a label says that a version is the
// stable one.
func isStable(w *objects.Workload) bool {
	return slices.ContainsFunc(versionLabels, func(name string) bool { return w.Template.Labels[name] == "stable" })
}
