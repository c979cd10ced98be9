package rollout

import (
	"fmt"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// Scale plans another number of replicas, as a merge patch of the scale
// subresource that is refused when the workload has changed since it was read.
// Errors: *backends.UnsupportedError for DaemonSets, for the number that it has,
// and when a HorizontalPodAutoscaler would take it back; a sentence for a
// negative number.
func Scale(w *objects.Workload, replicas int, scalers []*objects.Scaler) (Plan, error) {
	switch {
	case replicas < 0:
		return Plan{}, fmt.Errorf("%d replicas of %s: give 0 or more", replicas, Ref(w))
	case w.Kind == objects.DaemonSet:
		return Plan{}, unsupported(backends.OpScale, w, "runs one pod on every node that it chooses: it has no number of replicas")
	case replicas == w.Desired:
		return Plan{}, unsupported(backends.OpScale, w, "has %d replicas already", replicas)
	}
	p := Plan{Effects: []backends.Effect{{What: "replicas of " + w.Name, Before: fmt.Sprint(w.Desired), After: fmt.Sprint(replicas)}}}
	for _, s := range scalers {
		if s.TargetKind != w.Kind || s.TargetName != w.Name {
			continue
		}
		note, err := against(s, w, replicas)
		if err != nil {
			return Plan{}, err
		}
		p.Notes = append(p.Notes, note)
	}
	if replicas == 0 {
		p.Notes = append(p.Notes, "with 0 replicas nothing answers: take its traffic away first")
	}
	if w.Kind == objects.StatefulSet && replicas < w.Desired {
		p.Notes = append(p.Notes, "the pods with the highest numbers end; their volumes stay unless the StatefulSet says otherwise")
	}
	patch, err := api.MergePatch(Ref(w), w.ResourceVersion, map[string]any{"spec": map[string]any{"replicas": replicas}})
	if err != nil {
		return Plan{}, err
	}
	patch.Subresource = "scale"
	p.Patch = patch
	return p, nil
}

// against tells what an autoscaler does with a number set by hand: it takes it
// back, unless it is off. With 0 replicas it is off until somebody scales up.
func against(s *objects.Scaler, w *objects.Workload, replicas int) (string, error) {
	who := "HorizontalPodAutoscaler " + s.Name
	switch {
	case replicas == 0:
		return "with 0 replicas " + who + " stops until somebody scales up again", nil
	case w.Desired == 0:
		return who + " begins to scale as soon as there are replicas", nil
	case replicas < s.Min || replicas > s.Max:
		return "", unsupported(backends.OpScale, w, "is scaled by %s between %d and %d: change those bounds instead", who, s.Min, s.Max)
	}
	for _, c := range s.Conditions {
		if c.Type == "ScalingActive" && c.Status == "False" {
			return fmt.Sprintf("%s does not scale now (%s) and will take the number over when it does", who, c.Reason), nil
		}
	}
	return "", unsupported(backends.OpScale, w, "is scaled by %s, which wants %d now and would take it back: change its bounds (%d to %d) instead", who, s.Desired, s.Min, s.Max)
}
