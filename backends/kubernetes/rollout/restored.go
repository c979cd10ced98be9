package rollout

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"

	"pitwall/backends/kubernetes/objects"
)

// notRestored tells what an undo leaves as it is now. It brings back the
// template of the pods and nothing else.
func notRestored(t *core.PodTemplateSpec, w *objects.Workload) []string {
	out := []string{"only the template of the pods comes back"}
	if names := referred(t); len(names) > 0 {
		out = append(out, "what stands in "+strings.Join(names, ", ")+" does not come back: it is used as it is now")
	} else {
		out = append(out, "ConfigMaps and Secrets do not come back")
	}
	replicas := fmt.Sprintf("replicas stay at %d, and a HorizontalPodAutoscaler as it is", w.Desired)
	if w.Kind == objects.DaemonSet {
		replicas = "which nodes run a pod follows from that template and the nodes as they are"
	}
	return append(out, replicas)
}

// referred names the ConfigMaps, Secrets and claims that a template uses.
func referred(t *core.PodTemplateSpec) []string {
	names := map[string]bool{}
	for _, c := range slices.Concat(t.Spec.InitContainers, t.Spec.Containers) {
		for _, e := range c.EnvFrom {
			if e.ConfigMapRef != nil {
				names["ConfigMap "+e.ConfigMapRef.Name] = true
			}
			if e.SecretRef != nil {
				names["Secret "+e.SecretRef.Name] = true
			}
		}
		for _, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.ConfigMapKeyRef != nil {
				names["ConfigMap "+e.ValueFrom.ConfigMapKeyRef.Name] = true
			}
			if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
				names["Secret "+e.ValueFrom.SecretKeyRef.Name] = true
			}
		}
	}
	for _, v := range t.Spec.Volumes {
		switch {
		case v.ConfigMap != nil:
			names["ConfigMap "+v.ConfigMap.Name] = true
		case v.Secret != nil:
			names["Secret "+v.Secret.SecretName] = true
		case v.PersistentVolumeClaim != nil:
			names["PersistentVolumeClaim "+v.PersistentVolumeClaim.ClaimName] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
