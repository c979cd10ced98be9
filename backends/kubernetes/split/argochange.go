package split

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
)

// SetImage gives the patch that puts another image into a container of a
// Rollout's template: its controller then goes through the steps with it.
// Errors: *backends.UnsupportedError, *backends.NotFoundError for a container.
func (d Door) SetImage(container, image string) (Plan, error) {
	a, err := d.argo(backends.OpDeploy)
	if err != nil {
		return Plan{}, err
	}
	template := members(a.object.Object, "spec", "template")
	if template == nil {
		ref := members(a.object.Object, "spec", "workloadRef")
		return Plan{}, refuse(backends.OpDeploy, "its template is that of the %s %s: change the image there", text(ref, "kind"), text(ref, "name"))
	}
	containers := list(template, "spec", "containers")
	names := make([]string, len(containers))
	for i, c := range containers {
		names[i] = text(c, "name")
	}
	i := slices.Index(names, container)
	if i < 0 {
		return Plan{}, &backends.NotFoundError{Kind: "container", Name: container, Have: names}
	}
	now := text(containers[i], "image")
	if now == image {
		return Plan{}, refuse(backends.OpDeploy, "it asks for %s already", image)
	}
	at := func(member string) string { return api.Pointer("spec", "template", "spec", "containers", i, member) }
	writes, err := one(api.JSONPatch(d.Ref, api.Test(at("name"), container), api.Test(at("image"), now), api.Replace(at("image"), image)))
	plan := Plan{Patches: writes, Effects: []backends.Effect{{What: "image of " + container, Before: now, After: image}}}
	plan.Notes = a.ahead()
	return plan, err
}

// ahead tells what comes of a new template.
func (a argo) ahead() []string {
	switch {
	case a.blueGreen:
		return []string{"the new version comes up beside the old one, and waits or takes over as the Rollout says"}
	case len(a.steps) == 0:
		return []string{"the Rollout has no steps: it replaces the pods one after another"}
	case a.moving() && !a.aborted:
		return []string{"the version that is on its way is given up, and the steps begin anew: " + describeStep(a.steps[0]).Text}
	}
	return []string{"the Rollout goes through " + strconv.Itoa(len(a.steps)) + " steps, the first: " + describeStep(a.steps[0]).Text}
}

// Restart gives the patch that has a Rollout's controller replace its pods.
func (d Door) Restart(at time.Time) (Plan, error) {
	if _, err := d.argo(backends.OpRestart); err != nil {
		return Plan{}, err
	}
	writes, err := one(api.MergePatch(d.Ref, d.Version, map[string]any{"spec": map[string]any{"restartAt": at.UTC().Format(time.RFC3339)}}))
	return Plan{Patches: writes, Effects: []backends.Effect{{What: "pods of " + d.Name, Before: "as they are", After: "made anew, of the same template"}}}, err
}

// Scale gives the patch that asks for a number of pods of a Rollout, which its
// versions share as the step says.
func (d Door) Scale(replicas int) (Plan, error) {
	a, err := d.argo(backends.OpScale)
	if err != nil {
		return Plan{}, err
	}
	now, told := number(a.object.Object, "spec", "replicas")
	if !told {
		now = 1
	}
	if now == int64(replicas) {
		return Plan{}, refuse(backends.OpScale, "it asks for %d already", now)
	}
	writes, err := one(api.MergePatch(d.Ref, d.Version, map[string]any{"spec": map[string]any{"replicas": replicas}}))
	effect := backends.Effect{What: "replicas of " + d.Name, Before: strconv.FormatInt(now, 10), After: strconv.Itoa(replicas)}
	return Plan{Patches: writes, Effects: []backends.Effect{effect}}, err
}

// argo is the Rollout of a door whose pods Argo Rollouts makes.
func (d Door) argo(op backends.Op) (argo, error) {
	a, ok := d.how.(argo)
	switch {
	case !ok:
		return a, refuse(op, "a %s makes no pods", d.Word())
	case d.Parent != nil:
		return a, refuse(op, "the %s writes it: change it there", *d.Parent)
	case d.gone:
		return a, refuse(op, "it is being deleted")
	}
	return a, nil
}

// template is a ReplicaSet's, without what the controller added to it.
func template(set map[string]any) map[string]any {
	out := maps.Clone(members(set, "spec", "template"))
	if meta := maps.Clone(members(out, "metadata")); meta != nil {
		kept := maps.Clone(members(meta, "labels"))
		delete(kept, podHash)
		delete(meta, "creationTimestamp")
		meta["labels"], out["metadata"] = kept, meta
	}
	return out
}
