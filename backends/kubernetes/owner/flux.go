package owner

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends"
)

// Labels and annotations of Flux and Helm.
const (
	fluxKustLabel = "kustomize.toolkit.fluxcd.io/name"
	fluxHelmLabel = "helm.toolkit.fluxcd.io/name"
	helmRelease   = "meta.helm.sh/release-name"
	helmNamespace = "meta.helm.sh/release-namespace"
)

// flux finds the Kustomization and the HelmRelease that an object belongs to.
func flux(o object) []Owner {
	var out []Owner
	if k, ok := o.fluxOwner(FluxKust, "Kustomization", fluxKustLabel, "kustomize-controller", true); ok {
		k.Reverts = "at its next reconciliation: spec.interval of the Kustomization, and each new commit"
		if how := o.Annotations["kustomize.toolkit.fluxcd.io/reconcile"]; strings.EqualFold(how, "disabled") {
			k.Reverts = "never: the annotation kustomize.toolkit.fluxcd.io/reconcile: disabled excepts this object"
		} else if how := o.Annotations["kustomize.toolkit.fluxcd.io/ssa"]; strings.EqualFold(how, "ignore") || strings.EqualFold(how, "ifnotpresent") {
			k.Reverts = "never: the annotation kustomize.toolkit.fluxcd.io/ssa: " + how + " excepts this object"
		}
		k.Coexist = snippet(map[string]any{"spec": map[string]any{"ignore": []any{o.ignoreRule()}}})
		k.commands("kustomization", "")
		out = append(out, k)
	}
	if h, ok := o.fluxOwner(FluxHelm, "HelmRelease", fluxHelmLabel, "helm-controller", false); ok {
		h.Reverts = "at the next upgrade of the release; sooner, every spec.interval, only with spec.driftDetection.mode: enabled"
		if strings.EqualFold(o.Annotations["helm.toolkit.fluxcd.io/driftDetection"], "disabled") {
			h.Reverts = "at the next upgrade of the release: the annotation helm.toolkit.fluxcd.io/driftDetection: disabled excepts this object from drift detection"
		}
		h.Coexist = snippet(map[string]any{"spec": map[string]any{"driftDetection": map[string]any{"mode": "enabled", "ignore": []any{o.ignoreRule()}}}})
		h.commands("helmrelease", " --force")
		out = append(out, h)
	}
	return out
}

// fluxOwner reads the two labels of an owner and the name of its controller.
func (o object) fluxOwner(kind Kind, what, nameLabel, manager string, applies bool) (Owner, bool) {
	namespaceLabel := strings.TrimSuffix(nameLabel, "/name") + "/namespace"
	name, namespace := o.Labels[nameLabel], o.Labels[namespaceLabel]
	wrote := o.wrote(applies, manager)
	found := Owner{Kind: kind, What: what, Name: name, Namespace: namespace, Evidence: wrote, Sure: true, strength: byManager}
	if name == "" {
		return found, len(wrote) > 0
	}
	found.Evidence = append([]string{label(nameLabel, name) + ", " + label(namespaceLabel, namespace)}, wrote...)
	found.strength = byTracking
	if len(wrote) == 0 { // labels are copied to other objects
		found.strength, found.Sure = byLabel, false
	}
	return found, true
}

// commands are the ways to pause Flux and to give the fields back to it.
func (found *Owner) commands(resource, force string) {
	if found.Name == "" {
		found.Pause = "set spec.suspend: true on the " + found.What + " that owns it"
		found.HandBack = "reconcile the " + found.What + " that owns it"
		return
	}
	at := " " + resource + " " + backends.ShellWord(found.Name)
	if found.Namespace != "" {
		at += " -n " + backends.ShellWord(found.Namespace)
	}
	found.Pause, found.HandBack = "flux suspend"+at, "flux reconcile"+at+force
}

// moved are the members that pitwall changes, by kind of object.
var moved = map[string][]string{
	"HTTPRoute": {"/spec/rules"}, "GRPCRoute": {"/spec/rules"}, "TCPRoute": {"/spec/rules"}, "TLSRoute": {"/spec/rules"}, "UDPRoute": {"/spec/rules"},
	"VirtualService": {"/spec/http", "/spec/tcp", "/spec/tls"}, "TraefikService": {"/spec/weighted/services"}, "Experiment": {"/spec/candidates"}, "Route": {"/spec/traffic"},
	"InferenceService": {"/spec/predictor/canaryTrafficPercent", "/spec/canary"}, "Ingress": {"/metadata/annotations"},
	"Deployment": {"/spec/replicas", "/spec/template"}, "StatefulSet": {"/spec/replicas", "/spec/template"}, "DaemonSet": {"/spec/template"},
}

// paths are those of a kind.
func paths(kind schema.GroupKind) []string {
	switch own := moved[kind.Kind]; {
	case kind.Kind == "Service" && kind.Group == "":
		return []string{"/spec/selector"}
	case kind.Kind == "Service": // of Knative
		return []string{"/spec/traffic"}
	case own != nil:
		return own
	}
	return []string{"/spec"}
}

// ignoreRule is Flux's rule that leaves those members alone. Its targets are
// regular expressions over the whole name.
func (o object) ignoreRule() map[string]any {
	return map[string]any{"paths": paths(o.kind), "target": present(map[string]any{"group": pattern(o.kind.Group), "kind": o.kind.Kind, "name": pattern(o.Name), "namespace": o.Namespace})}
}

func pattern(name string) string { return strings.ReplaceAll(name, ".", `\.`) }

// helm finds the release that an object belongs to. Helm writes two annotations
// on what it installs; the label alone is written by charts, and stays when
// Argo CD renders one.
func helm(o object) []Owner {
	name := o.Annotations[helmRelease]
	wrote := o.wrote(false, "helm")
	if name == "" && len(wrote) == 0 {
		return nil
	}
	found := Owner{Kind: Helm, What: "release", Name: name, Namespace: o.Annotations[helmNamespace], Sure: true, strength: byManager, Evidence: wrote,
		Reverts: "at the next helm upgrade: Helm 3 may overwrite the edit, Helm 4 fails with a conflict that names " + manager}
	if name != "" {
		found.strength = byAnnotation
		found.Evidence = slices.Concat([]string{annotation(helmRelease, name) + ", " + annotation(helmNamespace, found.Namespace)}, wrote)
		// A Deployment's annotations are copied to its ReplicaSets, which Helm never wrote.
		found.Sure = o.Labels[managedByLabel] == "Helm" || len(wrote) > 0
		if !found.Sure {
			found.strength = byLabel
		}
	}
	found.HandBack = "helm upgrade --force-conflicts (Helm 4) of the release that owns it, with the values wanted"
	if name != "" {
		found.HandBack = "helm upgrade " + backends.ShellWord(name) + " CHART"
		if found.Namespace != "" {
			found.HandBack += " -n " + backends.ShellWord(found.Namespace)
		}
		found.HandBack += " --reuse-values --force-conflicts"
	}
	return []Owner{found}
}
