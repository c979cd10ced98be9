package rollout

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// RestartAnnotation of a template makes a new revision with the same pods.
const RestartAnnotation = "kubectl.kubernetes.io/restartedAt"

// Restart plans the replacement of every pod by a fresh one of the same
// template, as kubectl does it. Errors: *backends.UnsupportedError when a
// Deployment is paused.
func Restart(w *objects.Workload, now time.Time, cause Cause) (Plan, error) {
	if w.Paused {
		return Plan{}, unsupported(backends.OpRestart, w, "is paused: resume it first")
	}
	at := now.Format(time.RFC3339)
	set := api.Add(api.Pointer("spec", "template", "metadata", "annotations", RestartAnnotation), at)
	if len(w.Template.Annotations) == 0 {
		set = api.Add("/spec/template/metadata/annotations", map[string]string{RestartAnnotation: at})
	}
	e := edit{cause: cause.text("restart"), ops: []api.Op{api.Test("/metadata/generation", w.Generation), set},
		members: map[string]any{"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{"annotations": map[string]any{RestartAnnotation: at}}}}}}
	patch, err := e.patch(w)
	if err != nil {
		return Plan{}, err
	}
	before := w.Template.Annotations[RestartAnnotation]
	if before == "" {
		before = "never"
	}
	effects := []backends.Effect{{What: "restarted", Before: before, After: at},
		{What: "pods of " + w.Name, Before: fmt.Sprintf("%d running", w.Replicas), After: "each replaced by a fresh one"}}
	return Plan{Patch: patch, Effects: effects, Notes: append(replaced(w), "it counts as a release: Flagger and Argo Rollouts analyse it like one")}, nil
}

// Pause plans to hold the rollout of a Deployment. Errors:
// *backends.UnsupportedError for other kinds, or when it is paused already.
func Pause(w *objects.Workload) (Plan, error) {
	return hold(w, backends.OpPause, true, "the pods that are there stay, old and new; changes of the template wait", "the progress deadline does not count while it is paused")
}

// Resume plans to let a held Deployment go on. Errors:
// *backends.UnsupportedError for other kinds, or when it is not paused.
func Resume(w *objects.Workload) (Plan, error) {
	return hold(w, backends.OpResume, false, "every change of the template made meanwhile is rolled out now")
}

func hold(w *objects.Workload, op backends.Op, paused bool, notes ...string) (Plan, error) {
	if w.Kind != objects.Deployment {
		return Plan{}, unsupported(op, w, "cannot be held: only Deployments can")
	}
	if w.Paused == paused {
		return Plan{}, unsupported(op, w, "is %s already", running(paused))
	}
	// Its generation, because whoever resumes lets go what stands in the
	// template now, which must be what was looked at.
	patch, err := api.JSONPatch(Ref(w), api.Test("/metadata/generation", w.Generation), api.Add("/spec/paused", paused))
	if err != nil {
		return Plan{}, err
	}
	return Plan{Patch: patch, Effects: []backends.Effect{{What: "rollout of " + w.Name, Before: running(w.Paused), After: running(paused)}}, Notes: notes}, nil
}

// goesOn lets a paused Deployment go on in a patch that changes its template; no
// operation where it is not paused.
func goesOn(w *objects.Workload) []api.Op {
	if !w.Paused {
		return nil
	}
	return []api.Op{api.Add("/spec/paused", false)}
}

// resumed is the effect of goesOn.
func resumed(w *objects.Workload) []backends.Effect {
	if !w.Paused {
		return nil
	}
	return []backends.Effect{{What: "rollout of " + w.Name, Before: running(true), After: running(false)}}
}

func running(paused bool) string {
	if paused {
		return "paused"
	}
	return "running"
}

// replaced tells when the pods of a changed template come.
func replaced(w *objects.Workload) []string {
	switch {
	case w.Paused:
		return []string{"it is paused, and goes on with the new template: whatever else was changed meanwhile is rolled out too"}
	case w.Strategy == onDelete:
		return []string{"its strategy is OnDelete: a pod is replaced when somebody deletes it"}
	case w.Strategy == "Recreate":
		return []string{"its strategy is Recreate: all pods end before the first new one starts, so nothing answers meanwhile"}
	case w.Partition > 0:
		return []string{fmt.Sprintf("replicas below %d keep the template that they have (partition)", w.Partition)}
	}
	return nil
}

// edit is a change of a template in both forms of a patch.
type edit struct {
	cause   string         // change-cause to write, "" for none
	ops     []api.Op       // with tests on what was read
	members map[string]any // the same as a strategic merge patch
}

// patch writes the edit. A JSON Patch tests exactly what was read, so that a
// status that moves refuses nothing. It cannot add the change-cause where the
// trimmed object shows no annotation: there may be none, or only large ones
// that were left out and must stay. Then it is a merge with the version read.
func (e edit) patch(w *objects.Workload) (api.Patch, error) {
	if e.cause == "" {
		return api.JSONPatch(Ref(w), e.ops...)
	}
	if len(w.Annotations) > 0 {
		return api.JSONPatch(Ref(w), append(e.ops, api.Add(api.Pointer("metadata", "annotations", CauseAnnotation), e.cause))...)
	}
	body := maps.Clone(e.members)
	body["metadata"] = map[string]any{"resourceVersion": w.ResourceVersion, "uid": w.UID, "annotations": map[string]any{CauseAnnotation: e.cause}}
	raw, err := json.Marshal(body)
	if err != nil {
		return api.Patch{}, fmt.Errorf("write the patch of %s: %w", Ref(w), err)
	}
	return api.Patch{Ref: Ref(w), Type: types.StrategicMergePatchType, Body: raw}, nil
}
