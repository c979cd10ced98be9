package rollout

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// SetImage plans another image for a container, and labels of the template
// besides, nil for none. A container of "" is the model's: the only one beside
// known helpers. An image that begins with ":", "@" or "sha256:" is another tag
// or digest of the repository that runs. A Deployment that is paused goes on with it.
// Errors: *backends.NotFoundError for a container that is not there,
// *backends.UnsupportedError when it is not clear which one is meant, the image
// runs already, or the workload selects its pods by one of the labels, and a
// sentence for what is no image.
func SetImage(w *objects.Workload, container, image string, labels map[string]string, cause Cause) (Plan, error) {
	i, err := chooseContainer(w, container)
	if err != nil {
		return Plan{}, err
	}
	c := w.Template.Containers[i]
	image, err = Image(c.Image, image)
	if err != nil {
		return Plan{}, err
	}
	if image == c.Image {
		return Plan{}, unsupported(backends.OpDeploy, w, "has the image %s in container %s already; restart it to pull a tag again", image, c.Name)
	}
	for name := range labels {
		if _, fixed := w.Selector[name]; fixed {
			return Plan{}, unsupported(backends.OpDeploy, w, "selects its pods by the label %s, which cannot change", name)
		}
	}
	at := func(member string) string { return api.Pointer("spec", "template", "spec", "containers", i, member) }
	e := edit{cause: cause.text("image " + image),
		ops:     []api.Op{api.Test(at("name"), c.Name), api.Test(at("image"), c.Image), api.Replace(at("image"), image)},
		members: map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": c.Name, "image": image}}}}}}}
	for name, value := range labels {
		e.ops = append(e.ops, api.Add(api.Pointer("spec", "template", "metadata", "labels", name), value))
	}
	if len(labels) > 0 {
		e.members["spec"].(map[string]any)["template"].(map[string]any)["metadata"] = map[string]any{"labels": labels}
	}
	if w.Paused {
		e.ops = append(e.ops, goesOn(w)...)
		e.members["spec"].(map[string]any)["paused"] = false
	}
	patch, err := e.patch(w)
	if err != nil {
		return Plan{}, err
	}
	effects := []backends.Effect{{What: "image of " + c.Name, Before: c.Image, After: image}}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		effects = append(effects, backends.Effect{What: "label " + name, Before: cmp.Or(w.Template.Labels[name], "none"), After: labels[name]})
	}
	p := Plan{Patch: patch, Effects: append(effects, resumed(w)...), Images: map[string]string{c.Name: image}, Notes: replaced(w)}
	if !strings.Contains(image, "@") {
		p.Notes = append(p.Notes, "a tag may be moved: only a digest names the same image for ever, in a rollback too")
	}
	return p, nil
}

// chooseContainer finds a container of the template by name.
func chooseContainer(w *objects.Workload, name string) (int, error) {
	var all, models []string
	for _, c := range w.Template.Containers {
		all = append(all, c.Name)
		if !objects.IsSidecar(c.Name) {
			models = append(models, c.Name)
		}
	}
	switch {
	case name != "":
		if i := slices.Index(all, name); i >= 0 {
			return i, nil
		}
		return 0, &backends.NotFoundError{Kind: "container", Name: name, Have: all}
	case len(models) == 1:
		return slices.Index(all, models[0]), nil
	case len(all) == 1:
		return 0, nil
	}
	return 0, unsupported(backends.OpDeploy, w, "has several containers: say which one of %s", strings.Join(all, ", "))
}

// imageForm is the form of an image reference: repository, tag, digest.
var imageForm = regexp.MustCompile(`^((?:[a-zA-Z0-9][\w.-]*:\d+/)?[a-zA-Z0-9][\w.-]*(?:/[a-zA-Z0-9][\w.-]*)*)(:\w[\w.-]{0,127})?(@[a-z0-9+._-]+:[0-9a-fA-F]{32,})?$`)

// Image completes the image that is wanted with the repository of the one that
// runs: ":TAG", "@DIGEST" and "sha256:…" are of that.
func Image(current, wanted string) (string, error) {
	full := wanted
	repository := ""
	if m := imageForm.FindStringSubmatch(current); m != nil {
		repository = m[1]
	}
	switch {
	case strings.HasPrefix(wanted, "sha256:"):
		full = repository + "@" + wanted
	case strings.HasPrefix(wanted, ":"), strings.HasPrefix(wanted, "@"):
		full = repository + wanted
	}
	if !imageForm.MatchString(full) {
		return "", fmt.Errorf("%q is no image: write REPOSITORY:TAG, REPOSITORY@sha256:…, or only :TAG or @sha256:… of the repository that runs", wanted)
	}
	return full, nil
}
