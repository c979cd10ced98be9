package kubernetes

import (
	"cmp"
	"fmt"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/world"
)

// rolling is the rollout in progress: that of a controller above the
// workloads, else that of the first workload that is not done.
func rolling(s *objects.Space, found world.Deployment, shown []backends.Variant, now time.Time) *backends.Rollout {
	if door := found.Door; door != nil && door.Rollout != nil {
		if r := stepping(door.Rollout, shown); r != nil {
			return r
		}
	}
	if p, ok := promoting(found); ok && !inProgress(p.a.Workload) {
		return p.rolloutOf(shown, before(s, p.a), now)
	}
	for i, v := range found.Variants {
		if v.Workload == nil || !inProgress(v.Workload) {
			continue
		}
		w, p := v.Workload, rollout.Status(v.Workload)
		r := &backends.Rollout{Operation: backends.OpDeploy, Variant: v.Name, To: cmp.Or(world.Version(w), shown[i].Version), From: before(s, v), Total: w.Desired, Paused: w.Paused}
		note, ours := readNote(w.Meta, operationNote)
		ours = ours && !note.inherited(cmp.Or(v.Set, w)) // else somebody else made what is rolled out
		if ours && r.From != "" {                        // else it is the first deploy still, whatever was tried on it
			r.Operation = note.Op
		} else if _, restarted := w.Template.Annotations[rollout.RestartAnnotation]; restarted && r.From == r.To {
			r.Operation = backends.OpRestart
		}
		r.Done = replaced(v, r.Operation)
		if v.Set != nil {
			r.StartedAt = v.Set.Created
		}
		if ours && note.At.After(r.StartedAt) {
			r.StartedAt = note.At
		}
		reason := broken(v, shown[i].Replicas)
		if r.Stuck = p.Phase == rollout.Failed; r.Stuck {
			reason = cmp.Or(reason, p.Text)
		}
		switch {
		case reason == "":
		case r.First():
			r.Message = firstDeploy(r, shown[i]) + ": " + reason
		default:
			r.Message = "it does not go on: " + reason
		}
		return r
	}
	return nil
}

// broken is why the first pod of the newest template that is not well is not,
// long before the controller's deadline tells that something is wrong. replicas
// begin with those of the variant's pods, in their order.
func broken(v world.Variant, replicas []backends.Replica) string {
	for i, p := range v.Pods {
		if r := replicas[i]; v.Set != nil && p.Owner.UID == v.Set.UID && r.State == backends.Fail {
			return r.Name + ": " + r.Reason
		}
	}
	return ""
}

// replaced is how many replicas of the newest template serve: one that was made
// and is not ready, be it that it crashes, replaces none.
func replaced(v world.Variant, op backends.Op) int {
	w := v.Workload
	switch {
	case w.Generation > w.Observed && op != backends.OpScale:
		return 0 // what is counted is of the template before
	case w.Kind == objects.Deployment && v.Set != nil:
		return min(v.Set.Ready, w.Desired)
	}
	return min(w.Updated, w.Desired)
}

// stepping is the rollout of a controller that goes through steps.
func stepping(r *split.Rollout, shown []backends.Variant) *backends.Rollout {
	if len(shown) < 2 || r.Phase == "Healthy" || r.Phase == "Succeeded" || r.Phase == "Initialized" {
		return nil
	}
	out := &backends.Rollout{Operation: backends.OpDeploy, Variant: shown[1].Name, From: shown[0].Version, To: shown[1].Version,
		Done: r.Step, Total: len(r.Steps), Paused: r.Paused, StartedAt: r.Since}
	if r.Aborted {
		out.Message = "it was aborted: " + r.Message
	}
	return out
}

// inProgress reports whether a workload is being rolled out. One that was done
// and has lost a pod is not.
func inProgress(w *objects.Workload) bool {
	if w.Generation > w.Observed {
		return w.Desired > 0
	}
	if w.Kind != objects.Deployment {
		return w.Updated < w.Desired-w.Partition && w.Desired > 0 && w.Update != w.Revision
	}
	if rollout.Completed(w) {
		return w.Updated < w.Desired && w.Replicas > w.Updated || w.Replicas > w.Updated && w.Replicas > w.Desired
	}
	return w.Desired > 0 && rollout.Status(w).Phase != rollout.Done
}

// before is the version that a rollout comes from: that of pods of another
// template, else of the template before; "" when there never was another one.
func before(s *objects.Space, v world.Variant) string {
	for _, list := range [][]*objects.Pod{v.Pods, v.Leaving} {
		for _, p := range list {
			if v.Set != nil && p.Owner.UID != v.Set.UID {
				return world.PodVersion(p)
			}
		}
	}
	if v.Workload.Kind != objects.Deployment {
		return world.Version(v.Workload)
	}
	history := rollout.Watched(v.Workload, s.Sets)
	for _, r := range history.Revisions {
		if set := s.Workload(objects.ReplicaSet, r.Name); !r.Current && set != nil {
			return world.Version(set)
		}
	}
	if history.Gone || rollout.Completed(v.Workload) {
		return world.Version(v.Workload)
	}
	return ""
}

// firstDeploy tells how far a first deploy is.
func firstDeploy(r *backends.Rollout, v backends.Variant) string {
	switch {
	case !r.Stuck:
		return fmt.Sprintf("the %s, is not ready yet", r.Title())
	case v.Ready > 0:
		return fmt.Sprintf("the %s, never got wholly ready", r.Title())
	}
	return fmt.Sprintf("the %s, never got ready", r.Title())
}
