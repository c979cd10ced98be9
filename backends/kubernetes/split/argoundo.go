package split

import (
	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
)

// ArgoRevision is the annotation in which Argo Rollouts keeps the number of a
// ReplicaSet.
const ArgoRevision = "rollout.argoproj.io/revision"

// Undo gives the patch that brings back the template of one of a Rollout's
// ReplicaSets, which is given whole, as it was read from the API.
// Errors: *backends.UnsupportedError, or a sentence.
func (d Door) Undo(set map[string]any) (Plan, error) {
	a, err := d.argo(backends.OpRollback)
	back := template(set)
	switch {
	case err != nil:
		return Plan{}, err
	case back == nil:
		return Plan{}, refuse(backends.OpRollback, "there is no template to go back to")
	case text(set, "metadata", "labels", podHash) == a.newest && a.newest != "":
		return Plan{}, refuse(backends.OpRollback, "it is at that revision already")
	}
	writes, err := a.writeTemplate(d, back)
	if err != nil {
		return Plan{}, err
	}
	revision := text(set, "metadata", "annotations", ArgoRevision)
	plan := Plan{Patches: writes, Effects: []backends.Effect{{What: "template", Before: a.newest, After: "that of revision " + revision}}}
	if at(a.object.Object, "spec", "rollbackWindow") != nil {
		plan.Notes = append(plan.Notes, "inside its rollbackWindow an undo skips every step: everything goes over at once, and only pods that are ready can take it")
	}
	return plan, nil
}

// writeTemplate replaces the template where the Rollout has it: in itself, or
// in the Deployment that it refers to, of which pitwall keeps no whole
// template, so that its version is tested instead.
func (a argo) writeTemplate(d Door, template map[string]any) ([]Write, error) {
	replace := api.Replace("/spec/template", template)
	if current := members(a.object.Object, "spec", "template"); current != nil {
		return one(api.JSONPatch(d.Ref, api.Test("/spec/template", current), replace))
	}
	if a.workload == nil {
		ref := members(a.object.Object, "spec", "workloadRef")
		return nil, refuse(backends.OpRollback, "its template is that of the %s %s, which is not there", text(ref, "kind"), text(ref, "name"))
	}
	return one(api.JSONPatch(workloadRef(a.workload), api.Test("/metadata/resourceVersion", a.workload.ResourceVersion), replace))
}
