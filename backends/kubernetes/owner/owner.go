package owner

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/objects"
)

// Kind is what an owner is.
type Kind string

// The owners that are told apart.
const (
	ArgoCD     Kind = "Argo CD"
	FluxKust   Kind = "Flux Kustomization"
	FluxHelm   Kind = "Flux HelmRelease"
	Helm       Kind = "Helm"
	Controller Kind = "controller" // of the cluster: a Rollout, a Canary, an InferenceService…
)

// Owner is one that writes an object besides pitwall.
type Owner struct {
	Kind      Kind
	What      string   // its kind in the cluster: Application, Kustomization, Rollout…
	Name      string   // "" when only its field manager is known; foreign
	Namespace string   // "" unknown or none; foreign
	Evidence  []string // strongest first; foreign
	Sure      bool     // the evidence is about this object; else it only may be so

	Reverts  string // how soon it takes a foreign edit back
	Pause    string // how to make it stop doing so; "" when there is no way
	Coexist  string // snippet of its own manifest that lets both write; "" when there is none
	HandBack string // what gives the fields back to it: a command, or a sentence

	strength int
}

// Strength of evidence, strongest first.
const (
	byOwnerReference = 5 - iota // the API server keeps it
	byTracking                  // names this object, or its owner, on purpose
	byAnnotation
	byManager // it wrote fields of this object
	byLabel   // anybody may have put it there
)

// GitOps reports whether the owner's truth stands in Git, so that a change
// belongs into a commit.
func (o Owner) GitOps() bool { return o.Kind == ArgoCD || o.Kind == FluxKust || o.Kind == FluxHelm }

// String writes "Argo CD Application payments" or "controller Rollout churn".
func (o Owner) String() string {
	text := string(o.Kind)
	if o.What != "" && o.Kind != FluxKust && o.Kind != FluxHelm {
		text += " " + o.What
	}
	switch {
	case o.Name == "":
		return text
	case o.Namespace == "":
		return text + " " + o.Name
	}
	return text + " " + o.Namespace + "/" + o.Name
}

// Cluster is what is known of the cluster that an object is in. Not to know is
// the zero value.
type Cluster struct {
	NoArgoCD bool // it has no Applications
}

// Of tells who else writes an object of a kind, the strongest evidence first.
// Annotations that were copied from another object count for nothing.
func Of(m objects.Meta, kind schema.GroupKind, in Cluster) []Owner {
	o := object{m, kind, in}
	var out []Owner
	for _, look := range []func(object) []Owner{byReference, argo, flux, byController} {
		out = append(out, look(o)...)
	}
	// The helm-controller of Flux leaves Helm's own marks: they are one owner.
	if !slices.ContainsFunc(out, func(o Owner) bool { return o.Kind == FluxHelm }) {
		out = append(out, helm(o)...)
	}
	slices.SortStableFunc(out, func(a, b Owner) int { return cmp.Compare(b.strength, a.strength) })
	return out
}

// object is what the evidence is about.
type object struct {
	objects.Meta
	kind schema.GroupKind
	in   Cluster
}

// wrote finds field managers by name. It tells of each once, the last one first.
func (o object) wrote(applies bool, names ...string) (evidence []string) {
	for _, m := range o.Managers {
		if !slices.Contains(names, m.Name) || m.Subresource == "status" || applies && !m.Applies {
			continue
		}
		how := "writes"
		if m.Applies {
			how = "applies"
		}
		line := fmt.Sprintf("field manager %s %s it", m.Name, how)
		if !slices.Contains(evidence, line) {
			evidence = append(evidence, line)
		}
	}
	return evidence
}

func label(name, value string) string      { return fmt.Sprintf("label %s: %s", name, value) }
func annotation(name, value string) string { return fmt.Sprintf("annotation %s: %s", name, value) }
