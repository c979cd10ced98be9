package rollout

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// kept are the annotations of a Deployment that an undo leaves as they are; all
// others become those of the ReplicaSet, as kubectl has it.
var kept = []string{"kubectl.kubernetes.io/last-applied-configuration", RevisionAnnotation, formerAnnotation,
	"deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas", apps.DeprecatedRollbackTo}

// UndoDeployment plans the way back to a revision of a Deployment; to 0 is the
// one with the second-highest number, as in kubectl. The patch is kubectl's,
// and is refused when the Deployment is no longer the one that was read. One that
// is paused, which kubectl refuses, goes on with it: whoever goes back wants the
// old pods, not a template that waits.
// Errors: *backends.UnsupportedError when it is there already,
// *backends.NotFoundError with what there is.
func UndoDeployment(d *apps.Deployment, sets []*apps.ReplicaSet, to int64, cause Cause) (Plan, error) {
	w := objects.TrimDeployment(d)
	h := DeploymentHistory(d, sets)
	r, err := h.find(to)
	if err != nil {
		return Plan{}, err
	}
	if equalTemplates(r.template, &d.Spec.Template) {
		return Plan{}, there(w, r)
	}
	annotations := map[string]string{}
	for name, value := range r.annotations {
		if !slices.Contains(kept, name) {
			annotations[name] = value
		}
	}
	for _, name := range kept {
		if value, ok := d.Annotations[name]; ok {
			annotations[name] = value
		}
	}
	if text := cause.text(fmt.Sprintf("rollback to revision %d", r.Number)); text != "" {
		annotations[CauseAnnotation] = text
	}
	template := withoutHash(r.template)
	// add, not replace: the member may be missing before its controller came.
	ops := []api.Op{api.Test("/metadata/generation", d.Generation), api.Replace("/spec/template", template), api.Add("/metadata/annotations", annotations)}
	patch, err := api.JSONPatch(Ref(w), append(ops, goesOn(w)...)...)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Patch: patch, Effects: append(diffTemplates(&d.Spec.Template, template), resumed(w)...), Images: otherImages(w, template), Notes: notRestored(template, w)}
	p.Effects = append(p.Effects, diffNames("annotation", w.Kind, withoutCause(d.Annotations), withoutCause(annotations), shown)...)
	next := h.Revisions[0].Number + 1
	p.Notes = append([]string{fmt.Sprintf("revision %d becomes revision %d, and its old number is no more", r.Number, next)}, p.Notes...)
	return p, nil
}

// UndoStatefulSet plans the way back to a revision of a StatefulSet; to 0 is
// the one with the second-highest number. The patch is the data of its
// ControllerRevision, and is refused when the StatefulSet is no longer the one
// that was read. The pods are those of the namespace: one that holds up an
// ordered StatefulSet has to be deleted afterwards, which Plan.Then says.
// Errors: *backends.UnsupportedError, *backends.NotFoundError.
func UndoStatefulSet(s *apps.StatefulSet, revisions []*apps.ControllerRevision, pods []*objects.Pod, to int64, cause Cause) (Plan, error) {
	h, err := StatefulSetHistory(s, revisions)
	if err != nil {
		return Plan{}, err
	}
	w := objects.TrimStatefulSet(s)
	p, r, err := undoController(w, h, to, cause)
	if err != nil {
		return Plan{}, err
	}
	p.Effects, p.Images, p.Notes = diffTemplates(&s.Spec.Template, r.template), otherImages(w, r.template), append(p.Notes, notRestored(r.template, w)...)
	if w.Partition > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("replicas below %d keep the template that they have (partition)", w.Partition))
	}
	p.Then = trapped(w, pods, r.Name)
	return p, nil
}

// UndoDaemonSet plans the way back to a revision of a DaemonSet; to 0 is the
// one with the second-highest number. Errors are those of UndoStatefulSet.
func UndoDaemonSet(d *apps.DaemonSet, revisions []*apps.ControllerRevision, to int64, cause Cause) (Plan, error) {
	h, err := DaemonSetHistory(d, revisions)
	if err != nil {
		return Plan{}, err
	}
	w := objects.TrimDaemonSet(d)
	p, r, err := undoController(w, h, to, cause)
	if err != nil {
		return Plan{}, err
	}
	p.Effects, p.Images, p.Notes = diffTemplates(&d.Spec.Template, r.template), otherImages(w, r.template), append(p.Notes, notRestored(r.template, w)...)
	return p, nil
}

// undoController makes the patch of a workload whose history is in
// ControllerRevisions. kubectl compares the bytes to tell that it is there
// already; comparing the meaning finds it after an upgrade of the API server too.
func undoController(w *objects.Workload, h History, to int64, cause Cause) (Plan, Revision, error) {
	r, err := h.find(to)
	if err != nil {
		return Plan{}, r, err
	}
	if r.Current {
		return Plan{}, r, there(w, r)
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(r.data, &body); err != nil {
		return Plan{}, r, fmt.Errorf("read revision %d of %s out of %s: %w", r.Number, w.Name, r.Name, err)
	}
	metadata := map[string]any{"resourceVersion": w.ResourceVersion, "uid": w.UID}
	if text := cause.text(fmt.Sprintf("rollback to revision %d", r.Number)); text != "" {
		metadata["annotations"] = map[string]string{CauseAnnotation: text}
	}
	if body["metadata"], err = json.Marshal(metadata); err != nil {
		return Plan{}, r, fmt.Errorf("write the patch of %s: %w", Ref(w), err)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return Plan{}, r, fmt.Errorf("write the patch of %s: %w", Ref(w), err)
	}
	p := Plan{Patch: api.Patch{Ref: Ref(w), Type: types.StrategicMergePatchType, Body: raw}}
	p.Notes = []string{fmt.Sprintf("revision %d becomes revision %d, and its old number is no more", r.Number, h.Revisions[0].Number+1)}
	if w.Strategy == onDelete {
		p.Notes = append(p.Notes, "its strategy is OnDelete: a pod takes the old template when somebody deletes it")
	}
	return p, r, nil
}

// find chooses a revision by number, or the one before the newest for 0.
func (h History) find(to int64) (Revision, error) {
	if to == 0 {
		if len(h.Revisions) < 2 {
			return Revision{}, &backends.NotFoundError{Kind: "revision", Name: "previous", Have: h.numbers()}
		}
		return h.Revisions[1], nil
	}
	i := slices.IndexFunc(h.Revisions, func(r Revision) bool { return r.Number == to })
	if i < 0 {
		return Revision{}, &backends.NotFoundError{Kind: "revision", Name: strconv.FormatInt(to, 10), Have: h.numbers()}
	}
	return h.Revisions[i], nil
}

// there refuses to go where the workload is.
func there(w *objects.Workload, r Revision) error {
	return unsupported(backends.OpRollback, w, "has the template of revision %d already", r.Number)
}

// otherImages are the images of a template that a workload has not now, by container.
func otherImages(w *objects.Workload, template *core.PodTemplateSpec) map[string]string {
	out := map[string]string{}
	for _, c := range template.Spec.Containers {
		if !slices.ContainsFunc(w.Template.Containers, func(o objects.TemplateContainer) bool { return o.Name == c.Name && o.Image == c.Image }) {
			out[c.Name] = c.Image
		}
	}
	return out
}
