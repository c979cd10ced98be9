package world

import (
	"cmp"
	"slices"
	"strings"

	"pitwall/backends/kubernetes/objects"
)

// Labels by which a workload, its pods or its route tell what they are; the
// same words as on Docker. None is needed where the usual ones tell.
const (
	LabelDeployment  = "com.pitwall.deployment"  // name; on a workload: it is a model deployment
	LabelVariant     = "com.pitwall.variant"     // A, B…
	LabelVersion     = "com.pitwall.version"     // model version
	LabelEnvironment = "com.pitwall.environment" // "production" raises the guards
	LabelContainer   = "com.pitwall.container"   // the container that serves the model, where there are several
)

// versionLabels name the model version where neither LabelVersion nor the tag
// of the image does: a label is part of a selector often, and then it stays as
// it is when the image changes.
var versionLabels = []string{"app.kubernetes.io/version", "version", "model-version", "model_version"}

// componentLabel tells what part of an application a workload is.
const componentLabel = "app.kubernetes.io/component"

// components are those that serve a model.
var components = []string{"model", "model-server", "model-serving", "predictor", "inference", "inference-server", "serving"}

// modelPrefixes begin labels that only model servers have.
var modelPrefixes = []string{"serving.kserve.io/", "seldon-", "mlops.seldon.io/", "mlflow.", "bentoml.", "ray.io/", "model-name", "model-version", "model_name"}

// servers are parts of the names of images that serve models.
var servers = []string{"tritonserver", "tensorflow/serving", "torchserve", "mlserver", "sklearnserver", "xgbserver", "huggingfaceserver", "lgbserver", "bentoml", "bento",
	"vllm", "text-generation-inference", "text-embeddings-inference", "rayproject/ray", "ollama", "mlflow", "openvino/model_server", "pitwall", "sglang"}

// ServesModel reports whether a workload looks like a model server: by its
// labels, or by its image.
func ServesModel(w *objects.Workload) bool {
	for _, labels := range []map[string]string{w.Labels, w.Template.Labels} {
		if labels[LabelDeployment] != "" {
			return true
		}
		for name, value := range labels {
			if name == componentLabel && slices.Contains(components, value) || slices.ContainsFunc(modelPrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
				return true
			}
		}
	}
	for _, c := range w.Template.Containers {
		if slices.ContainsFunc(servers, func(s string) bool { return strings.Contains(c.Image, s) }) {
			return true
		}
	}
	return false
}

// label is the first value that an object and its template have of a label.
func label(w *objects.Workload, name string) string {
	return cmp.Or(w.Labels[name], w.Template.Labels[name])
}

// Container is the container of a template that serves the model: the one that
// a label names, else the only one that no sidecar's name has.
func Container(w *objects.Workload) (objects.TemplateContainer, bool) {
	if name := cmp.Or(w.Template.Labels[LabelContainer], w.Template.Annotations["kubectl.kubernetes.io/default-container"]); name != "" {
		for _, c := range w.Template.Containers {
			if c.Name == name {
				return c, true
			}
		}
	}
	var own []objects.TemplateContainer
	for _, c := range w.Template.Containers {
		if !objects.IsSidecar(c.Name) {
			own = append(own, c)
		}
	}
	if len(own) != 1 {
		return objects.TemplateContainer{}, false
	}
	return own[0], true
}

// Version is the model version of a template.
func Version(w *objects.Workload) string {
	c, ok := Container(w)
	if !ok && len(w.Template.Containers) > 0 {
		c = w.Template.Containers[0]
	}
	return versionOf(w.Template.Labels, c.Image)
}

// ImageVersion is the version that an image alone tells: its tag, else the
// beginning of its digest; "" where it has neither or the tag is latest.
func ImageVersion(image string) string {
	if v := versionOf(nil, image); v != latest {
		return v
	}
	return ""
}

// latest is the version of an image that nothing tells more of.
const latest = "latest"

// versionOf is what LabelVersion tells, else the tag of the image, else another
// label, else the beginning of the image's digest.
func versionOf(labels map[string]string, image string) string {
	if v := labels[LabelVersion]; v != "" {
		return v
	}
	name, digest, _ := strings.Cut(image, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') && name[i+1:] != latest {
		return name[i+1:]
	}
	for _, l := range versionLabels {
		if v := labels[l]; v != "" {
			return v
		}
	}
	if _, hex, ok := strings.Cut(digest, ":"); ok {
		return hex[:min(12, len(hex))]
	}
	if image == "" {
		return ""
	}
	return latest
}
