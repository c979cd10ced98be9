package rollout

import (
	"fmt"
	"slices"

	"pitwall/backends/kubernetes/objects"
)

// RevisionLabel names the ControllerRevision that a pod of a StatefulSet or
// DaemonSet was made from.
const RevisionLabel = "controller-revision-hash"

// trapped finds the pods that an ordered StatefulSet will wait for though they
// never get ready: its controller replaces a pod of another revision only when
// all pods are ready, so an undo alone heals nothing (kubernetes#67250). Only
// OrderedReady with RollingUpdate is so. target is the revision that is wanted.
func trapped(w *objects.Workload, pods []*objects.Pod, target string) []Step {
	if w.Kind != objects.StatefulSet || !w.Ordered || w.Strategy == onDelete {
		return nil
	}
	var out []Step
	for _, p := range pods {
		if p.Owner.UID != w.UID || p.Ready || !p.Deleted.IsZero() || p.Labels[RevisionLabel] == target || p.Labels[RevisionLabel] == "" {
			continue
		}
		// A pod that was not ready from the start may become so; one that is
		// broken says so.
		if why := broken(p); why != "" {
			out = append(out, Step{Delete: podRef(p), Version: p.ResourceVersion,
				Text: fmt.Sprintf("delete pod %s (%s): it is of another revision and not ready, and an ordered StatefulSet waits for it for ever", p.Name, why)})
		}
	}
	return out
}

// broken says why a pod will hardly get ready by itself, "" when it may.
func broken(p *objects.Pod) string {
	if p.Phase == "Failed" {
		return p.Phase
	}
	if c, ok := unscheduled(p); ok {
		return c.Reason
	}
	for _, c := range p.Containers {
		switch s := c.State; {
		case s.Kind == "waiting" && !slices.Contains(early, s.Reason):
			return s.Reason
		case s.Kind == "terminated" && s.Code != 0:
			return fmt.Sprintf("%s ended with status %d", c.Name, s.Code)
		case s.Kind == "running" && !c.Ready && !c.Init:
			return c.Name + " is not ready"
		}
	}
	return ""
}

// early are the reasons of a container that only begins.
var early = []string{"", "ContainerCreating", "PodInitializing"}

func unscheduled(p *objects.Pod) (objects.Condition, bool) {
	i := slices.IndexFunc(p.Conditions, func(c objects.Condition) bool { return c.Type == "PodScheduled" && c.Status == "False" })
	if i < 0 {
		return objects.Condition{}, false
	}
	return p.Conditions[i], true
}
